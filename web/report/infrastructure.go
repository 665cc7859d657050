package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/noroshi-acd/noroshi/infrastructure"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/share"
	"github.com/noroshi-acd/noroshi/web/ui"
)

// minFold is how many machines that do the same are drawn as one.
const minFold = 3

// fold is one box of the graph: a node, or several that do the same.
type fold struct {
	members []int // places in the graph
	column  int
}

// folded is a graph with the many drawn as one.
type folded struct {
	g     *share.Graph
	tiers []infrastructure.Tier // the columns, from left to right: who suffers first
	folds []fold
	of    []int // by node, its fold
}

// foldGraph puts together bots and victims that have most to do with the same other
// end; everything else stays alone. What was known before comes first, then the larger
// fold, then whom more machines turn to.
func foldGraph(g *share.Graph) *folded {
	x := &folded{g: g, of: make([]int, len(g.Nodes))}
	column := x.columns()
	mains := mainEnds(g)
	groups := map[string][]int{}
	var keys []string
	for i := range g.Nodes {
		n := &g.Nodes[i]
		key := fmt.Sprintf("alone %d", i)
		if (n.Tier == infrastructure.Bot || n.Tier == infrastructure.Victim) && !n.Seed {
			key = fmt.Sprint(n.Tier, n.Grey, n.Also, mains[i])
		}
		if groups[key] == nil {
			keys = append(keys, key)
		}
		groups[key] = append(groups[key], i)
	}
	for _, k := range keys {
		members := groups[k]
		size := len(members)
		if size < minFold {
			size = 1
		}
		for part := range slices.Chunk(members, size) {
			x.folds = append(x.folds, fold{part, column[g.Nodes[part[0]].Tier]})
		}
	}
	x.sort(mains)
	for i, f := range x.folds {
		for _, m := range f.members {
			x.of[m] = i
		}
	}
	return x
}

// columns finds the tiers that somebody plays, and gives each its place.
func (x *folded) columns() map[infrastructure.Tier]int {
	column := map[infrastructure.Tier]int{}
	for _, t := range slices.Backward(infrastructure.Tiers()) {
		if slices.ContainsFunc(x.g.Nodes, func(n share.Node) bool { return n.Tier == t }) {
			column[t] = len(x.tiers)
			x.tiers = append(x.tiers, t)
		}
	}
	return column
}

// sort orders the folds by what foldGraph says; mains are the main ends.
func (x *folded) sort(mains []int) {
	met := make([]int, len(x.g.Nodes)) // by node, the machines that have most to do with it
	for _, end := range mains {
		if end >= 0 {
			met[end]++
		}
	}
	weight := func(f fold) int {
		if n := x.g.Nodes[f.members[0]]; len(f.members) == 1 && (n.Tier == infrastructure.C2 || n.Tier == infrastructure.Relay) {
			return met[f.members[0]]
		}
		return len(f.members)
	}
	slices.SortStableFunc(x.folds, func(a, b fold) int {
		return cmp.Or(first(x.g.Nodes[b.members[0]].Seed)-first(x.g.Nodes[a.members[0]].Seed), weight(b)-weight(a))
	})
}

