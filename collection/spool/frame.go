package spool

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"io"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/collection/spool/ring"
)

// The layout of a segment; docs/spec/collection.md says it in words.
const (
	fileMagic  = "noroshi spool/1\n"
	saltSize   = 32
	fileHead   = len(fileMagic) + 8 + saltSize + 4
	frameMagic = "\xf5nb\x01"
	frameHead  = 68 // before the link's name
	tagSize    = 16
	sumSize    = 4
	maxLink    = 128
)

// state is one byte of a frame, the only one that changes.
type state byte

const (
	waiting state = 0
	acked   state = 0xa5
	dropped state = 0x5a
)

// stateAt is where it lies in a frame.
const stateAt = 4

// errFrame is the error of bytes that are no whole frame.
var errFrame = errors.New("no whole frame")

func sum(parts ...[]byte) (s uint32) {
	table := crc32.MakeTable(crc32.Castagnoli) // made once by the library
	for _, p := range parts {
		s = crc32.Update(s, table, p)
	}
	return s
}

// head is what a frame says in the clear.
type head struct {
	state   state
	number  uint64
	records int64
	size    int // of the content
	key     ring.ID
	account Account
}

// length is how many bytes the frame takes.
func (h *head) length() int64 {
	return int64(frameHead + len(h.account.Link) + sumSize + h.size + tagSize + sumSize)
}

// append writes the head with its sum; state is waiting.
func (h *head) append(b []byte) []byte {
	at := len(b)
	b = append(b, frameMagic...)
	b = append(b, byte(waiting), byte(len(h.account.Link)), 0, 0)
	b = binary.BigEndian.AppendUint64(b, h.number)
	b = binary.BigEndian.AppendUint64(b, uint64(h.records))
	b = binary.BigEndian.AppendUint32(b, uint32(h.size))
	b = append(b, h.key[:]...)
	warrant := h.account.Warrant.Bytes()
	b = append(b, warrant[:]...)
	b = append(b, h.account.Link...)
	return binary.BigEndian.AppendUint32(b, sum(b[at:at+stateAt], b[at+stateAt+1:]))
}

// parseHead reads the head at the beginning of b.
func parseHead(b []byte) (h head, err error) {
	if len(b) < frameHead || string(b[:4]) != frameMagic {
		return h, errFrame
	}
	n := frameHead + int(b[5])
	if len(b) < n+sumSize || b[5] > maxLink || sum(b[:stateAt], b[stateAt+1:n]) != binary.BigEndian.Uint32(b[n:]) {
		return h, errFrame
	}
	h = head{
		state:   state(b[stateAt]),
		number:  binary.BigEndian.Uint64(b[8:]),
		records: int64(binary.BigEndian.Uint64(b[16:])),
		size:    int(binary.BigEndian.Uint32(b[24:])),
		key:     ring.ID(b[28:36]),
	}
	h.account.Warrant = paper.Digest("sha256:" + hex.EncodeToString(b[36:36+sha256.Size]))
	h.account.Link = paper.ID(b[frameHead:n])
	if h.state != acked && h.state != dropped {
		h.state = waiting // a bit that fell over gives a batch twice rather than never
	}
	if h.size > MaxContent || h.records < 0 || h.number == 0 || h.number > maxNumber || h.account.Link.Check() != nil {
		return h, errFrame
	}
	return h, nil
}

// seen is a frame that a scan found.
type seen struct {
	head
	offset int64
}

// scan is what a segment file holds.
type scan struct {
	headless bool   // its own head is not whole: first and salt are not known
	first    uint64 // the number that the file begins with
	last     uint64 // of the last frame; first-1 when there is none
	salt     [saltSize]byte
	waiting  []seen
	missing  uint64 // numbers between first and last that no whole frame bears
	end      int64  // where the last whole frame ends
}

// maxNumber is the highest number that is believed.
const maxNumber = 1 << 53

// tries bounds the work that bytes made to look like frames can cause.
const tries = 256

// readSegment finds all whole frames of a file of size bytes. It looks for the next one
// behind bytes that are none. Its error is about reading.
func readSegment(r io.ReaderAt, size int64) (s scan, err error) {
	var top [fileHead]byte
	if _, err := r.ReadAt(top[:], 0); err != nil && !errors.Is(err, io.EOF) {
		return s, err
	}
	s.end = min(int64(fileHead), size)
	s.top(top[:])
	buf := make([]byte, 64<<10)
	s.last = s.first - 1
	bad := 0
	for at := s.end; at < size && bad < tries; {
		h, err := frameAt(r, at, size, buf)
		if err == nil && h.number > s.last {
			if !s.headless {
				s.missing += h.number - s.last - 1
			}
			if h.state == waiting {
				s.waiting = append(s.waiting, seen{h, at})
			}
			s.last, at = h.number, at+h.length()
			s.end = at
			continue
		} else if err != nil && !errors.Is(err, errFrame) {
			return s, err
		}
		bad++
		if at, err = nextMagic(r, at+1, buf); err != nil {
			return s, err
		}
	}
	return s, nil
}

// top reads what a file begins with.
func (s *scan) top(top []byte) {
	s.first = binary.BigEndian.Uint64(top[len(fileMagic):])
	whole := string(top[:len(fileMagic)]) == fileMagic && sum(top[:fileHead-sumSize]) == binary.BigEndian.Uint32(top[fileHead-sumSize:])
	if s.headless = !whole || s.first == 0 || s.first > maxNumber; s.headless {
		s.first = 1
	} else {
		copy(s.salt[:], top[len(fileMagic)+8:])
	}
}

// frameAt reads and sums the frame at an offset.
func frameAt(r io.ReaderAt, at, size int64, buf []byte) (h head, err error) {
	n, err := r.ReadAt(buf[:frameHead+maxLink+sumSize], at)
	if err != nil && !errors.Is(err, io.EOF) {
		return h, err
	}
	if h, err = parseHead(buf[:n]); err != nil {
		return h, err
	}
	if h.length() > size-at {
		return h, errFrame
	}
	from := at + int64(frameHead+len(h.account.Link)+sumSize)
	var got uint32
	for left := h.size + tagSize; left > 0; {
		part := buf[:min(left, len(buf))]
		if _, err := r.ReadAt(part, from); err != nil && !errors.Is(err, io.EOF) {
			return h, err
		}
		got = crc32.Update(got, crc32.MakeTable(crc32.Castagnoli), part)
		left, from = left-len(part), from+int64(len(part))
	}
	var want [sumSize]byte
	if _, err := r.ReadAt(want[:], from); err != nil && !errors.Is(err, io.EOF) {
		return h, err
	}
	if got != binary.BigEndian.Uint32(want[:]) {
		return h, errFrame
	}
	return h, nil
}

// nextMagic finds where the next frame could begin, the largest offset when nowhere.
func nextMagic(r io.ReaderAt, at int64, buf []byte) (int64, error) {
	for {
		n, err := r.ReadAt(buf, at)
		if i := bytes.Index(buf[:n], []byte(frameMagic)); i >= 0 {
			return at + int64(i), nil
		}
		switch {
		case errors.Is(err, io.EOF):
			return 1<<63 - 1, nil
		case err != nil:
			return 0, err
		}
		at += int64(n - len(frameMagic) + 1)
	}
}
