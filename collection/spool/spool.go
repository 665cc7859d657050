package spool

import (
	"context"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/collection/spool/ring"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// Errors that a caller decides by; they are causes of what the methods return.
var (
	// ErrFull: the batch does not fit until others are acknowledged or dropped.
	ErrFull = errors.New("the spool is full")
	// ErrForgotten: the warrant was forgotten; nothing under it is taken any more.
	ErrForgotten = errors.New("the warrant was forgotten")
	// ErrClosed: the spool was closed.
	ErrClosed = errors.New("the spool is closed")
)

// entry is a batch that waits, or waited.
type entry struct {
	head   head
	seg    *segment
	offset int64
}

// Spool is an open spool. Its methods may be called at the same time.
type Spool struct {
	c    Config
	lock *os.File

	// syncing is held while files are made durable; whoever waits for it finds that the
	// one before has done the work of all. It is taken before mu.
	syncing sync.Mutex

	mu        sync.Mutex
	keys      *ring.Ring
	forgotten map[paper.Digest]bool
	segments  []*segment // rising; the last may be active
	active    *segment   // nil: the next Append begins one
	serial    uint64     // of the newest segment
	next      uint64     // number of the next batch
	durable   uint64     // the highest number that is on the disk
	entries   []entry    // rising numbers; those of state waiting wait
	stats     Stats
	broken    error
	more      chan struct{} // closed when batches became durable, and at the end
	buf       []byte
	found     Recovery
}

// Stats are counts since Open, and what is there now.
type Stats struct {
	Waiting  Count  // a level
	Bytes    int64  // of all files; a level
	Taken    Count  // Append
	Acked    Count  // Ack
	Dropped  Count  // Drop and Forget
	Refused  uint64 // calls of Append for want of room
	Fsyncs   uint64 // of files; one can serve many calls of Append and Ack
	Segments int    // files; a level
}

// Append puts a batch in and gives its number; it is durable then. An error with
// [ErrFull] in its chain means that nothing was taken and that it may fit later.
func (s *Spool) Append(b Batch) (uint64, error) {
	if err := check(b); err != nil {
		return 0, err
	}
	s.mu.Lock()
	number, err := s.append(b)
	s.mu.Unlock()
	if err != nil {
		return 0, err
	}
	return number, s.settle(func() bool { return s.durable >= number })
}

func check(b Batch) error {
	field := ""
	switch {
	case b.Warrant.Check() != nil:
		field = "warrant"
	case b.Link.Check() != nil:
		field = "link"
	case b.Records < 0 || b.Records > maxNumber:
		field = "records"
	case len(b.Content) > MaxContent:
		field = "content"
	default:
		return nil
	}
	return wrong(fault.Invalid, "batch", fault.Place{Offset: -1, Field: field}, nil, "key", field)
}

// usable is nil while the spool can be written.
func (s *Spool) usable() error {
	if s.lock == nil {
		return wrong(fault.Canceled, "closed", nowhere(s.c.Dir), ErrClosed)
	}
	return s.broken
}

func (s *Spool) append(b Batch) (uint64, error) {
	if err := s.usable(); err != nil {
		return 0, err
	}
	if s.forgotten[b.Warrant] {
		return 0, wrong(fault.Permission, "forgotten", fault.Place{Offset: -1, Field: "warrant"}, ErrForgotten)
	}
	h := head{number: s.next, records: b.Records, size: len(b.Content), account: Account{b.Warrant, b.Link}}
	if err := s.room(h.length()); err != nil {
		return 0, err
	}
	k, err := s.keys.Of(b.Warrant)
	if err != nil {
		return 0, s.unwritten(s.keys.Path, err)
	}
	h.key = k.ID
	if err := s.begin(); err != nil {
		return 0, err
	}
	if s.buf, err = s.active.frame(s.buf, &h, k, b.Content); err != nil {
		return 0, s.unwritten(s.active.path, err)
	}
	at := s.active.size
	err, left := s.active.write(s.buf)
	if left != nil {
		return 0, s.fail(s.active.path, errors.Join(err, left))
	} else if err != nil {
		path := s.active.path
		s.active = nil // its key has sealed this number once: the next try is in a new file
		return 0, s.unwritten(path, err)
	}
	s.entries = append(s.entries, entry{h, s.active, at})
	s.active.held++
	s.next++
	s.stats.Bytes += int64(len(s.buf))
	s.stats.Taken.add(b.Records)
	s.stats.Waiting.add(b.Records)
	return h.number, nil
}

// room says whether a frame of n bytes fits.
func (s *Spool) room(n int64) error {
	if s.stats.Waiting.Batches < int64(s.c.MaxBatches) && s.stats.Bytes+n+int64(fileHead) <= s.c.MaxBytes {
		return nil
	}
	s.stats.Refused++
	return wrong(fault.Limit, "full", nowhere(s.c.Dir), ErrFull,
		"batches", s.stats.Waiting.Batches, "bytes", s.stats.Bytes, "most", s.c.MaxBytes)
}

// begin sees to it that there is a file to write to.
func (s *Spool) begin() error {
	if s.active != nil && s.active.size < s.c.SegmentBytes {
		return nil
	}
	if s.active != nil {
		// What is in the old file must not be missing once something in the new one is there.
		if err := s.sync(s.active); err != nil {
			return err
		}
		s.active = nil
	}
	g, err := createSegment(s.c.Dir, s.serial+1, s.next)
	if err != nil {
		return s.unwritten(s.c.Dir, err)
	}
	s.took(g)
	return nil
}

// took makes a new file the one that is written.
func (s *Spool) took(g *segment) {
	s.serial = g.serial
	s.active = g
	s.segments = append(s.segments, g)
	s.stats.Bytes += g.size
}

// unwritten says that nothing was taken; the spool goes on.
func (s *Spool) unwritten(path string, err error) error {
	key := "write"
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), errors.Is(err, syscall.EFBIG):
		key = "disk"
	case errors.Is(err, syscall.EROFS), errors.Is(err, fs.ErrPermission):
		key = "readonly"
	}
	return wrong(fault.Internal, key, nowhere(path), err)
}

