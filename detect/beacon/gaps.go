package beacon

import (
	"math"
	"slices"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/beacon/series"
)

// gapClasses is how many classes of length the times between check-ins are
// counted in.
const gapClasses = 24

// gaps counts the times between the remembered check-ins that take part.
func (c *candidate) gaps(d *Detector) []detect.GapCount {
	var at []int64
	for _, x := range c.t.contacts(c.p, d.contacts[:0]) {
		if ns := c.p.first + int64(x.At)*series.Tick; ns >= c.since-series.Tick {
			at = append(at, int64(x.At))
		}
	}
	slices.Sort(at)
	var lengths []float64
	for i := 1; i < len(at); i++ {
		if s := float64(at[i]-at[i-1]) * series.Tick / 1e9; s > 0 {
			lengths = append(lengths, s)
		}
	}
	return histogram(lengths)
}

// histogram counts lengths (s) in equal classes from zero to a fifth beyond the
// longest, or, where the longest is more than a hundred times the middle one, in
// classes that grow by a constant factor. Beginning at zero shows a clock as what
// it is, however little it varies.
func histogram(lengths []float64) []detect.GapCount {
	if len(lengths) == 0 {
		return nil
	}
	slices.Sort(lengths)
	least, most, middle := lengths[0], lengths[len(lengths)-1], lengths[len(lengths)/2]
	edge := func(i int) float64 { return 1.2 * most * float64(i) / gapClasses }
	if most > 100*middle && least < most {
		edge = func(i int) float64 { return least * math.Pow(most/least, float64(i)/gapClasses) }
	}
	out := make([]detect.GapCount, gapClasses)
	for i := range out {
		out[i].From, out[i].To = edge(i), edge(i+1)
	}
	i := 0
	for _, s := range lengths {
		for i < gapClasses-1 && s >= out[i].To {
			i++
		}
		out[i].Count++
	}
	return out
}
