package authority

import (
	"context"

	"github.com/noroshi-acd/noroshi/authority/application"
	"github.com/noroshi-acd/noroshi/authority/docket"
	"github.com/noroshi-acd/noroshi/authority/repeat"
	"github.com/noroshi-acd/noroshi/authority/review"
	"github.com/noroshi-acd/noroshi/internal/store"
)

// repetitions warns of reasons that repeat; see [repeat.Warn].
//
// Invariant 16: repetition is shown to the members and counted. It never blocks.
func (d *Desk) repetitions(ctx context.Context, m *review.Matter) ([]repeat.Repetition, error) {
	var old *application.Application
	if before := m.Application.Previous; before != nil && before.Reason == application.Renewal {
		err := d.config.Store.View(ctx, func(t *store.Tx) (err error) {
			old, err = docket.Application(t, before.Digest)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	var more []repeat.Repetition
	if d.config.Likeness != nil {
		more = d.config.Likeness.Repetitions(m.Application, m.Digest)
	}
	return repeat.Warn(m.Application, old, more), nil
}

// recall brings what was asked before back to mind.
func (d *Desk) recall(ctx context.Context) error {
	if d.config.Likeness == nil {
		return nil
	}
	return d.config.Store.View(ctx, func(t *store.Tx) error { return docket.Recall(t, d.config.Likeness.Remember) })
}
