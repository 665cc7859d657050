package share_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/infrastructure"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/share"
)

// TestTellGraphCoversEverywhere: no address or text of others goes past the cover,
// a node's ID and label among them.
func TestTellGraphCoversEverywhere(t *testing.T) {
	a := flow.Addr4([4]byte{10, 0, 0, 1})
	secret := i18n.Text{JA: "secret", EN: "secret"}
	g := &infrastructure.Graph{
		Nodes: []infrastructure.Node{
			{ID: "secret", Label: "secret", Addr: a, Tier: infrastructure.Bot, Confidence: 0.5, Reasons: []i18n.Text{secret}, FirstStep: secret},
			{ID: "secret", Label: "secret", Name: "secret", Addr: a, Tier: infrastructure.C2},
			{ID: "secret", Label: "secret", Name: "secret"},
		},
		Edges: []infrastructure.Edge{{From: 0, To: 1}}, Left: 3,
	}
	got := share.TellGraph(g, share.Cover{Addr: func(flow.Addr) string { return "A" }, Text: func(string) string { return "T" }})
	told := i18n.Text{JA: "T", EN: "T"}
	want := &share.Graph{
		Nodes: []share.Node{
			{ID: "A", Label: "A", Tier: infrastructure.Bot, Confidence: 0.5, Reasons: []i18n.Text{told}, FirstStep: told},
			{ID: "A", Label: "T", Tier: infrastructure.C2, FirstStep: told},
			{ID: "T", Label: "T", FirstStep: told},
		},
		Edges: g.Edges, Left: 3,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if share.TellGraph(nil, share.Cover{}) != nil || share.TellGraph(&infrastructure.Graph{}, share.Cover{}) != nil {
		t.Error("an empty graph is told")
	}
}
