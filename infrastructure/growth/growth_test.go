package growth_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/detecttest"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/infrastructure"
	"github.com/noroshi-acd/noroshi/infrastructure/growth"
	"github.com/noroshi-acd/noroshi/infrastructure/links"
)

var (
	command = detecttest.Abroad(30001)
	relays  = []flow.Addr{detecttest.Abroad(30002), detecttest.Abroad(30003), detecttest.Abroad(30004)}
	popular = detecttest.Abroad(30900)
)

// stream is a small botnet of one C2, three relays and twelve bots among an office.
func stream(r *rand.Rand) []detecttest.Exchange {
	all := detecttest.Office(r, 60, 20)
	for i := range 60 { // everybody's service, polled by machines
		all = append(all, poll(r, detecttest.Home(i), popular, 700, 40, 0.1, 700, 900)...)
	}
	for b := range 12 {
		for k := range 2 {
			for _, x := range poll(r, detecttest.Home(b), relays[(b+k)%3], 600, 60, 0.2, 480, 350) {
				all = append(all, x)
				if r.IntN(2) == 0 {
					x.Src, x.Dst, x.At, x.Out = x.Dst, command, x.At+0.4, x.Out+30
					all = append(all, x)
				}
			}
		}
	}
	return all
}

// poll gives n contacts of about the same size.
func poll(r *rand.Rand, src, dst flow.Addr, period float64, n int, jitter float64, out, in uint64) []detecttest.Exchange {
	all := detecttest.Beacon(r, src, dst, period, jitter, n)
	for i := range all {
		all[i].Out, all[i].In = out+r.Uint64N(40), in+r.Uint64N(40)
	}
	return all
}

func grow(t *testing.T, stream []detecttest.Exchange, cfg infrastructure.Config, seeds ...infrastructure.Seed) *infrastructure.Graph {
	t.Helper()
	c := links.New(cfg, seeds)
	e := detect.NewEngine(detect.DefaultConfig(), detecttest.Border{}, c)
	detecttest.Play(e, stream, nil)
	return growth.Grow(c, e.Context(), seeds)
}

// tiers gives the addresses of each tier in order.
func tiers(g *infrastructure.Graph) map[infrastructure.Tier][]string {
	out := map[infrastructure.Tier][]string{}
	for _, n := range g.Nodes {
		out[n.Tier] = append(out[n.Tier], n.ID)
	}
	for _, l := range out {
		slices.Sort(l)
	}
	return out
}

func want() map[infrastructure.Tier][]string {
	out := map[infrastructure.Tier][]string{infrastructure.C2: {command.String()}}
	for _, r := range relays {
		out[infrastructure.Relay] = append(out[infrastructure.Relay], r.String())
	}
	for b := range 12 {
		out[infrastructure.Bot] = append(out[infrastructure.Bot], detecttest.Home(b).String())
	}
	slices.Sort(out[infrastructure.Bot])
	return out
}

func TestGrowsFromTheC2AndFromARelay(t *testing.T) {
	all := stream(detecttest.Rand(t, 5))
	for _, seed := range []flow.Addr{command, relays[1]} {
		g := grow(t, all, infrastructure.DefaultConfig(), infrastructure.Seed{Addr: seed})
		if d := cmp.Diff(want(), tiers(g)); d != "" {
			t.Errorf("from %s: -want +got\n%s", seed, d)
		}
		for _, n := range g.Nodes {
			if n.Confidence <= 0 || n.Confidence > 0.99 || len(n.Reasons) == 0 || n.FirstStep.JA == "" || n.FirstStep.EN == "" || n.Seed != (n.Addr == seed) {
				t.Errorf("%+v", n)
			}
		}
		for _, e := range g.Edges {
			if e.Count <= 0 || e.Bytes <= 0 || e.First > e.Last || e.From == e.To || max(e.From, e.To) >= len(g.Nodes) {
				t.Errorf("%+v", e)
			}
		}
	}
}

// TestEverybodysServiceIsNotGrownThrough: a seed that all use draws in nobody who
// merely uses it in an unlike manner.
func TestEverybodysServiceIsNotGrownThrough(t *testing.T) {
	r := detecttest.Rand(t, 0)
	all := detecttest.Office(r, 200, 30)
	site := detecttest.Abroad(30700)
	for h := range 120 {
		for k := range 6 {
			all = append(all, detecttest.Exchange{At: float64(k)*3600 + r.Float64()*3000, Src: detecttest.Home(h), Dst: site, Port: 443, Out: uint64(300 + r.ExpFloat64()*5000), In: uint64(r.ExpFloat64() * 90000)})
		}
	}
	g := grow(t, all, infrastructure.DefaultConfig(), infrastructure.Seed{Addr: site, Tier: infrastructure.C2})
	if len(g.Nodes) != 1 || g.Nodes[0].Grey != infrastructure.AbusedService {
		t.Errorf("%d nodes; %+v", len(g.Nodes), g.Nodes[0])
	}
}

