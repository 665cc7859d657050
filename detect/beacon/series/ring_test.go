package series

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/detect"
)

// TestSlicesDrawNoRhythm: an even clock gives even slices, however slots and slices
// lie to each other.
func TestSlicesDrawNoRhythm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		period := rapid.Int32Range(1000, 100_000).Draw(t, "period")
		n := rapid.Int32Range(200, 900).Draw(t, "n")
		r := Ring{slot: 100}
		for i := range n {
			r.mark(i * period)
		}
		least, most, sum := 1<<16, 0, 0
		for _, c := range r.Slices(int64(n-1)*int64(period), detect.StripLen) {
			least, most, sum = min(least, int(c)), max(most, int(c)), sum+int(c)
		}
		if sum != int(n) {
			t.Fatalf("%d contacts in all slices, want %d", sum, n)
		}
		if most-least > 3 {
			t.Fatalf("slices of an even clock hold %d to %d of %d", least, most, n)
		}
	})
}
