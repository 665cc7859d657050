package strip

import (
	"testing"

	"pgregory.net/rapid"
)

func TestStrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var h Strip
		times := rapid.SliceOfN(rapid.Int64(), 1, 50).Draw(rt, "times")
		total := 0
		for _, at := range times {
			h.Add(at, 1)
			total++
		}
		sum := 0
		for _, n := range h.Counts() {
			sum += int(n)
		}
		if sum > total || sum == 0 {
			rt.Fatalf("%d of %d", sum, total)
		}
	})
}
