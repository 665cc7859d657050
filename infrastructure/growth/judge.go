package growth

import "math"

// evidence is what speaks for a machine being a server of the infrastructure.
type evidence struct {
	links       []int32 // of its clients, less those that treat all alike
	known       int     // of them, members
	up, managed int     // servers of ours to which it turns, and that turn to it
	alone       float64 // share of the links that are of one manner
	least       float64 // the share of known clients that is asked
	print       printed // its clients that are of a known print
	bonus       float64 // nats beside those of its clients
}

// judge says whether the machine is a server of the infrastructure; nil when not.
func (g *growth) judge(at int32) *member {
	m := &member{at: at}
	e := evidence{links: g.clientsOf(at), least: minPurity}
	for _, i := range e.links {
		if g.is(g.Ends[i][0]) {
			e.known++
		}
	}
	m.clients, m.share = e.known, float64(e.known)/float64(max(len(e.links), 1))
	e.up, e.managed = g.above(at)
	e.alone, m.like = g.explained(e.links)
	m.cert = g.sameCertificate(at)
	e.print = g.printed(at, e.up > 0)
	e.bonus = 4*float64(min(e.up, 2)) + 3*float64(min(e.managed, 2))
	if m.like {
		e.bonus += 4
	}
	if m.cert > 0 {
		e.bonus += 6
	}
	if m.like || m.cert > 0 || e.up > 0 {
		e.least = purityLike
	}
	e.least += (1 - e.least) * g.base()
	m.nats = g.lift(e.known, len(e.links)) + e.bonus
	switch {
	case g.hasBots(m, &e):
	case g.isTurnedTo(m, &e), g.isOfAKind(m, &e), g.isPrinted(m, &e):
		m.nats += 4
	case g.passesOn(m, &e), g.looksAfter(at):
	default:
		return nil
	}
	return m
}

// clientsOf gives the links of at's clients, less visitors and those that treat all
// alike.
func (g *growth) clientsOf(at int32) []int32 {
	var ways []int32
	for _, i := range g.Ins[at] {
		if l := g.Links[i]; l.Answered > 0 && (l.Answered >= 2 || g.is(g.Ends[i][0])) && !g.Tool(i, g.isServer) {
			ways = append(ways, i)
		}
	}
	return ways
}

// hasBots: enough of those who keep turning to it are known to belong here.
func (g *growth) hasBots(m *member, e *evidence) bool {
	return e.known >= minClients && m.share >= e.least && e.alone >= 0.5 && m.nats >= minNats &&
		(m.like || m.cert > 0 || e.up+e.managed > 0 || g.together(e.links) >= minClients || g.visited(m.at)+e.bonus >= minNats)
}

// together is how many of the links' sources turn to one and the same server of ours:
// members of several infrastructures that have nothing to do with one another may meet
// anywhere.
func (g *growth) together(ways []int32) int {
	turned, most := map[int32]int{}, 0
	for _, i := range ways {
		for _, j := range g.Outs[g.Ends[i][0]] {
			if to := g.Ends[j][1]; g.Links[j].Answered > 0 && g.isServer(to) && !g.members[to].crowd {
				turned[to]++
				most = max(most, turned[to])
			}
		}
	}
	return most
}

// isTurnedTo: servers of ours turn to it, and hardly anybody else.
func (g *growth) isTurnedTo(m *member, e *evidence) bool {
	return e.known >= 1 && m.share >= minPurity && g.commands(m.at) >= min(2, len(e.links))
}

// isOfAKind: its clients do as those of ours do, though most are not known yet.
func (g *growth) isOfAKind(m *member, e *evidence) bool {
	switch {
	case m.like && e.managed >= 2 && e.known > e.managed:
		return true
	}
	return false
}

// passesOn: a member that has clients of its own, of one manner.
func (g *growth) passesOn(m *member, e *evidence) bool {
	if g.is(m.at) && e.up > 0 && (m.like && len(e.links) >= 2 || len(e.links) >= 1 && g.handsOn(m.at)) {
		return true
	}
	return len(e.links) >= minClients && e.up+e.managed > 0 && e.alone >= 0.6 && (m.like || m.cert > 0 || g.is(m.at))
}

// explained says how far the links of a server's clients are of one kind, and whether
// most are like those to known servers. A service for everybody may be like them by
// chance, but not if it is as small.
func (g *growth) explained(ways []int32) (share float64, like bool) {
	_, share = g.habit(ways)
	if len(ways) == 0 || len(ways) > 3*g.largest {
		return share, false
	}
	likes := 0
	for _, i := range ways {
		s, l := g.Links[i].Shape(), false
		for _, x := range g.manner {
			l = l || x.AlikeWithin(s, likeWithin)
		}
		if l {
			likes++
		}
	}
	return share, float64(likes) >= 0.6*float64(len(ways))
}

