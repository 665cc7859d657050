package warrant

import (
	"fmt"
	"slices"
	"time"

	"github.com/noroshi-acd/noroshi/authority/liveness"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/unmet"
)

// check is one check as it goes on.
type check struct {
	unmet.List
	in       *Input
	warrants []*Warrant
	digests  []paper.Digest
	profile  *regime.Profile
	signers  []trust.Holder
}

// Check holds a chain of warrants against a use, and gives what is verified or all
// conditions that are not met. docs/spec/warrant.md says each of them.
//
// Invariant 1: no effect without a warrant that is live at that instant, by every time
// that the clock allows, for that instrument, scope and purpose.
func Check(in Input) (*Verified, []Unmet) {
	c := &check{in: &in}
	if in.View == nil {
		c.Add("root", "root-none")
		return nil, c.List
	}
	if !c.read() {
		return nil, c.List
	}
	for i, w := range c.warrants {
		w.form(&c.List, place(i, ""))
	}
	c.root()
	c.rules()
	c.children()
	c.time()
	c.use()
	c.counts()
	c.scope()
	c.live()
	c.stopped()
	if len(c.List) > 0 {
		return nil, c.List
	}
	last := len(c.warrants) - 1
	var above []Warrant
	for _, w := range c.warrants[:last] {
		above = append(above, *w)
	}
	return &Verified{
		Leaf: *c.warrants[last], Digest: c.digests[last], Chain: c.digests, Above: above, Profile: c.warrants[0].Profile,
		View: in.View.Digest(), Liveness: in.Liveness.Digest(), Signers: c.signers, Urgent: c.warrants[0].Path == Urgent,
	}, nil
}

// place is a path in the i-th warrant of the chain.
func place(i int, path string) string {
	p := fmt.Sprintf("chain[%d]", i)
	if path != "" {
		p += "." + path
	}
	return p
}

// read opens the papers; false when nothing more can be said.
func (c *check) read() bool {
	n := len(c.in.Chain)
	c.Want(n >= 1 && n <= MaxDepth, "chain", "chain-depth", "n", n, "max", MaxDepth)
	if len(c.List) > 0 {
		return false
	}
	for i, e := range c.in.Chain {
		w := new(Warrant)
		if e == nil {
			c.Add(place(i, ""), "paper", "why", "nothing is there")
		} else if err := e.Open(Type, w); err != nil {
			c.Add(place(i, ""), "paper", "why", err.Error())
		} else {
			c.warrants, c.digests = append(c.warrants, w), append(c.digests, e.Digest())
		}
	}
	return len(c.List) == 0
}

// root notes a first warrant of another root.
func (c *check) root() {
	w, v := c.warrants[0], c.in.View
	c.Want(w.Root == v.Name(), place(0, "root"), "root-other")
	c.Want(w.RootKind == v.Kind(), place(0, "root_kind"), "root-kind-other")
	c.Want(c.in.Clock.Latest < v.Expires(), "root.expires", "root-expired", "at", v.Expires().String())
	c.Want(w.Parent == "", place(0, "parent"), "parent-unwanted")
	for _, o := range []struct {
		entry Entry
		name  string
	}{{w.Application, "application"}, {w.Decision, "decision"}} {
		log, ok := v.Log(o.entry.Origin)
		c.Want(ok && log.Duty == trust.Decisions, place(0, o.name+".origin"), "log-other", "origin", o.entry.Origin)
	}
	if v.Kind() == trust.Private && (w.Kind == regime.Access || w.Kind == regime.Neutralise) {
		for i, t := range w.Scope.Targets {
			c.Want(t.Consent != "", place(0, fmt.Sprintf("scope.targets[%d].consent", i)), "consent-missing")
		}
	}
}

