package fanin

import "github.com/noroshi-acd/noroshi/internal/slots"

// store keeps entries by hash in chunks, so that growing copies nothing, and without
// pointers, so that they cost the garbage collector nothing.
type store[E any] struct {
	index  slots.Index[uint32]
	chunks [][]E
	made   uint32
	free   []uint32
}

const chunkLen = 1024

func (s *store[E]) used() int { return s.index.Len() }

func (s *store[E]) at(i uint32) *E { return &s.chunks[i/chunkLen][i%chunkLen] }

// get gives the entry with hash h, nil for none.
func (s *store[E]) get(h uint64) *E {
	if i, ok := s.index.Get(h); ok {
		return s.at(i)
	}
	return nil
}

// add makes an entry with hash h, which MUST be new, and gives its number; the
// caller fills it.
func (s *store[E]) add(h uint64) (*E, uint32) {
	i := s.made
	if n := len(s.free); n > 0 {
		i, s.free = s.free[n-1], s.free[:n-1]
	} else {
		if s.made++; int(i/chunkLen) == len(s.chunks) {
			s.chunks = append(s.chunks, make([]E, chunkLen))
		}
	}
	place, _ := s.index.Put(h)
	*place = i
	return s.at(i), i
}

// move gives entry i, which had hash from, the hash to, which MUST be new.
func (s *store[E]) move(from, to uint64, i uint32) *E {
	s.index.Delete(from)
	place, _ := s.index.Put(to)
	*place = i
	return s.at(i)
}

// remove takes the entry with hash h out; its place may be given again at once.
func (s *store[E]) remove(h uint64) {
	if i, ok := s.index.Get(h); ok {
		s.free = append(s.free, i)
		s.index.Delete(h)
	}
}

// any gives a place by a random number, perhaps a free one; nil when none was made.
func (s *store[E]) any(r uint64) *E {
	if s.made == 0 {
		return nil
	}
	return s.at(uint32(r % uint64(s.made)))
}
