package slots_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/internal/slots"
)

// TestLately: what was among the last size of puts is known with its latest value,
// and what was not among the last two times as many different keys is forgotten.
func TestLately(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(1, 20).Draw(t, "size")
		l := slots.NewLately[int](size)
		var puts []uint64
		latest := map[uint64]int{}
		for i := range rapid.IntRange(0, 200).Draw(t, "puts") {
			k := rapid.Uint64Range(1, 60).Draw(t, "key")
			l.Put(k, i)
			puts, latest[k] = append(puts, k), i
		}
		recent := map[uint64]bool{}
		for i := len(puts) - 1; i >= 0; i-- {
			known := recent[puts[i]]
			recent[puts[i]] = true
			v, ok := l.Get(puts[i])
			if len(puts)-i <= size && (!ok || v != latest[puts[i]]) {
				t.Fatalf("%d, put %d puts ago, is %d %v, want %d", puts[i], len(puts)-i, v, ok, latest[puts[i]])
			}
			if !known && len(recent) > 2*size && ok {
				t.Fatalf("%d is still known after %d others", puts[i], len(recent)-1)
			}
			if ok && v != latest[puts[i]] {
				t.Fatalf("%d is %d, an old value", puts[i], v)
			}
			l.Touch(puts[i])
		}
	})
}
