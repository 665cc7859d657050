package document

import (
	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/infrastructure"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/share"
)

// Infrastructure is the graph of the machines behind an attack.
type Infrastructure struct {
	Nodes []Node `json:"nodes"`
	Edges []Turn `json:"edges"`
	Left  int    `json:"nodes_left_out,omitempty"`
}

// Node is one machine of the graph.
type Node struct {
	ID         string                `json:"id"`
	Label      string                `json:"label"`
	Tier       infrastructure.Tier   `json:"tier"`
	Also       []infrastructure.Tier `json:"also,omitempty"`
	Grey       infrastructure.Grey   `json:"grey,omitempty"`
	Seed       bool                  `json:"seed,omitempty"`
	Confidence float64               `json:"confidence"`
	Reasons    []i18n.Text           `json:"reasons"`
	FirstStep  i18n.Text             `json:"first_step"`
}

// Turn says that one machine of the graph turned to another; both are IDs of nodes.
type Turn struct {
	From  string `json:"from"`
	To    string `json:"to"`
	Count int64  `json:"count"`
	Bytes int64  `json:"bytes"`
	First string `json:"first"`
	Last  string `json:"last"`
}

// mapped gives g as it stands in a document; nil for nil.
func mapped(g *share.Graph) *Infrastructure {
	if g == nil {
		return nil
	}
	d := &Infrastructure{Nodes: []Node{}, Edges: []Turn{}, Left: g.Left}
	for _, n := range g.Nodes {
		x := Node{ID: n.ID, Label: n.Label, Tier: n.Tier, Also: n.Also, Grey: n.Grey, Seed: n.Seed, Confidence: detect.Round3(n.Confidence), Reasons: n.Reasons, FirstStep: n.FirstStep}
		if x.Reasons == nil {
			x.Reasons = []i18n.Text{}
		}
		d.Nodes = append(d.Nodes, x)
	}
	for _, e := range g.Edges {
		d.Edges = append(d.Edges, Turn{From: g.Nodes[e.From].ID, To: g.Nodes[e.To].ID, Count: e.Count, Bytes: e.Bytes, First: stamp(e.First), Last: stamp(e.Last)})
	}
	return d
}
