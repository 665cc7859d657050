package decision

import (
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/noroshi-acd/noroshi/authority/application"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/warrant"
)

// Decision is what follows from the votes. It needs no signature: the votes have theirs,
// and [Verify] does the count again.
type Decision struct {
	Application paper.Digest   `json:"application"`
	At          paper.Time     `json:"at"`
	Grant       *Grant         `json:"grant,omitempty"` // with Approve and Partial
	OnCall      bool           `json:"on_call,omitempty"`
	Outcome     Position       `json:"outcome"`
	Precedents  []paper.Digest `json:"precedents"` // earlier decisions that were before the members, in order
	Profile     paper.Digest   `json:"profile"`
	Role        paper.ID       `json:"role"` // of the lock whose holders decided
	Rules       paper.Digest   `json:"rules"`
	Votes       []paper.Digest `json:"votes"` // that were counted, in order
}

// MaxVotes is how many votes a decision rests on at most.
const MaxVotes = 64

// Check says whether d can be a decision.
func (d Decision) Check() error {
	switch {
	case d.Outcome == Recuse:
		return errors.New("a body decides or does not; it does not recuse itself")
	case (d.Outcome == Approve || d.Outcome == Partial) != (d.Grant != nil):
		return errors.New("a decision that gives something says what, and no other does")
	case len(d.Votes) == 0 || len(d.Votes) > MaxVotes || len(d.Precedents) > warrant.MaxList:
		return fmt.Errorf("a decision rests on 1 to %d votes", MaxVotes)
	case !slices.IsSorted(d.Votes) || !slices.IsSorted(d.Precedents):
		return errors.New("votes and precedents stand in order")
	}
	for _, list := range [][]paper.Digest{d.Votes, d.Precedents} {
		for i := range list {
			if i > 0 && list[i-1] == list[i] {
				return errors.New("a vote or precedent stands twice")
			}
		}
	}
	return nil
}

// Decide makes the decision that follows from a count; false while there is none.
func Decide(m Matter, c *Count, precedents []paper.Digest) (*Decision, bool) {
	if c.Outcome == "" {
		return nil, false
	}
	d := &Decision{
		Application: m.Digest, At: m.At, Grant: c.Grant, OnCall: c.OnCall, Outcome: c.Outcome, Precedents: []paper.Digest{},
		Profile: m.Application.Profile, Role: m.Lock.Role, Rules: m.Application.Rules, Votes: []paper.Digest{},
	}
	for _, v := range c.counted() {
		d.Votes = append(d.Votes, v.Digest)
	}
	d.Precedents = append(d.Precedents, precedents...)
	slices.Sort(d.Precedents)
	d.Precedents = slices.Compact(d.Precedents)
	return d, true
}

// What a decision can lack; see [Verify].
const (
	NotThisMatter = "matter"  // another application, profile, rules or lock
	VotesDiffer   = "votes"   // not the votes that count
	NotTheOutcome = "outcome" // the votes come to something else
)

// Verify holds a decision against the votes: nil when the same follows from them, else
// what does not. m.At is taken from the decision; whether those on call could decide
// follows from m and the votes.
func Verify(d *Decision, m Matter, votes []*paper.Envelope) []string {
	var wrong []string
	if d.Application != m.Digest || d.Profile != m.Application.Profile || d.Rules != m.Application.Rules || d.Role != m.Lock.Role {
		wrong = append(wrong, NotThisMatter)
	}
	m.At = d.At
	again, ok := Decide(m, Tally(m, votes), d.Precedents)
	if !ok {
		return append(wrong, NotTheOutcome)
	}
	if !slices.Equal(again.Votes, d.Votes) {
		wrong = append(wrong, VotesDiffer)
	}
	if again.Outcome != d.Outcome || again.OnCall != d.OnCall || !reflect.DeepEqual(again.Grant, d.Grant) {
		wrong = append(wrong, NotTheOutcome)
	}
	return wrong
}

// Places are where application and decision stand in the log of decisions.
type Places struct{ Application, Decision warrant.Entry }

// Draft makes the warrant that a grant leads to, for its locks to sign. The findings
// are the application's on the profile's conditions; the warrant begins at the grant's
// beginning.
func Draft(a *application.Application, g *Grant, p *regime.Profile, at Places, id paper.ID, nonce string) *warrant.Warrant {
	w := &warrant.Warrant{
		Application: at.Application, Articles: a.Articles, Case: a.Case, Conditions: []warrant.Condition{}, Decision: at.Decision,
		Holder: a.Holder, ID: id, Instrument: a.Instrument, Kind: a.Kind, Nonce: nonce, NotAfter: g.Until, NotBefore: g.From,
		Path: warrant.Ordinary, People: a.People, Profile: a.Profile, Purpose: a.Purpose, Root: a.Root, RootKind: a.RootKind, Scope: g.Scope,
	}
	for _, id := range p.Conditions {
		f := a.Finding(id)
		if f == nil {
			continue
		}
		c := warrant.Condition{ID: id, Finding: f.Text, Evidence: []paper.Digest{}}
		for _, e := range f.Evidence {
			c.Evidence = append(c.Evidence, e.Digest)
		}
		w.Conditions = append(w.Conditions, c)
	}
	return w
}

// DraftUrgent turns a draft into one of the urgent path. Where the regime wants it
// confirmed, it ends when it should have been.
func DraftUrgent(w *warrant.Warrant, a *application.Application, p *regime.Profile) *warrant.Warrant {
	w.Path = warrant.Urgent
	w.Urgency = &warrant.Urgency{}
	if a.Urgency != nil {
		w.Urgency.Facts = a.Urgency.Facts
	}
	if u := p.Paths.Urgent; u != nil && u.After == regime.Confirm {
		w.NotAfter = min(w.NotAfter, w.NotBefore+paper.Time(u.ConfirmWithinS))
		w.Urgency.ConfirmBy = w.NotAfter
	}
	return w
}
