package trust

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/unmet"
)

// chain follows versions and lists in the order in which they came into force.
type chain struct {
	History
	unmet    *unmet.List
	at       paper.Time
	roots    []*version
	lists    []*listed
	garbage  []garbage
	refusals []refused
	force    *version              // in force so far
	notices  []notice              // of the versions so far
	past     map[paper.Digest]bool // what has counted
	waiting  map[paper.Digest]Pending
}

// version is a version of the root that waits for its turn.
type version struct {
	dated
	root      Root
	start     paper.Time // when it takes effect
	recovered bool
}

// notice is how long before a change must be announced, as one version has it. It binds
// until that long after the version that took its place began.
type notice struct {
	seconds int64
	until   paper.Time // 0: the version is in force
}

// first takes the version that the owner installed; false when it is not there or wrong.
func (c *chain) first() bool {
	for _, n := range c.roots {
		if n.digest != c.Pinned {
			continue
		}
		var l unmet.List
		if n.root.faults(&l, n.place); len(l) == 0 { // who signs what cannot stand is of no interest
			c.wantTop(&l, n, &n.root, n.root.Bodies, n.issued)
		}
		if len(l) == 0 {
			n.start = n.issued
			*c.unmet = nil
			c.take(n)
			return true
		}
		if len(*c.unmet) == 0 {
			*c.unmet = l
		}
	}
	for _, g := range c.garbage {
		if g.digest == c.Pinned && len(*c.unmet) == 0 {
			c.unmet.Add(g.place, "paper", "why", g.why.Error())
		}
	}
	if len(*c.unmet) == 0 && len(c.Roots) > 0 {
		c.unmet.Add("roots[0]", "root-fingerprint")
	}
	return false
}

// take puts a version into force.
func (c *chain) take(n *version) {
	if k := len(c.notices); k > 0 {
		last := &c.notices[k-1]
		last.until = n.start + paper.Time(last.seconds)
	}
	c.notices = append(c.notices, notice{seconds: n.root.NoticeS})
	c.force, n.done, c.past[n.digest] = n, true, true
}

// step takes the next version; false ends the chain. Of versions that follow the same
// one, the one that takes effect first counts: an announced version is withdrawn by
// another in its place.
func (c *chain) step() bool {
	next, forked := c.soonest()
	switch {
	case forked:
		return true
	case next == nil:
		return false
	case !c.stands(next):
		c.refuse(&next.dated, false, unmet.List{{Place: next.place + ".signatures", Code: "root-withdrawn"}})
		return true
	}
	for _, n := range c.roots {
		if n.due(c.at) && n != next && n.digest != next.digest && n.root.Previous == c.force.digest {
			delete(c.waiting, n.digest)
			c.refuse(&n.dated, false, unmet.List{{Place: n.place, Code: "root-overtaken", Args: []any{"version", next.root.Version}}})
		}
	}
	c.take(next)
	return true
}

// soonest gives the version that takes effect first of those that follow the one in
// force; nil when none does yet. Two at the same instant are a fork, and neither does.
func (c *chain) soonest() (next *version, forked bool) {
	for _, n := range c.roots {
		if !n.due(c.at) || n.root.Previous != c.force.digest || c.past[n.digest] {
			continue
		}
		if signed, why := c.judge(n); len(why) > 0 {
			c.refuse(&n.dated, signed, why)
			continue
		}
		if n.start > c.at {
			c.waiting[n.digest] = Pending{n.digest, n.root.Version, n.start, n.recovered}
			continue
		}
		switch {
		case next == nil || n.start < next.start:
			next = n
		case n.start == next.start && n.digest != next.digest:
			fork := unmet.List{{Place: n.place, Code: "root-fork"}}
			c.refuse(&next.dated, true, fork)
			c.refuse(&n.dated, true, fork)
			return nil, true
		}
	}
	return next, false
}

// stands says whether a version that was announced still has the word of the top when
// its notice is over: a body that takes the signers' keys back, and lets nobody sign
// again, stops it.
func (c *chain) stands(n *version) bool {
	r := &c.force.root
	return n.recovered || n.start == n.counted || c.top(n.envelope, r, c.bodies(n.start), n.start) >= r.Top.K
}

