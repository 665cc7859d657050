package spool

import (
	"slices"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// Ack says that batches have arrived. When it returns they are not given again, also
// after a crash. Numbers that do not wait are passed over, so that a repeated word does
// no harm.
func (s *Spool) Ack(numbers ...uint64) error {
	_, err := s.decide(acked, func(yield func(*entry)) {
		for _, n := range numbers {
			if i, ok := s.at(n); ok {
				yield(&s.entries[i])
			}
		}
	})
	return err
}

// Drop gives batches up, on the caller's word alone, and says what was lost by it: the
// caller owes it to the books.
func (s *Spool) Drop(numbers ...uint64) (map[Account]Count, error) {
	return s.decide(dropped, func(yield func(*entry)) {
		for _, n := range numbers {
			if i, ok := s.at(n); ok {
				yield(&s.entries[i])
			}
		}
	})
}

// Forget destroys the key of a warrant, when it ends, and drops what waits under it: none
// of its batches can be read any more, on no copy of the disk, and none is taken for as
// long as the spool is open. It says what was lost by it. Where Keys lies on a lasting
// disk, follow it by [Spool.Rewrap] under a new parent key: an old file of keys might be
// found on the disk, and must not be opened by the parent in use.
func (s *Spool) Forget(w paper.Digest) (map[Account]Count, error) {
	s.mu.Lock()
	err := s.usable()
	if err == nil {
		s.forgotten[w] = true
		if err = s.keys.Kill(w); err != nil {
			err = s.unwritten(s.keys.Path, err)
		}
	}
	if err == nil {
		for _, g := range s.segments {
			g.aeads = nil // they hold keys derived from the dead one
		}
	}
	s.mu.Unlock()
	if err != nil {
		return nil, err
	}
	return s.decide(dropped, s.all(func(e *entry) bool { return e.head.account.Warrant == w }))
}

// Discard drops what Found calls unreadable and says what was lost. Until it is called,
// each Open finds the same.
func (s *Spool) Discard() (map[Account]Count, error) {
	return s.decide(dropped, s.all(func(e *entry) bool { return s.keys.ByID(e.head.key) == nil }))
}

// Rewrap writes the keys under another parent key of KeySize bytes; the old one is not
// needed any more and must be destroyed by who made it.
func (s *Spool) Rewrap(parent []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.usable(); err != nil {
		return err
	}
	ok, err := s.keys.Rewrap(parent)
	if !ok {
		return wrong(fault.Invalid, "config", fault.Place{Offset: -1, Field: "parent"}, nil, "key", "parent")
	} else if err != nil {
		return s.unwritten(s.keys.Path, err)
	}
	return nil
}

// all goes through the entries that meet a condition.
func (s *Spool) all(meets func(*entry) bool) func(func(*entry)) {
	return func(yield func(*entry)) {
		for i := range s.entries {
			if meets(&s.entries[i]) {
				yield(&s.entries[i])
			}
		}
	}
}

// decide marks the entries that wait, durably.
func (s *Spool) decide(to state, which func(yield func(*entry))) (map[Account]Count, error) {
	lost := map[Account]Count{}
	s.mu.Lock()
	err := s.usable()
	var marked []*segment
	if err == nil {
		which(func(e *entry) {
			if err != nil || e.head.state != waiting {
				return
			}
			if err = e.seg.mark(e, to); err != nil {
				err = s.unwritten(e.seg.path, err)
				return
			}
			s.decided(e, to)
			marked = append(marked, e.seg)
			n := lost[e.head.account]
			n.add(e.head.records)
			lost[e.head.account] = n
		})
	}
	s.mu.Unlock()
	if len(marked) > 0 {
		after := func() bool { // another's fsync has covered the marks
			return s.broken == nil && !slices.ContainsFunc(marked, func(g *segment) bool { return g.dirty })
		}
		if failed := s.settle(after); err == nil {
			err = failed
		}
	}
	return lost, err
}

func (s *Spool) decided(e *entry, to state) {
	e.head.state = to
	e.seg.held--
	s.stats.Waiting.Batches--
	s.stats.Waiting.Records -= e.head.records
	if to == acked {
		s.stats.Acked.add(e.head.records)
	} else {
		s.stats.Dropped.add(e.head.records)
	}
}
