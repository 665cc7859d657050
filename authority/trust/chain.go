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
	unmet     *unmet.List
	at        paper.Time
	version   *Root // in force so far, its bodies' lists replaced by later ones
	place     string
	digest    paper.Digest
	recovered bool
	notices   []notice
	lists     []*listed
}

// notice is how long before a change of profiles must be announced, as one version has
// it. It binds until that long after the version that took its place was issued.
type notice struct {
	seconds int64
	until   paper.Time // 0: the version is in force
}

// listed is a body's list that waits for its turn.
type listed struct {
	place    string
	list     List
	envelope *paper.Envelope
	digest   paper.Digest // of the state that it brings about
	used     bool
}

// state is what a list comes to; its digest is what the next list names.
type state struct {
	Body      paper.ID `json:"body"`
	Keys      []Key    `json:"keys"`
	Root      paper.ID `json:"root"`
	Threshold int      `json:"threshold"`
	Version   int64    `json:"version"`
}

const (
	stateType = "application/vnd.noroshi.body-state+json"
	viewType  = "application/vnd.noroshi.view+json"
)

// ListDigest is what the next list of the body names as previous: the digest of the
// body's keys as they now are, whether they came by a root or by a list.
func (b Body) ListDigest(root paper.ID) (paper.Digest, error) {
	return paper.DigestAs(stateType, state{Body: b.ID, Keys: b.Keys, Root: root, Threshold: b.Threshold, Version: b.List})
}

func (c *chain) readLists(envelopes []*paper.Envelope) {
	for i, e := range envelopes {
		place := fmt.Sprintf("lists[%d]", i)
		n := &listed{place: place, envelope: e}
		if err := e.Open(ListType, &n.list); err != nil {
			c.unmet.Add(place, "paper", "why", err.Error())
			continue
		}
		n.digest = e.Digest()
		if slices.ContainsFunc(c.lists, func(o *listed) bool { return o.digest == n.digest }) {
			continue // the same paper again
		}
		c.lists = append(c.lists, n)
	}
}

// step takes one root version; false ends the chain.
func (c *chain) step(i int, e *paper.Envelope, pinned paper.Digest) bool {
	place := fmt.Sprintf("roots[%d]", i)
	next := new(Root)
	if err := e.Open(RootType, next); err != nil {
		c.unmet.Add(place, "paper", "why", err.Error())
		return false
	}
	before := len(*c.unmet)
	next.faults(c.unmet, place)
	if len(*c.unmet) > before {
		return false // who signs what cannot stand is of no interest
	}
	recovered := false
	if i == 0 {
		c.unmet.Want(e.Digest() == pinned, place, "root-fingerprint")
		c.signedByTop(e, place, next, next.Issued)
	} else {
		if next.Issued > c.at {
			return false // not yet
		}
		c.applyLists(next.Issued)
		if recovered = c.succeeds(e, place, next); recovered && next.Issued+paper.Time(c.version.Ceremony.NoticeS) > c.at {
			return false // announced; counts after its notice
		}
	}
	if len(*c.unmet) > before {
		return false
	}
	if i > 0 {
		last := &c.notices[i-1]
		last.until = next.Issued + paper.Time(last.seconds)
	}
	c.notices = append(c.notices, notice{seconds: next.NoticeS})
	c.version, c.place, c.digest, c.recovered = next, place, e.Digest(), recovered
	return true
}

// succeeds notes what keeps next from following the version in force. It says whether
// the recovery keys, and not the top, stand behind it.
//
// Invariant 30: a change of the rules has the signatures of two bodies, and notice.
func (c *chain) succeeds(e *paper.Envelope, place string, next *Root) bool {
	l, prev := c.unmet, c.version
	l.Want(next.Name == prev.Name && next.Kind == prev.Kind, place+".name", "root-other")
	l.Want(next.Version == prev.Version+1, place+".version", "root-version-number")
	l.Want(next.Previous == c.digest, place+".previous", "root-previous")
	l.Want(next.Issued >= prev.Issued, place+".issued", "root-times")
	recovered := prev.Ceremony.signed(e)
	if !recovered {
		c.signedByTop(e, place, prev, next.Issued)
		l.Want(next.Issued < prev.Expires, place+".issued", "root-expired", "at", prev.Expires.String())
	}
	c.signedByTop(e, place, next, next.Issued)
	for _, b := range next.Bodies {
		c.bodySucceeds(e, place, b, recovered, next.Issued)
	}
	free := c.free(next.Issued)
	for t := range changes(prev.Profiles, next.Profiles, next.Issued, free) {
		if !slices.Equal(force(prev.Profiles, t), force(next.Profiles, t)) {
			l.Add(place+".profiles", "profile-notice", "seconds", int64(free-next.Issued))
			break
		}
	}
	return recovered
}

