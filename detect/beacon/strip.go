package beacon

import "math"

// slices counts what the slots hold in n equal slices of ticks 0 to span. A slot
// is spread evenly over what it covers: were it counted whole where its middle
// falls, slots and slices of different widths would draw a rhythm that is not there.
func (r *ring) slices(span int64, n int) []uint16 {
	before := func(tick float64) float64 { // contacts before tick
		sum := 0.0
		for i, count := range r.slots {
			from := max(float64(r.zero)+float64(i)*float64(r.slot), 0)
			to := min(float64(r.zero)+float64(i+1)*float64(r.slot), float64(span)+1)
			switch {
			case count == 0:
			case to <= tick || from >= to && from < tick:
				sum += float64(count)
			case from < tick:
				sum += float64(count) * (tick - from) / (to - from)
			}
		}
		return sum
	}
	out := make([]uint16, n)
	last := 0.0
	for i := range out {
		up := math.Round(before(float64(span+1) * float64(i+1) / float64(n)))
		if i == n-1 {
			up = math.Round(before(math.Inf(1)))
		}
		out[i] = sat(out[i], uint16(min(max(up-last, 0), 1<<16-1)))
		last = up
	}
	return out
}