// above counts the servers of the infrastructure to which at turns, and those that
// look after it.
func (g *growth) above(at int32) (up, managed int) {
	for _, i := range g.Outs[at] {
		if g.isServer(g.Ends[i][1]) && g.Links[i].Faithful() {
			up++
		}
	}
	for _, i := range g.Ins[at] {
		if g.isServer(g.Ends[i][0]) && g.Links[i].Faithful() {
			managed++
		}
	}
	return up, managed
}

// base is the share of all machines that turn to others that belong here.
func (g *growth) base() float64 {
	return min(max(float64(len(g.members))/float64(max(g.Active, 1)), 1e-4), 0.9)
}

// lift is how much likelier it is that k of n clients belong here when the machine
// does than when they came by chance, in nats.
func (g *growth) lift(k, n int) float64 {
	if n == 0 || k == 0 {
		return 0
	}
	base := g.base()
	p := min(float64(k)/float64(n), 0.99)
	if p <= base {
		return 0
	}
	return float64(k)*math.Log(p/base) + float64(n-k)*math.Log((1-p)/(1-base))
}

// commands counts the servers of the infrastructure that keep turning to at. One that
// at looks after in its turn counts twice; at MUST NOT turn to any as bots do.
func (g *growth) commands(at int32) int {
	n := 0
	turned := map[int32]bool{}
	for _, i := range g.Ins[at] {
		if from := g.Ends[i][0]; g.isServer(from) && g.Links[i].Faithful() {
			turned[from] = true
			n++
		}
	}
	for _, i := range g.Outs[at] {
		l, to := g.Links[i], g.Ends[i][1]
		if !g.isServer(to) || l.Answered == 0 {
			continue
		}
		if g.fitsAny(l) {
			return 0
		}
		if !l.Faithful() {
			continue
		}
		for _, x := range g.manner {
			if x.AlikeWithin(l.Shape(), 2*likeWithin) {
				return 0
			}
		}
		if turned[to] {
			n++
		}
	}
	return n
}

// looksAfter says that at turns, in one manner, mostly to servers of the
// infrastructure.
func (g *growth) looksAfter(at int32) bool {
	mine, others := 0, 0
	var manner []int32
	for _, i := range g.Outs[at] {
		if g.isServer(g.Ends[i][1]) && g.Links[i].Faithful() {
			manner = append(manner, i)
		}
	}
	if len(manner) < 3 || len(g.faithfulClients(at)) > crowd {
		return false
	}
	s, _ := g.habit(manner)
	for _, x := range g.manner {
		if x.AlikeWithin(s, 2*likeWithin) {
			return false // it is one of those that are looked after
		}
	}
	for _, i := range g.Outs[at] {
		if l := g.Links[i]; l.Answered > 0 && l.Shape().AlikeWithin(s, 1.5) {
			if g.isServer(g.Ends[i][1]) {
				mine++
			} else {
				others++
			}
		}
	}
	return mine >= 3 && float64(mine) >= minPurity*float64(mine+others)
}

// sameCertificate counts the servers of the infrastructure that show the same rare
// certificate as at.
func (g *growth) sameCertificate(at int32) int {
	const rare = 200 // machines that show it
	n := 0
	for _, i := range g.Ins[at] {
		c := g.Links[i].Cert
		if c == 0 || g.Certs[c] > rare {
			continue
		}
		for _, x := range g.order {
			if x != at && g.members[x].server && g.shows(x, c) {
				n++
			}
		}
		return n
	}
	return n
}

func (g *growth) shows(at int32, cert uint64) bool {
	for _, i := range g.Ins[at] {
		if c := g.Links[i].Cert; c != 0 {
			return c == cert
		}
	}
	return false
}

// handsOn says that a good part of what at sends to servers of ours follows on something
// alike that it received.
func (g *growth) handsOn(at int32) bool {
	var sent, passed uint32
	for _, i := range g.Outs[at] {
		if g.isServer(g.Ends[i][1]) {
			sent, passed = sent+g.Links[i].Answered, passed+g.Links[i].Passed
		}
	}
	return passed >= 3 && 20*passed >= sent
}

// visited is the evidence of all who turned to at in the manner of most, be it once.
func (g *growth) visited(at int32) float64 {
	ways := g.visitors(at)
	s, share := g.habit(ways)
	if share < 0.6 {
		return 0
	}
	known, all := 0, 0
	for _, i := range ways {
		if g.Links[i].Shape().AlikeWithin(s, 2*likeWithin) {
			all++
			if g.is(g.Ends[i][0]) {
				known++
			}
		}
	}
	return g.lift(known, all)
}

// visitors gives the links of all who turned to at and do not treat all alike.
func (g *growth) visitors(at int32) []int32 {
	var ways []int32
	for _, i := range g.Ins[at] {
		if g.Links[i].Answered > 0 && !g.Tool(i, g.isServer) {
			ways = append(ways, i)
		}
	}
	return ways
}
