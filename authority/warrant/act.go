package warrant

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/authority/warrant/criteria"
)

// presence says whether a kind of act has a dimension of the scope.
type presence uint8

const (
	none presence = iota // it has no such thing: neither a scope nor a use names it
	may                  // a use names it where the scope does
	must                 // the scope names it, and each use does
)

// act is what a kind of act has. Effects every act has, and records and bytes are
// counted for each.
type act struct {
	links, directions, table, criteria, targets presence
	uses                                        presence // counted one by one, at least this one
	memory                                      presence
}

// actOf is the table of acts and dimensions of docs/spec/warrant.md. A limit that no
// use is held against would be a promise that nobody keeps: what an act does not have,
// its warrant cannot restrict.
func actOf(k regime.Kind) act {
	switch k {
	case regime.Collection: // windows on links; they are granted, not counted as uses
		return act{links: must, directions: must, table: must, criteria: must, memory: may}
	case regime.Access, regime.Neutralise: // on things, wherever they are connected
		return act{targets: must, uses: must}
	}
	return act{links: may, directions: may, table: may, criteria: may, targets: may, uses: must} // on what was collected
}

// dimension is one of a scope, by its name on paper.
type dimension struct {
	name  string
	has   presence
	there bool
}

// dimensions lists what of s an act has, and whether it is there.
func (s *Scope) dimensions(a act) []dimension {
	counted := func(p presence) presence { return min(p, may) } // 0 is a number too
	return []dimension{
		{"links", a.links, len(s.Links) > 0}, {"directions", a.directions, len(s.Directions) > 0},
		{"criteria", a.criteria, s.Criteria != ""}, {"direction_table", a.table, s.DirectionTable != ""},
		{"targets", a.targets, len(s.Targets) > 0}, {"max_targets", counted(a.targets), s.MaxTargets != 0},
		{"max_uses", counted(a.uses), s.MaxUses != 0}, {"memory_s", a.memory, s.MemoryS != 0},
	}
}

// suits notes what the scope lacks for its kind of act, and what it restricts although
// the act does not have it.
func (s *Scope) suits(l *unmet.List, place string, k regime.Kind) {
	a := actOf(k)
	for _, d := range s.dimensions(a) {
		l.Want(d.has != must || d.there, place+"."+d.name, "scope-missing", "what", d.name)
		l.Want(d.has != none || !d.there, place+"."+d.name, "scope-idle", "what", d.name, "kind", string(k))
	}
	reaches := len(s.Links) > 0 || s.Criteria != "" || len(s.Targets) > 0
	l.Want(a.criteria != may || reaches, place, "scope-missing", "what", "links, criteria, targets")
}

// scope notes a use outside what the last warrant reaches: each dimension of the act
// that the scope restricts, the use names, and it lies inside.
func (c *check) scope() {
	w, u := c.warrants[len(c.warrants)-1], &c.in.Use
	s, a := &w.Scope, actOf(w.Kind)
	c.Want(slices.Contains(s.Effects, u.Effect), "use.effect", "effect-outside", "effect", string(u.Effect))
	if c.names("link", a.links, len(s.Links) > 0, u.Link != "" || u.Tap != "") {
		i := slices.IndexFunc(s.Links, func(k Link) bool { return k.ID == u.Link })
		c.Want(i >= 0, "use.link", "link-outside", "link", string(u.Link))
		c.Want(i < 0 || s.Links[max(i, 0)].Tap == u.Tap, "use.tap", "tap-other", "link", string(u.Link))
	}
	if c.names("direction", a.directions, len(s.Directions) > 0, u.Direction != "") {
		c.Want(slices.Contains(s.Directions, u.Direction), "use.direction", "direction-outside", "direction", string(u.Direction))
	}
	if c.names("direction_table", a.table, s.DirectionTable != "", u.DirectionTable != "") {
		c.Want(u.DirectionTable == s.DirectionTable, "use.direction_table", "table-other")
	}
	// A tap sees no selector: a collection may name its set by number.
	numbered := u.SelectorSet != 0
	c.Want(w.Kind == regime.Collection || !numbered, "use.selector_set", "use-idle", "what", "selector_set")
	if c.names("selector", a.criteria, s.Criteria != "", u.Selector != "" || numbered) && u.Selector != "" {
		whole, err := criteria.ParseExact(s.Criteria)
		c.Want(err == nil && criteria.Inside(u.Selector, whole) == nil, "use.selector", "selector-outside")
	}
	if c.names("target", a.targets, len(s.Targets) > 0, u.Target != nil) {
		c.Want(u.Target.formed() && within(s.Targets, *u.Target), "use.target", "target-outside")
	}
}

