package beacon

import (
	"testing"

	"pgregory.net/rapid"
)

// Every length lies in exactly one class, and the classes join.
func TestHistogram(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lengths := rapid.SliceOfN(rapid.Float64Range(0.01, 1e6), 1, 130).Draw(t, "lengths")
		want := append([]float64(nil), lengths...)
		got := histogram(lengths)
		var sum int64
		for i, g := range got {
			if i > 0 && got[i-1].To != g.From || g.To < g.From {
				t.Fatalf("class %d is %v after %v", i, g, got[max(i-1, 0)])
			}
			var slow int64
			for _, s := range want {
				last := i == len(got)-1
				if (s >= g.From || i == 0) && (s < g.To || last) {
					slow++
				}
			}
			if slow != g.Count {
				t.Fatalf("class %d (%v) holds %d, counting says %d", i, g, g.Count, slow)
			}
			sum += g.Count
		}
		if sum != int64(len(want)) {
			t.Fatalf("%d lengths in all classes, want %d", sum, len(want))
		}
	})
	if got := histogram(nil); got != nil {
		t.Errorf("no lengths give %v", got)
	}
}
