package warrant

import (
	"slices"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/unmet"
)

// locks notes each lock that the signatures of e do not open, by the roles that the
// keys bore at an instant, and gives who opened them, and all who signed for one.
//
// Invariant 13: two locks are two people in two bodies. What would count in two locks
// (a key, a person, a body) counts in none of them.
func locks(l *unmet.List, place string, e *paper.Envelope, view *trust.View, want []regime.Lock, at paper.Time) (opened, all []trust.Holder) {
	signed := make([][]trust.Holder, len(want))
	for i, lock := range want {
		signed[i] = view.Signed(e, lock.Role, at)
		all = append(all, signed[i]...)
	}
	for i, lock := range want {
		persons := map[paper.ID]bool{}
		for _, h := range signed[i] {
			switch {
			case elsewhere(signed, i, func(o trust.Holder) bool { return o.Person == h.Person }):
				l.Add(place, "person-in-two-locks", "person", string(h.Person), "role", string(lock.Role))
			case elsewhere(signed, i, func(o trust.Holder) bool { return o.Body == h.Body }):
				l.Add(place, "body-in-two-locks", "body", string(h.Body), "role", string(lock.Role))
			default:
				persons[h.Person] = true
				opened = append(opened, h)
			}
		}
		l.Want(len(persons) >= lock.K, place, "lock", "role", string(lock.Role), "k", lock.K, "n", len(persons))
	}
	return opened, all
}

// elsewhere says whether a signer of another lock is like the one asked for. One key
// is one person's, so keys need no look of their own.
func elsewhere(signed [][]trust.Holder, here int, like func(trust.Holder) bool) bool {
	for i, list := range signed {
		if i != here && slices.ContainsFunc(list, like) {
			return true
		}
	}
	return false
}

// ownHand notes holders who have signed the first warrant's locks themselves, with the
// key that they hold the warrant with or another one of the same person.
func (c *check) ownHand(signed []trust.Holder) {
	for i, w := range c.warrants {
		person := c.person(w.Holder)
		for _, h := range signed {
			c.Want(!h.Key.Same(w.Holder) && (person == "" || h.Person != person), place(i, "holder"), "holder-signed", "person", string(h.Person))
		}
	}
}

// person is whose key it is by the root, "" when the root does not know it.
func (c *check) person(k paper.PublicKey) paper.ID {
	for _, b := range c.in.View.Bodies() {
		for _, o := range b.Keys {
			if o.Key.Same(k) {
				return o.Person
			}
		}
	}
	return ""
}