// judge says whether all whose word a next version needs have signed it, and what is
// wrong with it. It notes when the version takes effect.
//
// Invariant 30: a change of the rules has the signatures of two bodies, and notice.
func (c *chain) judge(n *version) (signed bool, l unmet.List) {
	next, prev := &n.root, &c.force.root
	n.late(&l)
	n.counted = max(n.counted, c.force.start) // nobody speaks under a version before it counts
	bodies := c.bodies(n.counted)
	n.recovered = prev.Ceremony.signed(n.envelope)
	if !n.recovered {
		c.wantTop(&l, n, prev, bodies, n.issued, n.counted)
		l.Want(n.counted < prev.Expires, n.place+".issued", "root-expired", "at", prev.Expires.String())
	}
	c.wantTop(&l, n, next, next.Bodies, n.issued, n.counted)
	signed = !l.Has("top-signatures")
	var form unmet.List
	if next.faults(&form, n.place); len(form) > 0 {
		return signed, form
	}
	l.Want(next.Name == prev.Name && next.Kind == prev.Kind, n.place+".name", "root-other")
	l.Want(next.Version == prev.Version+1, n.place+".version", "root-version-number")
	l.Want(n.issued >= prev.Issued, n.place+".issued", "root-times")
	for _, b := range next.Bodies {
		if old := bodyOf(bodies, b.ID); old != nil {
			signed = c.bodySucceeds(&l, n, b, *old) && signed
		}
	}
	free := c.free(n.counted)
	for t := range changes(prev.Profiles, next.Profiles, n.issued, free) {
		if !slices.Equal(force(prev.Profiles, t), force(next.Profiles, t)) {
			l.Add(n.place+".profiles", "profile-notice", "seconds", int64(free-n.counted))
			break
		}
	}
	switch n.start = n.counted; {
	case n.recovered:
		n.start += paper.Time(prev.Ceremony.NoticeS)
	case !prev.SamePowers(*next):
		n.start = free
	}
	return signed, l
}

// SamePowers says whether two versions give the same powers to the same hands: bodies,
// their roles and certificate authorities, the top, logs, witnesses, urgent issuers, the
// ceremony. The keys of bodies are their own affair.
//
// Invariant 30: the top cannot change who decides and who watches from one second to the
// next.
func (r Root) SamePowers(o Root) bool {
	powers := func(r Root) Root {
		p := Root{Ceremony: r.Ceremony, Logs: r.Logs, Top: r.Top, Urgent: r.Urgent, Witnesses: r.Witnesses, Bodies: slices.Clone(r.Bodies)}
		for i := range p.Bodies {
			p.Bodies[i].Keys, p.Bodies[i].List, p.Bodies[i].Threshold = nil, 0, 0
		}
		return p
	}
	return reflect.DeepEqual(powers(r), powers(o))
}

// free is the first instant at which a version recorded at an instant may change the
// profiles or the powers. A version that shortens the notice is itself under the longer
// one: what it shortens counts from the end of that.
func (c *chain) free(recorded paper.Time) paper.Time {
	free := recorded
	for _, n := range c.notices {
		end := recorded + paper.Time(n.seconds)
		if n.until != 0 {
			end = min(end, n.until)
		}
		free = max(free, end)
	}
	return free
}

// bodySucceeds: a body's keys are its own affair. A version repeats them, or has the
// body's own signature, or comes by the ceremony. It gives false when a signature is
// what is missing.
func (c *chain) bodySucceeds(l *unmet.List, n *version, b, old Body) bool {
	at := fmt.Sprintf("%s.bodies[%s]", n.place, b.ID)
	switch {
	case b.List < old.List:
		l.Add(at+".list", "list-rolled-back")
	case b.List == old.List:
		l.Want(b.Threshold == old.Threshold && reflect.DeepEqual(b.Keys, old.Keys), at+".keys", "list-taken")
	case !n.recovered && !speaks(n.envelope, old, n.issued, n.counted):
		l.Add(at+".keys", "list-taken")
		return false
	}
	return true
}

