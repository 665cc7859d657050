package seen_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/ledger/verify/acts/seen"
)

// TestSeen holds the answers against a walk over all stamps, also where two checkpoints
// have one size.
func TestSeen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s seen.Stamps
		var size int64
		for at := range rapid.IntRange(0, 8).Draw(t, "stamps") {
			size += rapid.Int64Range(0, 3).Draw(t, "more")
			s = append(s, seen.Stamp{Size: size, Time: paper.Time(100 + at)})
		}
		index := rapid.Int64Range(0, 20).Draw(t, "index")
		first, there, relied := paper.Time(math.MaxInt64), false, seen.Stamp{}
		for _, x := range s {
			if x.Size <= index {
				relied = x
			} else if !there {
				first, there = x.Time, true
			}
		}
		if at, ok := s.First(index); at != first || ok != there {
			t.Errorf("first: %v, %v, want %v, %v of %v", at, ok, first, there, s)
		}
		if got := s.Relied(index); got != relied {
			t.Errorf("relied: %v, want %v of %v", got, relied, s)
		}
		if from, until := s.Around(index); from != relied.Time || until != first {
			t.Errorf("around: %v to %v", from, until)
		}
		if want := len(s) > 0 && s.Latest() != s[len(s)-1].Time; want {
			t.Errorf("latest: %v", s.Latest())
		}
	})
}
