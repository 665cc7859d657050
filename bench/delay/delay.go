package delay

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/noroshi-acd/noroshi/bench/bed"
	"github.com/noroshi-acd/noroshi/bench/report"
)

// inTime is the share of replays that must be decided within the number asked.
const inTime = 0.9

// trial is one figure.
type trial struct {
	what, unit string
	within     int // planted events
	most       int // that a replay goes on for
	make       func(r *rand.Rand, most int) play
}

func trials() []trial {
	shake := func(least, most float64) func(r *rand.Rand, n int) play {
		return func(r *rand.Rand, n int) play { return beacon(r, least, most, n) }
	}
	return []trial{
		{"beacon, jitter up to 10 %", "check-ins", 10, 40, shake(0, 0.1)},
		{"beacon, jitter 50 %", "check-ins", 20, 80, shake(0.5, 0.5)},
		{"beacon, jitter 90 %", "check-ins", 60, 180, shake(0.9, 0.9)},
		{"scan", "probes", 100, 400, scan},
		{"generated names", "NXDOMAIN", 20, 80, generated},
		{"DNS tunnel", "queries", 50, 200, tunnel},
	}
}

// Section replays each attack many times.
func Section(ctx context.Context, b *bed.Bed, s *report.Section) error {
	n := b.Size(50, 15)
	b.Say("replaying contacts with what is on a list")
	f, err := knownBad(b, n)
	if err != nil {
		return err
	}
	s.Add(f)
	for _, t := range trials() {
		if err := ctx.Err(); err != nil {
			return err
		}
		b.Say("replaying %s", t.what)
		r := b.Rand("delay " + t.what)
		var all []outcome
		for range n {
			all = append(all, run(r, t.make(r, t.most)))
		}
		s.Add(t.figure(all))
	}
	b.Say("replaying long connections")
	r := b.Rand("delay connection")
	var all []outcome
	for range n {
		all = append(all, run(r, connection(r)))
	}
	s.Add(openFigure(all))
	s.Note(fmt.Sprintf("Each line: %d replays with the run's seed, each among a day's browsing of %d office hosts, all detectors running, findings asked for after every planted event. High is what counts. \"Within\" must hold for %.0f in 100 replays; the worst replay is shown beside it, and one that never reached high counts as never.", n, officeHosts, inTime*100))
	s.Note("Beacon periods 1 s, 10 s, 1 min, 5 min, 1 h, 8 h; half of the beacons show a name. Scans: one port of many inside or outside hosts, or many ports of one; 82 % unanswered, 15 % refused. The list has 3,250 made-up addresses, prefixes, names and certificates; a contact is one connection, 0.05 s after its lookup where one precedes it. The generated names are random letters, hexadecimal or alphanumeric: word-list families need longer.")
	return nil
}

// ranked sorts the outcomes; those that never came are last.
func ranked(all []outcome, of func(outcome) float64) (median, worst string, middle float64) {
	const never = 1e18
	values := make([]float64, len(all))
	for i, o := range all {
		if values[i] = of(o); o.after == 0 {
			values[i] = never
		}
	}
	slices.Sort(values)
	show := func(v float64) string {
		if v == never {
			return "never"
		}
		return strings.TrimSuffix(fmt.Sprintf("%.1f", v), ".0")
	}
	middle = values[len(values)/2]
	return show(middle), show(values[len(values)-1]), middle
}

func (t *trial) figure(all []outcome) report.Figure {
	within := 0
	for _, o := range all {
		if o.after > 0 && o.after <= t.within {
			within++
		}
	}
	median, worst, middle := ranked(all, func(o outcome) float64 { return float64(o.after) })
	share := float64(within) / float64(len(all))
	return report.Figure{
		What: "time to detect: " + t.what, Asked: fmt.Sprintf("≤ %d %s", t.within, t.unit),
		Measured: fmt.Sprintf("median %s, worst %s; %d of %d within", median, worst, within, len(all)),
		Peer:     "RITA 5: at the next hourly import (quoted)", Verdict: report.Judge(share >= inTime),
		Values: map[string]float64{"median": middle, "share_within": share},
	}
}

// openFigure is that of the connection that stays: each outcome came while it was
// open, or never.
func openFigure(all []outcome) report.Figure {
	found := 0
	for _, o := range all {
		if o.after > 0 {
			found++
		}
	}
	median, worst, _ := ranked(all, func(o outcome) float64 { return o.seconds / 3600 })
	return report.Figure{
		What: "time to detect: connection that stays for a day", Asked: "while it is open",
		Measured: fmt.Sprintf("%d of %d while open; high after median %s h, worst %s h from the first report of it", found, len(all), median, worst),
		Peer:     "RITA 5: at the next hourly import (quoted)", Verdict: report.Judge(float64(found) >= inTime*float64(len(all))),
	}
}
