package rhythm

import (
	"math"
	"slices"
)

// Rhythm is what a series of check-in times says about a clock behind it.
type Rhythm struct {
	// Evidence is the log-likelihood ratio, in nats, of "a clock with jitter"
	// against "a person or event-driven software", less the price of the fitted
	// parameters (Schwarz, 1978). Negative means that the clock explains less.
	Evidence float64
	Period   float64 // s, centre of the main window of intervals
	Jitter   float64 // half-width of that window over its centre, 0..1
	Second   float64 // s, centre of a second window, 0 for none
	Inside   float64 // share of intervals that lie in a window
	Cover    float64 // share of the whole span that those intervals make up
	From     int     // index of the first time that takes part
	Burst    int     // connections per check-in that were taken as one, 1 for none
	CheckIns int
}

// jitters are the half-widths tried, as a share of the period. A beacon with a
// jitter of 90 % still leaves out the very short intervals that people make.
var jitters = [...]float64{0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.22, 0.32, 0.42, 0.52, 0.64, 0.76, 0.86, 0.93}

const (
	// MinIntervals is how many intervals must lie behind any statement.
	MinIntervals = 4
	// Cap is the most evidence that counts, in nats: more check-ins than this prove
	// no more malice.
	Cap = 16.0
	// floorSigma is the least spread (of ln interval) granted to the human model;
	// people and event-driven software were seen between 0.9 and 3.
	floorSigma = 0.8
	// secondGain is what a second window must add, in nats, to be believed.
	secondGain = 4.0
	// lullRatio is how much longer than the gaps after it a lull is.
	lullRatio = 6
	// latestPrice is what choosing an end of the series costs, in nats.
	latestPrice = 2.0
	// clock is the resolution that time stamps are trusted to, in s: a window is
	// never narrower.
	clock = 0.02
)

// Strength is the evidence that counts: at most cap nats, less where the clock
// explains only a small part of the gaps or of the time that they span.
func (r Rhythm) Strength(cap float64) float64 {
	return min(r.Evidence, cap) * min(1, 0.25+1.5*r.Cover) * min(1, 0.1+1.3*r.Inside)
}

// Find looks for a clock in times (s, sorted): in all of them and in their ends, as
// they are and with bursts taken as one check-in. scratch is used and may be
// reused.
func Find(times []float64, scratch *Scratch) Rhythm {
	best := scratch.find(times)
	strongest := best.Strength(Cap)
	for _, from := range [...]int{len(times) - 32, len(times) - 16, scratch.lull(times)} {
		if from <= 0 || strongest > Cap/2 {
			continue
		}
		r := scratch.find(times[from:])
		r.Evidence -= latestPrice
		r.From = from
		if s := r.Strength(Cap); s > strongest+1 {
			best, strongest = r, s
		}
	}
	return best
}

// lull gives the index after the last long gap that at least MinIntervals+1 gaps
// follow, 0 for none. A machine may have been used before it began to call, and a
// server that fell silent is called anew by the clock.
func (s *Scratch) lull(times []float64) int {
	n := len(times) - 1
	if n <= MinIntervals+1 {
		return 0
	}
	s.gaps = s.gaps[:0]
	for i := n - MinIntervals; i <= n; i++ {
		s.gaps = append(s.gaps, times[i]-times[i-1])
	}
	slices.Sort(s.gaps)
	long := lullRatio * s.gaps[len(s.gaps)/2]
	for i := n - MinIntervals - 1; i > 0; i-- {
		if times[i]-times[i-1] > long {
			return i
		}
	}
	return 0
}

// find is Find on one series.
func (s *Scratch) find(times []float64) Rhythm {
	best := s.fit(times)
	best.Burst = 1
	gap := s.burstGap(times)
	if gap <= 0 {
		return best
	}
	merged := s.merge(times, gap)
	if len(merged) <= MinIntervals || len(merged) == len(times) {
		return best
	}
	r := s.fit(merged)
	r.Burst = int(math.Round(float64(len(times)) / float64(len(merged))))
	// Choosing between two readings of the same series has a price.
	r.Evidence--
	if r.Evidence > best.Evidence {
		return r
	}
	return best
}

// Scratch is memory that Find reuses.
type Scratch struct {
	gaps, logs, rest, merged, prefix []float64
}

