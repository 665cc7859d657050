package authority

import (
	"context"
	"errors"

	"github.com/noroshi-acd/noroshi/authority/application"
	"github.com/noroshi-acd/noroshi/authority/docket"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/stage"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/internal/store"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/oversight/act"
)

// The kinds of error that the desk reports of itself.
const (
	LateStep        paper.ID = "late-step"          // the next step was not done in time
	UrgentUnchecked paper.ID = "urgent-unconfirmed" // an urgent warrant was not confirmed in time
)

// answerWithin is how long whoever is responsible has to answer for a lateness, s.
const answerWithin = 7 * 86400

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
		for _, kind := range []stage.Kind{stage.Lapse, stage.Overdue, stage.Close, stage.Expire} {
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
type Alarm struct {
	Application paper.Digest
	Index       int64 // of the entry of the error, or of the dismissal
	Kind        paper.ID
	Since       paper.Time
	Warrant     paper.Digest // that is over
	Erase       bool         // what was obtained under it must be erased
}

// alarm records what is due by itself; nil when it is not any more.
func (d *Desk) alarm(ctx context.Context, digest paper.Digest, kind stage.Kind) (*Alarm, error) {
	var found *Alarm
	receipt, err := d.do(ctx, func(u *turn) error {
		found = nil
		r, err := u.find(digest)
		if err != nil {
			return err
		}
		a := d.found(r, kind)
		if step(r, stage.Act{Kind: kind, At: u.Now}) != nil { // somebody was quicker
			u.Skip()
			return nil
		}
		class, e, err := d.noted(r, &a, u.Now)
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

// found says what an act of the machine is about.
func (d *Desk) found(r *docket.Record, kind stage.Kind) Alarm {
	a := Alarm{Application: r.Digest, Kind: LateStep, Since: r.Life.Next()}
	switch kind {
	case stage.Overdue:
		return a
	case stage.Lapse:
		a.Kind, a.Since = UrgentUnchecked, r.Life.Confirm
	case stage.Close:
		a.Kind = application.Uncorrected
	case stage.Expire:
		a.Kind, a.Since = application.Expired, r.Life.Last()
	}
	if p := r.Life.Urged; p != nil && p.Ending == "" { // it is over with this
		law := d.config.Profiles(r.Profile)
		a.Erase = law == nil || law.Paths.Urgent != nil && law.Paths.Urgent.OnRefusal != "stop" // where the rule is not at hand, the stricter one
		a.Warrant = p.Warrant
	}
	return a
}

// noted writes what is recorded of it: a dismissal for what is closed, else an error.
func (d *Desk) noted(r *docket.Record, a *Alarm, now paper.Time) (proof.Class, *paper.Envelope, error) {
	if a.Kind == application.Uncorrected || a.Kind == application.Expired {
		e, err := paper.Seal(application.DismissalType, application.Dismissal{Application: r.Digest, At: now, Since: a.Since, Why: string(a.Kind)})
		return proof.Dismissal, e, err
	}
	e, err := paper.Seal(act.MistakeType, act.Mistake{
		At: now, Body: d.config.Body, Due: now + answerWithin, Found: now, Happened: a.Since, ID: paper.ID("error/" + string(a.Kind) + "/" + string(r.Digest[7:23])),
		Kind: a.Kind, Outline: i18n.Say(i18n.EN, "authority.alarm."+string(a.Kind), "id", string(r.ID)), Warrant: a.Warrant,
	})
	return proof.Mistake, e, err
}
