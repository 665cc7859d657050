package seat

import (
	"slices"

	"github.com/noroshi-acd/noroshi/authority/application"
	"github.com/noroshi-acd/noroshi/authority/decision"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/internal/store"
)

// Register is what is known of people beside the trust root; *actor.Register is one. Its
// errors are fault.Permission for what is refused, and name person, duty and dates.
type Register interface {
	// Bears is nil when a person bears a role in a body at an instant.
	Bears(t *store.Tx, person, role, body paper.ID, at paper.Time) error
	// Apart is nil when a person bore no duty in a body at an instant.
	Apart(t *store.Tx, person, body paper.ID, at paper.Time) error
}

// Bench is the commission's seats: whose votes decide, and by what it is known.
type Bench struct {
	Body, Role paper.ID // the commission's, its members'
	Register   Register // nil: the trust root alone
	View       *trust.View
}

// Bears holds a person against the register, at an instant. Robots, which only a lab's root
// has, stand in none.
func (b Bench) Bears(t *store.Tx, person, role, body paper.ID, at paper.Time) error {
	if b.Register == nil || b.robot(person) {
		return nil
	}
	return b.Register.Bears(t, person, role, body, at)
}

func (b Bench) robot(person paper.ID) bool {
	return slices.ContainsFunc(b.View.Bodies(), func(o trust.Body) bool {
		return slices.ContainsFunc(o.Keys, func(k trust.Key) bool { return k.Person == person && k.Robot })
	})
}

// Asks refuses an application by who is on the bench that decides on it, by who bears no
// duty that would let him ask, and by who bears it no more.
//
// Invariant 12, Invariant 13: who asks is named, in office, and does not decide.
func (b Bench) Asks(t *store.Tx, by application.Applicant, at paper.Time) error {
	for _, o := range b.View.Bodies() {
		for _, k := range o.Keys {
			if o.ID == b.Body && k.Person == by.Person && slices.Contains(k.Roles, b.Role) && k.From <= at && at < k.Until {
				return wrong("asks-and-decides", "person", string(by.Person), "role", string(b.Role), "body", string(o.ID), "from", k.From.String(), "until", k.Until.String())
			}
		}
	}
	return b.Bears(t, by.Person, by.Role, by.Body, at)
}

// Judges refuses a member who does not sit on the bench at an instant, who has asked for
// what is decided, who is to act under it, or who was of the body that asks when it did.
//
// Invariant 12, Invariant 13: who decides is named, in office, and has not asked.
func (b Bench) Judges(t *store.Tx, a *application.Application, member paper.ID, at paper.Time) error {
	if a.Applicant.Person == member {
		return wrong("asked", "person", string(member), "role", string(a.Applicant.Role), "body", string(a.Applicant.Body), "at", a.At.String())
	}
	for _, p := range a.People {
		if p.Person == member {
			return wrong("acts", "person", string(member), "role", string(p.Duty), "until", p.Until.String())
		}
	}
	if b.Register == nil || b.robot(member) {
		return nil
	}
	if err := b.Register.Apart(t, member, a.Applicant.Body, a.At); err != nil {
		return err
	}
	return b.Register.Bears(t, member, b.Role, b.Body, at)
}

// Votes refuses the vote of one who may not judge a matter; who recuses himself need only
// sit on the bench.
func (b Bench) Votes(t *store.Tx, a *application.Application, v *decision.Vote, at paper.Time) error {
	if v.Position == decision.Recuse {
		return b.Bears(t, v.Member, b.Role, b.Body, at)
	}
	return b.Judges(t, a, v.Member, at)
}

// Signed says whether a person of a body, in a role at an instant, has signed e.
func Signed(view *trust.View, e *paper.Envelope, role, person, body paper.ID, at paper.Time) bool {
	return slices.ContainsFunc(view.Signed(e, role, at), func(h trust.Holder) bool { return h.Person == person && h.Body == body })
}

// Signs refuses the signatures of a warrant, a suspension or a revocation of a matter: each
// person signs for one lock, bears its role in that body at the instant, and members who
// sign may judge it; who has voted on it signs for no other body.
//
// Invariant 13: two locks are two people in two bodies; nobody holds both, one after the
// other neither.
func (b Bench) Signs(t *store.Tx, e *paper.Envelope, a *application.Application, locks []regime.Lock, voted []paper.ID, at paper.Time) error {
	first := map[paper.ID]signer{}
	for _, l := range locks {
		for _, s := range b.signers(e, l.Role) {
			other, twice := first[s.Person]
			switch {
			case twice && (other.body != s.body || other.role != s.role):
				return wrong("two-locks", "person", string(s.Person), "role", string(s.role), "body", string(s.body), "other", string(other.role), "there", string(other.body), "from", s.From.String(), "until", s.Until.String())
			case s.body != b.Body && slices.Contains(voted, s.Person):
				return wrong("voted", "person", string(s.Person), "role", string(s.role), "body", string(s.body), "from", s.From.String(), "until", s.Until.String())
			}
			first[s.Person] = s
			err := error(nil)
			if s.body == b.Body && s.role == b.Role {
				err = b.Judges(t, a, s.Person, at)
			} else {
				err = b.Bears(t, s.Person, s.role, s.body, at)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// signer is a key of the trust root that has signed in a role.
type signer struct {
	trust.Key
	body, role paper.ID
}

// signers gives all whose keys have signed e and bear a role at any time.
func (b Bench) signers(e *paper.Envelope, role paper.ID) []signer {
	var all []signer
	var keys []paper.PublicKey
	for _, o := range b.View.Bodies() {
		for _, k := range o.Keys {
			if slices.Contains(k.Roles, role) {
				all, keys = append(all, signer{k, o.ID, role}), append(keys, k.Key)
			}
		}
	}
	signed := paper.Signers(e, keys)
	return slices.DeleteFunc(all, func(s signer) bool { return !slices.ContainsFunc(signed, s.Key.Key.Same) })
}

// wrong makes the house's error of a sentence of area seat, with its hint.
func wrong(key string, args ...any) error {
	return fault.Said(fault.Error{Kind: fault.Permission, Place: fault.Place{Offset: -1, Field: "person"}}, i18n.Both("seat.op"),
		i18n.Both("seat.wrong."+key, args...), i18n.Both("seat.hint."+key, args...))
}
