package growth

import "math"

// evidence is what speaks for a machine being a server of the infrastructure.
type evidence struct {
	links       []int32 // of its clients, less those that treat all alike
	known       int     // of them, members
	up, managed int     // servers of ours to which it turns, and that turn to it
	alone       float64 // share of the links that are of one manner
	same        bool    // most are as those to known servers, nearly to the octet
	least       float64 // the share of known clients that is asked
	bonus       float64 // nats beside those of its clients
}

// judge says whether the machine is a server of the infrastructure; nil when not.
func (g *growth) judge(at int32) *member {
	m := &member{at: at}
	e := evidence{links: g.clientsOf(at), least: minPurity}
	for _, i := range e.links {
		if g.is(g.ends[i][0]) {
			e.known++
		}
	}
	m.clients, m.share = e.known, float64(e.known)/float64(max(len(e.links), 1))
	e.up, e.managed = g.above(at)
	e.alone, m.like, e.same = g.explained(e.links)
	m.cert = g.sameCertificate(at)
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
	case g.isTurnedTo(m, &e), g.isOfAKind(m, &e):
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
	var links []int32
	for _, i := range g.ins[at] {
		if l := g.links[i]; l.answered > 0 && (l.answered >= 2 || g.is(g.ends[i][0])) && !g.tool(i, g.isServer) {
			links = append(links, i)
		}
	}
	return links
}

// hasBots: enough of those who keep turning to it are known to belong here.
func (g *growth) hasBots(m *member, e *evidence) bool {
	return e.known >= minClients && m.share >= e.least && e.alone >= 0.5 && m.nats >= minNats &&
		(m.like || m.cert > 0 || e.up+e.managed > 0 || g.together(e.links) >= minClients)
}

// together is how many of the links' sources turn to one and the same server of ours:
// members of several infrastructures that have nothing to do with one another may meet
// anywhere.
func (g *growth) together(links []int32) int {
	turned, most := map[int32]int{}, 0
	for _, i := range links {
		for _, j := range g.outs[g.ends[i][0]] {
			if to := g.ends[j][1]; g.links[j].answered > 0 && g.isServer(to) && !g.members[to].crowd {
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
	case e.same && len(e.links) >= minClients && e.known >= 1:
		return true
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
// most are like those to known servers, or the very same. A service for everybody may
// be like them by chance, but not if it is as small.
func (g *growth) explained(links []int32) (share float64, like, same bool) {
	_, share = g.habit(links)
	if len(links) == 0 || len(links) > 3*g.largest {
		return share, false, false
	}
	likes, sames := 0, 0
	for _, i := range links {
		s := g.links[i].shape()
		l, e := false, false
		for _, x := range g.manner {
			l, e = l || x.alikeWithin(s, likeWithin), e || x.same(s)
		}
		if l {
			likes++
		}
		if e {
			sames++
		}
	}
	n := float64(len(links))
	return share, float64(likes) >= 0.6*n, float64(sames) >= 0.6*n
}

// above counts the servers of the infrastructure to which at turns, and those that
// look after it.
func (g *growth) above(at int32) (up, managed int) {
	for _, i := range g.outs[at] {
		if g.isServer(g.ends[i][1]) && g.links[i].faithful() {
			up++
		}
	}
	for _, i := range g.ins[at] {
		if g.isServer(g.ends[i][0]) && g.links[i].faithful() {
			managed++
		}
	}
	return up, managed
}

// base is the share of all machines that turn to others that belong here.
func (g *growth) base() float64 {
	return min(max(float64(len(g.members))/float64(max(g.active, 1)), 1e-4), 0.9)
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
	for _, i := range g.ins[at] {
		if from := g.ends[i][0]; g.isServer(from) && g.links[i].faithful() {
			turned[from] = true
			n++
		}
	}
	for _, i := range g.outs[at] {
		l, to := g.links[i], g.ends[i][1]
		if !g.isServer(to) || !l.faithful() {
			continue
		}
		for _, x := range g.manner {
			if x.alikeWithin(l.shape(), 2*likeWithin) {
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
	for _, i := range g.outs[at] {
		if g.isServer(g.ends[i][1]) && g.links[i].faithful() {
			manner = append(manner, i)
		}
	}
	if len(manner) < 3 || len(g.faithfulClients(at)) > crowd {
		return false
	}
	s, _ := g.habit(manner)
	for _, x := range g.manner {
		if x.alikeWithin(s, 2*likeWithin) {
			return false // it is one of those that are looked after
		}
	}
	for _, i := range g.outs[at] {
		if l := g.links[i]; l.answered > 0 && l.shape().alikeWithin(s, 1.5) {
			if g.isServer(g.ends[i][1]) {
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
	for _, i := range g.ins[at] {
		c := g.links[i].cert
		if c == 0 || g.certs[c] > rare {
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
	for _, i := range g.ins[at] {
		if c := g.links[i].cert; c != 0 {
			return c == cert
		}
	}
	return false
}

// handsOn says that a good part of what at sends to servers of ours follows on something
// alike that it received.
func (g *growth) handsOn(at int32) bool {
	var sent, passed uint32
	for _, i := range g.outs[at] {
		if g.isServer(g.ends[i][1]) {
			sent, passed = sent+g.links[i].answered, passed+g.links[i].passed
		}
	}
	return passed >= 3 && 20*passed >= sent
}
