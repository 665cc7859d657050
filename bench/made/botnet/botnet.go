package botnet

import (
	"math"
	"net/netip"
	"time"

	"github.com/noroshi-acd/noroshi/bench/made/world"
	"github.com/noroshi-acd/noroshi/flow"
)

// Part is what a node is in truth.
type Part uint8

// The parts.
const (
	Honest Part = iota
	C2
	Relay // relays and payload servers: tier 2
	Bot
	Victim // honest, and attacked by bots
)

func (p Part) server() bool { return p == C2 || p == Relay }

func (p Part) ours() bool { return p.server() || p == Bot }

// Ranges are the parameters of the rule; each is drawn evenly (numbers of machines:
// evenly in their logarithm) between its two ends.
type Ranges struct {
	Bots, Relays, C2s [2]float64
	Upstreams         [2]float64 // C2s that a relay works for, at most
	Downs             [2]float64 // relays that a bot uses over its life
	Period            [2]float64 // s, between a bot's check-ins
	Jitter            [2]float64 // share of the period
	Passed            [2]float64 // share of check-ins that a relay passes on at once
	Churned           [2]float64 // share of bots that live for a part of the time
	Visible           [2]float64 // share of links that the observer sees
	Sampled           [2]float64 // share of the flows on them that are recorded
	Hosts             [2]float64 // honest households per bot
	Padding           [2]float64 // share of its size by which a message grows at most, at random
	Hours             float64
}

// Usual gives the ranges that rules may be tuned on.
func Usual() Ranges {
	return Ranges{
		Bots: [2]float64{20, 2000}, Relays: [2]float64{3, 60}, C2s: [2]float64{1, 5}, Upstreams: [2]float64{1, 3}, Downs: [2]float64{1, 4},
		Period: [2]float64{240, 1800}, Jitter: [2]float64{0.05, 0.4}, Passed: [2]float64{0, 0.6}, Churned: [2]float64{0.1, 0.4},
		Visible: [2]float64{0.5, 1}, Sampled: [2]float64{0.3, 1}, Hosts: [2]float64{1.5, 5}, Hours: 12,
	}
}

// Other gives ranges that no rule was tuned on: fewer households, slower and more
// irregular bots, less to see.
func Other() Ranges {
	return Ranges{
		Bots: [2]float64{30, 900}, Relays: [2]float64{4, 40}, C2s: [2]float64{1, 4}, Upstreams: [2]float64{1, 4}, Downs: [2]float64{1, 6},
		Period: [2]float64{900, 3600}, Jitter: [2]float64{0.3, 0.7}, Passed: [2]float64{0, 0.3}, Churned: [2]float64{0.3, 0.6},
		Visible: [2]float64{0.4, 0.7}, Sampled: [2]float64{0.2, 0.7}, Hosts: [2]float64{0.8, 2}, Hours: 18,
	}
}

// Padded gives the usual ranges for a botnet whose messages are padded at random, so
// that sizes tell little.
func Padded() Ranges {
	g := Usual()
	g.Padding = [2]float64{0.5, 2}
	return g
}

// Net is a made-up botnet with all that goes on around it.
type Net struct {
	Part   map[flow.Addr]Part
	Class  map[flow.Addr]string // what an honest node is, to name mistakes
	Seed   flow.Addr            // a C2 of which the observer sees a link
	Known  map[flow.Addr]bool   // nodes that visible links of the botnet join to Seed
	start  int64
	end    int64
	r      world.Rand
	p      params
	places []flow.Addr
	used   map[flow.Addr]bool
	all    []exchange
	seen   map[[2]int32]bool // links drawn: visible or not
	direct map[[2]int32]bool // visible links of the botnet
}

// params are the parameters drawn.
type params struct {
	bots, relays, c2s, upstreams, downs, homes           int
	period, jitter, passed, churned, visible, sampled    float64
	padding                                              float64
	port                                                 uint16
	up, down                                             float64 // octets of a check-in
	manages, proxies, attacks, certificate, near, direct bool
	batch                                                float64 // s between a relay's reports
}

// exchange is one flow between two places.
type exchange struct {
	at       int64
	dur      int32 // ms
	src, dst int32
	up, down uint32
	port     uint16
	cert     uint16 // 1 + place in the certificates, 0 for none
	failed   bool
	udp      bool
}

