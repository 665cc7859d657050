package tiers

import (
	"github.com/noroshi-acd/noroshi/bench/made/botnet"
	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/detecttest"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/infrastructure"
	"github.com/noroshi-acd/noroshi/infrastructure/growth"
	"github.com/noroshi-acd/noroshi/infrastructure/links"
)

// Tally counts, over one net or several.
type Tally struct {
	Servers, ServersFound int // relays and C2s that visible links join to the seed
	AllServers            int // with those that nothing joins
	Bots, BotsFound       int
	Right, Judged         int // nodes of the botnet in the graph, and those in their true tier; the seed apart
	ServersRight          int // of them, relays and C2s
	ServersJudged         int
	True, Drawn           int // nodes in the graph, but for victims and the seed, and those that belong to the botnet
	ServersTrue           int // of the relays and C2s of the graph
	ServersDrawn          int
	Victims, VictimsFound int
	VictimsDrawn          int            // nodes called victims
	Wrong                 map[string]int // honest nodes drawn in, by what they are
	Missed                map[string]int // servers missed, by what they are
	Turned                map[string]int // wrong tiers: true part > said tier
	Records               int
}

// Measure makes the net of seed and grows the graph from its seed.
func Measure(seed uint64, g botnet.Ranges) Tally {
	n := botnet.Make(seed, g)
	c := links.New(infrastructure.DefaultConfig(), []infrastructure.Seed{{Addr: n.Seed}})
	e := detect.NewEngine(detect.DefaultConfig(), detecttest.Border{}, c)
	n.Play(e.Observe)
	return judge(n, growth.Grow(c, e.Context(), []infrastructure.Seed{{Addr: n.Seed}}))
}

// judge compares what was found with the truth.
func judge(n *botnet.Net, g *infrastructure.Graph) Tally {
	t := Tally{Wrong: map[string]int{}, Missed: map[string]int{}, Turned: map[string]int{}, Records: n.Len()}
	found := map[flow.Addr]infrastructure.Tier{}
	for i := range g.Nodes {
		found[g.Nodes[i].Addr] = g.Nodes[i].Tier
	}
	for a, part := range n.Part {
		tier, drawn := found[a]
		if a == n.Seed {
			continue
		}
		server := part == botnet.C2 || part == botnet.Relay
		switch {
		case server:
			t.AllServers++
			if n.Known[a] {
				t.Servers++
				t.ServersFound += one(drawn)
				if !drawn {
					t.Missed[n.Class[a]]++
				}
			}
		case part == botnet.Bot && n.Known[a]:
			t.Bots++
			t.BotsFound += one(drawn)
		case part == botnet.Victim:
			t.Victims++
			t.VictimsFound += one(tier == infrastructure.Victim)
		}
		if drawn {
			t.count(n, a, part, tier)
		}
	}
	return t
}

// count adds a node that is in the graph.
func (t *Tally) count(n *botnet.Net, a flow.Addr, part botnet.Part, tier infrastructure.Tier) {
	if tier == infrastructure.Victim {
		t.VictimsDrawn++
		if part == botnet.Victim {
			return
		}
	}
	t.Drawn++
	said := tier == infrastructure.C2 || tier == infrastructure.Relay
	t.ServersDrawn += one(said)
	if part == botnet.Honest || part == botnet.Victim {
		t.Wrong[n.Class[a]+" as "+string(tier)]++
		return
	}
	t.True++
	server := part == botnet.C2 || part == botnet.Relay
	t.ServersTrue += one(said && server)
	right := tier == tierOf[part]
	t.Judged++
	t.Right += one(right)
	if server {
		t.ServersJudged++
		t.ServersRight += one(right)
	}
	if !right {
		t.Turned[string(tierOf[part])+" as "+string(tier)]++
	}
}

// tierOf gives the tier that is right for a part of a botnet.
var tierOf = map[botnet.Part]infrastructure.Tier{botnet.C2: infrastructure.C2, botnet.Relay: infrastructure.Relay, botnet.Bot: infrastructure.Bot}

func one(is bool) int {
	if is {
		return 1
	}
	return 0
}

// Add adds what o counted.
func (t *Tally) Add(o Tally) {
	if t.Wrong == nil {
		t.Wrong, t.Missed, t.Turned = map[string]int{}, map[string]int{}, map[string]int{}
	}
	for _, x := range []struct{ to, from *int }{
		{&t.Servers, &o.Servers}, {&t.ServersFound, &o.ServersFound}, {&t.AllServers, &o.AllServers}, {&t.Bots, &o.Bots}, {&t.BotsFound, &o.BotsFound},
		{&t.Right, &o.Right}, {&t.Judged, &o.Judged}, {&t.ServersRight, &o.ServersRight}, {&t.ServersJudged, &o.ServersJudged}, {&t.True, &o.True}, {&t.Drawn, &o.Drawn},
		{&t.ServersTrue, &o.ServersTrue}, {&t.ServersDrawn, &o.ServersDrawn}, {&t.Victims, &o.Victims}, {&t.VictimsFound, &o.VictimsFound}, {&t.VictimsDrawn, &o.VictimsDrawn}, {&t.Records, &o.Records},
	} {
		*x.to += *x.from
	}
	for _, x := range []struct{ to, from map[string]int }{{t.Wrong, o.Wrong}, {t.Missed, o.Missed}, {t.Turned, o.Turned}} {
		for k, v := range x.from {
			x.to[k] += v
		}
	}
}