// free is the first instant at which a version issued at an instant may change the
// profiles. A version that shortens the notice is itself under the longer one: what it
// shortens counts from the end of that.
func (c *chain) free(issued paper.Time) paper.Time {
	free := issued
	for _, n := range c.notices {
		end := issued + paper.Time(n.seconds)
		if n.until != 0 {
			end = min(end, n.until)
		}
		free = max(free, end)
	}
	return free
}

// bodySucceeds: a body's keys are its own affair. A version repeats them, or has the
// body's own signature, or comes by the ceremony.
func (c *chain) bodySucceeds(e *paper.Envelope, place string, b Body, recovered bool, at paper.Time) {
	old := bodyOf(c.version.Bodies, b.ID)
	if old == nil {
		return
	}
	at0 := fmt.Sprintf("%s.bodies[%s]", place, b.ID)
	switch {
	case b.List < old.List:
		c.unmet.Add(at0+".list", "list-rolled-back")
	case b.List == old.List:
		c.unmet.Want(b.Threshold == old.Threshold && reflect.DeepEqual(b.Keys, old.Keys), at0+".keys", "list-taken")
	default:
		c.unmet.Want(recovered || speaks(e, *old, at), at0+".keys", "list-taken")
	}
}

// signedByTop notes a root that K bodies of r's top have not signed.
func (c *chain) signedByTop(e *paper.Envelope, place string, r *Root, at paper.Time) {
	n := 0
	for _, id := range r.Top.Bodies {
		if b := bodyOf(r.Bodies, id); b != nil && speaks(e, *b, at) {
			n++
		}
	}
	c.unmet.Want(n >= r.Top.K, place+".signatures", "top-signatures", "k", r.Top.K, "n", n, "version", r.Version)
}

// speaks says whether b's threshold of its keys with RoleTop, in as many persons'
// hands, has signed e.
func speaks(e *paper.Envelope, b Body, at paper.Time) bool {
	var keys []paper.PublicKey
	for _, k := range b.Keys {
		if slices.Contains(k.Roles, RoleTop) && k.From <= at && at < k.Until {
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
	return len(persons) >= b.Threshold
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

// applyLists puts the lists issued until an instant in the place of those before.
func (c *chain) applyLists(until paper.Time) {
	if c.version == nil {
		return
	}
	for again := true; again; {
		again = false
		for i := range c.version.Bodies {
			b := &c.version.Bodies[i]
			if n := c.next(b, until); n != nil {
				b.Keys, b.Threshold, b.List = n.list.Keys, n.list.Threshold, n.list.Version
				again = true
			}
		}
	}
}

// next gives the list that follows b's, nil when there is none. Two that both follow
// are a fork, and neither counts.
func (c *chain) next(b *Body, until paper.Time) *listed {
	current, err := b.ListDigest(c.version.Name)
	if err != nil {
		return nil
	}
	var found []*listed
	for _, n := range c.lists {
		if n.used || n.list.Root != c.version.Name || n.list.Body != b.ID || n.list.Previous != current || n.list.Issued > until {
			continue
		}
		n.used = true
		before := len(*c.unmet)
		c.unmet.Want(n.list.Version == b.List+1, n.place+".version", "list-version")
		c.unmet.Want(speaks(n.envelope, *b, n.list.Issued), n.place+".signatures", "list-signatures", "body", string(b.ID))
		keyListFaults(c.unmet, n.place, n.list.Keys, b.Roles, n.list.Threshold, c.version.Kind)
		if len(*c.unmet) == before {
			found = append(found, n)
		}
	}
	if len(found) > 1 {
		c.unmet.Add(found[1].place, "list-fork", "body", string(b.ID))
		return nil
	}
	if len(found) == 0 {
		return nil
	}
	return found[0]
}

// leftOver notes lists that follow nothing. Those that are older than what the root
// holds are history.
func (c *chain) leftOver() {
	for _, n := range c.lists {
		if b := bodyOf(c.version.Bodies, n.list.Body); b != nil && !n.used && n.list.Issued <= c.at && n.list.Root == c.version.Name && n.list.Version > b.List {
			c.unmet.Add(n.place+".previous", "list-unconnected", "body", string(n.list.Body))
		}
	}
	crossFaults(c.unmet, c.place, c.version.Bodies)
}

func (c *chain) view() *View {
	v := &View{root: *c.version, rootDigest: c.digest, at: c.at, recovered: c.recovered, keys: map[paper.KeyID]held{}}
	covered := struct {
		Lists []paper.Digest `json:"lists"`
		Root  paper.Digest   `json:"root"`
	}{Root: c.digest}
	for _, b := range v.root.Bodies {
		d, _ := b.ListDigest(v.root.Name) // it was read from paper, so it can be written
		covered.Lists = append(covered.Lists, d)
		for _, k := range b.Keys {
			v.keys[k.Key.ID()] = held{k, b.ID}
		}
	}
	v.digest, _ = paper.DigestAs(viewType, covered)
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
