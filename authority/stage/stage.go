package stage

import (
	"slices"

	"github.com/noroshi-acd/noroshi/authority/decision"
	"github.com/noroshi-acd/noroshi/authority/paper"
)

// Stage is how far an application has come.
type Stage string

// The stages.
const (
	Received     Stage = "received"     // complete by the machine; nobody has voted
	Incomplete   Stage = "incomplete"   // refused by the machine
	Correcting   Stage = "correcting"   // the commission has asked for correction (補正の求め)
	Corrected    Stage = "corrected"    // another application stands in its place
	Withdrawn    Stage = "withdrawn"    // by the applicant
	Deliberating Stage = "deliberating" // a member has voted
	Approved     Stage = "approved"
	Partial      Stage = "partly-approved"
	Refused      Stage = "refused"
	Uncorrected  Stage = "uncorrected" // closed: the correction that was asked for did not come (却下)
	Expired      Stage = "expired"     // closed: its time was over before it was decided
)

// Stages lists all stages.
func Stages() []Stage {
	return []Stage{Received, Incomplete, Correcting, Corrected, Withdrawn, Deliberating, Approved, Partial, Refused, Uncorrected, Expired}
}

// Open says whether an application at s is still to be decided.
func (s Stage) Open() bool { return s == Received || s == Correcting || s == Deliberating }

// Granted says whether something was approved.
func (s Stage) Granted() bool { return s == Approved || s == Partial }

// Ending is why a permit is over before its time.
type Ending string

// The endings.
const (
	Revoked     Ending = "revoked"     // by its lock
	Renewed     Ending = "renewed"     // another warrant goes on in its place
	NotApproved Ending = "refused"     // an urgent one, by the check afterwards
	Lapsed      Ending = "unconfirmed" // an urgent one, that was not confirmed in time
)

// Permit is a warrant that was issued.
type Permit struct {
	Ended     paper.Time   `json:"ended,omitempty"` // from when on it is over; 0: it is not, but by Until
	Ending    Ending       `json:"ending,omitempty"`
	From      paper.Time   `json:"from"`
	Index     int64        `json:"index"`               // of its entry in the log of decisions
	Suspended paper.Time   `json:"suspended,omitempty"` // until
	Until     paper.Time   `json:"until"`
	Warrant   paper.Digest `json:"warrant"`
}

// State is how a permit stands at an instant.
type State string

// The states of a permit.
const (
	Issued    State = "issued" // not begun yet
	Live      State = "live"
	Suspended State = "suspended"
	Over      State = "over" // its time is over; before it, an ending is a state too
)

// At says how p stands at an instant.
func (p *Permit) At(at paper.Time) State {
	switch {
	case p.Ending != "" && at >= p.Ended:
		return State(p.Ending)
	case at >= p.Until:
		return Over
	case at < p.Suspended:
		return Suspended
	case at < p.From:
		return Issued
	}
	return Live
}

// Record is what is known of one application's life.
type Record struct {
	Asked   int64      `json:"asked,omitempty"`   // requests for correction on one member's word, those of what it corrects among them
	Confirm paper.Time `json:"confirm,omitempty"` // by when an urgent permit must be confirmed, where it must
	Due     paper.Time `json:"due,omitempty"`     // by when the next step is owed; 0: by no instant
	End     paper.Time `json:"end,omitempty"`     // of the time that is asked for; 0: none
	Late    bool       `json:"late,omitempty"`    // it was not done in time, and that was recorded
	Ordered *Permit    `json:"ordered,omitempty"` // the warrant of the ordinary path
	Stage   Stage      `json:"stage"`
	Urged   *Permit    `json:"urged,omitempty"` // the urgent warrant
	Urgent  bool       `json:"urgent,omitempty"`
	Whole   paper.Time `json:"whole,omitempty"` // by when the whole body must take up what those on call granted; 0: nothing is to be taken up
}

// Kind is a kind of act.
type Kind string

