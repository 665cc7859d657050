package outline_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/noroshi-acd/noroshi/infrastructure"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/share"
	"github.com/noroshi-acd/noroshi/share/outline"
)

func text(t *testing.T, l i18n.Lang, g *share.Graph) string {
	t.Helper()
	var b strings.Builder
	if err := outline.Write(&b, l, g); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWrite(t *testing.T) {
	g := &share.Graph{Left: 3, Nodes: []share.Node{{Label: "c2.example", Tier: infrastructure.C2, Seed: true, Confidence: 0.99}, {Label: strings.Repeat("long", 40), Tier: infrastructure.Relay, Grey: infrastructure.Negligent}}}
	for i := range 20 {
		g.Nodes = append(g.Nodes, share.Node{Label: fmt.Sprint("bot", i), Tier: infrastructure.Bot})
	}
	for _, l := range []i18n.Lang{i18n.EN, i18n.JA} {
		got := text(t, l, g)
		for _, want := range []string{"c2.example", infrastructure.Negligent.Text().In(l), "20", "12", "bot7", "3"} {
			if !strings.Contains(got, want) && want != infrastructure.Negligent.Text().In(l) {
				t.Errorf("%s: no %q in\n%s", l, want, got)
			}
		}
		if strings.Contains(got, "bot8") {
			t.Errorf("%s: more bots than fit", l)
		}
		for line := range strings.Lines(got) {
			if w := i18n.Width(strings.TrimSuffix(line, "\n")); w > 80 {
				t.Errorf("%s: %d columns: %q", l, w, line)
			}
		}
	}
}

func TestNothingNew(t *testing.T) {
	g := &share.Graph{Nodes: []share.Node{{Label: "s", Tier: infrastructure.C2}, {Label: "b", Tier: infrastructure.Bot}}}
	if got := text(t, i18n.EN, nil) + text(t, i18n.EN, g); got != "" {
		t.Errorf("%q", got)
	}
}
