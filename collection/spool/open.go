package spool

import (
	"errors"
	"os"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/collection/spool/ring"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// Recovery is what Open found from before.
type Recovery struct {
	Waiting Count // that can be read
	// Unreadable are batches that no key opens: keys that lay in memory died with the
	// machine, a warrant was forgotten when the process died, or the head of a file is
	// damaged. Discard drops them.
	Unreadable map[Account]Count
	// Missing is how many numbers lack in the middle of the files: batches that were
	// damaged on the disk. At the end of a file after a loss of power some of them may
	// never have been acknowledged to who appended them. Told at each Open until the file
	// is removed.
	Missing uint64
	// Torn is how many bytes were cut off the end of the last file: a batch that was
	// being written and not acknowledged.
	Torn int64
}

// Open opens or makes a spool and keeps other processes out until Close.
func Open(c Config) (*Spool, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	s := &Spool{c: c.filled(), forgotten: map[paper.Digest]bool{}, next: 1, more: make(chan struct{})}
	s.found.Unreadable = map[Account]Count{}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, wrong(fault.Internal, "open", nowhere(c.Dir), err)
	}
	lock, err := hold(c.Dir)
	if err != nil {
		return nil, wrong(fault.Internal, "open", nowhere(c.Dir), err)
	}
	if s.keys, err = openRing(c); err == nil {
		err = s.load()
	}
	if err != nil {
		for _, g := range s.segments {
			_ = g.file.Close() // the error is told already
		}
		_ = lock.Close()
		return nil, err
	}
	s.lock = lock
	return s, nil
}

// openRing opens the keys.
func openRing(c Config) (*ring.Ring, error) {
	keys, err := ring.Open(c.Keys, c.Parent)
	switch {
	case errors.Is(err, ring.ErrLasting):
		return nil, wrong(fault.Permission, "lasting", nowhere(c.Keys), nil)
	case err != nil:
		return nil, wrong(fault.Internal, "keys", nowhere(c.Keys), err)
	}
	return keys, nil
}

// Found says what Open found.
func (s *Spool) Found() Recovery { return s.found }

// load reads what is there.
func (s *Spool) load() error {
	serials, err := listSegments(s.c.Dir)
	if err != nil {
		return wrong(fault.Internal, "open", nowhere(s.c.Dir), err)
	}
	for i, serial := range serials {
		if err := s.loadSegment(serial, i == len(serials)-1); err != nil {
			return wrong(fault.Internal, "open", nowhere(segmentPath(s.c.Dir, serial)), err)
		}
	}
	s.durable = s.next - 1
	// The newest file must know which number is next, also when all others are gone.
	if n := len(s.segments); n > 0 && s.segments[n-1].headless {
		g, err := createSegment(s.c.Dir, s.serial+1, s.next)
		if err != nil {
			return s.unwritten(s.c.Dir, err)
		}
		s.took(g)
	}
	for _, e := range s.entries {
		if s.keys.ByID(e.head.key) != nil {
			s.found.Waiting.add(e.head.records)
			continue
		}
		n := s.found.Unreadable[e.head.account]
		n.add(e.head.records)
		s.found.Unreadable[e.head.account] = n
	}
	return nil
}

// loadSegment takes up one file; newest says whether it may end in the middle of a frame.
func (s *Spool) loadSegment(serial uint64, newest bool) error {
	g := &segment{serial: serial, path: segmentPath(s.c.Dir, serial)}
	f, err := os.OpenFile(g.path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	g.file = f
	s.segments = append(s.segments, g)
	info, err := f.Stat()
	if err != nil {
		return err
	}
	found, err := readSegment(f, info.Size())
	if err != nil {
		return err
	}
	if g.headless = found.headless; newest && g.headless && info.Size() <= int64(fileHead) {
		// The process died while it began the file: nothing was in it.
		s.segments = s.segments[:len(s.segments)-1]
		s.found.Torn = info.Size()
		return g.remove()
	}
	s.missed(serial, &found)
	g.salt, g.size = found.salt, info.Size()
	if newest {
		if err := s.cut(g, found.end); err != nil {
			return err
		}
	}
	for _, x := range found.waiting {
		if x.number < s.next {
			continue // numbers rise; this is no file of ours
		}
		if found.headless {
			x.key = ring.ID{} // no key opens it: its salt is lost
		}
		s.entries = append(s.entries, entry{x.head, g, x.offset})
		s.stats.Waiting.add(x.records)
		g.held++
	}
	s.serial = serial
	s.next = max(s.next, found.last+1, found.first)
	s.stats.Bytes += g.size
	return nil
}

// missed counts the numbers that lack in a file, and before it.
func (s *Spool) missed(serial uint64, found *scan) {
	follows := serial == s.serial+1 && s.serial > 0
	if follows && !found.headless && found.first > s.next {
		s.found.Missing += found.first - s.next
	}
	s.found.Missing += found.missing
}

// cut takes off what is behind the last whole frame.
func (s *Spool) cut(g *segment, end int64) error {
	if g.size > end {
		s.found.Torn = g.size - end
		if err := g.file.Truncate(end); err != nil {
			return err
		}
		g.size = end
	}
	// What is read now may so far be in the memory of the system alone.
	return g.file.Sync()
}
