package warrant

import (
	"errors"
	"slices"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/unmet"
)

// The payload types of what ends a warrant early.
const (
	SuspensionType = "application/vnd.noroshi.suspension+json"
	RevocationType = "application/vnd.noroshi.revocation+json"
)

// MaxSuspensionS is how long one member can suspend, s.
const MaxSuspensionS = 86400

// Suspension is one member's word that a warrant rests for a while.
type Suspension struct {
	At      paper.Time   `json:"at"`
	Reason  string       `json:"reason"`
	Until   paper.Time   `json:"until"` // at most 24 h after At
	Warrant paper.Digest `json:"warrant"`
}

// Revocation is the lock's word that a warrant is over.
type Revocation struct {
	At      paper.Time   `json:"at"`
	Reason  string       `json:"reason"`
	Warrant paper.Digest `json:"warrant"`
}

// Stop is a suspension or revocation whose signatures were found right. Only
// [VerifyStop] makes one.
type Stop struct {
	warrant   paper.Digest
	at, until paper.Time // until 0: for good
}

// Check says whether s can be followed.
func (s Suspension) Check() error {
	if s.Until <= s.At || s.Until-s.At > MaxSuspensionS {
		return errors.New("one member suspends for at most 24 hours")
	}
	return reasoned(s.Reason)
}

// Check says whether r can be followed.
func (r Revocation) Check() error { return reasoned(r.Reason) }

func reasoned(reason string) error {
	if !paper.Says(reason) {
		return errors.New("a reason must be given")
	}
	return nil
}

// Warrant is the digest of the warrant that is stopped.
func (s *Stop) Warrant() paper.Digest { return s.warrant }

// Until is when a suspension is over; 0 for a revocation.
func (s *Stop) Until() paper.Time { return s.until }

// VerifyStop checks the signatures of a suspension (one member) or a revocation (as
// many as the lock has) against the locks of the warrant's profile whose holders are
// of the body that keeps the log of decisions: who gives can take.
func VerifyStop(e *paper.Envelope, view *trust.View, profile *regime.Profile) (*Stop, []Unmet) {
	return verifyStop(e, view, profile)
}

// VerifyStopOn is [VerifyStop] for who takes the paper in at an instant: who has signed it
// must hold the lock then too, or who has left could write an earlier instant.
//
// Invariant 13: what ends a warrant counts from its record, and so do its signatures.
func VerifyStopOn(e *paper.Envelope, view *trust.View, profile *regime.Profile, recorded paper.Time) (*Stop, []Unmet) {
	return verifyStop(e, view, profile, recorded)
}

func verifyStop(e *paper.Envelope, view *trust.View, profile *regime.Profile, also ...paper.Time) (*Stop, []Unmet) {
	var l unmet.List
	var suspension Suspension
	var revocation Revocation
	stop := &Stop{}
	switch {
	case e.Open(SuspensionType, &suspension) == nil:
		stop.warrant, stop.at, stop.until = suspension.Warrant, suspension.At, suspension.Until
	default:
		if err := e.Open(RevocationType, &revocation); err != nil {
			l.Add("stop", "paper", "why", err.Error())
			return nil, l
		}
		stop.warrant, stop.at = revocation.Warrant, revocation.At
	}
	opened := slices.ContainsFunc(profile.Locks, func(k regime.Lock) bool {
		need := k.K
		if stop.until != 0 {
			need = 1
		}
		return members(e, view, k.Role, stop.at, also...) >= need
	})
	l.Want(opened, "stop.signatures", "stop-signatures")
	if len(l) > 0 {
		return nil, l
	}
	return stop, nil
}

// members counts the persons with the role, of a body that keeps decisions, who have
// signed e and hold it at all the instants.
func members(e *paper.Envelope, view *trust.View, role paper.ID, at paper.Time, also ...paper.Time) int {
	persons := map[paper.ID]bool{}
	for _, h := range view.Signed(e, role, at) {
		if slices.ContainsFunc(also, func(a paper.Time) bool { _, ok := view.Holder(h.Key.ID(), role, a); return !ok }) {
			continue
		}
		if slices.ContainsFunc(view.Logs(), func(g trust.Log) bool { return g.Duty == trust.Decisions && g.Body == h.Body }) {
			persons[h.Person] = true
		}
	}
	return len(persons)
}