// The kinds of act.
const (
	Refuse     Kind = "refuse-incomplete"
	AskCorrect Kind = "ask-correction"
	Correct    Kind = "correct"
	Withdraw   Kind = "withdraw"
	Vote       Kind = "vote"
	Decide     Kind = "decide"
	Issue      Kind = "issue"
	IssueUrged Kind = "issue-urgent"
	Suspend    Kind = "suspend"
	Revoke     Kind = "revoke"
	Renew      Kind = "renew"
	Overdue    Kind = "overdue"
	Lapse      Kind = "lapse"
	Close      Kind = "close"  // by machine: the correction did not come
	Expire     Kind = "expire" // by machine: the time is over
)

// Kinds lists all kinds of act.
func Kinds() []Kind {
	return []Kind{Refuse, AskCorrect, Correct, Withdraw, Vote, Decide, Issue, IssueUrged, Suspend, Revoke, Renew, Overdue, Lapse, Close, Expire}
}

// Act is what is to be done.
type Act struct {
	At      paper.Time        `json:"at"`
	Due     paper.Time        `json:"due,omitempty"` // with AskCorrect and a Decide of Correct; with IssueUrged: of the confirmation
	Kind    Kind              `json:"kind"`
	Outcome decision.Position `json:"outcome,omitempty"` // with Decide
	Permit  Permit            `json:"permit"`            // with Issue
	Until   paper.Time        `json:"until,omitempty"`   // with Suspend; with Renew: when the other begins
	Warrant paper.Digest      `json:"warrant,omitempty"` // with Suspend, Revoke, Renew
	Whole   paper.Time        `json:"whole,omitempty"`   // with a Decide of those on call: by when the whole body takes it up
}

// Step gives the record after an act; ok is false, and the record as it was, when the
// act is not possible.
//
// Invariant 10: an urgent permit that is refused by the check, whole or in part, or not
// confirmed by its instant, is over from then on.
func Step(r Record, a Act) (next Record, ok bool) {
	f := table()[a.Kind]
	if f == nil {
		return r, false
	}
	next = r.clone()
	if !f(&next, &a) {
		return r, false
	}
	return next, true
}

func (r Record) clone() Record {
	for _, p := range []**Permit{&r.Ordered, &r.Urged} {
		if *p != nil {
			c := **p
			*p = &c
		}
	}
	return r
}

// table gives what each act asks for and does.
func table() map[Kind]func(*Record, *Act) bool {
	return map[Kind]func(*Record, *Act) bool{
		Refuse: func(r *Record, _ *Act) bool { return r.Urged == nil && r.move(Incomplete, 0, Received) },
		AskCorrect: func(r *Record, a *Act) bool {
			ok := r.Asked < MostAsked && r.ask(a, Received, Deliberating)
			r.Asked++
			return ok
		},
		Correct: func(r *Record, a *Act) bool { // an urgent permit goes over to the corrected application
			return !r.Closing(a.At) && r.move(Corrected, 0, Received, Correcting, Deliberating) && r.leave()
		},
		Withdraw: func(r *Record, a *Act) bool {
			return !r.Closing(a.At) && r.move(Withdrawn, 0, Received, Correcting, Deliberating) && r.stop(a.At)
		},
		Vote: func(r *Record, a *Act) bool {
			return r.Pending(a.At) || !r.Closing(a.At) && r.move(Deliberating, r.Due, Received, Deliberating)
		},
		Decide:     decide,
		Issue:      issue,
		IssueUrged: urge,
		Suspend:    suspend,
		Revoke:     func(r *Record, a *Act) bool { return r.end(a, Revoked, a.At) },
		Renew:      func(r *Record, a *Act) bool { return r.end(a, Renewed, a.Until) },
		Overdue:    overdue,
		Lapse:      lapse,
		TakeUp:     takeUp,
		LapseWhole: lapseWhole,
		Close:      func(r *Record, a *Act) bool { return r.Unanswered(a.At) && r.shut(Uncorrected, r.Due) },
		Expire: func(r *Record, a *Act) bool {
			return r.Stage != Correcting && r.Closing(a.At) && r.shut(Expired, r.Last())
		},
	}
}

