package decoders

import (
	"context"
	"fmt"

	"github.com/noroshi-acd/noroshi/bench/bed"
	"github.com/noroshi-acd/noroshi/bench/report"
)

// Section measures all loads in a child on one core, and nfcapd beside them.
func Section(ctx context.Context, b *bed.Bed, s *report.Section) error {
	b.Say("decoding beside goflow2, turn by turn")
	var all []Result
	if err := b.Alone(ctx, &all, "race", fmt.Sprint(b.Seed), fmt.Sprint(b.Size(fullFlows, quickFlows)), fmt.Sprint(b.Size(9, 3)), b.Data); err != nil {
		return err
	}
	for _, r := range all {
		s.Add(r.figure(b.Quick))
	}
	if b.Data == "" {
		s.Miss("templates of real exporters", "≥ 10 × goflow2", "the public data is not here (NOROSHI_DATA)")
	}
	if err := collect(ctx, b, s); err != nil {
		return err
	}
	s.Note("Flows by seconds of CPU (user and system) in a process of one Go processor, ours and goflow2's turns of 0.15 s one after the other, medians; the ratio is the median of the turns' own. Both read the same datagrams from memory and find the same number of flows. Ours fills flow records; goflow2's decoder makes its list of fields, and of sampled packets it leaves the headers unread. What follows in either, counting and writing, is not measured.")
	s.Note("`14 fields`: a router's usual template, sent again every 50 datagrams. The other shapes and real templates are given once, then data. Real: datagrams of two collectors' test captures, those in which both decoders find the same flows; they are few and short, so a datagram's own cost weighs more than with a full one.")
	return nil
}

// figure judges a result.
func (r Result) figure(quick bool) report.Figure {
	f := report.Figure{
		What:     r.What + fmt.Sprintf(" (%d flows)", r.Flows),
		Measured: fmt.Sprintf("%.1f M flows/s, %.1f × goflow2, %.4f allocations by flow", r.Ours/1e6, r.Ratio, r.Allocations),
		Peer:     fmt.Sprintf("goflow2 %.2f M flows/s (this run)", r.Theirs/1e6), Verdict: report.Shown,
		Values: map[string]float64{"flows_per_s": r.Ours, "peer_flows_per_s": r.Theirs, "ratio": r.Ratio, "allocations_per_flow": r.Allocations},
		Chart:  &report.Chart{Unit: "M flows/s", Target: r.Rate / 1e6, Bars: []report.Bar{{Who: "Noroshi", Value: r.Ours / 1e6, Ours: true}, {Who: "goflow2", Value: r.Theirs / 1e6}}},
	}
	switch {
	case r.Times > 0 && r.Rate > 0:
		f.Asked = fmt.Sprintf("≥ %.0f × goflow2, ≥ %.0f M flows/s, 0 allocations", r.Times, r.Rate/1e6)
	case r.Rate > 0:
		f.Asked = fmt.Sprintf("≥ %.0f M flows/s, 0 allocations", r.Rate/1e6)
	case r.Times > 0:
		f.Asked = fmt.Sprintf("≥ %.0f × goflow2", r.Times)
	}
	if f.Asked != "" && !quick {
		f.Verdict = report.Judge(r.met())
	}
	return f
}

// none is what a count of allocations by flow may be and still be none: a few belong
// to the measuring itself.
const none = 1e-3

func (r Result) met() bool {
	return r.Ratio >= r.Times && r.Ours >= r.Rate && (r.Rate == 0 || r.Allocations < none)
}
