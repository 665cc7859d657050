package stage

import (
	"github.com/noroshi-acd/noroshi/authority/application"
	"github.com/noroshi-acd/noroshi/authority/paper"
)

const (
	// MostAsked is how often one member's word asks for a correction of a matter, its
	// corrections included. Further requests are the members' together.
	MostAsked = 1
	// MostCheckS is how long after the time that was asked for the check of a begun urgent
	// measure is still owed, s: what was done is not left unjudged for want of time.
	MostCheckS = 366 * 86400
)

// Last is the instant from which on r cannot be decided any more; 0: none.
func (r *Record) Last() paper.Time {
	if r.End != 0 && r.Urged != nil {
		return r.End + MostCheckS
	}
	return r.End
}

// Unanswered says whether the correction that was asked for has not come in time.
func (r *Record) Unanswered(at paper.Time) bool {
	return r.Stage == Correcting && r.Due != 0 && at >= r.Due
}

// Closing says whether nothing is left at an instant but that the machine closes r.
func (r *Record) Closing(at paper.Time) bool {
	return r.Stage.Open() && (r.Unanswered(at) || r.Last() != 0 && at >= r.Last())
}

// Correctable says whether a correction of r may be owed by an instant: neither so soon
// that the request is a refusal, nor so late that it is none.
func (r *Record) Correctable(at, due paper.Time) bool {
	first, latest := Owing(at)
	return due >= first && due <= latest && (r.Last() == 0 || due <= r.Last())
}

// Owing gives the first and the last instant by which a correction can be owed that is
// asked for at an instant.
func Owing(at paper.Time) (first, latest paper.Time) {
	return at + application.LeastCorrectionS, at + application.MostCorrectionS
}

// ask goes over to waiting for a correction.
func (r *Record) ask(a *Act, from ...Stage) bool {
	return !r.Closing(a.At) && r.Correctable(a.At, a.Due) && r.move(Correcting, a.Due, from...)
}

// shut closes r without a judgement on the matter; an urgent permit is over with it.
//
// Invariant 10: silence closes; what nobody has approved does not go on.
func (r *Record) shut(to Stage, since paper.Time) bool {
	return r.move(to, 0, Received, Correcting, Deliberating) && r.stop(since)
}

// owed is when the commission's own next step is owed; 0: by no instant.
func (r *Record) owed() paper.Time {
	switch last := r.Last(); {
	case r.Stage == Correcting:
		return 0
	case r.Stage.Open() && last != 0 && (r.Due == 0 || r.Due > last):
		return last
	}
	return r.Due
}

// Next is the next instant at which the machine has something to note or to close; 0:
// there is none. The confirmation of an urgent permit has a clock of its own.
func (r *Record) Next() paper.Time {
	switch {
	case r.Stage == Correcting:
		return r.Due
	case !r.Late && r.owed() != 0:
		return r.owed()
	case r.Stage.Open():
		return r.Last()
	}
	return 0
}
