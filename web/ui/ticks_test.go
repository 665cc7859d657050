package ui

import (
	"math"
	"testing"
	"time"
)

// TestTicksAreFew: whatever the span, there is room for the labels and no tick lies
// outside.
func TestTicksAreFew(t *testing.T) {
	const n = 4
	for span := int64(time.Second); span > 0; span = grown(span) {
		for _, first := range []int64{0, 1_700_000_000_123_456_789, math.MaxInt64 - span} {
			if first > math.MaxInt64-span {
				continue
			}
			got := ticks(first, first+span, n)
			if len(got) > n+2 {
				t.Errorf("%v from %d: %d ticks", time.Duration(span), first, len(got))
			}
			for _, x := range got {
				if x < first || x > first+span {
					t.Errorf("%v from %d: a tick at %d", time.Duration(span), first, x)
				}
			}
		}
	}
}

// grown is three times span, 0 when that is longer than a number holds.
func grown(span int64) int64 {
	if span > math.MaxInt64/3 {
		return 0
	}
	return span * 3
}
