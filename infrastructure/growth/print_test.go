package growth

import (
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/detecttest"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/infrastructure"
	"github.com/noroshi-acd/noroshi/infrastructure/links"
)

// collected plays exchanges into a collector.
func collected(all []detecttest.Exchange, seeds ...infrastructure.Seed) (*links.Collector, *detect.Context) {
	c := links.New(infrastructure.DefaultConfig(), seeds)
	e := detect.NewEngine(detect.DefaultConfig(), detecttest.Border{}, c)
	detecttest.Play(e, all, nil)
	return c, e.Context()
}

// beat gives n contacts whose sizes differ by a few octets.
func beat(r *rand.Rand, src, dst flow.Addr, n int, out, in uint64) []detecttest.Exchange {
	all := detecttest.Beacon(r, src, dst, 700, 0.2, n)
	for i := range all {
		all[i].Out, all[i].In = out+r.Uint64N(30), in+r.Uint64N(30)
	}
	return all
}

// TestAnIslandIsFoundByItsPrint: a relay none of whose bots is known is found, and what
// is only about alike, or as alike as many others are, is not.
func TestAnIslandIsFoundByItsPrint(t *testing.T) {
	for _, x := range []struct {
		what       string
		out, in    uint64
		neighbours int // honest services with sizes about the print's
		want       bool
	}{
		{"the very same sizes", 600, 900, 0, true},
		{"a tenth larger", 660, 900, 0, false},
		{"other answers", 600, 2500, 0, false},
		{"the same sizes, among many of about these", 600, 900, 40, false},
	} {
		r := detecttest.Rand(t, 5)
		command, relay, island := detecttest.Abroad(30001), detecttest.Abroad(30002), detecttest.Abroad(30003)
		all := detecttest.Office(r, 60, 20)
		for b := range 6 {
			all = append(all, beat(r, detecttest.Home(b), relay, 40, 600, 900)...)
			all = append(all, beat(r, detecttest.Home(20+b), island, 40, x.out, x.in)...)
		}
		all = append(all, beat(r, relay, command, 60, 3000, 200)...)
		for k := range x.neighbours {
			for h := range 3 {
				all = append(all, beat(r, detecttest.Home(30+(k+h)%20), detecttest.Abroad(40000+k), 40, uint64(400+10*k), 900)...)
			}
		}
		seed := infrastructure.Seed{Addr: command}
		c, ctx := collected(all, seed)
		found := false
		for _, n := range Grow(c, ctx, []infrastructure.Seed{seed}).Nodes {
			if n.Addr == island {
				found = n.Tier == infrastructure.Relay
			}
		}
		if found != x.want {
			t.Errorf("%s: found %v", x.what, found)
		}
	}
}

// TestPrintsOfOneProgram: what takes a print from links keeps every link that is of
// one program or gives it back, and the more exchanges the less two means may differ.
func TestPrintsOfOneProgram(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := print{spread: float32(rapid.Float64Range(0.01, 0.5).Draw(t, "spread"))}
		n := rapid.Uint32Range(1, 1000).Draw(t, "n")
		if p.width(n+1) > p.width(n) {
			t.Errorf("%v at %d, %v at one more", p.width(n), n, p.width(n+1))
		}
		r := rand.New(rand.NewPCG(uint64(n), 1))
		var all []detecttest.Exchange
		k := rapid.IntRange(1, 12).Draw(t, "links")
		for i := range k {
			all = append(all, beat(r, detecttest.Home(i), detecttest.Abroad(i%3), 12, uint64(500+400*(i%2)), 900)...)
		}
		c, _ := collected(all)
		v := c.View()
		left := v.Links
		for len(left) > 0 {
			var q print
			before := len(left)
			if q, left = takePrint(left); q.learnt < 1 || q.learnt+len(left) != before {
				t.Fatalf("%d of %d taken, %d left", q.learnt, before, len(left))
			}
		}
	})
}

// TestPrintsAreBounded: clients that each do otherwise cost no more than the bounds say.
func TestPrintsAreBounded(t *testing.T) {
	r := detecttest.Rand(t, 5)
	var all []detecttest.Exchange
	for b := range 400 {
		all = append(all, beat(r, detecttest.Home(b), detecttest.Abroad(30001+b%4), 6, uint64(100+b*b), uint64(100+b*b))...)
		all = append(all, beat(r, detecttest.Home(b), detecttest.Abroad(31000+b%4), 6, uint64(300+100*(b/8)), 900)...)
	}
	c, _ := collected(all)
	g := &growth{View: c.View(), members: map[int32]*member{}}
	for at := range g.Addrs {
		g.add(int32(at), len(g.Ins[at]) > 0, minNats)
	}
	if g.learn(); len(g.prints) == 0 || len(g.prints) > printsMost {
		t.Errorf("%d prints", len(g.prints))
	}
}
