package tiers

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/noroshi-acd/noroshi/bench/bed"
	"github.com/noroshi-acd/noroshi/bench/made/botnet"
	"github.com/noroshi-acd/noroshi/bench/report"
)

// held is the first seed of those that no rule was tuned on.
const held = 1000

// nets is how many botnets a figure rests on.
const nets = 24

// Section measures on botnets whose seeds nobody looked at while tuning: in the
// ranges that rules were tuned on, in others, and, with nothing asked, with messages
// whose sizes tell little.
func Section(ctx context.Context, b *bed.Bed, s *report.Section) error {
	for _, x := range []struct {
		what   string
		ranges botnet.Ranges
		asked  bool
	}{
		{"made-up botnets in the shape of the published lists, one C2 known", botnet.Usual(), true},
		{"the same with other parameters: 40 to 70 % of links seen, slower, more churn, fewer households", botnet.Other(), true},
		{"as the first, but each message padded at random to up to three times its size", botnet.Padded(), false},
	} {
		all := Tally{}
		for i := range b.Size(nets, 6) {
			if err := ctx.Err(); err != nil {
				return err
			}
			all.Add(Measure(held+b.Seed%1_000_000*100+uint64(i), x.ranges))
		}
		figures(s, fmt.Sprintf("%d %s", b.Size(nets, 6), x.what), x.asked, &all)
	}
	s.Note("The C2 that is known is not counted. Findable is what visible links of the botnet join to it, by whatever path; the observer sees a share of the links and of the flows on them, so some relays are joined by one visit of one bot. What is in the graph counts as found, in whatever tier; the tier counts on its own.")
	return nil
}

// figures writes what t counted, and judges it by what is asked if judged.
func figures(s *report.Section, what string, judged bool, t *Tally) {
	share := func(n, of int) float64 { return float64(n) / float64(max(of, 1)) }
	add := func(name, asked string, n, of int, least float64) {
		f := report.Figure{What: what + ": " + name, Asked: asked, Measured: fmt.Sprintf("%.1f %% (%d of %d)", 100*share(n, of), n, of), Verdict: report.Shown,
			Values: map[string]float64{"share": share(n, of), "of": float64(of)}}
		if !judged {
			f.Asked = ""
		} else if asked != "" {
			f.Peer, f.Verdict = "nobody", report.Judge(share(n, of) >= least)
		}
		s.Add(f)
	}
	add("relays and C2s found", "≥ 90 %", t.ServersFound, t.Servers, 0.9)
	add("role accuracy over relays and C2s", "≥ 90 %", t.ServersRight, t.ServersJudged, 0.9)
	add("role accuracy over all members", "", t.Right, t.Judged, 0)
	add("servers of the graph that belong to the botnet", "≥ 90 %", t.ServersTrue, t.ServersDrawn, 0.9)
	add("machines of the graph that belong to the botnet (victims apart)", "≥ 90 %", t.True, t.Drawn, 0.9)
	add("bots found", "", t.BotsFound, t.Bots, 0)
	add("relays and C2s found, of all that there are", "", t.ServersFound, t.AllServers, 0)
	for _, x := range []struct {
		name string
		list map[string]int
	}{{"Honest machines drawn in", t.Wrong}, {"Servers missed", t.Missed}, {"Wrong tiers", t.Turned}} {
		var parts []string
		for _, k := range slices.Sorted(maps.Keys(x.list)) {
			parts = append(parts, fmt.Sprintf("%s (%d)", k, x.list[k]))
		}
		if parts == nil {
			parts = []string{"none"}
		}
		s.Note(x.name + ", " + what + ": " + strings.Join(parts, ", ") + ".")
	}
}
