package compare

import (
	"errors"
	"fmt"
	"slices"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/regime/compile"
	"github.com/noroshi-acd/noroshi/authority/regime/judge"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
	"github.com/noroshi-acd/noroshi/authority/unmet"
)

// Case is what happened, and what is wanted, told once for all laws. Kinds, purposes and
// classes of data stand in the order of preference: each law is asked for the first that
// it has.
type Case struct {
	At            paper.Time           `json:"at"`
	Consultations []rules.Consultation `json:"consultations"`
	DataClasses   []paper.ID           `json:"data_classes"`
	Directions    []regime.Direction   `json:"directions"`
	Effects       []paper.ID           `json:"effects"`
	Findings      []rules.Finding      `json:"findings"`
	ForeignTarget bool                 `json:"foreign_target,omitempty"`
	From          paper.Time           `json:"from"`
	Instruments   []paper.ID           `json:"instruments"` // in the order of the columns
	Kinds         []regime.Kind        `json:"kinds"`
	Links         int64                `json:"links,omitempty"`
	Name          paper.Words          `json:"name"`
	NamedPeople   int64                `json:"named_people,omitempty"`
	OwnSystem     bool                 `json:"own_system,omitempty"`
	Path          rules.Path           `json:"path"`
	Purposes      []paper.ID           `json:"purposes"`
	Until         paper.Time           `json:"until"`
	Urgency       *rules.Urgency       `json:"urgency,omitempty"`
	Volume        int64                `json:"volume_permille,omitempty"` // of a link's capacity
}

// maxColumns is how many instruments one case is put under.
const maxColumns = 64

// Check says whether c can be put under any law.
func (c Case) Check() error {
	switch {
	case len(c.Instruments) == 0 || len(c.Instruments) > maxColumns:
		return fmt.Errorf("a case is put under 1 to %d instruments", maxColumns)
	case c.Until <= c.From:
		return errors.New("what is asked for ends after it begins")
	case len(c.Kinds) == 0:
		return errors.New("a case wants at least one kind of act")
	}
	for i, id := range c.Instruments {
		if slices.Contains(c.Instruments[:i], id) {
			return fmt.Errorf("the instrument %s stands twice", id)
		}
	}
	for i := 1; i < len(c.Findings); i++ {
		if c.Findings[i-1].Condition >= c.Findings[i].Condition {
			return fmt.Errorf("the findings on %s stand twice, or not in the order of conditions", c.Findings[i].Condition)
		}
	}
	return nil
}

// Answer is what a law says to a case.
type Answer string

// The answers, in the order in which one hides the next.
const (
	Denied  Answer = "denied"   // the case itself says that a condition is not so
	NotYet  Answer = "not-yet"  // the law is not in force for all of that time
	Idle    Answer = "idle"     // it stands for comparison, is repealed, or permits nothing by itself
	Beyond  Answer = "beyond"   // the law does not have what is wanted: kind, path, effect, purpose
	Lacking Answer = "lacking"  // something is missing that can be brought
	Ready   Answer = "complete" // nothing is missing: people may decide
)

// Column is the case under one instrument.
type Column struct {
	Instrument *compile.Instrument
	Evaluator  *judge.Evaluator
	Request    *rules.Request
	Unmet      []unmet.Unmet // all that is not met, in the order of the rules
	Asked      []*rules.Condition
	Open       []paper.ID // those of Asked that are not met
	Answer     Answer
	Because    []*rules.Condition // with Denied: what is not so
}

// ErrNone is an instrument that the book does not have.
type ErrNone struct{ ID paper.ID }

// Error names the instrument.
func (e *ErrNone) Error() string { return fmt.Sprintf("there is no instrument %s", string(e.ID)) }

// Compare puts c under each instrument that it names. The error is *ErrNone, or that of
// rules that cannot be made ready.
func Compare(b *compile.Book, c *Case) ([]Column, error) {
	var out []Column
	for _, id := range c.Instruments {
		i := b.Instrument(id)
		if i == nil {
			return nil, &ErrNone{id}
		}
		e, err := judge.Compile(i.Rules, b.Calendars...)
		if err != nil {
			return nil, err
		}
		out = append(out, column(i, e, c))
	}
	return out, nil
}

