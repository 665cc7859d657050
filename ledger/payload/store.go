package payload

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Sizes in bytes.
const (
	// MaxBody is the longest sealed payload.
	MaxBody = 8 << 20
	// segmentSize is the length from which on a new segment is begun.
	segmentSize = 64 << 20
	headSize    = 56
	rowSize     = 16
	// offsetBits is how many bits of a row's place are the offset in its segment.
	offsetBits = 40
	// checkedTail is how many of the last rows are held against their payloads at Open.
	checkedTail = 64
	// mostOpen is how many segments are open at once.
	mostOpen = 32
)

const (
	magic     = "noroshi1"
	rowsFile  = "rows"
	segmentIs = "%08d.payloads"
)

// Sealed is one payload as it is kept.
type Sealed struct {
	Slot uint32   // number of the key of its group
	Leaf [32]byte // the commitment that it belongs to
	Body []byte
}

// Missing is the error of a store that ends before the tree does, or lacks a payload.
type Missing struct {
	Index int64
	Cause string
}

func (e *Missing) Error() string { return fmt.Sprintf("payload %d: %s", e.Index, e.Cause) }

// Store is an open store. One goroutine writes; any may read.
type Store struct {
	dir   string
	write bool

	mu      sync.RWMutex // guards what follows
	rows    *os.File
	count   int64 // payloads
	open    map[uint32]*os.File
	segment uint32 // the one that is written
	end     int64  // its length
	broken  error  // why nothing is written any more
}

// Create makes an empty store in a folder, which MUST NOT hold one.
func Create(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(dir, rowsFile), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	return syncDir(dir)
}

// Open opens the store of a tree of size leaves. What lies behind them was never
// acknowledged; a writer cuts it off.
func Open(dir string, size int64, write bool) (*Store, error) {
	flag := os.O_RDONLY
	if write {
		flag = os.O_RDWR
	}
	rows, err := os.OpenFile(filepath.Join(dir, rowsFile), flag, 0)
	if err != nil {
		return nil, err
	}
	s := &Store{dir: dir, write: write, rows: rows, open: map[uint32]*os.File{}}
	if err := s.start(size); err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Store) start(size int64) error {
	info, err := s.rows.Stat()
	if err != nil {
		return err
	}
	if have := info.Size() / rowSize; have < size {
		return &Missing{Index: have, Cause: fmt.Sprintf("the store ends here, and the tree has %d leaves", size)}
	}
	s.count = size
	for i := max(0, size-checkedTail); i < size; i++ {
		if _, err := s.read(i); err != nil {
			return err
		}
	}
	if size > 0 {
		at, length, _, err := s.row(size - 1)
		if err != nil {
			return err
		}
		s.segment, s.end = segmentOf(at), offsetOf(at)+headSize+int64(length)
	}
	if !s.write {
		return nil
	}
	return s.cut(size, s.segment, s.end)
}

// cut makes the store end after n payloads, the last of them at end of a segment.
func (s *Store) cut(n int64, segment uint32, end int64) error {
	if err := s.rows.Truncate(n * rowSize); err != nil {
		return err
	}
	all, err := os.ReadDir(s.dir)
	if err != nil {
		return err
	}
	for _, f := range all {
		name, ok := strings.CutSuffix(f.Name(), ".payloads")
		number, err := strconv.ParseUint(name, 10, 32)
		if ok && err == nil && uint32(number) > segment {
			if old := s.open[uint32(number)]; old != nil {
				_ = old.Close()
				delete(s.open, uint32(number))
			}
			if err := os.Remove(filepath.Join(s.dir, f.Name())); err != nil {
				return err
			}
		}
	}
	s.segment, s.end, s.count = segment, end, n
	f, err := s.file(segment)
	if errors.Is(err, fs.ErrNotExist) && end == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	return f.Truncate(end)
}

// Len is how many payloads there are.
func (s *Store) Len() int64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.count
}

// Write puts payloads behind those that are there. They are durable when it returns
// nil. After an error the store is as before.
func (s *Store) Write(list []Sealed) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken != nil {
		return s.broken
	}
	segment, end := s.segment, s.end
	err := s.put(list)
	if err == nil {
		return nil
	}
	if back := s.cut(s.count, segment, end); back != nil {
		s.broken = fmt.Errorf("the store could not be set back after a failed write: %w", back)
		err = errors.Join(err, s.broken)
	}
	return err
}

func (s *Store) put(list []Sealed) error {
	if s.end >= segmentSize {
		s.segment, s.end = s.segment+1, 0
	}
	f, err := s.file(s.segment)
	if errors.Is(err, fs.ErrNotExist) {
		f, err = s.begin(s.segment)
	}
	if err != nil {
		return err
	}
	total := 0
	for _, p := range list {
		total += headSize + len(p.Body)
	}
	data, rows, at := make([]byte, 0, total), make([]byte, 0, len(list)*rowSize), s.end
	for i, p := range list {
		if len(p.Body) > MaxBody {
			return fmt.Errorf("a payload of %d bytes; the most is %d", len(p.Body), MaxBody)
		}
		rows = binary.BigEndian.AppendUint64(rows, uint64(s.segment)<<offsetBits|uint64(at)+uint64(len(data)))
		rows = binary.BigEndian.AppendUint32(rows, uint32(len(p.Body)))
		rows = binary.BigEndian.AppendUint32(rows, p.Slot)
		data = append(appendHead(data, s.count+int64(i), p), p.Body...)
	}
	if _, err := f.WriteAt(data, at); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if _, err := s.rows.WriteAt(rows, s.count*rowSize); err != nil {
		return err
	}
	if err := s.rows.Sync(); err != nil {
		return err
	}
	s.end, s.count = at+int64(len(data)), s.count+int64(len(list))
	return nil
}

