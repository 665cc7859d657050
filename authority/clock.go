package authority

import (
	"context"
	"errors"

	"github.com/noroshi-acd/noroshi/authority/alarm"
	"github.com/noroshi-acd/noroshi/authority/docket"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/stage"
	"github.com/noroshi-acd/noroshi/internal/store"
)

// Tick looks at the clocks: what is late is recorded as an error that reports itself, an
// urgent warrant that nobody has confirmed is over, and an application is closed whose
// correction has not come or whose time is over. It gives what it has found. Erase says
// for which what was obtained must be erased, as the rule says.
//
// Invariant 10, Invariant 26: nobody has to notice, and nobody can keep it to himself.
func (d *Desk) Tick(ctx context.Context) ([]Alarm, error) {
	now := d.now()
	var late []*docket.Record
	err := d.config.Store.View(ctx, func(t *store.Tx) error {
		var err error
		late, err = docket.Several(t, "SELECT record FROM docket_application WHERE due > 0 AND due <= $1 OR confirm > 0 AND confirm <= $2 ORDER BY place", int64(now), int64(now))
		return err
	})
	if err != nil {
		return nil, err
	}
	var found []Alarm
	var failed []error
	for _, r := range late {
		for _, kind := range []stage.Kind{stage.Lapse, stage.LapseWhole, stage.Overdue, stage.Close, stage.Expire} {
			if _, ok := stage.Step(r.Life, stage.Act{Kind: kind, At: now}); !ok {
				continue
			}
			a, err := d.alarm(ctx, r.Digest, kind)
			failed = append(failed, err) // and the next one's clock is looked at all the same
			if a != nil {
				found = append(found, *a)
			}
		}
	}
	return found, errors.Join(failed...)
}

// Alarm is what was found when its time had come.
type Alarm = alarm.Alarm

// alarm records what is due by itself; nil when it is not any more.
func (d *Desk) alarm(ctx context.Context, digest paper.Digest, kind stage.Kind) (*Alarm, error) {
	var found *Alarm
	receipt, err := d.do(ctx, func(u *turn) error {
		found = nil
		r, err := u.find(digest)
		if err != nil {
			return err
		}
		a := alarm.Of(r, kind, d.config.Profiles(r.Profile))
		if step(r, stage.Act{Kind: kind, At: u.Now}) != nil { // somebody was quicker
			u.Skip()
			return nil
		}
		class, e, err := a.Paper(d.config.Body, r.ID, u.Now)
		if err != nil {
			return err
		}
		if u.receipt.Index, err = u.record(class, e, d.config.Role, r.Instrument, a.Warrant, r.Digest); err != nil {
			return err
		}
		u.save(r)
		u.receipt.fill(r)
		found = &a
		return nil
	}, string(digest))
	if err != nil || found == nil {
		return nil, err
	}
	found.Index = receipt.Index
	return found, nil
}