// TestHonestSeedDrawsInLittle: from a site of the office nothing like a botnet grows.
func TestNothingIsMadeUp(t *testing.T) {
	all := stream(detecttest.Rand(t, 5))
	g := grow(t, all, infrastructure.DefaultConfig(), infrastructure.Seed{Addr: detecttest.Abroad(65000)}, infrastructure.Seed{Name: "never.example"})
	if len(g.Nodes) != 2 || len(g.Edges) != 0 || g.Nodes[0].Confidence != 0 || !g.Nodes[0].Seed {
		t.Errorf("%+v", g)
	}
	if g := grow(t, all, infrastructure.DefaultConfig()); len(g.Nodes) != 0 {
		t.Errorf("without seeds: %+v", g)
	}
}

func TestSeedByName(t *testing.T) {
	all := stream(detecttest.Rand(t, 5))
	for i := range all {
		if all[i].Dst == relays[0] {
			all[i].Name = "cc.example"
		}
	}
	g := grow(t, all, infrastructure.DefaultConfig(), infrastructure.Seed{Name: "cc.example"})
	if d := cmp.Diff(want(), tiers(g)); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	for _, n := range g.Nodes {
		if named := n.Addr == relays[0]; named != (n.Name == "cc.example") || named && (n.Label != "cc.example" || n.ID != relays[0].String()) {
			t.Errorf("%+v", n)
		}
	}
}

// TestFullTablesKeepTheSeed: with memory for a few links only, what is near the seed
// stays and the rest goes.
func TestFullTablesKeepTheSeed(t *testing.T) {
	cfg := infrastructure.Config{Links: 1000, Stations: 1000, Nodes: 8}
	r := detecttest.Rand(t, 5)
	all := stream(r)
	for i := range 20_000 { // a flood of strangers
		all = append(all, detecttest.Exchange{At: r.Float64() * 36000, Src: detecttest.Abroad(31000 + i), Dst: detecttest.Home(200 + i%50), Port: 443, Out: 300, In: 300})
	}
	g := grow(t, all, cfg, infrastructure.Seed{Addr: command})
	got := tiers(g)
	if d := cmp.Diff(want()[infrastructure.C2], got[infrastructure.C2]); d != "" || len(got[infrastructure.Relay]) != 3 {
		t.Errorf("%v", got)
	}
	if len(g.Nodes) != 8 || g.Left == 0 {
		t.Errorf("%d nodes, %d left", len(g.Nodes), g.Left)
	}
}

// TestMerge: two halves of the records give the same tiers as the whole.
func TestMerge(t *testing.T) {
	all := stream(detecttest.Rand(t, 5))
	seeds := []infrastructure.Seed{{Addr: command}}
	var engines []*detect.Engine
	var parts []*links.Collector
	for h := range 2 {
		c := links.New(infrastructure.DefaultConfig(), seeds)
		e := detect.NewEngine(detect.DefaultConfig(), detecttest.Border{}, c)
		var half []detecttest.Exchange
		for _, x := range all {
			if int(detect.HashAddr(x.Src)>>20&1) == h {
				half = append(half, x)
			}
		}
		detecttest.Play(e, half, nil)
		parts, engines = append(parts, c), append(engines, e)
	}
	engines[0].Merge(engines[1])
	if d := cmp.Diff(want(), tiers(growth.Grow(parts[0], engines[0].Context(), seeds))); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
}

// TestAskingChangesNothing also holds that the same records give the same graph.
func TestAskingChangesNothing(t *testing.T) {
	all := stream(detecttest.Rand(t, 5))
	seeds := []infrastructure.Seed{{Addr: command}}
	c := links.New(infrastructure.DefaultConfig(), seeds)
	e := detect.NewEngine(detect.DefaultConfig(), detecttest.Border{}, c)
	detecttest.Play(e, all, func(n int) bool {
		if n%2500 == 0 {
			growth.Grow(c, e.Context(), seeds)
		}
		return true
	})
	if d := cmp.Diff(grow(t, all, infrastructure.DefaultConfig(), seeds...), growth.Grow(c, e.Context(), seeds)); d != "" {
		t.Errorf("-asked once +asked often\n%s", d)
	}
}

func TestVictims(t *testing.T) {
	r := detecttest.Rand(t, 5)
	all := stream(r)
	victim := detecttest.Abroad(30950)
	for b := range 10 {
		for range 3 {
			all = append(all, detecttest.Exchange{At: 20000 + r.Float64()*300, Src: detecttest.Home(b), Dst: victim, Port: 80, Proto: 17, Out: 3_000_000, State: flow.StateAttempt})
		}
	}
	g := grow(t, all, infrastructure.DefaultConfig(), infrastructure.Seed{Addr: command})
	if d := cmp.Diff([]string{victim.String()}, tiers(g)[infrastructure.Victim]); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
}

func TestObserveDoesNotAllocate(t *testing.T) {
	c := links.New(infrastructure.Config{Links: 4096, Stations: 4096, Nodes: 10}, []infrastructure.Seed{{Addr: command}})
	var b flow.Batch
	r := detecttest.Rand(t, 0)
	for range 512 {
		b.Records = append(b.Records, flow.Record{First: detecttest.Start, Src: detecttest.Home(r.IntN(5000)), Dst: detecttest.Abroad(r.IntN(5000)), DstPort: 443, Proto: 6, SrcBytes: 500, DstBytes: 900, SrcPackets: 5, DstPackets: 5, State: flow.StateEstablished})
	}
	i := 0
	if n := testing.AllocsPerRun(1000, func() {
		i++
		c.Observe(&detect.Event{Batch: &b, Rec: &b.Records[i%512], Now: detecttest.Start})
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
