package growth

import (
	"maps"
	"slices"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/infrastructure"
)

// Limits of the growth. They were set on made-up botnets; see the specification.
const (
	rounds     = 8   // of growing
	minClients = 3   // clients of the infrastructure that make a server
	minPurity  = 0.6 // share of a server's faithful clients that must belong here
	purityLike = 0.4 // the same where its clients behave as those of known relays
	minNats    = 9.0 // evidence for a server, nats
	likeWithin = 0.4 // doublings of size within which behaviour is alike
	crowd      = 25  // clients from which on a machine can be a crowd's server
	crowdAlike = 0.5 // share of clients that behave alike, below which it is one
)

// member is a machine that belongs here.
type member struct {
	at      int32
	server  bool
	seed    *infrastructure.Seed
	nats    float64 // evidence
	round   int
	clients int     // of the infrastructure, that turn to it
	share   float64 // of all its faithful clients
	like    bool    // its clients behave as those of other relays
	cert    int     // members that show the same certificate
	crowd   bool    // everybody's server: the end of a branch
	victim  bool
	floods  int // bots that attack it
}

// growth is one graph while it grows.
type growth struct {
	*view
	members map[int32]*member
	order   []int32 // members in the order in which they came
	manner  []shape // how clients turn to known relays
	largest int     // clients of the largest of them
	round   int
}

// Grow grows a graph from seeds out of what was collected. It changes nothing and
// may be asked at any time.
func (c *Collector) Grow(ctx *detect.Context, seeds []infrastructure.Seed) *infrastructure.Graph {
	g := &growth{view: newView(c.links), members: map[int32]*member{}}
	seeds = c.resolve(ctx, g.view, seeds)
	g.plant(seeds)
	for g.round = 1; g.round <= rounds; g.round++ {
		before := len(g.members)
		g.clients()
		g.manners()
		g.servers()
		if len(g.members) == before {
			break
		}
	}
	g.victims()
	return g.place(ctx, c.cfg.Nodes, seeds)
}

// resolve adds the addresses that seeds' names had.
func (c *Collector) resolve(ctx *detect.Context, v *view, seeds []infrastructure.Seed) []infrastructure.Seed {
	named := map[string]*infrastructure.Seed{}
	for i := range seeds {
		if s := &seeds[i]; s.Name != "" && s.Addr.IsZero() {
			named[s.Name] = s
		}
	}
	all := slices.Clone(seeds)
	if len(named) == 0 {
		return all
	}
	have := map[flow.Addr]bool{}
	add := func(a flow.Addr, name string) {
		if s := named[name]; s != nil && !have[a] {
			have[a] = true
			all = append(all, infrastructure.Seed{Addr: a, Name: name, Tier: s.Tier, Kind: s.Kind})
		}
	}
	for _, l := range v.links {
		if l.name != 0 {
			add(l.dst, ctx.Names.Text(l.name))
		}
	}
	for _, a := range slices.SortedFunc(maps.Keys(c.told), func(a, b flow.Addr) int { return slices.Compare(a[:], b[:]) }) {
		add(a, c.told[a])
	}
	return all
}

// plant makes the seeds that were seen members.
func (g *growth) plant(seeds []infrastructure.Seed) {
	for i := range seeds {
		s := &seeds[i]
		at, ok := g.number[s.Addr]
		if s.Addr.IsZero() || !ok {
			continue
		}
		server := s.Tier == infrastructure.C2 || s.Tier == infrastructure.Relay
		if s.Tier == "" {
			server = g.serves(at)
		}
		if m := g.add(at, server, 12); m.seed == nil || s.Kind == "" {
			m.seed = s
			m.server = m.server || server
		}
	}
}

// serves says that a machine of which nothing is known is a server rather than a
// client.
func (g *growth) serves(at int32) bool {
	links := g.faithfulClients(at)
	return len(links) >= minClients || len(g.ins[at]) > len(g.outs[at]) || slices.ContainsFunc(links, func(i int32) bool { return g.links[i].steady() })
}

// add makes at a member, or gives the one that it is.
func (g *growth) add(at int32, server bool, nats float64) *member {
	m := g.members[at]
	if m == nil {
		m = &member{at: at, server: server, nats: nats, round: g.round}
		g.members[at] = m
		g.order = append(g.order, at)
	}
	return m
}

func (g *growth) is(at int32) bool { return g.members[at] != nil }

func (g *growth) isServer(at int32) bool { m := g.members[at]; return m != nil && m.server }