func first(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// mainEnds gives by node the server that it has most exchanges with, or for want of
// one the machine; -1 where there is none.
func mainEnds(g *share.Graph) []int {
	out, most := make([]int, len(g.Nodes)), make([]int64, len(g.Nodes))
	for i := range out {
		out[i] = -1
	}
	note := func(node, end int, n int64) {
		if t := g.Nodes[end].Tier; t == infrastructure.C2 || t == infrastructure.Relay {
			n += 1 << 40
		}
		if n > most[node] {
			out[node], most[node] = end, n
		}
	}
	for _, e := range g.Edges {
		if e.From >= 0 && e.To >= 0 && e.From < len(g.Nodes) && e.To < len(g.Nodes) {
			note(e.From, e.To, max(e.Count, 1))
			note(e.To, e.From, max(e.Count, 1))
		}
	}
	return out
}

// edges joins what a third of the folds' members are joined by at least; an edge is
// as faint as the less sure of its ends.
func (x *folded) edges() []ui.Edge {
	at, many := map[[2]int]int{}, map[[2]int]int{}
	var out []ui.Edge
	for _, e := range x.g.Edges {
		if e.From < 0 || e.To < 0 || e.From >= len(x.of) || e.To >= len(x.of) {
			continue
		}
		ends := [2]int{x.of[e.From], x.of[e.To]}
		faint := 1 - min(x.g.Nodes[e.From].Confidence, x.g.Nodes[e.To].Confidence)
		many[ends]++
		if i, ok := at[ends]; ok {
			out[i].Faint = min(out[i].Faint, faint)
			continue
		}
		at[ends] = len(out)
		out = append(out, ui.Edge{From: ends[0], To: ends[1], Faint: faint})
	}
	return slices.DeleteFunc(out, func(e ui.Edge) bool {
		size := max(len(x.folds[e.From].members), len(x.folds[e.To].members))
		return many[[2]int{e.From, e.To}]*3 < size
	})
}

// node draws fold f.
func (x *folded) node(l i18n.Lang, f fold) ui.Node {
	word := func(key string, args ...any) string { return i18n.Say(l, "report.infra."+key, args...) }
	first := &x.g.Nodes[f.members[0]]
	low, high := 1.0, 0.0
	var labels []string
	for _, m := range f.members {
		n := &x.g.Nodes[m]
		low, high = min(low, n.Confidence), max(high, n.Confidence)
		labels = append(labels, named(n))
	}
	certain := sure(l, high)
	if s := sure(l, low); s != certain {
		certain = word("between", "low", s, "high", certain)
	}
	role := []string{first.Tier.Text().In(l)}
	for _, t := range first.Also {
		role = append(role, t.Text().In(l))
	}
	grey := first.Grey.Text().In(l)
	var notes []string
	if grey != "" {
		notes = append(notes, grey)
	}
	notes = append(notes, certain+seed(l, first))
	n := ui.Node{
		Label: first.Label, Notes: notes, Column: f.column, Role: strings.Join(role, separator(l)), Why: reasons(l, first), Grey: string(first.Grey),
		Sure: max(low, 0.01), Named: strings.Join(labels, " "), Cells: []string{grey, certain, first.FirstStep.In(l)},
	}
	if len(f.members) > 1 {
		n.Label = word("many", "n", len(f.members))
	}
	return n
}

// named is the label of n with its address where that is another.
func named(n *share.Node) string {
	if n.Label == n.ID || n.ID == "" {
		return n.Label
	}
	return n.Label + " (" + n.ID + ")"
}

func seed(l i18n.Lang, n *share.Node) string {
	if !n.Seed {
		return ""
	}
	return " · " + i18n.Say(l, "report.infra.seed")
}

func reasons(l i18n.Lang, n *share.Node) string {
	var out []string
	for _, r := range n.Reasons {
		out = append(out, r.In(l))
	}
	return strings.Join(out, " / ")
}

// infra draws the infrastructure: who suffers and who obeys on the left, who
// commands on the right.
func infra(l i18n.Lang, g *share.Graph) ui.Figure {
	word := func(key string, args ...any) string { return i18n.Say(l, "report.infra."+key, args...) }
	x := foldGraph(g)
	t := ui.Tiers{Edges: x.edges(), More: []string{word("grey"), word("sure"), word("first_step")}}
	for _, tier := range x.tiers {
		n := 0
		for i := range g.Nodes {
			if g.Nodes[i].Tier == tier {
				n++
			}
		}
		t.Heads = append(t.Heads, word("head", "tier", tier.Text().In(l), "n", n))
	}
	for _, f := range x.folds {
		t.Nodes = append(t.Nodes, x.node(l, f))
	}
	caption := word("caption", "n", len(g.Nodes))
	if g.Left > 0 {
		caption += gap(l) + word("left", "n", g.Left)
	}
	return ui.TierGraph(l, string(l)+"-infrastructure", word("title"), caption, t)
}

// steps gives the usual first step of each part that somebody plays, the grey zone
// first.
func steps(l i18n.Lang, g *share.Graph) []term {
	counts := map[string]int{}
	var out []term
	for i := range g.Nodes {
		n := &g.Nodes[i]
		name := n.Grey.Text().In(l)
		if name == "" {
			name = n.Tier.Text().In(l)
		}
		if counts[name]++; counts[name] == 1 {
			out = append(out, term{name, n.FirstStep.In(l)})
		}
	}
	for i := range out {
		out[i].Name = i18n.Say(l, "report.infra.head", "tier", out[i].Name, "n", counts[out[i].Name])
	}
	return out
}
