package rules

import (
	"fmt"
	"slices"
)

// Mode is how the state may act at all.
type Mode string

// The modes.
const (
	Order     Mode = "order"     // a person in charge orders in writing
	Approval  Mode = "approval"  // somebody independent approves first
	Immediate Mode = "immediate" // at once, told or confirmed afterwards
)

// Check says whether m is a mode.
func (m Mode) Check() error { return among("mode", m, Order, Approval, Immediate) }

// Status is what the instrument is today.
type Status string

// The statuses. Effective dates decide about a request; the status is for people, save
// that a comparison and a repealed instrument permit nothing.
const (
	InForce    Status = "in-force"
	NotInForce Status = "not-in-force"
	Unverified Status = "unverified"
	Comparison Status = "comparison"
	Repealed   Status = "repealed"
)

// Check says whether s is a status.
func (s Status) Check() error {
	return among("status", s, InForce, NotInForce, Unverified, Comparison, Repealed)
}

// Standard is what a lock's holders decide by.
type Standard string

// The standards.
const (
	Merits         Standard = "merits"         // whether it should be done
	Legality       Standard = "legality"       // whether it may be done
	Reasonableness Standard = "reasonableness" // whether the conclusions before them were reasonable
	JR             Standard = "jr"             // the principles of judicial review
	Consents       Standard = "consent"        // whether they want it: the party itself
)

// Check says whether s is a standard.
func (s Standard) Check() error {
	return among("standard", s, Merits, Legality, Reasonableness, JR, Consents)
}

// Asks is what another body is asked for before the decision.
type Asks string

// What a body is asked for.
const (
	Consult Asks = "consult" // heard; its answer does not bind
	Consent Asks = "consent" // it must agree
	Notify  Asks = "notify"  // it must have been told
)

// Check says whether a is one of them.
func (a Asks) Check() error { return among("consultation", a, Consult, Consent, Notify) }

// Outcome is what came of asking.
type Outcome string

// The outcomes of a consultation.
const (
	Agreed   Outcome = "agreed"
	Objected Outcome = "objected"
	Heard    Outcome = "heard"    // it spoke and took no side
	Told     Outcome = "notified" // it was told
)

// Check says whether o is an outcome.
func (o Outcome) Check() error { return among("outcome", o, Agreed, Objected, Heard, Told) }

// After is what follows an urgent act.
type After string

// What follows.
const (
	PromptNotice After = "prompt-notice"
	Confirm      After = "confirm"
)

// Check says whether a is one of them.
func (a After) Check() error { return among("what follows", a, PromptNotice, Confirm) }

// OnRefusal is what a refusal afterwards, or silence until the end of the clock, does.
type OnRefusal string

// What a refusal does; each stops what runs.
const (
	Stop        OnRefusal = "stop"
	Erase       OnRefusal = "erase"        // and what was obtained is erased at once
	JudgeOrders OnRefusal = "judge-orders" // and what was obtained is sealed until the judge has ordered
)

// Check says whether o is one of them.
func (o OnRefusal) Check() error { return among("refusal's effect", o, Stop, Erase, JudgeOrders) }

// OtherUse is what another purpose needs than the one that data were obtained for.
type OtherUse string

// What another use needs.
const (
	WithConsent  OtherUse = "consent"
	WithApproval OtherUse = "approval"
	Never        OtherUse = "never"
)

// Check says whether o is one of them.
func (o OtherUse) Check() error {
	return among("rule of other use", o, WithConsent, WithApproval, Never)
}

// Path is how a permission comes about.
type Path string

// The paths.
const (
	Ordinary Path = "ordinary"
	Urgently Path = "urgent"
)

// Check says whether p is a path.
func (p Path) Check() error { return among("path", p, Ordinary, Urgently) }

// ConditionKind is what kind of finding meets a condition.
type ConditionKind string

// The kinds of condition.
const (
	FactKind       ConditionKind = "fact"        // something is so, found with reasons
	TextKind       ConditionKind = "text"        // something is set out in words
	NumberKind     ConditionKind = "number"      // a number within limits
	AttachmentKind ConditionKind = "attachment"  // evidence of a class is there
	RiskKind       ConditionKind = "graded-risk" // each risk has a grade
)

// Check says whether k is a kind of condition.
func (k ConditionKind) Check() error {
	return among("kind of condition", k, FactKind, TextKind, NumberKind, AttachmentKind, RiskKind)
}

// Grade is how great a risk is: 0 not graded, then low to high.
type Grade int64

// The grades.
const (
	Ungraded Grade = iota
	Low
	Medium
	High
)

// Check says whether g is a grade.
func (g Grade) Check() error {
	if g < Ungraded || g > High {
		return fmt.Errorf("%d is no grade: 1 low, 2 medium, 3 high", g)
	}
	return nil
}

// Unit is what a span of time is counted in.
type Unit string

// The units. A working day and a working hour need the calendar of the instrument.
const (
	Second      Unit = "s"
	Hour        Unit = "h"
	Day         Unit = "day" // 24 hours
	WorkingHour Unit = "working_hour"
	WorkingDay  Unit = "working_day" // to the end of the nth working day after the day of the event
)

// Check says whether u is a unit.
func (u Unit) Check() error { return among("unit", u, Second, Hour, Day, WorkingHour, WorkingDay) }

// Working says whether u needs a calendar.
func (u Unit) Working() bool { return u == WorkingHour || u == WorkingDay }

// Event is what a clock starts from.
type Event string

// The events.
const (
	Asked     Event = "asked"      // the application came in
	Decided   Event = "decided"    // the last lock opened
	Began     Event = "began"      // the permission began; of an urgent act: it was given
	Obtained  Event = "obtained"   // data were obtained
	Selected  Event = "selected"   // they were selected
	Refused   Event = "refused"    // confirmation was refused
	Ended     Event = "ended"      // the permission ended, by itself or before its time
	Acted     Event = "acted"      // the act was done
	Breached  Event = "breached"   // an error or a breach was found
	YearEnded Event = "year-ended" // the reporting year ended
)

// Check says whether e is an event.
func (e Event) Check() error {
	return among("event", e, Asked, Decided, Began, Obtained, Selected, Refused, Ended, Acted, Breached, YearEnded)
}

func among[T ~string](what string, v T, all ...T) error {
	if !slices.Contains(all, v) {
		return fmt.Errorf("%q is no %s: %q", string(v), what, all)
	}
	return nil
}
