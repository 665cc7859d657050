package docket

import (
	"encoding/json"

	"github.com/noroshi-acd/noroshi/authority/application"
	"github.com/noroshi-acd/noroshi/authority/decision"
	"github.com/noroshi-acd/noroshi/authority/outbox"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/internal/store"
)

// Change is what follows once the entries of a turn are made.
type Change struct {
	Papers     []Noted   `json:"papers"`
	Precedents []Ruled   `json:"precedents,omitempty"`
	Records    []*Record `json:"records"`
}

// Noted is a paper that is kept with an application.
type Noted struct {
	Application paper.Digest `json:"application"`
	Entry       int          `json:"entry"` // which of the turn's
}

// Ruled is a condition that a decision was on.
type Ruled struct {
	Application paper.Digest      `json:"application"`
	Condition   paper.ID          `json:"condition"`
	Decided     paper.Time        `json:"decided"`
	Instrument  paper.ID          `json:"instrument"`
	Outcome     decision.Position `json:"outcome"`
}

// Rule notes on which conditions a decision is a precedent; a call for correction is none.
func (c *Change) Rule(a *application.Application, r *Record, at paper.Time, o decision.Position) {
	if o == decision.Correct {
		return
	}
	for _, f := range a.Findings {
		c.Precedents = append(c.Precedents, Ruled{Application: r.Digest, Condition: f.Condition, Decided: at, Instrument: r.Instrument, Outcome: o})
	}
}

// Effect writes what follows from entries that are made.
func Effect(t *store.Tx, text []byte, done []outbox.Done) error {
	var c Change
	if err := json.Unmarshal(text, &c); err != nil {
		return err
	}
	indices := make([]int64, len(done))
	for i, e := range done {
		indices[i] = e.Index
	}
	for _, n := range c.Papers {
		if err := keep(t, n.Application, done[n.Entry]); err != nil {
			return err
		}
	}
	for _, r := range c.Records {
		r.Settle(indices)
		if err := r.Write(t); err != nil {
			return err
		}
	}
	for _, p := range c.Precedents {
		if err := decided(t, p.Instrument, p.Condition, p.Decided, p.Application, p.Outcome); err != nil {
			return err
		}
	}
	return nil
}
