package infrastructure

import (
	"cmp"
	"slices"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// FromFindings says what findings alone say: servers, and those that turn to them. The graph has at most limit nodes.
func FromFindings(found []detect.Finding, limit int) *Graph {
	g := &Graph{}
	at := map[string]int{}
	add := func(n Node, kind detect.Kind, score float64) int {
		if i, ok := at[n.ID]; ok {
			g.Nodes[i].Confidence = max(g.Nodes[i].Confidence, min(score, 0.99))
			return i
		}
		if len(g.Nodes) >= limit {
			g.Left++
			return -1
		}
		n.Confidence = min(score, 0.99)
		n.Reasons = []i18n.Text{i18n.Both("infrastructure.why.finding", "kind", i18n.Both("cli.kind."+string(kind)))}
		n.FirstStep = FirstStep(n.Tier, n.Grey)
		at[n.ID] = len(g.Nodes)
		g.Nodes = append(g.Nodes, n)
		return at[n.ID]
	}
	for i := range found {
		f := &found[i]
		if detect.LevelOf(f.Score) < detect.High || !commands(f.Kind) || f.Dst.IsZero() && f.Name == "" {
			continue
		}
		n := Node{ID: f.Name, Addr: server(f), Name: f.Name, Label: f.Name, Tier: C2, Grey: Unknown}
		if !n.Addr.IsZero() {
			n.ID = n.Addr.String()
		}
		n.Label = cmp.Or(n.Label, n.ID)
		if n.ID == "" {
			continue
		}
		to := add(n, f.Kind, f.Score)
		machines := sources(f)
		for _, s := range machines {
			from := add(Node{ID: s.String(), Label: s.String(), Addr: s, Tier: Bot}, f.Kind, f.Score)
			if from >= 0 && to >= 0 && from != to {
				g.Edges = append(g.Edges, Edge{From: from, To: to, Count: max(f.Count/int64(len(machines)), 1), First: f.First, Last: f.Last})
			}
		}
	}
	return g.Order()
}

// Order sorts nodes by tier and confidence, keeps the edges with them, and joins
// edges between the same two.
func (g *Graph) Order() *Graph {
	rank := map[Tier]int{}
	for i, t := range Tiers() {
		rank[t] = i
	}
	place := make([]int, len(g.Nodes))
	for i := range place {
		place[i] = i
	}
	slices.SortStableFunc(place, func(i, j int) int {
		a, b := &g.Nodes[i], &g.Nodes[j]
		return cmp.Or(cmp.Compare(rank[a.Tier], rank[b.Tier]), cmp.Compare(b.Confidence, a.Confidence), cmp.Compare(a.ID, b.ID))
	})
	nodes, now := make([]Node, len(place)), make([]int, len(place))
	for to, from := range place {
		nodes[to], now[from] = g.Nodes[from], to
	}
	at := map[[2]int]int{}
	var edges []Edge
	for _, e := range g.Edges {
		e.From, e.To = now[e.From], now[e.To]
		if i, ok := at[[2]int{e.From, e.To}]; ok {
			o := &edges[i]
			// Two findings of one pair tell of the same exchanges.
			o.Count, o.Bytes, o.First, o.Last = max(o.Count, e.Count), max(o.Bytes, e.Bytes), min(o.First, e.First), max(o.Last, e.Last)
			continue
		}
		at[[2]int{e.From, e.To}] = len(edges)
		edges = append(edges, e)
	}
	slices.SortFunc(edges, func(a, b Edge) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) })
	g.Nodes, g.Edges = nodes, edges
	return g
}

// AddUnseen adds the seeds that a person gave and no record shows.
func (g *Graph) AddUnseen(seeds []Seed) {
	have := map[string]bool{}
	for i := range g.Nodes {
		have[g.Nodes[i].ID], have[g.Nodes[i].Name] = true, true
	}
	for _, s := range seeds {
		id := s.Name
		if !s.Addr.IsZero() {
			id = s.Addr.String()
		}
		if have[id] || s.Kind != "" {
			continue
		}
		have[id] = true
		n := Node{ID: id, Label: id, Addr: s.Addr, Name: s.Name, Tier: C2, Grey: Unknown, Seed: true, Reasons: []i18n.Text{i18n.Both("infrastructure.why.seed"), i18n.Both("infrastructure.why.unseen")}}
		n.FirstStep = FirstStep(n.Tier, n.Grey)
		g.Nodes = append(g.Nodes, n)
	}
}
