package authority

import (
	"context"
	"slices"

	"github.com/noroshi-acd/noroshi/authority/application"
	"github.com/noroshi-acd/noroshi/authority/docket"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/repeat"
	"github.com/noroshi-acd/noroshi/authority/review"
	"github.com/noroshi-acd/noroshi/internal/store"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// repetitions warns of reasons that say what others say: of the same application, of the
// one that it renews, and, where there is a Likeness, of any earlier one.
//
// Invariant 16: repetition is shown to the members and counted. It never blocks.
func (d *Desk) repetitions(ctx context.Context, m *review.Matter) ([]repeat.Repetition, error) {
	list := repeat.Within(m.Application)
	if before := m.Application.Previous; before != nil && before.Reason == application.Renewal {
		old, err := d.application(ctx, before.Digest)
		if err != nil {
			return nil, err
		}
		if old != nil {
			list = append(list, repeat.Copied(m.Application, old, before.Digest)...)
		}
	}
	if d.config.Likeness != nil {
		for _, r := range d.config.Likeness.Repetitions(m.Application, m.Digest) {
			if !slices.ContainsFunc(list, func(o repeat.Repetition) bool {
				return o.Application == r.Application && o.Condition == r.Condition && o.Other == r.Other
			}) {
				list = append(list, r)
			}
		}
	}
	return list[:min(len(list), repeat.Most)], nil
}

// application reads an application that is on record; nil when there is none.
func (d *Desk) application(ctx context.Context, digest paper.Digest) (*application.Application, error) {
	var list []docket.Paper
	err := d.config.Store.View(ctx, func(t *store.Tx) (err error) {
		list, err = docket.Papers(t, digest, proof.Application, proof.Correction, proof.ExtensionRequest, proof.UrgentNotice)
		return err
	})
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return application.Parse(list[0].Envelope)
}

// recall brings what was asked before back to mind.
func (d *Desk) recall(ctx context.Context) error {
	if d.config.Likeness == nil {
		return nil
	}
	var list []docket.Paper
	err := d.config.Store.View(ctx, func(t *store.Tx) (err error) {
		list, err = docket.Applications(t)
		return err
	})
	for _, p := range list {
		if a, bad := application.Parse(p.Envelope); bad == nil {
			d.config.Likeness.Remember(a, p.Digest)
		}
	}
	return err
}
