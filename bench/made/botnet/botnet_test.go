package botnet

import (
	"slices"
	"testing"

	"github.com/noroshi-acd/noroshi/flow"
)

func small() Ranges {
	g := Usual()
	g.Bots, g.Relays, g.Hosts, g.Hours = [2]float64{20, 40}, [2]float64{3, 6}, [2]float64{1, 2}, 3
	return g
}

func play(n *Net) []flow.Record {
	var all []flow.Record
	n.Play(func(b *flow.Batch) { all = append(all, b.Records...) })
	return all
}

// TestSameSeedSameNet also holds the order of time.
func TestSameSeedSameNet(t *testing.T) {
	a, b := Make(7, small()), Make(7, small())
	if !slices.Equal(play(a), play(b)) {
		t.Error("the same seed gives another net")
	}
	if slices.Equal(play(a), play(Make(8, small()))) {
		t.Error("another seed gives the same net")
	}
	last := int64(0)
	for _, r := range play(a) {
		if r.First < last {
			t.Fatal("records out of time")
		}
		last = r.First
	}
}

// TestShape: bots turn to relays, relays to C2s, and nobody else to a C2 but those
// who knock everywhere.
func TestShape(t *testing.T) {
	n := Make(3, small())
	kinds := map[[2]Part]int{}
	for _, r := range play(n) {
		kinds[[2]Part{n.Part[r.Src], n.Part[r.Dst]}]++
		if n.Part[r.Dst] == C2 && n.Part[r.Src] == Honest {
			if c := n.Class[r.Src]; c != "scanner" && c != "crawler" && c != "watch" {
				t.Errorf("%s turns to a C2", c)
			}
		}
	}
	for _, want := range [][2]Part{{Bot, Relay}, {Relay, C2}, {Bot, Honest}, {Honest, Relay}} {
		if kinds[want] == 0 {
			t.Errorf("no exchange of kind %v", want)
		}
	}
	if n.Part[n.Seed] != C2 || !n.Known[n.Seed] {
		t.Error("the seed is no C2")
	}
	known := 0
	for a := range n.Known {
		if p := n.Part[a]; p == Honest || p == Victim {
			t.Errorf("%s is joined to the botnet", n.Class[a])
		}
		known++
	}
	if known < 10 {
		t.Errorf("%d machines are joined to the seed", known)
	}
}
