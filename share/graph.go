package share

import (
	"github.com/noroshi-acd/noroshi/infrastructure"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Graph is the infrastructure behind an attack, as others may read it.
type Graph struct {
	Nodes []Node
	Edges []infrastructure.Edge // by places in Nodes
	Left  int                   // nodes left out for want of room
}

// Node is one machine of a [Graph]. Its texts hold no control character; a covered
// address is no address but a name for one.
type Node struct {
	ID         string // the address, or the name where only that is known
	Label      string // for people
	Tier       infrastructure.Tier
	Also       []infrastructure.Tier
	Grey       infrastructure.Grey
	Seed       bool    // one of those that the graph was grown from
	Confidence float64 // 0..1
	Reasons    []i18n.Text
	FirstStep  i18n.Text
}

// TellGraph gives g under cover; nil for a graph without nodes.
func TellGraph(g *infrastructure.Graph, c Cover) *Graph {
	if g == nil || len(g.Nodes) == 0 {
		return nil
	}
	out := &Graph{Left: g.Left, Edges: g.Edges}
	both := func(t i18n.Text) i18n.Text { return i18n.Text{JA: c.Text(t.JA), EN: c.Text(t.EN)} }
	for i := range g.Nodes {
		n := &g.Nodes[i]
		x := Node{ID: c.Text(n.ID), Label: c.Text(n.Label), Tier: n.Tier, Also: n.Also, Grey: n.Grey, Seed: n.Seed, Confidence: n.Confidence, FirstStep: both(n.FirstStep)}
		if !n.Addr.IsZero() {
			x.ID = c.Addr(n.Addr)
			if n.Name == "" {
				x.Label = x.ID
			}
		}
		for _, r := range n.Reasons {
			x.Reasons = append(x.Reasons, both(r))
		}
		out.Nodes = append(out.Nodes, x)
	}
	return out
}