// Make makes the net of seed.
func Make(seed uint64, g Ranges) *Net {
	n := &Net{
		Part: map[flow.Addr]Part{}, Class: map[flow.Addr]string{}, used: map[flow.Addr]bool{}, seen: map[[2]int32]bool{}, direct: map[[2]int32]bool{},
		Known: map[flow.Addr]bool{}, r: world.NewRand(seed, "botnet", 0), start: time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC).UnixNano(),
	}
	n.end = n.start + int64(g.Hours*3600e9)
	n.p = draw(n.r, g)
	w := n.people()
	n.botnet(w)
	n.background(w)
	n.order()
	n.joined()
	return n
}

// draw takes the parameters from their ranges.
func draw(r world.Rand, g Ranges) params {
	log := func(x [2]float64) int {
		return int(math.Round(x[0] * math.Pow(x[1]/x[0], r.Float64())))
	}
	even := func(x [2]float64) float64 { return r.Between(x[0], x[1]) }
	p := params{bots: log(g.Bots), c2s: log(g.C2s), period: even(g.Period), jitter: even(g.Jitter), passed: even(g.Passed), churned: even(g.Churned), visible: even(g.Visible), sampled: even(g.Sampled)}
	p.relays = min(log(g.Relays), max(int(g.Relays[0]), p.bots/5))
	p.upstreams, p.downs = int(math.Round(even(g.Upstreams))), int(math.Round(even(g.Downs)))
	p.homes = 400 + int(float64(p.bots)*even(g.Hosts))
	p.port = []uint16{443, 443, 8443, 4444, 34125, 80, 9999}[r.IntN(7)]
	p.up, p.down = r.Between(200, 1500), r.Between(150, 3000)
	p.manages, p.proxies, p.attacks = r.Chance(0.5), r.Chance(0.6), r.Chance(0.7)
	p.certificate, p.near, p.direct = r.Chance(0.4), r.Chance(0.4), r.Chance(0.3)
	p.batch = r.Between(120, 1200)
	if g.Padding[1] > 0 {
		p.padding = even(g.Padding)
	}
	return p
}

// place makes a machine at a new address.
func (n *Net) place(part Part, class string) int32 {
	for {
		if i, ok := n.at(n.r.Address(), part, class); ok {
			return i
		}
	}
}

// at makes a machine at a; false when the address is taken.
func (n *Net) at(a netip.Addr, part Part, class string) (int32, bool) {
	x := flow.Addr4(a.As4())
	if n.used[x] {
		return 0, false
	}
	n.used[x] = true
	n.Part[x], n.Class[x] = part, class
	n.places = append(n.places, x)
	return int32(len(n.places) - 1), true
}

// beside makes a machine in the network of an earlier one.
func (n *Net) beside(other int32, part Part, class string) int32 {
	base := n.places[other]
	for {
		a := netip.AddrFrom4([4]byte{base[12], base[13], base[14], byte(1 + n.r.IntN(254))})
		if i, ok := n.at(a, part, class); ok {
			return i
		}
	}
}

// emit notes an exchange if the observer sees it.
func (n *Net) emit(x exchange) {
	if x.at >= n.end || x.at < n.start {
		return
	}
	link := [2]int32{min(x.src, x.dst), max(x.src, x.dst)}
	see, drawn := n.seen[link]
	if !drawn {
		see = n.r.Chance(n.p.visible)
		n.seen[link] = see
	}
	if see && n.r.Chance(n.p.sampled) {
		n.all = append(n.all, x)
		if a, b := n.Part[n.places[x.src]], n.Part[n.places[x.dst]]; !x.failed && (a.server() && b.ours() || b.server() && a.ours()) {
			n.direct[link] = true
		}
	}
}

// joined finds the seed and what visible links join to it.
func (n *Net) joined() {
	next := map[int32][]int32{}
	for l := range n.direct {
		next[l[0]], next[l[1]] = append(next[l[0]], l[1]), append(next[l[1]], l[0])
	}
	seed := int32(-1)
	for i, a := range n.places {
		if n.Part[a] == C2 && (seed < 0 || len(next[int32(i)]) > len(next[seed])) {
			seed = int32(i)
		}
	}
	n.Seed = n.places[seed]
	n.Known[n.Seed] = true
	for todo := []int32{seed}; len(todo) > 0; todo = todo[1:] {
		for _, i := range next[todo[0]] {
			if a := n.places[i]; !n.Known[a] {
				n.Known[a] = true
				todo = append(todo, i)
			}
		}
	}
}