// names says whether the use names a dimension that is to be held against the scope,
// and notes one that it leaves out or cannot have.
func (c *check) names(what string, has presence, restricted, named bool) bool {
	c.Want(has != none || !named, "use."+what, "use-idle", "what", what)
	c.Want(named || has == none || has == may && !restricted, "use."+what, "use-missing", "what", what)
	return named && has != none
}

// counts notes what goes beyond the caps of the last warrant, or of one above it.
// Children divide what their parent has; they do not multiply it.
//
// Invariant 19: each warrant of the chain is held against the use of all below it. A
// count below that of its child is no count.
func (c *check) counts() {
	u, a := &c.in.Use, actOf(c.warrants[0].Kind)
	c.Want(a.uses != must || u.Counts.Uses >= 1, "use.counts.uses", "count-missing")
	c.Want(u.Target == nil || u.Counts.Targets >= 1, "use.counts.targets", "count-missing")
	last := len(c.warrants) - 1
	u.Counts.within(&c.List, "use.counts.", &c.warrants[last].Scope)
	if len(u.Above) != last {
		c.Add("use.above", "count-missing")
		return
	}
	below := u.Counts.list()
	for i := last - 1; i >= 0; i-- {
		at := fmt.Sprintf("use.above[%d].", i)
		u.Above[i].within(&c.List, at, &c.warrants[i].Scope)
		for j, n := range u.Above[i].list() {
			c.Want(n.value >= below[j].value, at+n.name, "count-missing")
			below[j] = n
		}
	}
}

// list gives the counts in the order of [Scope.numbers].
func (n Counts) list() []numbered {
	return []numbered{{"bytes", n.Bytes}, {"records", n.Records}, {"targets", n.Targets}, {"uses", n.Uses}, {"memory_s", n.MemoryS}}
}

// within notes counts beyond the caps of a scope.
func (n Counts) within(l *unmet.List, place string, s *Scope) {
	caps := s.numbers()
	for i, is := range n.list() {
		most := caps[i].value
		l.Want(is.value >= 0 && is.value <= most, place+is.name, "count-over", "what", is.name, "n", is.value, "max", most)
	}
}

// Sample makes up a use that lies inside w, if w permits any: for who tries the warrant
// and not a use. It counts nothing but itself; counts of warrants above are the caller's.
func (w *Warrant) Sample() Use {
	s, a := &w.Scope, actOf(w.Kind)
	u := Use{Kind: w.Kind, Instrument: w.Instrument, Purpose: w.Purpose, Case: w.Case, Actor: w.Holder, DirectionTable: s.DirectionTable, Selector: s.Criteria}
	if len(s.Effects) > 0 {
		u.Effect = s.Effects[0]
	}
	if len(s.Links) > 0 {
		u.Link, u.Tap = s.Links[0].ID, s.Links[0].Tap
	}
	if len(s.Directions) > 0 {
		u.Direction = s.Directions[0]
	}
	if len(s.Targets) > 0 {
		t := s.Targets[0]
		u.Target, u.Counts.Targets = &t, 1
	}
	if a.uses == must {
		u.Counts.Uses = 1
	}
	if len(w.People) > 0 {
		p := slices.MaxFunc(w.People, func(a, b Person) int { return cmp.Compare(a.Until, b.Until) })
		u.Person, u.Duty = p.Person, p.Duty
	}
	return u
}