// faithfulClients gives the links of at's faithful clients.
func (g *growth) faithfulClients(at int32) []int32 {
	var all []int32
	for _, i := range g.ins[at] {
		if g.links[i].faithful() {
			all = append(all, i)
		}
	}
	return all
}

// habit is how most of the links turn to their server, and the share of the links
// that do.
func (g *growth) habit(links []int32) (s shape, share float64) {
	if len(links) == 0 {
		return s, 0
	}
	var ups, downs, gaps []float32
	ports := map[uint16]int{}
	for _, i := range links {
		x := g.links[i].shape()
		ups, downs, gaps = append(ups, x.up), append(downs, x.down), append(gaps, x.gap)
		if ports[x.port]++; ports[x.port] > ports[s.port] {
			s.port = x.port
		}
	}
	s.up, s.down, s.gap = median(ups), median(downs), median(gaps)
	n := 0
	for _, i := range links {
		if g.links[i].shape().alikeWithin(s, 2*likeWithin) && g.links[i].steady() {
			n++
		}
	}
	return s, float64(n) / float64(len(links))
}

// clients takes in those who keep turning to a server of the infrastructure.
func (g *growth) clients() {
	for k := 0; k < len(g.order); k++ {
		m := g.members[g.order[k]]
		if !m.server || m.crowd {
			continue
		}
		links := g.faithfulClients(m.at)
		s, share := g.habit(links)
		if len(links) > max(crowd, g.active/20) && share < crowdAlike && g.known(links) < minPurity {
			m.crowd = true
			continue
		}
		for _, i := range g.ins[m.at] {
			l, src := g.links[i], g.ends[i][0]
			if g.is(src) || !l.faithful() && !(l.answered >= 2 && share >= 0.6 && l.shape().alikeWithin(s, likeWithin)) || g.tool(i, g.isServer) {
				continue
			}
			g.add(src, false, m.nats-1)
		}
	}
}

// known is the share of links whose sources are members.
func (g *growth) known(links []int32) float64 {
	n := 0
	for _, i := range links {
		if g.is(g.ends[i][0]) {
			n++
		}
	}
	return float64(n) / float64(max(len(links), 1))
}

// manners learns how clients turn to the servers that are known.
func (g *growth) manners() {
	g.manner, g.largest = g.manner[:0], 0
	for _, at := range g.order {
		if m := g.members[at]; m.server && !m.crowd {
			links := g.faithfulClients(at)
			if s, share := g.habit(links); len(links) >= minClients && share >= 0.6 {
				g.manner, g.largest = append(g.manner, s), max(g.largest, len(links))
			}
		}
	}
}

// servers looks for further servers: among the members, those that have clients of
// their own; elsewhere, those to which members turn, or that look after servers.
func (g *growth) servers() {
	var accepted []*member
	for _, at := range g.candidates() {
		if m := g.judge(at); m != nil {
			accepted = append(accepted, m)
		}
	}
	for _, m := range accepted {
		old := g.add(m.at, true, m.nats)
		old.server, old.nats = true, max(old.nats, m.nats)
		old.clients, old.share, old.like, old.cert = m.clients, m.share, m.like, m.cert
	}
}

// candidates gives the machines to judge, in order.
func (g *growth) candidates() []int32 {
	touched := map[int32]bool{}
	for _, at := range g.order {
		m := g.members[at]
		if m.victim || m.crowd {
			continue
		}
		touched[at] = true
		for _, i := range g.outs[at] {
			if g.links[i].answered > 0 {
				touched[g.ends[i][1]] = true
			}
		}
		if !m.server {
			continue
		}
		for _, i := range g.ins[at] {
			if g.links[i].faithful() {
				touched[g.ends[i][0]] = true
			}
		}
	}
	maps.DeleteFunc(touched, func(at int32, _ bool) bool { return g.isServer(at) })
	return slices.Sorted(maps.Keys(touched))
}

// victims finds whom the bots attack: many of them send, at the same time, much that
// is not answered.
func (g *growth) victims() {
	hits := map[int32]int{}
	bots := 0
	for _, at := range g.order {
		if g.members[at].server {
			continue
		}
		bots++
		for _, i := range g.outs[at] {
			if l := g.links[i]; l.flood > 100_000 && l.answered*2 < l.count {
				hits[g.ends[i][1]]++
			}
		}
	}
	var found []int32
	for at, n := range hits {
		if !g.is(at) && n >= max(5, bots/10) && 2*n >= len(g.ins[at]) {
			found = append(found, at)
		}
	}
	slices.Sort(found)
	for _, at := range found {
		m := g.add(at, false, minNats)
		m.victim, m.floods = true, hits[at]
	}
}
