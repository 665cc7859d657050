package actor

import (
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Forever is an end that is not set yet: the last instant that a paper can name.
const Forever paper.Time = 253402300799

// Body is a party: an agency, a carrier, the commission.
type Body struct {
	ID           paper.ID    `json:"id"`
	Jurisdiction paper.ID    `json:"jurisdiction"`
	Name         paper.Words `json:"name"`
	From         paper.Time  `json:"from"`
	Until        paper.Time  `json:"until"` // the first instant at which it is over; Forever: no end set
}

// Person is one human being, by the same id as in the trust root.
type Person struct {
	ID   paper.ID    `json:"id"`
	Name paper.Words `json:"name"`
}

// Duty is what a person bears in a body from From until Until.
type Duty struct {
	Number int64      `json:"number"` // the register's own, from 1
	Body   paper.ID   `json:"body"`
	Person paper.ID   `json:"person"`
	Role   paper.ID   `json:"role"`  // as in the trust root and the regimes: "commission-member"
	From   paper.Time `json:"from"`  // 0 when asked for: from now
	Until  paper.Time `json:"until"` // the first instant at which it is over; Forever: no end set
	Act    string     `json:"act"`   // by what it was given: the order of appointment
}

// Training is what a person has passed and for how long it counts.
type Training struct {
	Number int64      `json:"number"`
	Person paper.ID   `json:"person"`
	Name   paper.ID   `json:"name"`
	From   paper.Time `json:"from"` // 0 when asked for: from now
	Until  paper.Time `json:"until"`
	Act    string     `json:"act"`
}

// Need says that who bears a role must have a current training.
type Need struct {
	Role     paper.ID `json:"role"`
	Training paper.ID `json:"training"`
}

// Locks names the roles that sign for an instrument, each a lock of its own: nobody may
// bear two of them at overlapping times.
type Locks struct {
	Instrument paper.ID   `json:"instrument"`
	Roles      []paper.ID `json:"roles"`
}

// Change is one entry of the history.
type Change struct {
	Number   int64      `json:"number"`
	Recorded paper.Time `json:"recorded"`
	Recorder paper.ID   `json:"recorder"` // who made it; "founding" for what the register began with
	Kind     string     `json:"kind"`     // body, person, appoint, end, train, need, lock
	Body     paper.ID   `json:"body,omitempty"`
	Person   paper.ID   `json:"person,omitempty"`
	What     paper.ID   `json:"what,omitempty"` // the role, training or instrument
	From     paper.Time `json:"from,omitempty"`
	Until    paper.Time `json:"until,omitempty"`
	Act      string     `json:"act,omitempty"`
}

// Standing is what the register knows of a person and a role at an instant.
type Standing struct {
	Person paper.ID   `json:"person"`
	Role   paper.ID   `json:"role"`
	At     paper.Time `json:"at"`
	Holds  bool       `json:"holds"`           // bears the role then, and nothing is lacking
	Body   paper.ID   `json:"body,omitempty"`  // in which body the duty is borne
	Until  paper.Time `json:"until,omitempty"` // the first instant at which Holds ends, as far as is known; a session ends then
	Lacks  []Lack     `json:"lacks,omitempty"` // all that keeps Holds from being true
}

// Lack is one reason why a person does not hold a role.
type Lack struct {
	Code string   `json:"code"` // unknown, no-duty, no-body, training
	What paper.ID `json:"what"` // the person, role, body or training
}

// Text says the lack in both languages.
func (l Lack) Text() i18n.Text { return i18n.Both("actor.lack."+l.Code, "what", string(l.What)) }

// Err is nil when the standing holds, else a fault.Permission that says what is lacking.
func (s Standing) Err() error {
	if s.Holds {
		return nil
	}
	var ja, en string
	for i, l := range s.Lacks {
		if text := l.Text(); i == 0 {
			ja, en = text.JA, text.EN
		} else {
			ja, en = ja+"、"+text.JA, en+"; "+text.EN
		}
	}
	return fault.Said(fault.Error{Kind: fault.Permission, Place: fault.Place{Field: string(s.Person), Offset: -1}},
		i18n.Both("actor.op"), i18n.Text{JA: ja, EN: en}, i18n.Both("actor.hint.standing"))
}

// overlap says whether two periods share an instant.
func overlap(from1, until1, from2, until2 paper.Time) bool {
	return max(from1, from2) < min(until1, until2)
}

// wrong is the package's one form of error.
func wrong(kind fault.Kind, key, field string, args ...any) error {
	return fault.Said(fault.Error{Kind: kind, Place: fault.Place{Field: field, Offset: -1}},
		i18n.Both("actor.op"), i18n.Both("actor.wrong."+key, args...), i18n.Both("actor.hint."+key, args...))
}
