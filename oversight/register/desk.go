package register

import (
	"context"

	"github.com/noroshi-acd/noroshi/authority/docket"
	"github.com/noroshi-acd/noroshi/internal/store"
	"github.com/noroshi-acd/noroshi/oversight/act"
)

// catchUp takes over the errors that the desk has recorded of itself since it was asked
// last. They stand in the log already: here their clocks run in sight of all.
//
// Invariant 26: what the desk finds about itself is owed an answer like all else.
func (g *Register) catchUp(ctx context.Context) error {
	for more := true; more; {
		var list []docket.Paper
		err := g.config.Store.View(ctx, func(t *store.Tx) error {
			var after int64
			err := t.Row("SELECT coalesce(max(place), -1) FROM register_paper WHERE desk = 1").Scan(&after)
			if err == nil {
				list, err = docket.Mistakes(t, after)
			}
			return err
		})
		if err != nil || len(list) == 0 {
			return err
		}
		more = len(list) == 1000
		if err := g.config.Store.Tx(ctx, func(t *store.Tx) error { return adopt(t, list) }); err != nil {
			return err
		}
	}
	return nil
}

func adopt(t *store.Tx, list []docket.Paper) error {
	for _, p := range list {
		var m act.Mistake
		if err := p.Envelope.Open(act.MistakeType, &m); err != nil {
			return err
		}
		_, err := t.Exec(`INSERT INTO register_paper (digest, class, place, at, about, id, due, follows, state, body, desk)
			VALUES ($1, $2, $3, $4, $5, $6, $7, '', '', $8, 1) ON CONFLICT (digest) DO UPDATE SET desk = 1`,
			string(p.Digest), string(p.Class), p.Index, int64(p.At), string(m.Body), string(m.ID), int64(m.Due), p.Body)
		if err != nil {
			return err
		}
	}
	return nil
}
