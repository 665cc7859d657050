package growth

import (
	"maps"
	"slices"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/infrastructure"
	"github.com/noroshi-acd/noroshi/infrastructure/links"
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
	*links.View
	members map[int32]*member
	order   []int32       // members in the order in which they came
	manner  []links.Shape // how clients turn to known relays
	largest int           // clients of the largest of them
	prints  []print       // the same, nearly to the octet
	round   int
}

// Grow grows a graph from seeds out of what was collected. It changes nothing and
// may be asked at any time.
func Grow(c *links.Collector, ctx *detect.Context, seeds []infrastructure.Seed) *infrastructure.Graph {
	g := &growth{View: c.View(), members: map[int32]*member{}}
	seeds = resolve(c, ctx, g.View, seeds)
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
	return g.place(ctx, c.Config().Nodes, seeds)
}

// resolve adds the addresses that seeds' names had.
func resolve(c *links.Collector, ctx *detect.Context, v *links.View, seeds []infrastructure.Seed) []infrastructure.Seed {
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
	for i, l := range v.Links {
		if l.Name != 0 {
			add(v.Addrs[v.Ends[i][1]], ctx.Names.Text(l.Name))
		}
	}
	for _, a := range slices.SortedFunc(maps.Keys(c.Told()), func(a, b flow.Addr) int { return slices.Compare(a[:], b[:]) }) {
		add(a, c.Told()[a])
	}
	return all
}

// plant makes the seeds that were seen members.
func (g *growth) plant(seeds []infrastructure.Seed) {
	for i := range seeds {
		s := &seeds[i]
		at, ok := g.Number[s.Addr]
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
	ways := g.faithfulClients(at)
	return len(ways) >= minClients || len(g.Ins[at]) > len(g.Outs[at]) || slices.ContainsFunc(ways, func(i int32) bool { return g.Links[i].Steady() })
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
	for _, i := range g.Ins[at] {
		if g.Links[i].Faithful() {
			all = append(all, i)
		}
	}
	return all
}

// habit is how most of the links turn to their server, and the share of the links
// that do.
func (g *growth) habit(ways []int32) (s links.Shape, share float64) {
	if len(ways) == 0 {
		return s, 0
	}
	var ups, downs, gaps []float32
	ports := map[uint16]int{}
	for _, i := range ways {
		x := g.Links[i].Shape()
		ups, downs, gaps = append(ups, x.Up), append(downs, x.Down), append(gaps, x.Gap)
		if ports[x.Port]++; ports[x.Port] > ports[s.Port] {
			s.Port = x.Port
		}
	}
	s.Up, s.Down, s.Gap = links.Median(ups), links.Median(downs), links.Median(gaps)
	n := 0
	for _, i := range ways {
		if g.Links[i].Shape().AlikeWithin(s, 2*likeWithin) && g.Links[i].Steady() {
			n++
		}
	}
	return s, float64(n) / float64(len(ways))
}

// clients takes in those who keep turning to a server of the infrastructure.
func (g *growth) clients() {
	for k := 0; k < len(g.order); k++ {
		m := g.members[g.order[k]]
		if !m.server || m.crowd {
			continue
		}
		ways := g.faithfulClients(m.at)
		s, share := g.habit(ways)
		if len(ways) > max(crowd, g.Active/20) && share < crowdAlike && g.known(ways) < minPurity {
			m.crowd = true
			continue
		}
		for _, i := range g.Ins[m.at] {
			if src := g.Ends[i][0]; !g.is(src) && g.keeps(i, s, share) && !g.Tool(i, g.isServer) {
				g.add(src, false, m.nats-1)
			}
		}
	}
}

// keeps says that link i is of a client that keeps turning to its server: often, or in
// the manner s of the server's other clients, of whom share are of it, or in a print.
func (g *growth) keeps(i int32, s links.Shape, share float64) bool {
	l := g.Links[i]
	return l.Faithful() || l.Answered >= 2 && share >= 0.6 && l.Shape().AlikeWithin(s, likeWithin) || l.Answered > 0 && g.fitsAny(l)
}

// known is the share of links whose sources are members.
func (g *growth) known(ways []int32) float64 {
	n := 0
	for _, i := range ways {
		if g.is(g.Ends[i][0]) {
			n++
		}
	}
	return float64(n) / float64(max(len(ways), 1))
}

// manners learns how clients turn to the servers that are known.
func (g *growth) manners() {
	g.manner, g.largest = g.manner[:0], 0
	for _, at := range g.order {
		if m := g.members[at]; m.server && !m.crowd {
			ways := g.faithfulClients(at)
			if len(ways) < minClients {
				ways = g.visitors(at)
			}
			if s, share := g.habit(ways); len(ways) >= minClients && share >= 0.6 {
				g.manner, g.largest = append(g.manner, s), max(g.largest, len(ways))
			}
		}
	}
}

// servers looks for further servers: among the members, those that have clients of
// their own; elsewhere, those to which members turn, or that look after servers.
func (g *growth) servers() {
	g.learn()
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
		for _, i := range g.Outs[at] {
			if g.Links[i].Answered > 0 {
				touched[g.Ends[i][1]] = true
			}
		}
		if !m.server {
			continue
		}
		for _, i := range g.Ins[at] {
			if g.Links[i].Faithful() {
				touched[g.Ends[i][0]] = true
			}
		}
	}
	for at := range g.Addrs {
		if g.mayBePrinted(int32(at)) {
			touched[int32(at)] = true // nobody of ours may have been seen there
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
		for _, i := range g.Outs[at] {
			if l := g.Links[i]; l.Flood > 100_000 && l.Answered*2 < l.Count {
				hits[g.Ends[i][1]]++
			}
		}
	}
	var found []int32
	for at, n := range hits {
		if !g.is(at) && n >= max(5, bots/10) && 2*n >= len(g.Ins[at]) {
			found = append(found, at)
		}
	}
	slices.Sort(found)
	for _, at := range found {
		m := g.add(at, false, minNats)
		m.victim, m.floods = true, hits[at]
	}
}
