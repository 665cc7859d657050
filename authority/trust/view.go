package trust

import (
	"errors"
	"slices"
	"time"

	"github.com/noroshi-acd/noroshi/authority/paper"
)

// View is the trust that holds at an instant. It does not change and may be shared.
// Nobody but the signers named in the package comment can change what it says; who
// withholds a version or a list from us is found out by the liveness, which names
// [View.Digest].
type View struct {
	root       Root
	rootDigest paper.Digest
	digest     paper.Digest
	at         paper.Time
	recovered  bool
	start      paper.Time
	left       []Unmet
	pending    []Pending
	keys       map[paper.KeyID]held
}

type held struct {
	key  Key
	body paper.ID
}

// New is [Follow] for papers of which no record is known: all are judged at the instant
// itself. Where a version was recovered or changes powers, or a signer has retired since,
// that is not enough.
func New(roots, lists []*paper.Envelope, pinned paper.Digest, at time.Time) (*View, []Unmet) {
	return Follow(History{Roots: roots, Lists: lists, Pinned: pinned}, at)
}

// Kind is the kind of root.
func (v *View) Kind() Kind { return v.root.Kind }

// Name is the name of the root's lineage.
func (v *View) Name() paper.ID { return v.root.Name }

// Version is the number of the root version in force.
func (v *View) Version() int64 { return v.root.Version }

// RootDigest is the fingerprint of the root version in force.
func (v *View) RootDigest() paper.Digest { return v.rootDigest }

// Digest covers all that the view rests on: the root version and every body's list.
func (v *View) Digest() paper.Digest { return v.digest }

// At is the instant of the view.
func (v *View) At() paper.Time { return v.at }

// Expires is the first instant at which the root is over.
func (v *View) Expires() paper.Time { return v.root.Expires }

// Recovered says whether the version in force came by the ceremony for lost keys.
func (v *View) Recovered() bool { return v.recovered }

// Start is when the version in force took effect.
func (v *View) Start() paper.Time { return v.start }

// LeftOut says which papers were left out because those whose word they would be have
// not signed them, or have withdrawn it; places are those of the history. They change
// nothing, and a reader is to be told of them.
func (v *View) LeftOut() []Unmet { return slices.Clone(v.left) }

// Pending gives the versions that are announced and do not count yet, the next first.
func (v *View) Pending() []Pending { return slices.Clone(v.pending) }

// Root is the version in force, its bodies' keys as their lists now have them. The
// caller MUST NOT change its lists.
func (v *View) Root() Root { return v.root }

// Witnesses is the witness quorum.
func (v *View) Witnesses() Policy {
	p := v.root.Witnesses
	p.Keys = slices.Clone(p.Keys)
	return p
}

// Log gives the log of an origin.
func (v *View) Log(origin string) (Log, bool) {
	i := slices.IndexFunc(v.root.Logs, func(g Log) bool { return g.Origin == origin })
	if i < 0 {
		return Log{}, false
	}
	return v.root.Logs[i], true
}

// Logs gives all logs.
func (v *View) Logs() []Log { return slices.Clone(v.root.Logs) }

// Bodies gives the bodies with their lists in force. The caller MUST NOT change them.
func (v *View) Bodies() []Body { return v.root.Bodies }

// Body gives one body.
func (v *View) Body(id paper.ID) (Body, bool) {
	if b := bodyOf(v.root.Bodies, id); b != nil {
		return *b, true
	}
	return Body{}, false
}

// Holder gives who holds the key and bears the role at an instant.
func (v *View) Holder(id paper.KeyID, role paper.ID, at paper.Time) (Holder, bool) {
	h, ok := v.keys[id]
	if !ok || at < h.key.From || at >= h.key.Until || !slices.Contains(h.key.Roles, role) {
		return Holder{}, false
	}
	return Holder{Key: h.key.Key, Person: h.key.Person, Body: h.body, Robot: h.key.Robot}, true
}

// Keys gives all who bear the role at an instant.
func (v *View) Keys(role paper.ID, at paper.Time) []Holder {
	var list []Holder
	for _, b := range v.root.Bodies {
		for _, k := range b.Keys {
			if h, ok := v.Holder(k.Key.ID(), role, at); ok {
				list = append(list, h)
			}
		}
	}
	return list
}

// Signed gives who of the bearers of role at an instant has signed e, and in which
// body. Each key counts once.
func (v *View) Signed(e *paper.Envelope, role paper.ID, at paper.Time) []Holder {
	var bearers []Holder
	var keys []paper.PublicKey
	for _, s := range e.Signatures[:min(len(e.Signatures), paper.MaxSignatures)] {
		if h, ok := v.Holder(s.KeyID, role, at); ok {
			bearers, keys = append(bearers, h), append(keys, h.Key)
		}
	}
	signed := paper.Signers(e, keys)
	return slices.DeleteFunc(bearers, func(h Holder) bool {
		return !slices.ContainsFunc(signed, h.Key.Same)
	})
}

// MayUrge says whether the root lets the role use the urgent path of the instrument.
func (v *View) MayUrge(instrument, role paper.ID) bool {
	return slices.Contains(v.root.Urgent, UrgentIssuer{Instrument: instrument, Role: role})
}

// Errors of [View.Profile].
var (
	ErrProfileUnknown  = errors.New("the root does not name this profile")
	ErrProfileNotYet   = errors.New("this profile is not yet in force")
	ErrProfileReplaced = errors.New("this profile is no longer in force")
)

// Profile says whether the profile is in force at an instant; nil when it is.
//
// Invariant 30: the rules in force are those that the root lists by their digest.
func (v *View) Profile(digest paper.Digest, at paper.Time) error {
	err := ErrProfileUnknown
	for _, p := range v.root.Profiles {
		if p.Digest != digest {
			continue
		}
		if inForce(v.root.Profiles, p, at) {
			return nil
		}
		if err = ErrProfileReplaced; at < p.From {
			err = ErrProfileNotYet
		}
	}
	return err
}

// inForce: a profile ends when it says so, else when the next of its instrument begins.
func inForce(all []ProfileEntry, p ProfileEntry, at paper.Time) bool {
	if at < p.From || p.Until != 0 && at >= p.Until {
		return false
	}
	return p.Until != 0 || !slices.ContainsFunc(all, func(o ProfileEntry) bool {
		return o.Instrument == p.Instrument && o.From > p.From && o.From <= at
	})
}
