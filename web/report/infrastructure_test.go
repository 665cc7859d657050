package report_test

import (
	"fmt"
	"html"
	"strings"
	"testing"

	"github.com/noroshi-acd/noroshi/infrastructure"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/share"
)

// botnet is a graph made by hand: a C2, three relays (two of them machines of
// others), 40 bots of which one is known, two victims, and an ordinary service.
func botnet() *share.Graph {
	g := &share.Graph{Left: 7}
	add := func(tier infrastructure.Tier, grey infrastructure.Grey, id string, sure float64) int {
		g.Nodes = append(g.Nodes, share.Node{
			ID: id, Label: id, Tier: tier, Grey: grey, Confidence: sure, FirstStep: infrastructure.FirstStep(tier, grey),
			Reasons: []i18n.Text{{JA: "40台が同じ周期で接続", EN: "40 machines turn to it by one clock"}, {JA: hostile, EN: hostile}},
		})
		return len(g.Nodes) - 1
	}
	join := func(from, to int) {
		g.Edges = append(g.Edges, infrastructure.Edge{From: from, To: to, Count: 9})
	}
	c2 := add(infrastructure.C2, infrastructure.FraudulentContract, "203.0.113.7", 0.93)
	service := add(infrastructure.C2, infrastructure.AbusedService, "paste.example", 0.41)
	relays := []int{
		add(infrastructure.Relay, infrastructure.ResidentialProxy, "198.51.100.21", 0.84), add(infrastructure.Relay, infrastructure.ResidentialProxy, "198.51.100.76", 0.8),
		add(infrastructure.Relay, infrastructure.Unknown, "192.0.2.180", 0.55), add(infrastructure.Relay, infrastructure.Negligent, "192.0.2.181", 0.52),
	}
	g.Nodes[relays[0]].Label = "dyn-21.cable.example"
	for _, r := range relays {
		join(r, c2)
	}
	join(relays[2], relays[3])
	victims := []int{add(infrastructure.Victim, infrastructure.Clear, "203.0.113.200", 0.7), add(infrastructure.Victim, infrastructure.Clear, "shop.example", 0.6)}
	for i := range 40 {
		b := add(infrastructure.Bot, infrastructure.Clear, fmt.Sprintf("10.0.%d.%d", i/20, i), 0.6+float64(i)/100)
		g.Nodes[b].Seed = i == 0
		if i < 36 {
			join(b, relays[i%2])
		} else {
			join(b, relays[2])
			join(b, service)
		}
		if i%4 == 0 {
			join(b, victims[0])
		}
	}
	join(len(g.Nodes)-1, victims[1])
	g.Edges = append(g.Edges, infrastructure.Edge{From: -1, To: 999})
	return g
}

// TestInfrastructure: the tiers stand from those who suffer to those who command,
// the many are one box with their number, and the table names everybody with
// reasons and first step.
func TestInfrastructure(t *testing.T) {
	r := sample(i18n.EN)
	r.Graph = botnet()
	page := write(t, r)
	_, part, _ := strings.Cut(page, `<article class="language" lang="en">`)
	_, part, _ = strings.Cut(part, `id="en-infrastructure"`)
	part, _, _ = strings.Cut(part, "</figure>")
	picture, twin, _ := strings.Cut(part, "<details")
	at := -1
	for _, head := range []string{"victim (2)", "bot (40)", "relay (4)", "C2 server (2)"} {
		i := strings.Index(strings.ToLower(picture), strings.ToLower(">"+head+"<"))
		if i <= at {
			t.Errorf("%s stands at %d, not behind what suffers more", head, i)
		}
		at = i
	}
	// Of 40 bots one is known and stands alone; 17 and 18 turn to the first two relays by
	// turns, four to the third.
	for _, want := range []string{">17 machines<", ">18 machines<", ">4 machines<", "known before", "7 more were left out", `opacity="0.9`} {
		if !strings.Contains(picture, want) {
			t.Errorf("the picture does not say %q", want)
		}
	}
	for i := range r.Graph.Nodes {
		if id := r.Graph.Nodes[i].ID; !strings.Contains(twin, id) {
			t.Errorf("the table does not name %s", id)
		}
	}
	for _, want := range []string{"dyn-21.cable.example (198.51.100.21)", "40 machines turn to it by one clock", infrastructure.FirstStep(infrastructure.Relay, infrastructure.Negligent).EN} {
		if !strings.Contains(twin, html.EscapeString(want)) {
			t.Errorf("the table does not say %q", want)
		}
	}
}

// TestNoInfrastructure: what was not mapped is not spoken of.
func TestNoInfrastructure(t *testing.T) {
	if page := write(t, sample(i18n.EN)); strings.Contains(page, "en-behind") {
		t.Error("the page has a chapter without a graph")
	}
	r := sample(i18n.JA)
	r.Graph = share.TellGraph(&infrastructure.Graph{}, share.Cover{})
	if page := write(t, r); strings.Contains(page, "ja-behind") {
		t.Error("the page has a chapter for an empty graph")
	}
}
