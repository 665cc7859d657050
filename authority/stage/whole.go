package stage

import (
	"github.com/noroshi-acd/noroshi/authority/decision"
	"github.com/noroshi-acd/noroshi/authority/paper"
)

// What becomes of a decision of those on call. They are in no list of [Kinds]: without
// such a decision they are never possible.
const (
	TakeUp     Kind = "take-up"     // the whole body decides what those on call have decided
	LapseWhole Kind = "lapse-whole" // it has not in time
)

// Pending says whether the whole body has still to take up what those on call decided.
func (r *Record) Pending(at paper.Time) bool {
	return r.Whole != 0 && at < r.Whole && r.Stage.Granted()
}

// halt ends both permits at an instant.
func (r *Record) halt(why Ending, at paper.Time) {
	for _, p := range []*Permit{r.Ordered, r.Urged} {
		if p != nil && (p.Ending == "" || p.Ended > at) {
			p.Ending, p.Ended = why, at
		}
	}
}

// takeUp lets the whole body confirm, take apart or refuse what those on call granted.
func takeUp(r *Record, a *Act) bool {
	if !r.Pending(a.At) {
		return false
	}
	switch a.Outcome {
	case decision.Approve:
	case decision.Partial: // what goes on needs a warrant of the new decision
		r.halt(NotApproved, a.At)
		r.Stage, r.Ordered = Partial, nil
	case decision.Refuse:
		r.halt(NotApproved, a.At)
		r.Stage = Refused
	default:
		return false
	}
	r.Whole = 0
	return true
}

// lapseWhole ends what the whole body has not taken up in time.
//
// Invariant 10: silence ends what few have granted in haste.
func lapseWhole(r *Record, a *Act) bool {
	if r.Whole == 0 || a.At < r.Whole || !r.Stage.Granted() {
		return false
	}
	r.halt(Lapsed, r.Whole)
	r.Stage, r.Whole = Expired, 0
	return true
}
