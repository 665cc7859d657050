package detect_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/detect"
)

// TestTimeline: whatever the order and however it is merged, nothing is lost and the
// strip begins and ends with the first and the last event.
func TestTimeline(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		times := rapid.SliceOfN(rapid.Int64Range(-5000, 2_000_000), 1, 300).Draw(t, "seconds")
		var whole, left, right detect.Timeline
		first, last := times[0], times[0]
		for i, s := range times {
			first, last = min(first, s), max(last, s)
			whole.Add(s * 1e9)
			if i%2 == 0 {
				left.Add(s * 1e9)
			} else {
				right.Add(s * 1e9)
			}
		}
		left.Merge(&right)
		for name, line := range map[string]*detect.Timeline{"whole": &whole, "merged": &left} {
			strip := line.Strip(first*1e9, last*1e9)
			sum := 0
			for _, n := range strip {
				sum += int(n)
			}
			if sum != len(times) || strip[0] == 0 || strip[len(strip)-1] == 0 || len(strip) > detect.StripLen {
				t.Fatalf("%s: %d of %d events, strip %v", name, sum, len(times), strip)
			}
		}
	})
}
