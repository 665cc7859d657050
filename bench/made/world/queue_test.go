package world

import (
	"cmp"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestQueueIsAStableSort compares the queue with a sorted list.
func TestQueueIsAStableSort(t *testing.T) {
	type entry struct {
		at int64
		n  int
	}
	rapid.Check(t, func(t *rapid.T) {
		var q Queue[int]
		var oracle []entry
		for n := range rapid.IntRange(0, 200).Draw(t, "steps") {
			if rapid.Bool().Draw(t, "push") || len(oracle) == 0 {
				at := rapid.Int64Range(0, 20).Draw(t, "at")
				q.Push(at, n)
				oracle = append(oracle, entry{at, n})
				slices.SortStableFunc(oracle, func(a, b entry) int { return cmp.Compare(a.at, b.at) })
				continue
			}
			if q.Len() != len(oracle) || q.Next() != oracle[0].at {
				t.Fatalf("Len %d Next %d, oracle %v", q.Len(), q.Next(), oracle)
			}
			if at, v := q.Pop(); at != oracle[0].at || v != oracle[0].n {
				t.Fatalf("Pop gives %d at %d, oracle %v", v, at, oracle[0])
			}
			oracle = oracle[1:]
		}
	})
}
