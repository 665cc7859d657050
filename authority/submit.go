package authority

import (
	"context"
	"errors"

	"github.com/noroshi-acd/noroshi/authority/application"
	"github.com/noroshi-acd/noroshi/authority/docket"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
	"github.com/noroshi-acd/noroshi/authority/repeat"
	"github.com/noroshi-acd/noroshi/authority/review"
	"github.com/noroshi-acd/noroshi/authority/seat"
	"github.com/noroshi-acd/noroshi/authority/stage"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// matter finds what an application is judged by, and refuses one that cannot be judged:
// of another root, under rules that are not at hand.
func (d *Desk) matter(e *paper.Envelope) (*review.Matter, error) {
	m, err := review.New(e, d.config.View(), review.Law{Body: d.config.Body, Profiles: d.config.Profiles, Rules: d.config.Rules})
	switch {
	case errors.Is(err, review.ErrRules):
		return nil, wrong(fault.NotFound, "rules", "profile")
	case errors.Is(err, review.ErrLockless):
		return nil, wrong(fault.Invalid, "lockless", "instrument")
	case err != nil:
		return nil, because(fault.Invalid, "paper", "application", err)
	}
	if a := m.Application; a.Root != m.View.Name() || a.RootKind != m.View.Kind() {
		return nil, wrong(fault.Permission, "root", "root", "root", string(a.Root))
	}
	return m, nil
}

// Submit takes an application in: a new one, a correction, a renewal, or one of the
// urgent path. One that is incomplete is refused by machine, with all that is missing in
// the receipt; that is recorded too. The same paper brought again gets the same receipt.
// Errors: fault.Invalid and fault.Permission for what is no application of a known
// applicant, fault.NotFound for unknown rules, fault.Limit for too many urgent ones.
func (d *Desk) Submit(ctx context.Context, e *paper.Envelope) (*Receipt, error) {
	m, err := d.matter(e)
	if err != nil {
		return nil, err
	}
	a := m.Application
	if _, ok := a.Signed(e, m.View); !ok {
		return nil, wrong(fault.Permission, "applicant", "signatures", "person", string(a.Applicant.Person), "role", string(a.Applicant.Role))
	}
	warnings, err := d.repetitions(ctx, m)
	if err != nil {
		return nil, err
	}
	subjects := []string{string(m.Digest), "id " + string(a.Applicant.Body) + " " + string(a.ID)}
	if a.Previous != nil {
		subjects = append(subjects, string(a.Previous.Digest))
	}
	if a.Path == warrant.Urgent { // they are counted, by body and by what they are about
		subjects = append(subjects, "urgent")
	}
	fresh := false
	r, err := d.do(ctx, func(u *turn) error {
		err := d.submit(u, m, warnings)
		fresh = !u.Skipped()
		return err
	}, subjects...)
	if err == nil && fresh && d.config.Likeness != nil {
		d.config.Likeness.Remember(a, m.Digest)
	}
	return r, err
}

func (d *Desk) submit(u *turn, m *review.Matter, warnings []repeat.Repetition) error {
	a := m.Application
	if again, err := u.done(m.Digest, docket.Class(a), m.Digest); again || err != nil {
		return err
	}
	if err := mayAsk(u, m); err != nil {
		return err
	}
	if err := d.bench(m).Asks(u.T, a.Applicant, u.Now); err != nil {
		return err
	}
	r := docket.New(a, m.Digest, u.Now, warnings)
	r.Life.Due = m.Owed(u.Now, d.config.Promise)
	before, err := d.follow(u, m, r)
	if err != nil {
		return err
	}
	lacks := m.Unmet(before)
	if a.Path == warrant.Urgent {
		// Invariant 11: the urgent path is counted, by body and day, and by what it is about.
		count, err := docket.Urgents(u.T, a, m.Digest, u.Now)
		if err != nil {
			return err
		}
		lacks = append(lacks, m.UrgentUnmet(count, u.Now)...)
	}
	r.Index, err = u.record(docket.Class(a), m.Envelope, a.Applicant.Role, a.Instrument, "", m.Digest)
	if err != nil {
		return err
	}
	u.receipt.Index = r.Index
	if len(lacks) > 0 {
		err = d.incomplete(u, m, r, lacks)
	} else if a.Path == warrant.Urgent {
		err = d.admit(u, m, r)
	}
	if err != nil {
		return err
	}
	u.save(r)
	u.receipt.fill(r)
	u.receipt.Unmet = lacks
	return nil
}

// mayAsk refuses an application from the future, of one who is not in office, and a
// second one of its body under an id: no body's ids are another's to take.
func mayAsk(u *turn, m *review.Matter) error {
	a := m.Application
	if a.At > u.Now {
		return wrong(fault.Invalid, "future", "at", "at", a.At.String())
	}
	if !seat.Signed(m.View, m.Envelope, a.Applicant.Role, a.Applicant.Person, a.Applicant.Body, u.Now) {
		// Who has left the office could write an earlier instant.
		return wrong(fault.Permission, "applicant", "signatures", "person", string(a.Applicant.Person), "role", string(a.Applicant.Role))
	}
	other, err := docket.One(u.T, "SELECT record FROM docket_application WHERE id = $1 AND body = $2", string(a.ID), string(a.Applicant.Body))
	if err == nil && other != nil {
		err = wrong(fault.Invalid, "id", "id", "id", string(a.ID))
	}
	return err
}

// incomplete refuses an application by machine.
func (d *Desk) incomplete(u *turn, m *review.Matter, r *docket.Record, lacks []unmet.Unmet) error {
	if err := step(r, stage.Act{Kind: stage.Refuse, At: u.Now}); err != nil {
		return err
	}
	e, err := m.Incomplete(lacks, u.Now)
	if err != nil {
		return err
	}
	_, err = u.record(proof.Refusal, e, d.config.Role, r.Instrument, "", r.Digest)
	return err
}

// follow joins an application to the one that it follows.
func (d *Desk) follow(u *turn, m *review.Matter, r *docket.Record) (application.Before, error) {
	a := m.Application
	if a.Previous == nil {
		if a.Warrant != "" {
			return application.Before{}, wrong(fault.Invalid, "warrant-unasked", "warrant")
		}
		return application.Before{}, nil
	}
	old, err := u.find(a.Previous.Digest)
	if err != nil {
		return application.Before{}, err
	}
	if old.Body != a.Applicant.Body || old.Instrument != a.Instrument || old.Path != a.Path && a.Previous.Reason != application.Resubmission {
		return application.Before{}, wrong(fault.Invalid, "follows-other", "previous")
	}
	r.Follows, r.Reason = old.Digest, a.Previous.Reason
	before := application.Before{AfterRefusal: old.Life.Stage == stage.Refused}
	switch a.Previous.Reason {
	case application.Correction:
		return d.correct(u, m, r, old)
	case application.Renewal:
		return d.renewal(u, r, old)
	}
	if old.Life.Stage.Open() || old.Life.Stage.Granted() {
		return before, wrong(fault.Invalid, "stage", "previous", "stage", stageWord(old.Life.Stage), "act", i18n.Both("authority.act.resubmit"))
	}
	return before, nil
}

// correct puts an application in the place of the one before, or of one that the machine
// refused.
func (d *Desk) correct(u *turn, m *review.Matter, r, old *docket.Record) (application.Before, error) {
	before := application.Before{}
	r.Chain, r.Renewal, r.Renews, r.Asked = old.Chain, old.Renewal, old.Renews, old.Asked
	r.Life.Asked = old.Life.Asked // or a member would have a word with each correction
	if old.Renewal > 0 {
		r.Reason = application.Renewal
		before.Renewal = &rules.Renewal{Count: r.Renewal, Previous: r.Renews}
	}
	if old.Life.Stage == stage.Incomplete && old.FollowedBy == "" {
		old.FollowedBy = r.Digest
		u.save(old)
		return before, nil
	}
	if p := old.Life.Urged; p != nil { // what was begun on the urgent path goes on until the check
		// Invariant 10: the check is of what was begun, and of nothing else.
		begun, _, err := d.load(u.T, old.Digest)
		if err != nil {
			return before, err
		}
		if !review.Same(m.Application, begun.Application) {
			return before, wrong(fault.Invalid, "begun-other", "scope")
		}
		c := *p
		r.Life.Urged, r.Life.Confirm, r.Judgement = &c, old.Life.Confirm, old.Judgement
	}
	if err := step(old, stage.Act{Kind: stage.Correct, At: u.Now}); err != nil {
		return before, err
	}
	old.FollowedBy = r.Digest
	u.save(old)
	return before, nil
}

// renewal joins a renewal to what it renews: it has reasons of its own, and the warrant
// before goes on until its own end. There is one of a warrant: two would count as one,
// and both would live.
func (d *Desk) renewal(u *turn, r, old *docket.Record) (application.Before, error) {
	p := old.Life.Ordered
	if p == nil || p.Warrant != r.Asked || p.Ending != "" {
		return application.Before{}, wrong(fault.Invalid, "renews-nothing", "warrant", "warrant", string(r.Asked))
	}
	others, err := docket.Several(u.T, "SELECT record FROM docket_application WHERE chain = $1", string(old.Chain))
	if err != nil {
		return application.Before{}, err
	}
	for _, o := range others {
		if o.Asked == r.Asked && (o.Life.Stage.Open() || o.Life.Stage.Granted()) {
			return application.Before{}, wrong(fault.Invalid, "renewed", "warrant", "id", string(o.ID))
		}
	}
	r.Chain, r.Renewal, r.Renews = old.Chain, old.Renewal+1, p.Until
	return application.Before{Renewal: &rules.Renewal{Count: r.Renewal, Previous: p.Until}}, nil
}
