package main

import (
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"

	"github.com/noroshi-acd/noroshi/detect/dga/lexical"
)

func scores(m *lexical.Model, names []sample) (z [2][]float64, byGroup map[int][]float64) {
	byGroup = map[int][]float64{}
	var f lexical.Features
	for _, s := range names {
		f.Extract([]byte(s.label), []byte(s.suffix))
		x := m.LogOdds(&f)
		z[side(s.dga)] = append(z[side(s.dga)], x)
		byGroup[s.group] = append(byGroup[s.group], x)
	}
	for i := range z {
		sort.Float64s(z[i])
	}
	return z, byGroup
}

// above gives the share of sorted z at or over t.
func above(z []float64, t float64) float64 {
	if len(z) == 0 {
		return 0
	}
	return float64(len(z)-sort.SearchFloat64s(z, t)) / float64(len(z))
}

// atFalse gives the threshold that a share q of sorted z reaches.
func atFalse(z []float64, q float64) float64 {
	if len(z) == 0 {
		return 0
	}
	return z[min(len(z)-1, int(float64(len(z))*(1-q)))]
}

func summary(m *lexical.Model, names []sample) string {
	z, _ := scores(m, names)
	var b strings.Builder
	for _, q := range []float64{0.02, 0.01, 0.005, 0.001} {
		t := atFalse(z[0], q)
		fmt.Fprintf(&b, "%.1f %% false: over %.2f recall %.3f; ", q*100, t, above(z[1], t))
	}
	return b.String()
}

// report lists, per list of the names kept back, the share over some thresholds.
func report(m *lexical.Model, names []sample, groups []group) string {
	z, byGroup := scores(m, names)
	var b strings.Builder
	ts := []float64{0, atFalse(z[0], 0.01), atFalse(z[0], 0.005), atFalse(z[0], 0.001)}
	fmt.Fprintf(&b, "thresholds %.2f\n", ts)
	for _, g := range slices.Sorted(maps.Keys(byGroup)) {
		s := byGroup[g]
		sort.Float64s(s)
		fmt.Fprintf(&b, "%s/%s (%d):", groups[g].source, groups[g].family, len(s))
		for _, t := range ts {
			fmt.Fprintf(&b, " %.4f", above(s, t))
		}
		fmt.Fprintf(&b, " median %.2f\n", s[len(s)/2])
	}
	return b.String()
}