// wantTop notes a version that K bodies of r's top have not signed.
func (c *chain) wantTop(l *unmet.List, n *version, r *Root, bodies []Body, times ...paper.Time) {
	count := c.top(n.envelope, r, bodies, times...)
	l.Want(count >= r.Top.K, n.place+".signatures", "top-signatures", "k", r.Top.K, "n", count, "version", r.Version)
}

// top counts the bodies of r's top that speak for e; their keys are those of bodies.
func (c *chain) top(e *paper.Envelope, r *Root, bodies []Body, times ...paper.Time) int {
	n := 0
	for i, id := range r.Top.Bodies {
		if b := bodyOf(bodies, id); b != nil && !slices.Contains(r.Top.Bodies[:i], id) && speaks(e, *b, times...) {
			n++
		}
	}
	return n
}

// speaks says whether b's threshold of its keys with RoleTop at all the times, in as
// many persons' hands, has signed e.
func speaks(e *paper.Envelope, b Body, times ...paper.Time) bool {
	var keys []paper.PublicKey
	for _, k := range b.Keys {
		out := func(t paper.Time) bool { return t < k.From || t >= k.Until }
		if slices.Contains(k.Roles, RoleTop) && !slices.ContainsFunc(times, out) {
			keys = append(keys, k.Key)
		}
	}
	persons := map[paper.ID]bool{}
	for _, s := range paper.Signers(e, keys) {
		for _, k := range b.Keys {
			if k.Key.Same(s) {
				persons[k.Person] = true
			}
		}
	}
	return len(persons) >= max(b.Threshold, 1)
}

// signed says whether K recovery keys in as many hands, of at least two bodies, have
// signed e.
func (c Ceremony) signed(e *paper.Envelope) bool {
	keys := make([]paper.PublicKey, len(c.Keys))
	for i, k := range c.Keys {
		keys[i] = k.Key
	}
	persons, bodies := map[paper.ID]bool{}, map[paper.ID]bool{}
	for _, s := range paper.Signers(e, keys) {
		for _, k := range c.Keys {
			if k.Key.Same(s) {
				persons[k.Person], bodies[k.Body] = true, true
			}
		}
	}
	return len(persons) >= c.K && len(bodies) >= 2
}

const viewType = "application/vnd.noroshi.view+json"

// view is what the chain comes to.
func (c *chain) view(bodies []Body, left unmet.List) *View {
	v := &View{root: c.force.root, rootDigest: c.force.digest, at: c.at, recovered: c.force.recovered, start: c.force.start, left: left, keys: map[paper.KeyID]held{}}
	v.root.Bodies = bodies
	covered := struct {
		Lists []paper.Digest `json:"lists"`
		Root  paper.Digest   `json:"root"`
	}{Root: c.force.digest}
	for _, b := range bodies {
		d, _ := b.ListDigest(v.root.Name) // it was read from paper, so it can be written
		covered.Lists = append(covered.Lists, d)
		for _, k := range b.Keys {
			v.keys[k.Key.ID()] = held{k, b.ID}
		}
	}
	v.digest, _ = paper.DigestAs(viewType, covered)
	for _, p := range c.waiting {
		if p.From != 0 { // what follows an announced version is not judged yet
			v.pending = append(v.pending, p)
		}
	}
	slices.SortFunc(v.pending, func(a, b Pending) int { return int(a.From - b.From) })
	return v
}

// changes gives the instants in [from, to) at which what is in force may differ.
func changes(a, b []ProfileEntry, from, to paper.Time) map[paper.Time]bool {
	set := map[paper.Time]bool{}
	if from < to {
		set[from] = true
	}
	for _, p := range append(slices.Clone(a), b...) {
		for _, t := range []paper.Time{p.From, p.Until} {
			if t >= from && t < to {
				set[t] = true
			}
		}
	}
	return set
}

// force lists what is in force at an instant, as instrument and digest, in order.
func force(all []ProfileEntry, at paper.Time) []string {
	var list []string
	for _, p := range all {
		if inForce(all, p, at) {
			list = append(list, string(p.Instrument)+" "+string(p.Digest))
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}
