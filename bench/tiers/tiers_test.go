package tiers

import (
	"testing"

	"github.com/noroshi-acd/noroshi/bench/made/botnet"
)

// TestSmallNets holds the figures on a few small botnets whose seeds no rule was
// tuned on.
func TestSmallNets(t *testing.T) {
	g := botnet.Usual()
	g.Bots, g.Relays = [2]float64{30, 200}, [2]float64{4, 20}
	var all Tally
	for seed := uint64(500); seed < 506; seed++ {
		all.Add(Measure(seed, g))
	}
	for _, x := range []struct {
		what  string
		n, of int
	}{
		{"relays and C2s found", all.ServersFound, all.Servers},
		{"right tiers", all.ServersRight, all.ServersJudged},
		{"servers that belong to the botnet", all.ServersTrue, all.ServersDrawn},
		{"machines that belong to the botnet", all.True, all.Drawn},
	} {
		if x.of == 0 || float64(x.n) < 0.85*float64(x.of) {
			t.Errorf("%s: %d of %d; missed %v, wrong %v, turned %v", x.what, x.n, x.of, all.Missed, all.Wrong, all.Turned)
		}
	}
}
