package detecttest

import (
	"testing"

	"github.com/noroshi-acd/noroshi/detect"
)

// Merged plays stream to one engine, and to two that each see every other inside host
// and are then merged. empty makes an engine.
func Merged(empty func() *detect.Engine, stream []Exchange) (whole, merged *detect.Engine) {
	whole, merged = empty(), empty()
	other := empty()
	var a, b []Exchange
	for _, x := range stream {
		if x.Src[15]%2 == 0 {
			a = append(a, x)
		} else {
			b = append(b, x)
		}
	}
	Play(whole, stream, nil)
	Play(merged, a, nil)
	Play(other, b, nil)
	merged.Merge(other)
	return whole, merged
}

// Same fails t unless two findings say the same of the same ends, with scores that are
// at most apart from each other.
func Same(t testing.TB, want, got *detect.Finding, apart float64) {
	t.Helper()
	if want == nil || got == nil {
		t.Fatalf("whole %v, merged %v", want, got)
	}
	if want.Dst != got.Dst || want.Count != got.Count || want.Name != got.Name || max(want.Score-got.Score, got.Score-want.Score) > apart {
		t.Errorf("whole %.3f %q %d, merged %.3f %q %d", want.Score, want.Name, want.Count, got.Score, got.Name, got.Count)
	}
}
