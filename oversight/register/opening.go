package register

import (
	"cmp"
	"context"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/store"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/oversight/act"
	"github.com/noroshi-acd/noroshi/oversight/opening"
)

// opening takes a member's request in that entries be opened. It is on record before
// anything is open; that it was done is noted by Opened.
func (g *Register) opening(e *paper.Envelope, k *kind) error {
	var r opening.Request
	err := e.Open(opening.Type, &r)
	k.class, k.at = proof.OpeningRequest, r.At
	k.change.About, k.change.State = g.config.Body, act.Begun
	g.byMember(k, r.Member)
	k.checks = append(k.checks, func(t *store.Tx) error {
		if most := cmp.Or(g.config.ByHand, opening.MaxByHand); r.Sample == nil && len(r.Entries) > most {
			return wrong(fault.Limit, "byhand", "entries", "n", len(r.Entries), "most", most)
		}
		if r.Stale(paper.TimeOf(g.config.Clock()), cmp.Or(g.config.Fresh, opening.Fresh)) {
			return wrong(fault.Invalid, "stale", "at", "at", r.At.String())
		}
		if r.Sample == nil {
			return nil
		}
		c, index, err := committed(t, r.Sample.Commitment)
		if err != nil {
			return err
		}
		root, err := g.rootAt(index + 1)
		if err != nil {
			return err
		}
		if bad := r.Sample.Bound(index, root); bad != "" {
			return steered(bad, index, act.Place{})
		}
		if bad := r.Drawn(c); bad != nil {
			err = wrong(fault.Invalid, "undrawn", "entries", "why", bad.Error())
		}
		return err
	})
	return err
}

// Unopened gives the requests that are on record and were not carried out, the earliest
// first.
func (g *Register) Unopened(ctx context.Context) (list []*Entry, err error) {
	err = g.config.Store.View(ctx, func(t *store.Tx) error {
		list, err = several(t, "WHERE class = $1 AND state = $2 ORDER BY place LIMIT 1000", string(proof.OpeningRequest), string(act.Begun))
		return err
	})
	return list, err
}

// Opened notes that a request was carried out: its entries are open to everybody.
func (g *Register) Opened(ctx context.Context, d paper.Digest) error {
	return g.config.Store.Tx(ctx, func(t *store.Tx) error {
		_, err := t.Exec("UPDATE register_paper SET state = $1 WHERE digest = $2 AND class = $3", string(act.Done), string(d), string(proof.OpeningRequest))
		return err
	})
}