// appendHead writes the head of a payload: it finds out a row that points elsewhere and
// a payload that was cut or damaged, before any key is asked.
func appendHead(out []byte, index int64, p Sealed) []byte {
	start := len(out)
	out = append(out, magic...)
	out = binary.BigEndian.AppendUint32(out, uint32(len(p.Body)))
	out = binary.BigEndian.AppendUint32(out, p.Slot)
	out = binary.BigEndian.AppendUint32(out, uint32(index)) // enough to notice a wrong row
	out = append(out, p.Leaf[:]...)
	sum := crc32.Update(crc32.ChecksumIEEE(out[start:]), crc32.IEEETable, p.Body)
	return binary.BigEndian.AppendUint32(out, sum)
}

// Shorten drops the payloads from n on: those of leaves that the tree did not take.
func (s *Store) Shorten(n int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n >= s.count {
		return nil
	}
	segment, end := uint32(0), int64(0)
	if n > 0 {
		at, length, _, err := s.row(n - 1)
		if err != nil {
			return err
		}
		segment, end = segmentOf(at), offsetOf(at)+headSize+int64(length)
	}
	if err := s.cut(n, segment, end); err != nil {
		s.broken = err
		return err
	}
	return nil
}

// Read gives the n-th payload.
func (s *Store) Read(n int64) (Sealed, error) {
	s.mu.Lock() // files are opened as they are needed
	defer s.mu.Unlock()
	return s.read(n)
}

func (s *Store) read(n int64) (Sealed, error) {
	if n < 0 || n >= s.count {
		return Sealed{}, &Missing{Index: n, Cause: fmt.Sprintf("there are %d", s.count)}
	}
	at, length, slot, err := s.row(n)
	if err != nil {
		return Sealed{}, err
	}
	if length > MaxBody {
		return Sealed{}, &Missing{Index: n, Cause: "its row is damaged"}
	}
	f, err := s.file(segmentOf(at))
	if err != nil {
		return Sealed{}, &Missing{Index: n, Cause: err.Error()}
	}
	data := make([]byte, headSize+int(length))
	if _, err := f.ReadAt(data, offsetOf(at)); err != nil {
		return Sealed{}, &Missing{Index: n, Cause: "its segment is cut off: " + err.Error()}
	}
	p := Sealed{Slot: slot, Body: data[headSize:]}
	copy(p.Leaf[:], data[headSize-36:])
	if !slices.Equal(appendHead(nil, n, p), data[:headSize]) {
		return Sealed{}, &Missing{Index: n, Cause: "it is damaged"}
	}
	return p, nil
}

// Slots counts the payloads of each slot.
func (s *Store) Slots() (map[uint32]int64, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	counts, block := map[uint32]int64{}, make([]byte, 1<<20)
	for at, end := int64(0), s.count*rowSize; at < end; {
		part := block[:min(int64(len(block)), end-at)]
		if _, err := s.rows.ReadAt(part, at); err != nil {
			return nil, err
		}
		for i := 12; i < len(part); i += rowSize {
			counts[binary.BigEndian.Uint32(part[i:])]++
		}
		at += int64(len(part))
	}
	return counts, nil
}

// Close closes all files.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken = fs.ErrClosed
	err := s.rows.Close()
	for _, f := range s.open {
		err = errors.Join(err, f.Close())
	}
	s.open = map[uint32]*os.File{}
	return err
}

func (s *Store) row(n int64) (at uint64, length, slot uint32, err error) {
	var row [rowSize]byte
	if _, err := s.rows.ReadAt(row[:], n*rowSize); err != nil {
		return 0, 0, 0, &Missing{Index: n, Cause: "its row cannot be read: " + err.Error()}
	}
	return binary.BigEndian.Uint64(row[:]), binary.BigEndian.Uint32(row[8:]), binary.BigEndian.Uint32(row[12:]), nil
}

// file gives a segment, open.
func (s *Store) file(segment uint32) (*os.File, error) {
	if f := s.open[segment]; f != nil {
		return f, nil
	}
	flag := os.O_RDONLY
	if s.write {
		flag = os.O_RDWR
	}
	f, err := os.OpenFile(s.path(segment), flag, 0)
	if err != nil {
		return nil, err
	}
	s.keep(segment, f)
	return f, nil
}

// keep notes an open segment and closes others when there are many.
func (s *Store) keep(segment uint32, f *os.File) {
	if len(s.open) >= mostOpen {
		for n, old := range s.open {
			if n != s.segment {
				_ = old.Close() // all that was written to it is synced
				delete(s.open, n)
			}
		}
	}
	s.open[segment] = f
}

func (s *Store) begin(segment uint32) (*os.File, error) {
	f, err := os.OpenFile(s.path(segment), os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	s.keep(segment, f)
	return f, syncDir(s.dir)
}

func (s *Store) path(segment uint32) string {
	return filepath.Join(s.dir, fmt.Sprintf(segmentIs, segment))
}

func segmentOf(at uint64) uint32 { return uint32(at >> offsetBits) }
func offsetOf(at uint64) int64   { return int64(at & (1<<offsetBits - 1)) }

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
