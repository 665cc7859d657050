package spans_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/ledger/verify/acts/spans"
)

// TestSpans holds a list against a set of numbers.
func TestSpans(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var l spans.List
		set := map[int64]bool{}
		next := int64(0)
		for range rapid.IntRange(0, 8).Draw(t, "spans") {
			next += rapid.Int64Range(0, 4).Draw(t, "gap")
			n := rapid.Int64Range(1, 5).Draw(t, "n")
			l.Add(next, n)
			for i := range n {
				set[next+i] = true
			}
			next += n
		}
		from := rapid.Int64Range(0, 40).Draw(t, "from")
		to := rapid.Int64Range(from, 60).Draw(t, "to")
		count := func() (n int64) {
			for i := from; i < to; i++ {
				if set[i] {
					n++
				}
			}
			return n
		}
		if got := l.Within(from, to); got != count() {
			t.Fatalf("%v within %d to %d: %d, not %d", l, from, to, got, count())
		}
		l.Forget(from, to)
		for i := from; i < to; i++ {
			delete(set, i)
		}
		if got := l.Within(0, 1000); got != int64(len(set)) {
			t.Fatalf("%v has %d, not %d", l, got, len(set))
		}
		for i := range int64(70) {
			if (l.Within(i, i+1) == 1) != set[i] {
				t.Fatalf("%v at %d", l, i)
			}
		}
	})
}
