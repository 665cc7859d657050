package series

import (
	"math"

	"github.com/noroshi-acd/noroshi/detect"
)

// Rings is a bounded number of long memories, by number. What the owner of each is
// worth stands beside it, so that choosing the one that must go reads little.
type Rings struct {
	chunks [][]Ring // of ringsLen, so that growing copies nothing
	worth  []int64
	spare  []int32
	most   int
}

const ringsLen = 512

// NewRings makes room for most of them; memory is taken as they are.
func NewRings(most int) Rings { return Rings{most: most} }

// At gives memory i.
func (s *Rings) At(i int32) *Ring { return &s.chunks[i/ringsLen][i%ringsLen] }

// Len gives how many were made.
func (s *Rings) Len() int { return len(s.worth) }

// Worth is what Weigh noted last.
func (s *Rings) Worth(i int32) int64 { return s.worth[i] }

// Weigh notes what the owner of memory i is worth.
func (s *Rings) Weigh(i int32, worth int64) { s.worth[i] = worth }

// Free gives memory i back.
func (s *Rings) Free(i int32) { s.spare = append(s.spare, i) }

// Take gives a memory. With taken, all were in use, and it is still that of the owner
// who is worth least of a random few: the caller MUST take it away. probe is the
// state of the random choice.
func (s *Rings) Take(probe *uint64) (i int32, taken bool) {
	if n := len(s.spare); n > 0 {
		i, s.spare = s.spare[n-1], s.spare[:n-1]
		return i, false
	}
	n := len(s.worth)
	if n >= s.most {
		return s.least(probe), true
	}
	if n%ringsLen == 0 {
		s.chunks = append(s.chunks, make([]Ring, ringsLen))
	}
	s.worth = append(s.worth, 0)
	return int32(n), false
}

func (s *Rings) least(probe *uint64) int32 {
	victim, worst := int32(0), int64(math.MaxInt64)
	for range 16 {
		*probe = detect.Mix(*probe + 1)
		i := int32(*probe % uint64(s.most))
		if w := s.worth[i]; w < worst {
			victim, worst = i, w
		}
	}
	return victim
}
