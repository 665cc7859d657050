package seen

import (
	"math"
	"slices"

	"github.com/noroshi-acd/noroshi/authority/paper"
)

// Stamp is what witnesses say of a checkpoint: it had that size at that time.
type Stamp struct {
	Size int64
	Time paper.Time // the median of the cosignatures
}

// Stamps are those of one log, by rising size.
type Stamps []Stamp

// with gives the place of the first stamp whose checkpoint holds an entry.
func (s Stamps) with(index int64) int {
	i, _ := slices.BinarySearchFunc(s, index, func(x Stamp, n int64) int {
		if x.Size <= n {
			return -1
		}
		return 1
	})
	return i
}

// First is the time of the first checkpoint that holds an entry: by then it was written
// down. An entry that no checkpoint holds has none.
func (s Stamps) First(index int64) (paper.Time, bool) {
	if i := s.with(index); i < len(s) {
		return s[i].Time, true
	}
	return math.MaxInt64, false
}

// Relied is the largest checkpoint at or below an index; zero when there is none.
func (s Stamps) Relied(index int64) Stamp {
	if i := s.with(index); i > 0 {
		return s[i-1]
	}
	return Stamp{}
}

// Latest is the latest time at which witnesses saw the log; 0 when they never did.
func (s Stamps) Latest() paper.Time {
	if len(s) == 0 {
		return 0
	}
	return s[len(s)-1].Time
}

// Around are the times between which an entry was written down: of the last checkpoint
// without it and the first with it. from is 0, and until the largest time, where witnesses
// do not say.
func (s Stamps) Around(index int64) (from, until paper.Time) {
	until, _ = s.First(index)
	return s.Relied(index).Time, until
}