// fail ends the writing: what the disk holds is known only to who opens it again.
func (s *Spool) fail(path string, err error) error {
	if s.broken == nil {
		s.broken = wrong(fault.Internal, "broken", nowhere(path), err)
		s.wake()
	}
	return s.broken
}

func (s *Spool) wake() {
	close(s.more)
	s.more = make(chan struct{})
}

// sync makes one file durable. mu is held.
func (s *Spool) sync(g *segment) error {
	g.dirty = false
	s.stats.Fsyncs++
	if err := g.file.Sync(); err != nil {
		return s.fail(g.path, err)
	}
	return nil
}

// settle makes all that was written so far durable, unless done says that another caller
// did it meanwhile; done is called with mu held.
func (s *Spool) settle(done func() bool) error {
	s.syncing.Lock()
	defer s.syncing.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if done() {
		return nil
	}
	if err := s.usable(); err != nil {
		return err
	}
	upTo := s.next - 1
	var files []*segment
	for _, g := range s.segments {
		if g.dirty {
			g.dirty = false
			files = append(files, g)
		}
	}
	s.mu.Unlock() // others go on writing meanwhile; no file is removed without syncing
	var failed error
	var path string
	for _, g := range files {
		if err := g.file.Sync(); err != nil {
			failed, path = err, g.path
		}
	}
	s.mu.Lock()
	s.stats.Fsyncs += uint64(len(files))
	if failed != nil {
		return s.fail(path, failed)
	}
	if s.broken != nil {
		return s.broken
	}
	if upTo > s.durable {
		s.durable = upTo
		s.wake()
	}
	s.sweep()
	return nil
}

