package warrant

import (
	"errors"
	"fmt"
	"slices"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/unmet"
)

// rules notes what the profile of the instrument asks for and the first warrant does
// not have, its locks among them. A profile with another digest, or none, ends it.
//
// Invariant 30: the rules are those of the profile whose digest the warrant bears, and
// the root has them in force when the warrant begins and when it is used.
func (c *check) rules() {
	w, at := c.warrants[0], place(0, "profile")
	for _, t := range []paper.Time{w.NotBefore, c.in.Clock.Earliest, c.in.Clock.Latest} {
		if code := profileCode(c.in.View.Profile(w.Profile, t)); code != "" {
			c.Add(at, code)
			break
		}
	}
	if c.in.Profiles != nil {
		c.profile = c.in.Profiles(w.Profile)
	}
	if c.profile == nil {
		c.Add(at, "profile-none")
		return
	}
	if digest, err := c.profile.Digest(); err != nil || digest != w.Profile {
		c.Add(at, "profile-other")
		return
	}
	c.inProfile(w, c.profile)
	c.conditions(w, c.profile)
	want := c.profile.Locks
	if w.Path == Urgent {
		want = c.urgent(w, c.profile.Paths.Urgent)
	} else {
		c.Want(c.profile.Paths.Ordinary, place(0, "path"), "path-none", "path", string(w.Path))
		c.Want(w.Urgency == nil, place(0, "urgency"), "urgency-unwanted")
	}
	opened, signed := locks(&c.List, place(0, "signatures"), c.in.Chain[0], c.in.View, want, w.NotBefore)
	c.signers = opened
	if !c.profile.HolderSigns {
		c.ownHand(signed)
	}
	if w.Path == Urgent {
		c.counted(w)
	}
}

func profileCode(err error) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, trust.ErrProfileNotYet):
		return "profile-not-yet"
	case errors.Is(err, trust.ErrProfileReplaced):
		return "profile-replaced"
	}
	return "profile-unknown"
}

// inProfile notes what the instrument cannot permit.
func (c *check) inProfile(w *Warrant, p *regime.Profile) {
	c.Want(w.Instrument == p.Instrument, place(0, "instrument"), "instrument-other")
	permits(c, p.Kinds, w.Kind, "kind")
	permits(c, p.Purposes, w.Purpose, "purpose")
	c.Want(len(w.Articles) > 0, place(0, "articles"), "articles-missing")
	for i, a := range w.Articles {
		permits(c, p.Articles, a, fmt.Sprintf("articles[%d]", i))
	}
	for i, e := range w.Scope.Effects {
		permits(c, p.Effects, e, fmt.Sprintf("scope.effects[%d]", i))
	}
	for i, d := range w.Scope.Directions {
		permits(c, p.Directions, d, fmt.Sprintf("scope.directions[%d]", i))
	}
	c.Want(int64(w.NotAfter-w.NotBefore) <= p.LongestS, place(0, "not_after"), "too-long", "max", p.LongestS)
	c.Want(p.From <= w.NotBefore, place(0, "not_before"), "law-not-yet")
	c.Want(p.Until == 0 || w.NotAfter <= p.Until, place(0, "not_after"), "law-over")
	c.Want(!p.NamedPeople || len(w.People) > 0, place(0, "people"), "people-missing")
}

// permits notes what is not in a list of the profile, with all that is.
func permits[T ~string](c *check, list []T, x T, at string) {
	if !slices.Contains(list, x) {
		c.Add(place(0, at), "not-in-profile", "what", string(x), "permitted", unmet.NamesOf(list))
	}
}

// conditions notes conditions of the instrument without a finding and evidence, and
// findings on conditions that it does not have.
func (c *check) conditions(w *Warrant, p *regime.Profile) {
	for _, id := range p.Conditions {
		i := slices.IndexFunc(w.Conditions, func(o Condition) bool { return o.ID == id })
		met := i >= 0 && paper.Says(w.Conditions[max(i, 0)].Finding) && len(w.Conditions[max(i, 0)].Evidence) > 0
		c.Want(met, place(0, "conditions"), "condition-unmet", "condition", string(id))
	}
	for i, o := range w.Conditions {
		c.Want(slices.Contains(p.Conditions, o.ID), place(0, fmt.Sprintf("conditions[%d].id", i)), "condition-unknown", "condition", string(o.ID))
	}
}

// urgent notes what the urgent path of the instrument asks for, and gives its lock.
//
// Invariant 10: an instrument without an urgent path refuses it, and a warrant that
// must be confirmed ends when it should have been. Invariant 11: it needs facts.
func (c *check) urgent(w *Warrant, u *regime.Urgent) []regime.Lock {
	if u == nil {
		c.Add(place(0, "path"), "path-none", "path", string(w.Path))
		return nil
	}
	c.Want(c.in.View.MayUrge(w.Instrument, u.Role), place(0, "path"), "urgent-issuer", "role", string(u.Role))
	if w.Urgency == nil {
		c.Add(place(0, "urgency"), "urgency-missing")
	} else {
		by := w.Urgency.ConfirmBy
		c.Want(paper.Says(w.Urgency.Facts), place(0, "urgency.facts"), "urgency-facts")
		right := by == 0
		if u.After == regime.Confirm {
			right = by == w.NotAfter && int64(by-w.NotBefore) <= u.ConfirmWithinS
		}
		c.Want(right, place(0, "urgency.confirm_by"), "confirm-by", "seconds", u.ConfirmWithinS)
	}
	return []regime.Lock{{Role: u.Role, K: u.K}}
}

// counted notes an urgent warrant beyond the third of its body and day, and one for a
// case or target of which an earlier one is not decided.
func (c *check) counted(w *Warrant) {
	if c.in.Urgents == nil {
		c.Add("urgents", "urgent-uncounted")
		return
	}
	bodies := map[paper.ID]bool{}
	for _, h := range c.signers {
		bodies[h.Body] = true
	}
	seen := map[paper.ID]map[paper.Digest]bool{}
	for i, o := range c.in.Urgents.Warrants {
		if o.Warrant == c.digests[0] {
			continue
		}
		if bodies[o.Body] && o.Day == w.NotBefore.Day() {
			if seen[o.Body] == nil {
				seen[o.Body] = map[paper.Digest]bool{}
			}
			seen[o.Body][o.Warrant] = true
		}
		again := o.Case == w.Case || slices.ContainsFunc(w.Scope.Targets, func(t Target) bool { return touches(o.Targets, t) })
		c.Want(o.Decided || !again, fmt.Sprintf("urgents[%d]", i), "urgent-undecided")
	}
	for _, list := range seen {
		c.Want(len(list) < MaxUrgentPerDay, "urgents", "urgent-too-many", "max", MaxUrgentPerDay)
	}
}

// touches says whether t and one of targets are the same thing, or one holds the other,
// whoever consented.
func touches(targets []Target, t Target) bool {
	t.Consent = ""
	return slices.ContainsFunc(targets, func(o Target) bool {
		o.Consent = ""
		return o.Holds(t) || t.Holds(o)
	})
}