// move goes to a stage from one of others; the clock of the stage before is over.
func (r *Record) move(to Stage, due paper.Time, from ...Stage) bool {
	if !slices.Contains(from, r.Stage) {
		return false
	}
	if r.Stage != to && (due != r.Due || !to.Open()) {
		r.Due, r.Late = due, false
	}
	r.Stage = to
	return true
}

func (r *Record) leave() bool {
	r.Urged, r.Confirm = nil, 0
	return true
}

// stop ends an urgent permit that nobody has approved.
func (r *Record) stop(at paper.Time) bool {
	if r.Urged != nil && r.Urged.Ending == "" {
		r.Urged.Ending, r.Urged.Ended = NotApproved, at
	}
	return true
}

func decide(r *Record, a *Act) bool {
	if r.Stage != Deliberating || r.Closing(a.At) {
		return false
	}
	switch a.Outcome {
	case decision.Approve:
		if a.Whole != 0 && a.Whole <= a.At {
			return false
		}
		r.Whole = a.Whole
		return r.move(Approved, 0, Deliberating)
	case decision.Partial:
		// The urgent permit was for more: what goes on needs the warrant of the decision.
		return r.move(Partial, 0, Deliberating) && r.stop(a.At)
	case decision.Refuse:
		return r.move(Refused, 0, Deliberating) && r.stop(a.At)
	case decision.Correct:
		return r.ask(a, Deliberating) // the members' word together: as often as they say it
	}
	return false
}

func issue(r *Record, a *Act) bool {
	if !r.Stage.Granted() || r.Ordered != nil || !a.Permit.fresh(a.At) {
		return false
	}
	p := a.Permit
	r.Ordered = &p
	return true
}

// urge takes an urgent warrant for an application of the urgent path that is not decided.
func urge(r *Record, a *Act) bool {
	if !r.Urgent || !r.Stage.Open() || r.Closing(a.At) || r.Urged != nil || !a.Permit.fresh(a.At) {
		return false
	}
	p := a.Permit
	r.Urged, r.Confirm = &p, a.Due
	return true
}

// fresh says whether a permit is new and not over.
func (p *Permit) fresh(at paper.Time) bool {
	return p.Warrant != "" && p.From < p.Until && at < p.Until && p.Ending == "" && p.Ended == 0 && p.Suspended == 0
}

// running gives the permit that an act names when it is not over.
func (r *Record) running(a *Act) *Permit {
	for _, p := range []*Permit{r.Ordered, r.Urged} {
		if p != nil && p.Warrant == a.Warrant && p.Ending == "" && a.At < p.Until {
			return p
		}
	}
	return nil
}

func suspend(r *Record, a *Act) bool {
	p := r.running(a)
	if p == nil || a.Until <= a.At {
		return false
	}
	p.Suspended = max(p.Suspended, a.Until)
	return true
}

// end puts an end to a permit, at once or from an instant of the future.
func (r *Record) end(a *Act, why Ending, at paper.Time) bool {
	p := r.running(a)
	if p == nil && why == Revoked { // one that is to be renewed can still be revoked before
		for _, o := range []*Permit{r.Ordered, r.Urged} {
			if o != nil && o.Warrant == a.Warrant && o.Ending == Renewed && a.At < min(o.Ended, o.Until) {
				p = o
			}
		}
	}
	if p == nil || at < a.At {
		return false
	}
	p.Ending, p.Ended = why, at
	return true
}

// overdue notes that the commission's own step is late. A correction is owed by the
// applicant: that it does not come closes the application.
func overdue(r *Record, a *Act) bool {
	due := r.owed()
	if due == 0 || a.At < due || r.Late {
		return false
	}
	r.Late = true
	return true
}

func lapse(r *Record, a *Act) bool {
	if r.Urged == nil || r.Confirm == 0 || a.At < r.Confirm || !r.Stage.Open() || r.Urged.Ending != "" {
		return false
	}
	r.Urged.Ending, r.Urged.Ended = Lapsed, r.Confirm
	return true
}