// sweep removes files in which nothing waits. syncing and mu are held.
func (s *Spool) sweep() {
	if a := s.active; a != nil && a.held == 0 && a.size >= s.c.SegmentBytes/2 && !a.dirty {
		if g, err := createSegment(s.c.Dir, s.serial+1, s.next); err == nil { // else it stays, and goes on
			s.took(g)
		}
	}
	s.segments = slices.DeleteFunc(s.segments, func(g *segment) bool {
		// The newest file stays: it knows which number is next.
		if g.held > 0 || g.dirty || g.serial == s.serial {
			return false
		}
		s.stats.Bytes -= g.size
		// A file that stays behind holds only what is marked: the next Open takes it up.
		_ = g.remove()
		return true
	})
	done := 0
	for done < len(s.entries) && s.entries[done].head.state != waiting {
		done++
	}
	s.entries = s.entries[done:]
	if len(s.entries) > 64 && int64(len(s.entries)) > 2*s.stats.Waiting.Batches {
		s.entries = slices.DeleteFunc(slices.Clone(s.entries), func(e entry) bool { return e.head.state != waiting })
	}
}

// Next gives the first batch with a number above after that waits, and waits for one as
// long as ctx lives. To begin, after is 0. A batch that was given stays until Ack. One that
// cannot be read is an error with its Number: the caller goes on behind it, or drops it.
func (s *Spool) Next(ctx context.Context, after uint64) (Batch, error) {
	for {
		s.mu.Lock()
		more := s.more
		b, ok, err := s.first(after)
		s.mu.Unlock()
		if ok || err != nil {
			return b, err
		}
		select {
		case <-ctx.Done():
			return Batch{}, wrong(fault.Canceled, "waited", nowhere(s.c.Dir), ctx.Err())
		case <-more:
		}
	}
}

// first looks for a batch above a number. mu is held.
func (s *Spool) first(after uint64) (b Batch, ok bool, err error) {
	if s.lock == nil {
		return b, false, s.usable()
	}
	if after == math.MaxUint64 {
		return b, false, nil
	}
	i, _ := s.at(after + 1)
	for ; i < len(s.entries) && s.entries[i].head.number <= s.durable; i++ {
		e := &s.entries[i]
		if e.head.state != waiting {
			continue
		}
		k := s.keys.ByID(e.head.key)
		if k == nil {
			continue // its key is dead; Found or Forget told so
		}
		content, err := e.seg.open(e, k)
		if err != nil {
			return Batch{Number: e.head.number}, false, wrong(fault.Internal, "read", fault.Place{Path: e.seg.path, Offset: e.offset}, err, "number", e.head.number)
		}
		return Batch{e.head.number, e.head.account.Warrant, e.head.account.Link, e.head.records, content}, true, nil
	}
	return b, false, s.broken
}

func (s *Spool) at(number uint64) (int, bool) {
	return slices.BinarySearchFunc(s.entries, number, func(e entry, n uint64) int {
		switch {
		case e.head.number < n:
			return -1
		case e.head.number > n:
			return 1
		}
		return 0
	})
}

// Close makes everything durable and gives the folder free. Keys in memory alone die.
func (s *Spool) Close() error {
	s.syncing.Lock()
	defer s.syncing.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lock == nil {
		return nil
	}
	var err error
	for _, g := range s.segments {
		if g.dirty && s.broken == nil {
			err = errors.Join(err, s.sync(g))
		}
		err = errors.Join(err, g.file.Close())
	}
	err = errors.Join(err, s.lock.Close())
	s.lock = nil
	s.keys.Clear()
	s.wake()
	return err
}

// Stats gives the counts.
func (s *Spool) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	x := s.stats
	x.Segments = len(s.segments)
	return x
}

// hold makes this process the only one.
func hold(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(errors.New("another process holds it"), f.Close())
	}
	return f, nil
}
