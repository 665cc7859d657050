package laws

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime/judge"
	"github.com/noroshi-acd/noroshi/authority/regime/rules/rulestest"
	"github.com/noroshi-acd/noroshi/bench/bed"
	"github.com/noroshi-acd/noroshi/bench/report"
)

// most is what holding a request against forty conditions may take.
const most = 50 * time.Microsecond

// Section measures the evaluator beside the slow one of the tests, which reads the same
// papers as maps.
func Section(_ context.Context, b *bed.Bed, s *report.Section) error {
	b.Say("judging requests")
	r, q := rulestest.Forty()
	e, err := judge.Compile(r, rulestest.Days())
	if err != nil {
		return err
	}
	texts := make([][]byte, 3)
	for i, v := range []any{r, rulestest.Days(), q} {
		if texts[i], err = paper.Marshal(v); err != nil {
			return err
		}
	}
	slow, err := rulestest.NewSlow(texts[0], texts[1])
	if err != nil {
		return err
	}
	ours := func() error {
		if list := e.Unmet(q); len(list) > 0 {
			return fmt.Errorf("the request is refused: %v", list)
		}
		return nil
	}
	theirs := func() error {
		list, err := slow.Unmet(texts[2])
		if len(list) > 0 {
			return fmt.Errorf("the request is refused: %v", list)
		}
		return err
	}
	fast, peer, err := turns(b, ours, theirs)
	if err != nil {
		return err
	}
	kept := testing.AllocsPerRun(100, func() { _ = ours() })
	s.Add(report.Figure{
		What:     "a request that lacks nothing, held against 40 conditions",
		Asked:    fmt.Sprintf("≤ %d µs, nothing allocated", most.Microseconds()),
		Measured: fmt.Sprintf("%.1f µs by CPU time, %.0f allocations", micro(fast), kept),
		Peer:     fmt.Sprintf("the slow evaluator of the tests, over JSON as maps: %.0f µs (this run), %.0f times as much", micro(peer), micro(peer)/micro(fast)),
		Verdict:  report.Judge(fast <= most && kept == 0),
		Values:   map[string]float64{"unmet_us": micro(fast), "slow_us": micro(peer), "allocations": kept},
	})
	s.Note("CPU time (user and system) of one Go processor, the two in turns of a tenth of a second, medians. The instrument is made up and has every member that rules can have; all conditions apply.")
	return nil
}

func micro(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }

// turns has both do their work in turns and gives what one time of each costs.
func turns(b *bed.Bed, ours, theirs func() error) (one, other time.Duration, err error) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	var costs [2][]time.Duration
	for range b.Size(9, 3) {
		for i, do := range []func() error{ours, theirs} {
			n, began, until := 0, bed.Used(), time.Now().Add(100*time.Millisecond)
			for time.Now().Before(until) {
				if err := do(); err != nil {
					return 0, 0, err
				}
				n++
			}
			costs[i] = append(costs[i], (bed.Used()-began)/time.Duration(n))
		}
	}
	for i := range costs {
		slices.Sort(costs[i])
	}
	return costs[0][len(costs[0])/2], costs[1][len(costs[1])/2], nil
}