// fit computes the Rhythm of sorted times without joining bursts.
func (s *Scratch) fit(times []float64) Rhythm {
	n := len(times) - 1
	if n < MinIntervals {
		return Rhythm{CheckIns: len(times)}
	}
	s.gaps = s.gaps[:0]
	for i := 1; i < len(times); i++ {
		s.gaps = append(s.gaps, max(times[i]-times[i-1], 1e-3))
	}
	slices.Sort(s.gaps)
	human := fitHuman(s.gaps)
	main := s.bestWindow(s.gaps, human)
	if main.count == 0 {
		return Rhythm{CheckIns: len(times)}
	}
	r := Rhythm{CheckIns: len(times), Period: (main.lo + main.hi) / 2}
	r.Jitter = min((main.hi-main.lo)/2/r.Period, 1)
	price := math.Log(float64(n))
	one := mixture(n, []window{main}) - price
	r.Evidence, r.Inside = one, float64(main.count)/float64(n)
	r.Cover = main.sum(s.gaps) / total(s.gaps)
	s.rest = append(s.rest[:0], s.gaps[:main.from]...)
	s.rest = append(s.rest, s.gaps[main.from+main.count:]...)
	if len(s.rest) >= MinIntervals {
		if second := s.bestWindow(s.rest, human); second.count >= MinIntervals-1 {
			two := mixture(n, []window{main, second}) - 2*price
			if two > one+secondGain {
				r.Evidence, r.Second = two, (second.lo+second.hi)/2
				r.Inside = float64(main.count+second.count) / float64(n)
				r.Cover += second.sum(s.rest) / total(s.gaps)
			}
		}
	}
	return r
}

// window is a run of sorted intervals [from, from+count) between lo and hi
// seconds, with the sum of ln(density inside/density of the human model).
type window struct {
	from, count int
	lo, hi      float64
	gain        float64
}

func (w window) sum(gaps []float64) float64 { return total(gaps[w.from : w.from+w.count]) }

func total(gaps []float64) float64 {
	sum := 0.0
	for _, g := range gaps {
		sum += g
	}
	return sum
}

// mixture is the log-likelihood ratio of n intervals under "each lies in one of
// the windows or is human" against "all are human", with weights at their
// maximum likelihood.
func mixture(n int, ws []window) float64 {
	sum, out := 0.0, n
	for _, w := range ws {
		sum += float64(w.count)*math.Log(float64(w.count)/float64(n)) + w.gain
		out -= w.count
	}
	if out > 0 {
		sum += float64(out) * math.Log(float64(out)/float64(n))
	}
	return sum
}

// human is a log-normal density of intervals.
type human struct{ mu, sigma float64 }

func fitHuman(gaps []float64) human {
	var sum, sq float64
	for _, g := range gaps {
		l := math.Log(g)
		sum += l
		sq += l * l
	}
	n := float64(len(gaps))
	mu := sum / n
	return human{mu, max(floorSigma, math.Sqrt(max(0, sq/n-mu*mu)))}
}

// logDensity is ln f(gap) of h.
func (h human) logDensity(gap float64) float64 {
	l := math.Log(gap)
	z := (l - h.mu) / h.sigma
	return -l - math.Log(h.sigma*math.Sqrt(2*math.Pi)) - z*z/2
}

// bestWindow slides windows of each jitter over the sorted gaps and gives the one
// with the largest likelihood ratio.
func (s *Scratch) bestWindow(gaps []float64, h human) window {
	n := len(gaps)
	prefix := append(s.prefix[:0], 0) // sums of the human log-densities
	for i, g := range gaps {
		prefix = append(prefix, prefix[i]+h.logDensity(g))
	}
	s.prefix = prefix
	best, bestValue := window{}, math.Inf(-1)
	for _, j := range jitters {
		ratio := (1 + j) / (1 - j)
		to := 0
		for from := range gaps {
			for to < n && gaps[to] <= max(gaps[from]*ratio, gaps[from]+clock) {
				to++
			}
			count := to - from
			if count < 3 || count*4 < n {
				continue
			}
			// The window is as wide as its jitter says, at least as wide as
			// what it holds widened by the two unseen ends.
			lo, hi := gaps[from], gaps[to-1]
			wide := max((hi-lo)*float64(count+1)/float64(count-1), 2*j*lo/(1-j)*0.5, clock)
			gain := -float64(count)*math.Log(wide) - (prefix[to] - prefix[from])
			w := window{from, count, lo, hi, gain}
			if v := mixture(n, []window{w}); v > bestValue {
				best, bestValue = w, v
			}
		}
	}
	return best
}

// burstGap gives the interval, in s, below which contacts belong to one check-in,
// or 0 when the intervals do not fall into two groups. The groups must lie at
// least a factor of five apart with a tenth of the intervals on either side.
func (s *Scratch) burstGap(times []float64) float64 {
	n := len(times) - 1
	if n < 2*MinIntervals {
		return 0
	}
	s.logs = s.logs[:0]
	for i := 1; i < len(times); i++ {
		s.logs = append(s.logs, math.Log(max(times[i]-times[i-1], 1e-3)))
	}
	slices.Sort(s.logs)
	at, widest := -1, math.Log(5)
	for i := max(1, n/10); i <= n-max(1, n/10) && i < n; i++ {
		if d := s.logs[i] - s.logs[i-1]; d > widest {
			at, widest = i, d
		}
	}
	if at < 0 {
		return 0
	}
	return math.Exp((s.logs[at] + s.logs[at-1]) / 2)
}

// merge keeps the first time of each burst.
func (s *Scratch) merge(times []float64, gap float64) []float64 {
	s.merged = s.merged[:0]
	for i, t := range times {
		if i == 0 || t-times[i-1] > gap {
			s.merged = append(s.merged, t)
		}
	}
	return s.merged
}
