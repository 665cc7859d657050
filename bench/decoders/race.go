package decoders

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strconv"
	"time"

	"github.com/noroshi-acd/noroshi/bench/bed"
	"github.com/noroshi-acd/noroshi/flow"
)

// Result is one load, read by both.
type Result struct {
	What         string
	Times, Rate  float64 // asked; 0 for nothing
	Flows        int     // of one pass
	Ours, Theirs float64 // flows a second of CPU, medians of the turns
	Ratio        float64 // median of the turns' own
	Allocations  float64 // of ours, by flow
}

// turn is how much CPU time one side gets before the other's turn.
const turn = 150 * time.Millisecond

// Race measures all loads on one core and reports to out; it is run as a child. args
// are the seed, the flows of a load, the turns, and the folder of public data or "".
func Race(args []string, out io.Writer) error {
	if len(args) != 4 {
		return fmt.Errorf("race needs 4 arguments, got %d", len(args))
	}
	seed, err := strconv.ParseUint(args[0], 10, 64)
	if err != nil {
		return err
	}
	flows, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	turns, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	all, err := loads(seed, flows, args[3])
	if err != nil {
		return err
	}
	var results []Result
	for _, l := range all {
		r, err := l.race(turns)
		if err != nil {
			return fmt.Errorf("%s: %w", l.what, err)
		}
		results = append(results, r)
	}
	return json.NewEncoder(out).Encode(results)
}

// race gives both sides turns, one after the other.
func (l *load) race(turns int) (Result, error) {
	res := Result{What: l.what, Times: l.asked.times, Rate: l.asked.rate, Flows: l.flows}
	ours, theirs := make([]reader, len(l.trains)), make([]reader, len(l.trains))
	out := flow.Batch{Records: make([]flow.Record, 0, 2*flow.BatchSize)}
	for i := range l.trains {
		ours[i], theirs[i] = l.trains[i].ours(&out), l.trains[i].theirs()
	}
	for name, side := range map[string][]reader{"ours": ours, "goflow2": theirs} { // warm, and both read all
		n, err := l.pass(side)
		if err != nil || n != l.flows {
			return res, fmt.Errorf("%s read %d of %d flows: %w", name, n, l.flows, err)
		}
	}
	var us, them, ratios []float64
	for range turns {
		a, allocations, err := l.timed(ours)
		if err != nil {
			return res, err
		}
		b, _, err := l.timed(theirs)
		if err != nil {
			return res, err
		}
		us, them, ratios = append(us, a), append(them, b), append(ratios, a/b)
		res.Allocations = max(res.Allocations, allocations)
	}
	res.Ours, res.Theirs, res.Ratio = median(us), median(them), median(ratios)
	return res, nil
}

// pass reads every datagram once.
func (l *load) pass(side []reader) (flows int, err error) {
	for i := range l.trains {
		for _, p := range l.trains[i].datagrams {
			n, err := side[i](p)
			if err != nil {
				return flows, err
			}
			flows += n
		}
	}
	return flows, nil
}

// timed passes until a turn is over and gives flows a second of CPU and allocations
// by flow.
func (l *load) timed(side []reader) (rate, allocations float64, err error) {
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start, flows, spent := bed.Used(), 0, time.Duration(0)
	for spent < turn {
		for range max(1, 20_000/l.flows) { // the clock is asked seldom
			n, err := l.pass(side)
			if err != nil {
				return 0, 0, err
			}
			flows += n
		}
		spent = bed.Used() - start
	}
	runtime.ReadMemStats(&after)
	return float64(flows) / spent.Seconds(), float64(after.Mallocs-before.Mallocs) / float64(flows), nil
}

func median(all []float64) float64 {
	all = slices.Sorted(slices.Values(all))
	return all[len(all)/2]
}
