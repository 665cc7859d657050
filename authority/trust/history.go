package trust

import (
	"fmt"
	"time"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/unmet"
)

// RecordWithinS is how long after its own time a version or list may be recorded, s.
// What was signed and then lay in a drawer for longer is to be signed anew.
const RecordWithinS = 14 * 86400

// History is what a view is made of: papers, and when each was recorded.
type History struct {
	Roots, Lists []*paper.Envelope // in any order
	Pinned       paper.Digest      // of the version that the owner installed by hand

	// Recorded gives when a paper was recorded: the cosigned time of the first checkpoint
	// that holds its entry, or when the owner took it over. A paper of which that is not
	// known is judged as if it were recorded Now. Nil knows of none.
	Recorded func(paper.Digest) (paper.Time, bool)
	// Now is the latest that the checker's clock can be at; 0 for the instant of the view.
	Now paper.Time
}

// Pending is a version that is announced and does not count yet.
type Pending struct {
	Digest    paper.Digest
	Version   int64
	From      paper.Time // when it takes effect, if nothing withdraws it
	Recovered bool       // the recovery keys stand behind it, and not the top
}

// dated is a paper with the two times at which its signatures are judged.
type dated struct {
	place    string
	envelope *paper.Envelope
	digest   paper.Digest
	issued   paper.Time // as it says itself
	counted  paper.Time // when it was recorded, not before issued
	recorded bool       // that is known
	done     bool       // taken, or found wrong
}

// refused is what keeps a paper from counting.
type refused struct {
	digest paper.Digest
	signed bool // by those whose word it is: then it is not noise but a fault
	why    unmet.List
}

// Follow follows the chain of root versions from the pinned fingerprint, with the
// bodies' own lists, to the instant at. What is issued or recorded later does not count
// yet. What those whose word it would be have not signed is left out, see
// [View.LeftOut]; what they have signed and is wrong keeps the view from being made.
// Without a view the list says all that is not met; with one it is empty.
func Follow(h History, at time.Time) (*View, []Unmet) {
	var l unmet.List
	c := &chain{History: h, unmet: &l, at: paper.TimeOf(at), past: map[paper.Digest]bool{}, waiting: map[paper.Digest]Pending{}}
	if c.Now == 0 {
		c.Now = c.at
	}
	c.read()
	if !c.first() {
		l.Want(len(l) > 0, "root", "root-none")
		return nil, l
	}
	for c.step() {
	}
	c.leftOver()
	bodies := c.bodies(c.at)
	r := c.force
	crossFaults(c.unmet, r.place, bodies)
	l.Want(c.at < r.root.Expires, r.place+".expires", "root-expired", "at", r.root.Expires.String())
	l.Want(r.issued <= c.at, r.place+".issued", "root-not-yet")
	left := c.sort()
	if len(l) > 0 {
		return nil, l
	}
	return c.view(bodies, left), nil
}

// date notes when a paper counts from, besides its own word.
//
// Invariant 30: whoever has an old key can write any time into a paper. When it was
// recorded he cannot choose, so a key must bear its role at both times.
func (c *chain) date(d *dated, issued paper.Time) {
	d.issued, d.counted = issued, max(issued, c.Now)
	if c.Recorded == nil {
		return
	}
	if t, ok := c.Recorded(d.digest); ok {
		d.counted, d.recorded = max(issued, t), true
	}
}

// due says whether a paper is of the time up to an instant.
func (d *dated) due(t paper.Time) bool { return !d.done && d.issued <= t && d.counted <= t }

// late notes a paper that was held back.
func (d *dated) late(l *unmet.List) {
	l.Want(!d.recorded || d.counted-d.issued <= RecordWithinS, d.place+".issued", "recorded-late", "seconds", RecordWithinS)
}

// read opens all papers. One that cannot be opened is judged last.
func (c *chain) read() {
	for i, e := range c.Roots {
		n := &version{dated: dated{place: fmt.Sprintf("roots[%d]", i), envelope: e, digest: e.Digest()}}
		if err := e.Open(RootType, &n.root); err != nil {
			c.garbage = append(c.garbage, garbage{n.dated, err})
			continue
		}
		c.date(&n.dated, n.root.Issued)
		c.roots = append(c.roots, n)
	}
	for i, e := range c.Lists {
		n := &listed{dated: dated{place: fmt.Sprintf("lists[%d]", i), envelope: e, digest: e.Digest()}}
		if err := e.Open(ListType, &n.list); err != nil {
			c.garbage = append(c.garbage, garbage{n.dated, err})
			continue
		}
		c.date(&n.dated, n.list.Issued)
		c.lists = append(c.lists, n)
	}
}

// garbage is a paper of another type, or none.
type garbage struct {
	dated
	why error
}

// refuse notes why a paper does not count.
func (c *chain) refuse(d *dated, signed bool, why unmet.List) {
	d.done = true
	c.refusals = append(c.refusals, refused{d.digest, signed, why})
}

// sort makes errors of the refusals of what was signed, and gives the others. A copy of
// a paper that counts is neither, whatever signatures it has lost.
func (c *chain) sort() (left unmet.List) {
	for _, r := range c.refusals {
		_, waits := c.waiting[r.digest]
		switch {
		case c.past[r.digest] || waits:
		case r.signed:
			*c.unmet = append(*c.unmet, r.why...)
		default:
			left = append(left, r.why...)
		}
	}
	return left
}

// leftOver judges what followed nothing. What is older than what is in force is history,
// and what follows an announced version waits with it.
func (c *chain) leftOver() {
	bodies := c.bodies(c.at)
	c.await()
	for _, n := range c.roots {
		if n.due(c.at) && !c.past[n.digest] && n.root.Version > c.force.root.Version {
			c.refuse(&n.dated, c.top(n.envelope, &c.force.root, bodies, n.counted) >= c.force.root.Top.K, unmet.List{{Place: n.place + ".previous", Code: "root-previous"}})
		}
	}
	c.leftLists(bodies)
	for i := range c.garbage {
		g := &c.garbage[i]
		signed := c.top(g.envelope, &c.force.root, bodies, c.at) >= c.force.root.Top.K
		c.refuse(&g.dated, signed, unmet.List{{Place: g.place, Code: "paper", Args: []any{"why", g.why.Error()}}})
	}
}

// await has what follows an announced version wait with it.
func (c *chain) await() {
	for again := true; again; {
		again = false
		for _, n := range c.roots {
			if _, ok := c.waiting[n.root.Previous]; ok && !n.done {
				n.done, again = true, true
				c.waiting[n.digest] = Pending{Digest: n.digest}
			}
		}
	}
}

// leftLists judges the lists that followed nothing.
func (c *chain) leftLists(bodies []Body) {
	followed := map[paper.Digest]bool{}
	for _, n := range c.lists {
		followed[n.list.Previous] = followed[n.list.Previous] || c.past[n.digest]
	}
	for _, n := range c.lists {
		b := bodyOf(bodies, n.list.Body)
		switch {
		case b == nil || c.past[n.digest] || !n.due(c.at) || n.list.Root != c.force.root.Name:
		case n.list.Version <= b.List && followed[n.list.Previous]: // another came first
			c.refuse(&n.dated, false, unmet.List{{Place: n.place, Code: "list-fork", Args: []any{"body", string(n.list.Body)}}})
		case n.list.Version > b.List:
			c.refuse(&n.dated, speaks(n.envelope, *b, n.issued, n.counted), unmet.List{{Place: n.place + ".previous", Code: "list-unconnected", Args: []any{"body", string(n.list.Body)}}})
		}
	}
}
