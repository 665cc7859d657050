package sealed

import (
	"bufio"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// KeySize is the length of a group's key, in bytes.
const KeySize = 32

// MaxFrame is how many bytes a frame has at most.
const MaxFrame = 256 << 20

const (
	magic    = "noroshi sealed/1\n"
	saltSize = 32
	header   = len(magic) + saltSize
	tagSize  = 16
)

// Errors that a caller decides by.
var (
	// ErrTorn is the error of a frame that the end of the file cuts off: the process died
	// while it was written, or somebody cut the file.
	ErrTorn = errors.New("the file ends within a frame")
	// ErrChanged is the error of a frame that was not written so at this place of this file.
	ErrChanged = errors.New("the file was changed, or the key is another one")
)

// Frame is where a frame stands: which one of its file, and at which byte.
type Frame struct {
	Number int64 `json:"number"`
	Offset int64 `json:"offset"`
	Size   int64 `json:"size"` // of what was sealed
}

// form is what Writer and Reader share.
type form struct {
	aead    cipher.AEAD
	purpose string
}

func newForm(key *[KeySize]byte, salt []byte, purpose string) (form, error) {
	own, err := hkdf.Key(sha256.New, key[:], salt, "noroshi sealed/1 "+purpose, KeySize)
	if err != nil {
		return form{}, err
	}
	block, err := aes.NewCipher(own)
	if err != nil {
		return form{}, err
	}
	aead, err := cipher.NewGCM(block)
	return form{aead, purpose}, err
}

func nonceOf(number int64) []byte {
	return binary.BigEndian.AppendUint64(make([]byte, 4, 12), uint64(number))
}

// Writer writes a file of frames. One goroutine uses it.
type Writer struct {
	form
	file *os.File
	next Frame
	buf  []byte
	err  error // once a write failed, nothing more is known of the file's end
}

// Create begins a file that MUST NOT exist yet. purpose says what the file is; it must be
// named again to read it.
func Create(path string, key *[KeySize]byte, purpose string) (*Writer, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	head := append(make([]byte, 0, header), magic...)
	salt := make([]byte, saltSize)
	_, _ = rand.Read(salt) // never fails (crypto/rand)
	w := &Writer{file: f, next: Frame{Offset: int64(header)}}
	if w.form, err = newForm(key, salt, purpose); err == nil {
		_, err = f.Write(append(head, salt...))
	}
	if err != nil {
		return nil, errors.Join(err, f.Close(), os.Remove(path))
	}
	return w, nil
}

// Append seals data as the next frame. It is durable after Sync.
func (w *Writer) Append(data []byte) (Frame, error) {
	if w.err != nil {
		return Frame{}, w.err
	}
	if len(data) > MaxFrame {
		return Frame{}, fmt.Errorf("a frame of %d bytes; the most is %d", len(data), MaxFrame)
	}
	w.buf = binary.BigEndian.AppendUint32(w.buf[:0], uint32(len(data)))
	w.buf = w.aead.Seal(w.buf, nonceOf(w.next.Number), data, w.buf[:4])
	if _, err := w.file.Write(w.buf); err != nil {
		w.err = fmt.Errorf("nothing more can be written after %w", err)
		return Frame{}, err
	}
	at := w.next
	at.Size = int64(len(data))
	w.next.Number++
	w.next.Offset += int64(len(w.buf))
	return at, nil
}

// Sync makes what was appended durable.
func (w *Writer) Sync() error {
	if w.err == nil {
		if err := w.file.Sync(); err != nil {
			w.err = fmt.Errorf("nothing more can be written after %w", err)
			return err
		}
	}
	return w.err
}

// Close closes the file; it does not make it durable.
func (w *Writer) Close() error { return w.file.Close() }

// Reader reads a file of frames. At may be called by several goroutines, Next by one.
type Reader struct {
	form
	file *os.File
	buf  *bufio.Reader
	next Frame
}

// Open opens a file. One that ends before its first frame is ErrTorn.
func Open(path string, key *[KeySize]byte, purpose string) (*Reader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	r := &Reader{file: f, buf: bufio.NewReaderSize(f, 64<<10), next: Frame{Offset: int64(header)}}
	head := make([]byte, header)
	if _, err = io.ReadFull(r.buf, head); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = ErrTorn
	} else if err == nil && string(head[:len(magic)]) != magic {
		err = ErrChanged
	}
	if err == nil {
		r.form, err = newForm(key, head[len(magic):], purpose)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return r, nil
}

// Next gives the next frame's content, io.EOF at the end.
func (r *Reader) Next() ([]byte, error) {
	var size [4]byte
	if _, err := io.ReadFull(r.buf, size[:]); errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, ErrTorn
	} else if err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(size[:])
	if n > MaxFrame {
		return nil, ErrChanged
	}
	// What the file does not hold is not allocated: the length is a stranger's word.
	text, err := io.ReadAll(io.LimitReader(r.buf, int64(n)+tagSize))
	if err != nil {
		return nil, err
	}
	if len(text) < int(n)+tagSize {
		return nil, ErrTorn
	}
	return r.open(text[:0], r.next.Number, text, size[:], func() {
		r.next.Number++
		r.next.Offset += int64(4 + len(text))
	})
}

// At gives the content of a frame. It appends to dst.
func (r *Reader) At(dst []byte, at Frame) ([]byte, error) {
	if at.Size < 0 || at.Size > MaxFrame {
		return nil, ErrChanged
	}
	text := make([]byte, 4+at.Size+tagSize)
	if _, err := r.file.ReadAt(text, at.Offset); errors.Is(err, io.EOF) {
		return nil, ErrTorn
	} else if err != nil {
		return nil, err
	}
	if int64(binary.BigEndian.Uint32(text)) != at.Size {
		return nil, ErrChanged
	}
	return r.open(dst, at.Number, text[4:], text[:4], func() {})
}

func (r *Reader) open(dst []byte, number int64, text, extra []byte, done func()) ([]byte, error) {
	out, err := r.aead.Open(dst, nonceOf(number), text, extra)
	if err != nil {
		return nil, ErrChanged
	}
	done()
	return out, nil
}

// Close closes the file.
func (r *Reader) Close() error { return r.file.Close() }

// SyncDir makes the names in a folder durable.
func SyncDir(dir string) error {
	d, err := os.Open(filepath.Clean(dir))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Finish writes a last piece that is not sealed, so that a reader can find a frame from
// the end, and makes the file durable. Nothing can be appended afterwards.
func (w *Writer) Finish(end []byte) error {
	if w.err != nil {
		return w.err
	}
	_, err := w.file.Write(end)
	if err = errors.Join(err, w.file.Sync()); err == nil {
		w.err = errors.New("the file is finished")
	} else {
		w.err = err
	}
	return err
}
