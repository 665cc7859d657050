package register

import (
	"context"

	"github.com/noroshi-acd/noroshi/authority/docket"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/stage"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/store"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/oversight/act"
)

// opinion takes in what a monitor or an adviser has to say about an application, or about
// a warrant that was issued on it. It changes nothing of either.
func (g *Register) opinion(e *paper.Envelope, k *kind) error {
	var o act.Opinion
	err := e.Open(act.OpinionType, &o)
	k.class, k.at, k.role, k.warrant = proof.Opinion, o.At, o.Role, o.Warrant
	k.change.About, k.change.Follows = g.config.Body, o.Application
	k.signed = func(g *Register, e *paper.Envelope, at paper.Time) bool {
		for _, h := range g.config.View().Signed(e, o.Role, at) {
			if h.Body == g.config.Body && h.Person == o.Person {
				return true
			}
		}
		return false
	}
	k.checks = append(k.checks, func(t *store.Tx) error {
		r, err := docket.Find(t, o.Application)
		if err != nil {
			return err
		}
		if r == nil {
			return wrong(fault.NotFound, "follows", "application", "digest", string(o.Application))
		}
		for _, p := range []*stage.Permit{r.Life.Ordered, r.Life.Urged} {
			if p != nil && p.Warrant == o.Warrant {
				return nil
			}
		}
		if o.Warrant != "" {
			return wrong(fault.NotFound, "follows", "warrant", "digest", string(o.Warrant))
		}
		return nil
	})
	return err
}

// Opinions gives what monitors and advisers have said about an application, in the order
// of the log.
func (g *Register) Opinions(ctx context.Context, application paper.Digest) (list []*Entry, err error) {
	err = g.config.Store.View(ctx, func(t *store.Tx) error {
		list, err = several(t, "WHERE follows = $1 AND class = $2 ORDER BY place LIMIT 1000", string(application), string(proof.Opinion))
		return err
	})
	return list, err
}
