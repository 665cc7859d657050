package report

import (
	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/share"
	"github.com/noroshi-acd/noroshi/web/ui"
)

// directions shows the records by direction class.
func directions(l i18n.Lang, r *share.Result) ui.Figure {
	var parts []ui.Part
	for _, c := range []direction.Class{direction.Transit, direction.Inbound, direction.Outbound, direction.Domestic, direction.Unknown} {
		parts = append(parts, ui.Part{Name: i18n.Say(l, "cli.direction."+c.String()), Meaning: i18n.Say(l, "report.ends."+c.String()), Count: r.Directions[c]})
	}
	return ui.StackedBar(l, string(l)+"-directions", i18n.Say(l, "report.direction.title"), i18n.Say(l, "report.direction.caption", "n", r.Records), parts)
}

// maxSpans is how many findings the timeline shows.
const maxSpans = 25

// timeline shows when the findings' evidence fell.
func timeline(l i18n.Lang, r *share.Result) ui.Figure {
	var spans []ui.Span
	told := r.Findings[:min(len(r.Findings), maxSpans)]
	first, last := r.First, r.Last
	for i := range told {
		f := &told[i]
		first, last = min(first, f.First), max(last, f.Last)
		spans = append(spans, ui.Span{
			Rank: f.Rank, Who: who(l, f), Whom: whom(l, f), Level: f.Level.String(), LevelName: i18n.Say(l, "report.level."+f.Level.String()),
			First: f.First, Last: f.Last, Counts: f.Strip, Link: place(l, f),
		})
	}
	return ui.Timeline(l, string(l)+"-timeline", i18n.Say(l, "report.timeline.title"),
		i18n.Say(l, "report.timeline.caption", "n", len(told), "first", moment(first), "last", moment(last)), first, last, spans)
}

// tiers draws who turns to whom, from the findings alone: machines on the left,
// the places that they turn to on the right.
func tiers(l i18n.Lang, r *share.Result) ui.Figure {
	var nodes []ui.Node
	var edges []ui.Edge
	at := map[string]int{}
	add := func(column int, label, role string, f *share.Finding) int {
		key := string(rune('0'+column)) + label
		if i, ok := at[key]; ok {
			return i
		}
		at[key] = len(nodes)
		n := ui.Node{Label: label, Column: column, Role: role, Sure: -1, Level: f.Level.String(), Why: i18n.Say(l, "cli.kind."+string(f.Kind))}
		if f.Rank <= maxDetailed {
			n.Link = place(l, f)
		}
		nodes = append(nodes, n)
		return at[key]
	}
	seen := map[ui.Edge]bool{}
	for i := range r.Findings[:min(len(r.Findings), maxListed)] {
		f := &r.Findings[i]
		if f.Attacks() || f.Unusual() || f.Whom() == "" {
			continue
		}
		to := -1
		for _, m := range f.Machines() {
			from := add(0, m, i18n.Say(l, "report.tiers.machine"), f)
			if to < 0 {
				to = add(1, f.Whom(), i18n.Say(l, "report.tiers.server"), f)
			}
			if e := (ui.Edge{From: from, To: to}); !seen[e] {
				seen[e] = true
				edges = append(edges, e)
			}
		}
	}
	heads := []string{i18n.Say(l, "report.tiers.machines"), i18n.Say(l, "report.tiers.servers")}
	return ui.TierGraph(l, string(l)+"-tiers", i18n.Say(l, "report.tiers.title"), i18n.Say(l, "report.tiers.caption", "machines", len(nodes)-servers(nodes), "servers", servers(nodes)),
		ui.Tiers{Heads: heads, Nodes: nodes, Edges: edges})
}

func servers(nodes []ui.Node) int {
	n := 0
	for _, x := range nodes {
		n += x.Column
	}
	return n
}
