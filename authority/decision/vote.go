package decision

import (
	"errors"
	"fmt"

	"github.com/noroshi-acd/noroshi/authority/application"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/warrant"
)

// The payload types.
const (
	Type     = paper.TypePrefix + "decision" + paper.TypeSuffix
	VoteType = paper.TypePrefix + "vote" + paper.TypeSuffix
)

// Position is what a member is for.
type Position string

// The positions.
const (
	Approve Position = "approve" // all that is asked
	Partial Position = "partial" // less than is asked, or under conditions: see Vote.Grant
	Refuse  Position = "refuse"
	Recuse  Position = "recuse"  // takes no part
	Correct Position = "correct" // cannot be decided as it stands
)

// Check says whether p is a position.
func (p Position) Check() error {
	switch p {
	case Approve, Partial, Refuse, Recuse, Correct:
		return nil
	}
	return fmt.Errorf("%q is no position: approve, partial, refuse, recuse or correct", string(p))
}

// Vote is one member's word on an application.
type Vote struct {
	Application paper.Digest `json:"application"`
	At          paper.Time   `json:"at"`
	Dissent     string       `json:"dissent,omitempty"` // to be published with the decision
	Grant       *Grant       `json:"grant,omitempty"`   // exactly with Partial
	Member      paper.ID     `json:"member"`            // the person
	OnCall      bool         `json:"on_call,omitempty"` // cast on call, because the whole body cannot meet in time
	Position    Position     `json:"position"`
	Reasons     string       `json:"reasons"`
	Replaces    paper.Digest `json:"replaces,omitempty"` // the same member's earlier vote
}

// Grant is what is to be given: never wider than what was asked.
type Grant struct {
	Conditions []Condition   `json:"conditions"` // in the order of their ids
	From       paper.Time    `json:"from"`
	Scope      warrant.Scope `json:"scope"`
	Until      paper.Time    `json:"until"`
}

// Condition is something the holder must keep to.
type Condition struct {
	ID   paper.ID `json:"id"`
	Text string   `json:"text"`
}

// Check says whether v can be counted.
func (v Vote) Check() error {
	switch {
	case (v.Position == Partial) != (v.Grant != nil):
		return errors.New("a vote for a part says which part, and no other does")
	case !paper.Says(v.Reasons):
		return errors.New("a vote gives its reasons")
	case len(v.Reasons) > application.MaxText || len(v.Dissent) > application.MaxText:
		return fmt.Errorf("a text of a vote has at most %d bytes", application.MaxText)
	case v.Dissent != "" && !paper.Says(v.Dissent):
		return errors.New("a dissent says something")
	}
	return nil
}

// Check says whether g can be given.
func (g Grant) Check() error {
	if g.Until <= g.From {
		return errors.New("a grant ends after it begins")
	}
	if len(g.Conditions) > 100 {
		return errors.New("a grant has at most 100 conditions")
	}
	for i, c := range g.Conditions {
		if i > 0 && g.Conditions[i-1].ID >= c.ID {
			return errors.New("conditions stand in the order of their ids, none twice")
		}
	}
	return nil
}

// Check refuses a condition that says nothing.
func (c Condition) Check() error {
	if !paper.Says(c.Text) || len(c.Text) > application.MaxText {
		return errors.New("a condition says what is to be kept to")
	}
	return nil
}

// Signed gives who cast the vote: the holder of the role at the vote's time who is the
// member that it names, and alone has signed it.
func (v *Vote) Signed(e *paper.Envelope, view *trust.View, role paper.ID) (trust.Holder, bool) {
	if len(e.Signatures) != 1 {
		return trust.Holder{}, false
	}
	for _, h := range view.Signed(e, role, v.At) {
		if h.Person == v.Member {
			return h, true
		}
	}
	return trust.Holder{}, false
}

// Whole is the grant of all that is asked, without a condition.
func Whole(a *application.Application) Grant {
	return Grant{Conditions: []Condition{}, From: a.From, Scope: a.Scope, Until: a.Until}
}
