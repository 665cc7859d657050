package authority

import (
	"context"

	"github.com/noroshi-acd/noroshi/authority/application"
	"github.com/noroshi-acd/noroshi/authority/decision"
	"github.com/noroshi-acd/noroshi/authority/docket"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime/judge"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
	"github.com/noroshi-acd/noroshi/authority/stage"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/internal/store"
)

// List gives applications in the order of the log.
func (d *Desk) List(ctx context.Context, f docket.Filter) (list []*docket.Record, err error) {
	err = d.config.Store.View(ctx, func(t *store.Tx) (err error) {
		list, err = docket.List(t, f)
		return err
	})
	return list, err
}

// Get gives what the desk knows of one application. Error: fault.NotFound.
func (d *Desk) Get(ctx context.Context, digest paper.Digest) (r *docket.Record, err error) {
	err = d.config.Store.View(ctx, func(t *store.Tx) (err error) {
		if r, err = docket.Find(t, digest); err == nil && r == nil {
			err = wrong(fault.NotFound, "unknown", "application", "digest", string(digest))
		}
		return err
	})
	return r, err
}

// Packet is all that a member sees of an application.
type Packet struct {
	Record      *docket.Record
	Application *application.Application
	Papers      []docket.Paper // in the order of the log
	Chain       []*docket.Record
	Count       *decision.Count // what the votes come to now
	Doubts      []judge.Doubt   // rules that are not sure
	Clocks      []judge.Clock
	ClockError  error // why a clock is missing
	Precedents  []docket.Precedent
}

// Packet gives all that a member is shown: the application with its papers, the row of
// renewals that it stands in, the votes so far, what is unsure in the rules, the clocks,
// and precedents. It shows nothing that is not on record.
func (d *Desk) Packet(ctx context.Context, digest paper.Digest) (*Packet, error) {
	p := &Packet{}
	err := d.config.Store.View(ctx, func(t *store.Tx) error {
		m, r, err := d.load(t, digest)
		if err != nil {
			return err
		}
		p.Record, p.Application = r, m.Application
		if p.Papers, err = docket.Papers(t, digest); err != nil {
			return err
		}
		if p.Chain, err = docket.Several(t, "SELECT record FROM docket_application WHERE chain = $1 ORDER BY place", string(r.Chain)); err != nil {
			return err
		}
		if _, p.Count, err = d.count(t, m, d.now()); err != nil {
			return err
		}
		p.Doubts = m.Rules.Doubts()
		before := application.Before{}
		if r.Renewal > 0 {
			before.Renewal = &rules.Renewal{Count: r.Renewal, Previous: r.Renews}
		}
		p.Clocks, p.ClockError = m.Rules.Clocks(m.Application.Request(before), r.History())
		for _, f := range m.Application.Findings {
			list, err := docket.Precedents(t, r.Instrument, f.Condition, 5, digest)
			if err != nil {
				return err
			}
			p.Precedents = append(p.Precedents, list...)
		}
		return nil
	})
	return p, err
}

// Precedents gives the latest decisions of an instrument in which a condition was found
// on, the latest first; at most most.
func (d *Desk) Precedents(ctx context.Context, instrument, condition paper.ID, most int) (list []docket.Precedent, err error) {
	err = d.config.Store.View(ctx, func(t *store.Tx) (err error) {
		list, err = docket.Precedents(t, instrument, condition, most, "")
		return err
	})
	return list, err
}

// stageWord and actWord are how stages and acts are said to people.
func stageWord(s stage.Stage) i18n.Text { return i18n.Both("authority.stage." + string(s)) }
func actWord(k stage.Kind) i18n.Text    { return i18n.Both("authority.act." + string(k)) }
