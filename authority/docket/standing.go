package docket

import (
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/stage"
	"github.com/noroshi-acd/noroshi/internal/store"
)

// Standing is a warrant that the desk has issued and that is not over.
type Standing struct {
	Application paper.Digest
	Instrument  paper.ID
	Permit      stage.Permit
	State       stage.State // issued, live or suspended
	Urgent      bool
	Envelope    *paper.Envelope
}

// Standings lists the warrants that stand at an instant: what whoever signs the liveness
// goes by. What was refused by the check, revoked, renewed or not confirmed is not there.
//
// Invariant 10: an urgent warrant that was not confirmed in time is not there from that
// instant on, whether or not anybody has looked at the clock.
func Standings(t *store.Tx, at paper.Time) ([]Standing, error) {
	records, err := Several(t, "SELECT record FROM docket_application WHERE ends > $1 ORDER BY place", int64(at))
	if err != nil {
		return nil, err
	}
	var list []Standing
	for _, r := range records {
		for _, p := range []*stage.Permit{r.Life.Ordered, r.Life.Urged} {
			if p == nil || p == r.Life.Urged && r.Lapsed(at) || r.Untaken(at) {
				continue
			}
			state := p.At(at)
			if state != stage.Issued && state != stage.Live && state != stage.Suspended {
				continue
			}
			s := Standing{Application: r.Digest, Instrument: r.Instrument, Permit: *p, State: state, Urgent: p == r.Life.Urged}
			if s.Envelope, err = Warrant(t, p.Warrant); err != nil {
				return nil, err
			}
			list = append(list, s)
		}
	}
	return list, nil
}