// children notes what a child lacks: its parent, its holder's hand, its narrowness.
func (c *check) children() {
	for i := 1; i < len(c.warrants); i++ {
		parent, child := c.warrants[i-1], c.warrants[i]
		c.Want(child.Parent == c.digests[i-1], place(i, "parent"), "parent-other")
		signed := paper.Signers(c.in.Chain[i], []paper.PublicKey{parent.Holder})
		c.Want(len(signed) == 1, place(i, "signatures"), "holder-signature")
		narrow(&c.List, place(i, "")+".", parent, child)
	}
}

// time notes a clock that is unsure, and a last warrant that is not in force by every
// time that the clock allows.
func (c *check) time() {
	last := len(c.warrants) - 1
	w, k := c.warrants[last], c.in.Clock
	c.Want(k.Sure(), "clock", "clock-unsure")
	c.Want(w.NotBefore <= k.Earliest, place(last, "not_before"), "not-yet", "at", w.NotBefore.String())
	c.Want(k.Latest < w.NotAfter, place(last, "not_after"), "expired", "at", w.NotAfter.String())
}

// use notes a use for which the last warrant was not given.
//
// Invariant 12: where the warrant names people, one of them acts, within their time.
func (c *check) use() {
	w, u := c.warrants[len(c.warrants)-1], &c.in.Use
	c.Want(u.Kind == w.Kind, "use.kind", "use-kind", "is", string(u.Kind), "want", string(w.Kind))
	c.Want(u.Instrument == w.Instrument, "use.instrument", "use-instrument", "is", string(u.Instrument), "want", string(w.Instrument))
	c.Want(u.Purpose == w.Purpose, "use.purpose", "use-purpose", "is", string(u.Purpose), "want", string(w.Purpose))
	c.Want(u.Case == w.Case, "use.case", "use-case", "is", string(u.Case), "want", string(w.Case))
	c.Want(u.Actor.Same(w.Holder), "use.actor", "use-actor")
	if len(w.People) > 0 {
		i := slices.IndexFunc(w.People, func(p Person) bool { return p.Person == u.Person && p.Duty == u.Duty })
		c.Want(i >= 0, "use.person", "person-unnamed", "person", string(u.Person))
		c.Want(i < 0 || c.in.Clock.Latest < w.People[max(i, 0)].Until, "use.person", "person-over", "person", string(u.Person))
	}
}

// live notes what the commission's word does not bear out.
func (c *check) live() {
	v := c.in.Liveness
	if v == nil {
		c.Add("liveness", "liveness-none")
		return
	}
	limit := liveness.StartAge
	if !c.in.Start {
		if limit = liveness.HoldAge; c.in.LeaseS > 0 {
			limit = time.Duration(min(c.in.LeaseS, 1<<32)) * time.Second
		}
	}
	c.Want(v.View() == c.in.View.Digest(), "liveness.root_hash", "liveness-root")
	for _, u := range v.Fresh(c.in.Clock, limit) {
		c.Want(u.Code == "clock-unsure", u.Place, u.Code, u.Args...) // the clock is noted already
	}
	s, ok := v.Standing(c.digests[0])
	if !ok {
		c.Add("liveness.warrants", "not-live")
		return
	}
	if u := &c.in.Use; c.warrants[0].Kind == regime.Collection {
		c.Want(slices.Contains(s.Links, u.Link), "liveness.warrants", "link-not-live", "link", string(u.Link))
		c.Want(u.SelectorSet >= s.LeastSet, "use.selector_set", "set-withdrawn", "least", s.LeastSet)
		c.Want(s.DirectionTable == u.DirectionTable, "liveness.warrants", "table-not-live")
	}
}

// stopped notes suspensions and revocations that are known.
func (c *check) stopped() {
	for i, s := range c.in.Stops {
		k := c.in.Clock
		if s == nil || !slices.Contains(c.digests, s.warrant) || s.at > k.Latest || s.until != 0 && s.until <= k.Earliest {
			continue
		}
		code := "revoked"
		if s.until != 0 {
			code = "suspended"
		}
		c.Add(fmt.Sprintf("stops[%d]", i), code, "at", s.at.String())
	}
}
