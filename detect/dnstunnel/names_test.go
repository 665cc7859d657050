package dnstunnel

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// fill adds n distinct hashes, each about twice.
func fill(s *names, r *rand.Rand, n int) map[uint32]bool {
	set := map[uint32]bool{}
	for len(set) < n {
		h := r.Uint32()
		set[h] = true
		s.add(h)
		s.add(h)
	}
	return set
}

// TestDistinct compares with a set: exact up to 64 names, within five standard
// deviations above.
func TestDistinct(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.OneOf(rapid.IntRange(0, 2*exactly), rapid.IntRange(0, 20_000)).Draw(t, "names")
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 2))
		var s names
		want := float64(len(fill(&s, r, n)))
		if got := s.distinct(); n <= exactly && got != want || got < want*0.67 || got > want*1.33 {
			t.Fatalf("distinct %v, want about %v", got, want)
		}
	})
}

// TestSpread measures the error over many sets.
func TestSpread(t *testing.T) {
	r := testSeed(t)
	for n, most := range map[int]float64{exactly: 0, exactly + 1: 0.04, 100: 0.06, 200: 0.07, 640: 0.08, 700: 0.08, 5000: 0.08, 20_000: 0.08} {
		const runs = 400
		sum, bias := 0.0, 0.0
		for range runs {
			var s names
			for range n {
				s.add(r.Uint32())
			}
			e := s.distinct()/float64(n) - 1
			sum, bias = sum+e*e, bias+e
		}
		rms := math.Sqrt(sum / runs)
		t.Logf("%6d names: %.1f %% error, %+.1f %% bias", n, 100*rms, 100*bias/runs)
		if rms > most || math.Abs(bias/runs) > 0.035 {
			t.Errorf("%d names: error %.3f, want at most %.3f; bias %.3f", n, rms, most, bias/runs)
		}
	}
}

// TestMergeNames: merged counts are those of one count that saw all.
func TestMergeNames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 3))
		var a, b, whole names
		for h := range fill(&a, r, rapid.IntRange(0, 150).Draw(t, "of a")) {
			whole.add(h)
		}
		for h := range fill(&b, r, rapid.IntRange(0, 150).Draw(t, "of b")) {
			whole.add(h)
			if r.IntN(2) == 0 {
				a.add(h)
			}
		}
		before := a.distinct()
		a.merge(&b)
		if got, want := a.distinct(), whole.distinct(); got != want || got < before {
			t.Fatalf("merged %v, one count %v; before %v", got, want, before)
		}
	})
}
