package flowstore

import (
	"errors"
	"fmt"

	"github.com/noroshi-acd/noroshi/authority/paper"
)

// AskType is the payload type of a recorded question.
const AskType = paper.TypePrefix + "query" + paper.TypeSuffix

// Ask is a question with all that it needs before it may be answered. It is what the
// log's entry of class query holds, signed by whoever runs the store.
type Ask struct {
	Case       paper.ID       `json:"case"`
	Chain      []paper.Digest `json:"chain"`          // the warrants relied on, the first one first; the gate fills it
	Duty       paper.ID       `json:"duty,omitempty"` // in which the person asks, where the warrant names one
	Effect     paper.ID       `json:"effect"`
	Instrument paper.ID       `json:"instrument"`
	Nonce      string         `json:"nonce"` // the gate fills it
	Person     paper.ID       `json:"person"`
	Purpose    paper.ID       `json:"purpose"`
	Query      Query          `json:"query"`
	Reason     string         `json:"reason"` // why this question, in words
}

// Check says whether a can be asked.
//
// Invariant 14: purpose, case, reason and person stand before the question runs.
func (a Ask) Check() error {
	for _, f := range []struct {
		name string
		id   paper.ID
	}{
		{"case", a.Case}, {"effect", a.Effect}, {"instrument", a.Instrument},
		{"person", a.Person}, {"purpose", a.Purpose},
	} {
		if err := f.id.Check(); err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
	}
	if a.Duty != "" {
		if err := a.Duty.Check(); err != nil {
			return fmt.Errorf("duty: %w", err)
		}
	}
	if !paper.Says(a.Reason) || len(a.Reason) > MaxReason {
		return errors.New("reason: it says nothing, or is too long")
	}
	if err := a.Query.Check(); err != nil {
		return fmt.Errorf("query.%w", err)
	}
	return nil
}
