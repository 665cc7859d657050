package spread

import (
	"math"
	"slices"

	"github.com/noroshi-acd/noroshi/flow"
)

// weight of one caught host, in nats of doubt removed.
const (
	caughtPlain  = 0.30 // everything it turned to answered: clusters do so
	caughtFailed = 0.75 // many failed: it was searching
	caughtWide   = 0.40 // up to so much more for breadth
	searching    = 0.25 // share of failures from which a host counts as searching
	webSearching = 0.50 // the same on services of the web
	youngStream  = 5 * 60e9
)

// caught is one link of a tree: a host and the one it was caught from.
type caught struct {
	*node
	weight   float64
	children []int
	from     int // index of the parent, -1 for a root
}

// tree is what hangs together below one root.
type tree struct {
	port        uint16
	root        *node
	hosts       []*node // the root first, then in the order of their outbreaks
	generations int     // 1: those caught from the root
	nats        float64
	failing     float64 // highest share of failures of a caught host
	delay       int64   // ns: shortest from let in to outbreak
}

// trees builds the infection trees that the nodes support. first is the beginning
// of the stream.
func (d *Detector) trees(first int64) []tree {
	all, lone := d.links(first)
	var out []tree
	for i := range all {
		if all[i].from < 0 && len(all[i].children) > 0 {
			out = append(out, grow(all, i))
		}
	}
	for _, c := range lone {
		out = append(out, tree{
			port: c.port, root: &node{addr: c.parent, port: c.port, seen: c.parentAt}, hosts: []*node{{addr: c.parent}, c.node},
			generations: 1, nats: c.weight, failing: c.failedShare(), delay: c.outbreakAt - c.parentAt,
		})
	}
	return out
}

// links joins each caught host to the one it was caught from. lone are those let
// in from abroad by somebody who had no outbreak of its own in view.
func (d *Detector) links(first int64) (all, lone []caught) {
	at := map[*node]int{}
	for _, n := range d.nodes.All() {
		if n.outbreakAt != 0 {
			at[n] = len(all)
			all = append(all, caught{node: n, from: -1})
		}
	}
	for i := range all {
		c := &all[i]
		if !d.isCaught(c.node) {
			continue
		}
		if c.weight = weigh(c.node, first, d.cfg.Outbreak); c.weight == 0 {
			continue
		}
		p := d.nodes.Get(nodeKey(c.parent, c.port))
		if j, broke := at[p]; broke && p.outbreakAt <= c.parentAt {
			c.from = j
			all[j].children = append(all[j].children, i)
		} else if useOf(c.port) == device && !c.parentInside && c.outbreakAt-c.parentAt <= hour {
			lone = append(lone, *c)
		}
	}
	return all, lone
}

// isCaught says whether n was let into and then broke out, in that order.
func (d *Detector) isCaught(n *node) bool {
	return !n.parent.IsZero() && 3*float64(n.before) <= count(n.targets[:]) && n.parentAt <= n.outbreakAt &&
		n.outbreakAt-n.parentAt <= int64(d.cfg.Incubation)
}

func weigh(n *node, first int64, outbreak int) float64 {
	failing, need := n.failedShare(), searching
	if useOf(n.port) == web {
		if need = webSearching; failing < need {
			return 0
		}
	}
	w := caughtPlain
	if failing >= need {
		w = caughtFailed
		wide := count(n.targets[:]) - float64(outbreak)
		w += caughtWide * min(1, max(0, wide)/30)
	}
	if n.outbreakAt-first < youngStream {
		w /= 2 // it may have done so all along
	}
	return w
}

// grow gathers what hangs below root. A host has one parent and an outbreak later
// than its parent's, so there is no way round in a circle; seen guards against
// merged states that say otherwise.
func grow(all []caught, root int) tree {
	t := tree{port: all[root].port, root: all[root].node, hosts: []*node{all[root].node}, delay: math.MaxInt64}
	seen := map[int]bool{root: true}
	for level := []int{root}; len(level) > 0; {
		var next []int
		for _, i := range level {
			for _, j := range all[i].children {
				if seen[j] {
					continue
				}
				seen[j] = true
				next = append(next, j)
				c := &all[j]
				t.hosts = append(t.hosts, c.node)
				t.nats += c.weight
				t.failing = max(t.failing, c.failedShare())
				t.delay = min(t.delay, c.outbreakAt-c.parentAt)
			}
		}
		if len(next) > 0 {
			t.generations++
		}
		level = next
	}
	slices.SortStableFunc(t.hosts[1:], func(a, b *node) int { return int(min(1, max(-1, a.outbreakAt-b.outbreakAt))) })
	return t
}

// lateral is a host's sudden success with its neighbours' administration.
func (d *Detector) lateral(n *node, first int64) (score float64) {
	if !n.inside || useOf(n.port) != admin || n.peak < 10 || int(n.peak) < 4*(int(n.past)+1) {
		return 0
	}
	if n.peakAt-first < int64(d.cfg.Past) {
		return 0 // its past is not known
	}
	score = 1 - math.Exp(-2*math.Ln2/25*float64(n.peak))
	limit := 0.6
	switch f := n.failedShare(); {
	case f > 0.5:
		limit = 0.7 // rather a scanner, which has its own method
	case f >= searching:
		limit = 0.85
	}
	return min(score, limit)
}

// sources gives the addresses of the tree's hosts, sorted but for the root.
func (t *tree) sources() []flow.Addr {
	out := make([]flow.Addr, 0, len(t.hosts))
	for _, n := range t.hosts {
		out = append(out, n.addr)
	}
	return out
}
