package growth

import (
	"cmp"
	"math"
	"slices"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/infrastructure"
	"github.com/noroshi-acd/noroshi/infrastructure/links"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// position is a member's place among the others.
type position struct {
	servers []int32 // of the infrastructure that it is linked with, either way
	up      int     // servers to which it turns
	clients int     // members that are no servers and turn to it
	relays  int     // servers that turn to it
	contact int64   // exchanges with servers
	passed  float64 // share of what it sends servers that it received just before
	proxied int     // exchanges sent elsewhere that follow something alike from a server
}

// upper is how much a server is one for servers rather than for bots.
func (p *position) upper() float64 { return float64(len(p.servers)) / float64(1+p.clients) }

// place gives the members their tiers and makes the graph.
func (g *growth) place(ctx *detect.Context, limit int, seeds []infrastructure.Seed) *infrastructure.Graph {
	at := map[int32]*position{}
	for _, x := range g.order {
		at[x] = g.position(x)
	}
	tiers := g.tiers(at)
	networks := g.networks(tiers)
	out := &infrastructure.Graph{}
	for _, x := range g.order {
		n := g.node(ctx, x, tiers[x], at[x])
		g.grey(&n, g.members[x], at[x], networks)
		n.FirstStep = infrastructure.FirstStep(n.Tier, n.Grey)
		out.Nodes = append(out.Nodes, n)
	}
	out.AddUnseen(seeds)
	out.Order()
	if len(out.Nodes) > limit {
		out.Nodes, out.Left = out.Nodes[:limit], len(out.Nodes)-limit
	}
	g.edges(out)
	return out
}

// position looks at x's links with other members.
func (g *growth) position(x int32) *position {
	p := &position{}
	var sent, passed uint32
	for _, i := range g.Outs[x] {
		l, to := g.Links[i], g.Ends[i][1]
		switch {
		case g.isServer(to) && l.Answered > 0:
			p.up++
			p.contact += int64(l.Count)
			p.servers = append(p.servers, to)
			sent, passed = sent+l.Answered, passed+l.Passed
		case !g.is(to):
			p.proxied += int(l.Passed)
		}
	}
	for _, i := range g.Ins[x] {
		l, from := g.Links[i], g.Ends[i][0]
		switch {
		case l.Answered == 0 || !g.is(from):
		case !g.isServer(from):
			p.clients++
		default:
			p.relays++
			if !slices.Contains(p.servers, from) {
				p.servers = append(p.servers, from)
			}
		}
	}
	if sent > 0 {
		p.passed = float64(passed) / float64(sent)
	}
	return p
}

// tiers decides what each member is. Of servers, one is above another when it is more
// a server for servers: relays have many bots and few servers, a C2 the reverse.
func (g *growth) tiers(at map[int32]*position) map[int32]infrastructure.Tier {
	out := map[int32]infrastructure.Tier{}
	tiered := false
	for _, x := range g.order {
		tiered = tiered || g.members[x].server && len(at[x].servers) > 0
	}
	for _, x := range g.order {
		m := g.members[x]
		switch {
		case m.victim:
			out[x] = infrastructure.Victim
		case !m.server:
			out[x] = infrastructure.Bot
		case g.above1(x, at, tiered):
			out[x] = infrastructure.C2
		default:
			out[x] = infrastructure.Relay
		}
	}
	return out
}

// above1 says that server x stands above the servers that it is linked with; without
// any it is uppermost where nobody is above anybody.
func (g *growth) above1(x int32, at map[int32]*position, tiered bool) bool {
	p := at[x]
	if len(p.servers) == 0 {
		return !tiered
	}
	var others []float32
	for _, o := range p.servers {
		others = append(others, float32(math.Log(at[o].upper())))
	}
	mine := float32(math.Log(p.upper()))
	// Who is turned to by servers more than it turns to them is likelier above.
	mine += 0.5 * float32(math.Log(float64(1+p.relays)/float64(1+p.up)))
	return mine > links.Median(others)
}

// networks counts, for each network of a server, the servers in it.
func (g *growth) networks(tiers map[int32]infrastructure.Tier) map[flow.Addr]int {
	all := map[flow.Addr]int{}
	for _, x := range g.order {
		if t := tiers[x]; g.members[x].server && (t == infrastructure.C2 || t == infrastructure.Relay) {
			all[network(g.Addrs[x])]++
		}
	}
	return all
}

// network is the /24 or /48 of a.
func network(a flow.Addr) flow.Addr {
	if a.Is4() {
		a[15] = 0
		return a
	}
	clear(a[6:])
	return a
}

// node makes x's node with its reasons.
func (g *growth) node(ctx *detect.Context, x int32, t infrastructure.Tier, p *position) infrastructure.Node {
	m := g.members[x]
	n := infrastructure.Node{Addr: g.Addrs[x], ID: g.Addrs[x].String(), Tier: t, Confidence: 1 / (1 + math.Exp(-(m.nats-4)/3)), Seed: m.seed != nil && m.seed.Kind == ""}
	n.Confidence = min(n.Confidence, 0.99)
	if n.Name = g.name(ctx, x); n.Name == "" && m.seed != nil {
		n.Name = m.seed.Name
	}
	if n.Label = n.Name; n.Label == "" {
		n.Label = n.ID
	}
	say := func(key string, args ...any) {
		n.Reasons = append(n.Reasons, i18n.Both("infrastructure.why."+key, args...))
	}
	switch {
	case m.seed != nil && m.seed.Kind == "":
		say("seed")
	case m.seed != nil:
		say("finding", "kind", i18n.Both("cli.kind."+string(m.seed.Kind)))
	}
	if t == infrastructure.Victim {
		say("attacked", "n", m.floods)
		return n
	}
	if m.server {
		g.serverReasons(m, t, p, say)
		return n
	}
	if p.up > 0 {
		say("polls", "n", p.up, "count", p.contact)
	}
	return n
}

func (g *growth) serverReasons(m *member, t infrastructure.Tier, p *position, say func(string, ...any)) {
	if p.clients > 0 {
		if m.share > 0 {
			say("clients_share", "n", p.clients, "share", i18n.Share(m.share))
		} else {
			say("clients", "n", p.clients)
		}
	}
	if t == infrastructure.C2 && len(p.servers) > 0 {
		say("common", "n", len(p.servers))
	}
	if t == infrastructure.C2 && len(p.servers) == 0 {
		say("uppermost")
	}
	if t == infrastructure.Relay && len(p.servers) > 0 {
		say("upstream", "n", len(p.servers))
	}
	if t == infrastructure.Relay && p.passed >= 0.1 {
		say("passes", "share", i18n.Share(p.passed))
	}
	if m.like {
		say("alike")
	}
	if m.cert > 0 {
		say("certificate", "n", m.cert)
	}
	if m.crowd {
		say("crowd")
	}
}

// name gives the name by which most turned to x.
func (g *growth) name(ctx *detect.Context, x int32) string {
	votes, best := map[detect.NameID]uint32{}, detect.NameID(0)
	for _, i := range g.Ins[x] {
		if l := g.Links[i]; l.Name != 0 {
			votes[l.Name] += l.Count
			if v, b := votes[l.Name], votes[best]; v > b || v == b && l.Name < best {
				best = l.Name
			}
		}
	}
	return ctx.Names.Text(best)
}

// manyServers is how many servers in one network make its owner negligent.
const manyServers = 3

// grey places n in the grey zone.
func (g *growth) grey(n *infrastructure.Node, m *member, p *position, networks map[flow.Addr]int) {
	why := func(key string, args ...any) {
		n.Reasons = append(n.Reasons, i18n.Both("infrastructure.why."+key, args...))
	}
	switch {
	case n.Tier == infrastructure.Victim:
	case m.crowd:
		n.Grey = infrastructure.AbusedService
	case !m.server:
		if p.proxied >= 3 {
			n.Grey, n.Also = infrastructure.ResidentialProxy, append(n.Also, infrastructure.Relay)
			why("proxy", "n", p.proxied)
		}
		if g.attacked(m.at) {
			n.Also = append(n.Also, infrastructure.Victim)
		}
	case networks[network(n.Addr)] >= manyServers:
		n.Grey = infrastructure.Negligent
		why("network", "n", networks[network(n.Addr)])
	case g.honestClients(m.at) == 0 && p.clients >= minClients:
		n.Grey = infrastructure.FraudulentContract
		why("alone")
	default:
		n.Grey = infrastructure.Unknown
	}
}

// attacked says that other bots attack x.
func (g *growth) attacked(x int32) bool {
	n := 0
	for _, i := range g.Ins[x] {
		if l := g.Links[i]; g.is(g.Ends[i][0]) && l.Flood > 100_000 && l.Answered*2 < l.Count {
			n++
		}
	}
	return n >= 5
}

// honestClients counts the faithful clients of x that do not belong here.
func (g *growth) honestClients(x int32) int {
	n := 0
	for _, i := range g.faithfulClients(x) {
		if !g.is(g.Ends[i][0]) && !g.Tool(i, g.isServer) {
			n++
		}
	}
	return n
}

// edges adds the links between the nodes of out.
func (g *growth) edges(out *infrastructure.Graph) {
	at := map[int32]int{}
	for i := range out.Nodes {
		if x, ok := g.Number[out.Nodes[i].Addr]; ok && !out.Nodes[i].Addr.IsZero() {
			at[x] = i
		}
	}
	for i, e := range g.Ends {
		from, ok1 := at[e[0]]
		to, ok2 := at[e[1]]
		l := g.Links[i]
		if !ok1 || !ok2 || l.Answered == 0 && out.Nodes[to].Tier != infrastructure.Victim {
			continue
		}
		if out.Nodes[from].Tier == infrastructure.Bot && out.Nodes[to].Tier == infrastructure.Bot {
			continue // what two households do with one another is theirs
		}
		out.Edges = append(out.Edges, infrastructure.Edge{From: from, To: to, Count: int64(l.Count), Bytes: int64(min(l.Bytes, math.MaxInt64)), First: l.First, Last: l.Last})
	}
	slices.SortFunc(out.Edges, func(a, b infrastructure.Edge) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
}