func column(i *compile.Instrument, e *judge.Evaluator, c *Case) Column {
	q := c.Request(i.Rules)
	k := Column{Instrument: i, Evaluator: e, Request: q, Unmet: e.Unmet(q), Answer: Ready}
	for at := range i.Rules.Conditions {
		condition := &i.Rules.Conditions[at]
		if !e.Applies(condition, q) {
			continue
		}
		k.Asked = append(k.Asked, condition)
		if slices.ContainsFunc(k.Unmet, func(u unmet.Unmet) bool { return u.Place == string(condition.ID) }) {
			k.Open = append(k.Open, condition.ID)
		}
		if f := found(q, condition.ID); f != nil && condition.Kind == rules.FactKind && !f.Met {
			k.Because = append(k.Because, condition)
		}
	}
	k.Answer = k.answer()
	return k
}

// answer is the first thing that somebody who asks must hear.
func (k *Column) answer() Answer {
	has := func(codes ...string) bool {
		return slices.ContainsFunc(k.Unmet, func(u unmet.Unmet) bool { return slices.Contains(codes, u.Code) })
	}
	switch {
	case len(k.Because) > 0:
		return Denied
	case len(k.Instrument.Rules.Kinds) == 0 || has("rule-comparison", "rule-repealed"):
		return Idle
	case has("rule-not-in-force"):
		return NotYet
	case has("rule-beyond", "rule-path", "rule-mode"):
		return Beyond
	case len(k.Unmet) > 0:
		return Lacking
	}
	return Ready
}

func found(q *rules.Request, id paper.ID) *rules.Finding {
	for i := range q.Findings {
		if q.Findings[i].Condition == id {
			return &q.Findings[i]
		}
	}
	return nil
}

// Request is c as the law r is asked: by the first applicant that r has, on all its
// articles, with the findings on its own conditions alone. What r does not have is asked
// for nevertheless, so that it says so.
func (c *Case) Request(r *rules.Rules) *rules.Request {
	q := &rules.Request{
		Articles: slices.Clone(r.Articles), At: c.At, From: c.From, Until: c.Until, Instrument: r.ID, Path: c.Path, Consultations: c.Consultations,
		ForeignTarget: c.ForeignTarget, OwnSystem: c.OwnSystem, NamedPeople: c.NamedPeople, Urgency: c.Urgency, Links: c.Links,
		Kind: first(c.Kinds, r.Kinds), Purpose: first(c.Purposes, r.Purpose.Allowed.Or(nil)), Applicant: first(r.Roles.Applicants.Or(nil), nil),
		Directions: []regime.Direction{}, Effects: []paper.ID{}, Findings: []rules.Finding{},
	}
	if c.Path == rules.Urgently && r.Time.Urgent != nil {
		q.Applicant = first(r.Time.Urgent.Who.Or(nil), nil)
	}
	switch q.Kind {
	case regime.Access, regime.Neutralise:
	default:
		q.Directions = both(c.Directions, r.Scope.Directions.Or(nil))
		q.DataClass = first(c.DataClasses, r.Scope.DataClass.Or(nil))
	}
	if q.Kind == regime.Collection {
		q.VolumePermille = c.Volume
	}
	q.Effects = both(c.Effects, r.Scope.Effects.Or(nil))
	for _, f := range c.Findings {
		if slices.ContainsFunc(r.Conditions, func(x rules.Condition) bool { return x.ID == f.Condition }) {
			q.Findings = append(q.Findings, f)
		}
	}
	return q
}

// first gives the first of wanted that is had, else the first of wanted.
func first[T ~string](wanted, had []T) T {
	for _, w := range wanted {
		if slices.Contains(had, w) {
			return w
		}
	}
	if len(wanted) == 0 {
		return ""
	}
	return wanted[0]
}

// both gives what is wanted and had, in the order of bytes; all that is wanted where
// nothing of it is had.
func both[T ~string](wanted, had []T) []T {
	out := []T{}
	for _, w := range wanted {
		if slices.Contains(had, w) {
			out = append(out, w)
		}
	}
	if len(out) == 0 && len(had) > 0 {
		out = slices.Clone(wanted)
	}
	slices.Sort(out)
	return out
}
