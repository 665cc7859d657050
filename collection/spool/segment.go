package spool

import (
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/noroshi-acd/noroshi/collection/spool/ring"
)

const segmentEnd = ".segment"

// segment is one file of frames. A process begins a new one at its start and never
// continues one that another process wrote.
type segment struct {
	serial uint64
	path   string
	file   *os.File
	salt   [saltSize]byte
	size   int64
	// headless: what the file begins with was damaged; its frames cannot be opened.
	headless bool
	held     int // batches in it that wait
	dirty    bool
	aeads    map[ring.ID]cipher.AEAD
}

func segmentPath(dir string, serial uint64) string {
	return filepath.Join(dir, fmt.Sprintf("%016x%s", serial, segmentEnd))
}

// listSegments gives the serial numbers of the files in a folder, rising.
func listSegments(dir string) (all []uint64, err error) {
	files, err := os.ReadDir(dir)
	for _, f := range files {
		name, ok := strings.CutSuffix(f.Name(), segmentEnd)
		if n, err := strconv.ParseUint(name, 16, 64); ok && err == nil && n < maxNumber && f.Name() == filepath.Base(segmentPath("", n)) {
			all = append(all, n)
		}
	}
	slices.Sort(all)
	return all, err
}

// createSegment begins a file whose first frame will bear a number.
func createSegment(dir string, serial, first uint64) (*segment, error) {
	g := &segment{serial: serial, path: segmentPath(dir, serial), size: int64(fileHead)}
	_, _ = rand.Read(g.salt[:]) // never fails (crypto/rand)
	f, err := os.OpenFile(g.path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	top := binary.BigEndian.AppendUint64([]byte(fileMagic), first)
	top = append(top, g.salt[:]...)
	top = binary.BigEndian.AppendUint32(top, sum(top))
	// Durable before an older file goes: it knows which number is next.
	if _, err = f.Write(top); err == nil {
		err = errors.Join(f.Sync(), ring.SyncDir(dir))
	}
	if err != nil {
		return nil, errors.Join(err, f.Close(), os.Remove(g.path))
	}
	g.file = f
	return g, nil
}

// aead gives the segment's own key of a warrant.
func (g *segment) aead(k *ring.Key) (cipher.AEAD, error) {
	if a := g.aeads[k.ID]; a != nil {
		return a, nil
	}
	a, err := ring.Sealer(k.Secret, g.salt[:], fileMagic)
	if err == nil {
		if g.aeads == nil {
			g.aeads = map[ring.ID]cipher.AEAD{}
		}
		g.aeads[k.ID] = a
	}
	return a, err
}

func nonceOf(number uint64) []byte {
	return binary.BigEndian.AppendUint64(make([]byte, 4, 12), number)
}

// extra is what a frame's seal covers beside the content: its head without the state.
func extra(framed []byte, length int) []byte {
	return append(append(make([]byte, 0, length), framed[:stateAt]...), framed[stateAt+1:length]...)
}

// frame makes the bytes of a batch. They are sealed for this number in this file alone.
func (g *segment) frame(dst []byte, h *head, k *ring.Key, content []byte) ([]byte, error) {
	a, err := g.aead(k)
	if err != nil {
		return nil, err
	}
	dst = h.append(dst[:0])
	n := len(dst)
	dst = a.Seal(dst, nonceOf(h.number), content, extra(dst, n))
	return binary.BigEndian.AppendUint32(dst, sum(dst[n:])), nil
}

// open reads the content of a frame that was found whole.
func (g *segment) open(e *entry, k *ring.Key) ([]byte, error) {
	a, err := g.aead(k)
	if err != nil {
		return nil, err
	}
	buf := make([]byte, e.head.length())
	if _, err := g.file.ReadAt(buf, e.offset); err != nil {
		return nil, err
	}
	n := frameHead + len(e.head.account.Link) + sumSize
	return a.Open(buf[n:n:len(buf)], nonceOf(e.head.number), buf[n:len(buf)-sumSize], extra(buf, n))
}

// write puts a frame at the end. After an error the file ends where it ended before, or
// the second error says that it could not be brought there.
func (g *segment) write(framed []byte) (err, left error) {
	if _, err = g.file.WriteAt(framed, g.size); err != nil {
		return err, g.file.Truncate(g.size)
	}
	g.size += int64(len(framed))
	g.dirty = true
	return nil, nil
}

// mark writes what became of a frame.
func (g *segment) mark(e *entry, s state) error {
	_, err := g.file.WriteAt([]byte{byte(s)}, e.offset+stateAt)
	g.dirty = true
	return err
}

// remove takes the file away.
func (g *segment) remove() error {
	return errors.Join(g.file.Close(), os.Remove(g.path))
}
