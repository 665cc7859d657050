package act

import (
	"errors"
	"slices"

	"github.com/noroshi-acd/noroshi/authority/paper"
)

// The roles of those who give an opinion. Both are optional, and neither votes.
const (
	Monitor paper.ID = "monitor" // of the public interest
	Adviser paper.ID = "adviser" // technical
)

// Opinion is what a public-interest monitor or a technical adviser has to say about an
// application, or about the warrant that it led to. The person signs it; it is before
// the members when they vote, and it is never a vote.
type Opinion struct {
	Application paper.Digest `json:"application"`
	At          paper.Time   `json:"at"`
	Person      paper.ID     `json:"person"`
	Reasons     string       `json:"reasons"`
	Role        paper.ID     `json:"role"`              // monitor or adviser
	Warrant     paper.Digest `json:"warrant,omitempty"` // where it is about the warrant
}

// Check says whether o can stand.
func (o Opinion) Check() error {
	if !slices.Contains([]paper.ID{Monitor, Adviser}, o.Role) {
		return errors.New("an opinion is a monitor's or an adviser's")
	}
	return said(o.Reasons, nil, []string{"-"}, o.At, 0, false)
}
