package authority

import (
	"context"

	"github.com/noroshi-acd/noroshi/authority/application"
	"github.com/noroshi-acd/noroshi/authority/docket"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/review"
	"github.com/noroshi-acd/noroshi/authority/stage"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/store"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// byPlace finds the application that a warrant names by its place in the log.
func (d *Desk) byPlace(ctx context.Context, w *warrant.Warrant) (m *review.Matter, r *docket.Record, err error) {
	if w.Application.Origin != d.config.Ledger.Origin() {
		return nil, nil, wrong(fault.NotFound, "unknown", "application", "digest", w.Application.Origin)
	}
	err = d.config.Store.View(ctx, func(t *store.Tx) error {
		found, err := docket.One(t, "SELECT record FROM docket_application WHERE place = $1", w.Application.Index)
		if err == nil && found == nil {
			err = wrong(fault.NotFound, "unknown", "application", "digest", w.Application.Origin)
		}
		if err != nil {
			return err
		}
		m, r, err = d.load(t, found.Digest)
		return err
	})
	return m, r, err
}

// Issue takes in a warrant that its locks have signed, holds it against the decision,
// and records it: it says nothing else than the draft does. An urgent warrant is held
// against the application that gave notice of it, and counted. What it lacks is in the
// receipt, which then has no record.
func (d *Desk) Issue(ctx context.Context, e *paper.Envelope) (*Receipt, error) {
	w := new(warrant.Warrant)
	if err := e.Open(warrant.Type, w); err != nil {
		return nil, because(fault.Invalid, "paper", "warrant", err)
	}
	m, r, err := d.byPlace(ctx, w)
	if err != nil {
		return nil, err
	}
	urgent := w.Path == warrant.Urgent
	if list := m.Faults(e, nil); !urgent && len(list) > 0 {
		return &Receipt{Digest: m.Digest, Unmet: list}, nil
	}
	subjects := []string{string(m.Digest)}
	if r.Follows != "" {
		subjects = append(subjects, string(r.Follows))
	}
	if urgent {
		subjects = append(subjects, "urgent")
	}
	var lacks []unmet.Unmet
	receipt, err := d.do(ctx, func(u *turn) (err error) {
		lacks, err = d.take(u, m, e, w)
		return err
	}, subjects...)
	if len(lacks) > 0 {
		return &Receipt{Digest: m.Digest, Unmet: lacks}, nil
	}
	return receipt, err
}

// take takes a warrant in, or says what keeps it from that.
func (d *Desk) take(u *turn, m *review.Matter, e *paper.Envelope, w *warrant.Warrant) ([]unmet.Unmet, error) {
	if again, err := u.done(m.Digest, proof.Warrant, e.Digest()); again || err != nil {
		return nil, err
	}
	r, err := u.find(m.Digest)
	if err != nil {
		return nil, err
	}
	if err := d.signs(u, m, e); err != nil {
		return nil, err
	}
	draft, err := d.draft(m, r, w.ID, w.Nonce, w.NotBefore)
	if err != nil {
		return nil, err
	}
	if same, err := paper.DigestAs(warrant.Type, draft); err != nil || same != e.Digest() {
		return nil, because(fault.Invalid, "not-the-draft", "warrant", err)
	}
	act := stage.Act{Kind: stage.Issue, At: u.Now, Permit: stage.Permit{From: w.NotBefore, Until: w.NotAfter, Warrant: e.Digest()}}
	if w.Path == warrant.Urgent {
		if lacks, err := d.urge(u, m, e, w, &act); len(lacks) > 0 || err != nil {
			u.Skip()
			return lacks, err
		}
	}
	return nil, d.issue(u, m, r, e, act)
}

// signs holds the signatures of a paper's locks against the bench and who has voted.
func (d *Desk) signs(u *turn, m *review.Matter, e *paper.Envelope) error {
	voted, err := docket.Voters(u.T, m.Digest)
	if err != nil {
		return err
	}
	return d.bench(m).Signs(u.T, e, m.Application, m.Profile.Locks, voted, u.Now)
}

// issue records a warrant and ends the one that it goes on from.
func (d *Desk) issue(u *turn, m *review.Matter, r *docket.Record, e *paper.Envelope, a stage.Act) error {
	class, role := proof.Warrant, m.Lock.Role
	if a.Kind == stage.IssueUrged {
		role = m.Profile.Paths.Urgent.Role
	}
	index, err := u.record(class, e, role, r.Instrument, "", r.Digest)
	if err != nil {
		return err
	}
	a.Permit.Index = index
	if err := step(r, a); err != nil {
		return err
	}
	if r.Renewal > 0 && a.Kind == stage.Issue {
		if err := d.replace(u, r, a.Permit.From); err != nil {
			return err
		}
	}
	u.save(r)
	u.receipt.Index = index
	u.receipt.fill(r)
	return nil
}

// replace ends the warrant that r renews at the instant at which its own begins. One that
// is over by then ends by itself.
func (d *Desk) replace(u *turn, r *docket.Record, at paper.Time) error {
	old, err := docket.One(u.T, "SELECT record FROM docket_application WHERE ordered = $1", string(r.Asked))
	if err != nil || old == nil {
		return err
	}
	p := old.Life.Ordered
	if p.Ending != "" || at >= p.Until {
		return nil
	}
	if err := step(old, stage.Act{Kind: stage.Renew, At: u.Now, Until: max(at, u.Now), Warrant: p.Warrant}); err != nil {
		return err
	}
	old.FollowedBy = r.Digest
	u.save(old)
	return nil
}

// Stop takes in a suspension (one member) or a revocation (the lock), and ends the
// warrant, for a while or for good.
func (d *Desk) Stop(ctx context.Context, e *paper.Envelope) (*Receipt, error) {
	var s warrant.Suspension
	var v warrant.Revocation
	a, class := stage.Act{Kind: stage.Suspend}, proof.Suspension
	if err := e.Open(warrant.SuspensionType, &s); err != nil {
		if err := e.Open(warrant.RevocationType, &v); err != nil {
			return nil, because(fault.Invalid, "paper", "suspension", err)
		}
		a.Kind, class, s.Warrant, s.At = stage.Revoke, proof.Revocation, v.Warrant, v.At
	}
	a.Warrant, a.Until = s.Warrant, s.Until
	m, r, err := d.byWarrant(ctx, s.Warrant)
	if err != nil {
		return nil, err
	}
	var lacks []unmet.Unmet
	receipt, err := d.do(ctx, func(u *turn) error {
		lacks = nil
		if again, err := u.done(m.Digest, class, e.Digest()); again || err != nil {
			return err
		}
		// Invariant 13: who signs holds the lock when it is recorded.
		if _, lacks = warrant.VerifyStopOn(e, m.View, m.Profile, u.Now); len(lacks) > 0 {
			u.Skip()
			return nil
		}
		if err := d.signs(u, m, e); err != nil {
			return err
		}
		if s.At > u.Now {
			return wrong(fault.Invalid, "future", "at", "at", s.At.String())
		}
		r, err := u.find(r.Digest)
		if err != nil {
			return err
		}
		a.At = u.Now
		if err := step(r, a); err != nil {
			return err
		}
		if u.receipt.Index, err = u.record(class, e, m.Lock.Role, r.Instrument, s.Warrant, r.Digest); err != nil {
			return err
		}
		u.save(r)
		u.receipt.fill(r)
		return nil
	}, string(r.Digest))
	if len(lacks) > 0 {
		return &Receipt{Digest: m.Digest, Unmet: lacks}, nil
	}
	return receipt, err
}

// byWarrant finds the application that led to a warrant.
func (d *Desk) byWarrant(ctx context.Context, w paper.Digest) (m *review.Matter, r *docket.Record, err error) {
	err = d.config.Store.View(ctx, func(t *store.Tx) error {
		found, err := docket.One(t, "SELECT record FROM docket_application WHERE ordered = $1 OR urged = $2 ORDER BY received DESC", string(w), string(w))
		if err == nil && (found == nil || w == "") {
			err = wrong(fault.NotFound, "no-warrant", "warrant", "digest", string(w))
		}
		if err != nil {
			return err
		}
		m, r, err = d.load(t, found.Digest)
		return err
	})
	return m, r, err
}

// Standing lists the warrants that stand at an instant; see [docket.Standings].
func (d *Desk) Standing(ctx context.Context, at paper.Time) (list []docket.Standing, err error) {
	err = d.config.Store.View(ctx, func(t *store.Tx) (err error) {
		list, err = docket.Standings(t, at)
		return err
	})
	return list, err
}

// admit lets an application of the urgent path have its warrant at once: the machine has
// found it complete. The entry of the admission is what the warrant names in the place
// of a decision; the check comes afterwards.
func (d *Desk) admit(u *turn, m *review.Matter, r *docket.Record) error {
	e, err := paper.Seal(application.AdmissionType, application.Admission{Application: m.Digest, At: u.Now, Profile: r.Profile, Rules: r.Rules})
	if err != nil {
		return err
	}
	r.Judgement, err = u.record(proof.Decision, e, d.config.Role, r.Instrument, "", r.Digest)
	return err
}

// urge holds an urgent warrant against the count, the day and the clock of its notice.
func (d *Desk) urge(u *turn, m *review.Matter, e *paper.Envelope, w *warrant.Warrant, a *stage.Act) ([]unmet.Unmet, error) {
	count, err := docket.Urgents(u.T, m.Application, m.Digest, u.Now)
	if err != nil {
		return nil, err
	}
	a.Kind = stage.IssueUrged
	if p := m.Profile.Paths.Urgent; p != nil && p.After == regime.Confirm {
		a.Due = w.Urgency.ConfirmBy
	}
	return m.UrgentFaults(e, w, count, u.Now), nil
}
