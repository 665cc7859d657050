package authority

import (
	"context"
	"slices"

	"github.com/noroshi-acd/noroshi/authority/application"
	"github.com/noroshi-acd/noroshi/authority/decision"
	"github.com/noroshi-acd/noroshi/authority/docket"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/review"
	"github.com/noroshi-acd/noroshi/authority/seat"
	"github.com/noroshi-acd/noroshi/authority/stage"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/internal/store"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// known finds the matter of an application that is on record.
func (d *Desk) known(ctx context.Context, digest paper.Digest) (m *review.Matter, r *docket.Record, err error) {
	err = d.config.Store.View(ctx, func(t *store.Tx) error {
		m, r, err = d.load(t, digest)
		return err
	})
	return m, r, err
}

// load finds the matter of an application that is on record, in a transaction.
func (d *Desk) load(t *store.Tx, digest paper.Digest) (*review.Matter, *docket.Record, error) {
	r, err := docket.Find(t, digest)
	if err == nil && r == nil {
		err = wrong(fault.NotFound, "unknown", "application", "digest", string(digest))
	}
	if err != nil {
		return nil, nil, err
	}
	list, err := docket.Papers(t, digest)
	if err != nil {
		return nil, nil, err
	}
	i := slices.IndexFunc(list, func(p docket.Paper) bool { return p.Digest == digest })
	if i < 0 {
		return nil, nil, wrong(fault.Internal, "unknown", "application", "digest", string(digest))
	}
	m, err := d.matter(list[i].Envelope)
	return m, r, err
}

// AskCorrection takes a member's request for correction (補正の求め) to the applicant. One
// member asks once of a matter; further requests are an outcome of the votes. What is not
// corrected by the instant is closed.
func (d *Desk) AskCorrection(ctx context.Context, e *paper.Envelope) (*Receipt, error) {
	var q application.CorrectionRequest
	if err := e.Open(application.CorrectionType, &q); err != nil {
		return nil, because(fault.Invalid, "paper", "correction-request", err)
	}
	m, _, err := d.known(ctx, q.Application)
	if err != nil {
		return nil, err
	}
	for _, at := range []paper.Time{q.At, d.now()} { // who has left could write an earlier instant
		if !seat.Signed(m.View, e, m.Lock.Role, q.Member, d.config.Body, at) {
			return nil, wrong(fault.Permission, "member", "signatures", "person", string(q.Member))
		}
	}
	may := func(u *turn, r *docket.Record) error {
		if err := d.bench(m).Judges(u.T, m.Application, q.Member, u.Now); err != nil {
			return err
		}
		return d.mayCorrect(u, m, r, q.Due)
	}
	return d.say(ctx, m, may, proof.CorrectionRequest, e, m.Lock.Role, q.At, stage.Act{Kind: stage.AskCorrect, Due: q.Due})
}

// Withdraw takes the applicant's withdrawal. What was begun on the urgent path is over
// with it.
func (d *Desk) Withdraw(ctx context.Context, e *paper.Envelope) (*Receipt, error) {
	var w application.Withdrawal
	if err := e.Open(application.WithdrawalType, &w); err != nil {
		return nil, because(fault.Invalid, "paper", "withdrawal", err)
	}
	m, _, err := d.known(ctx, w.Application)
	if err != nil {
		return nil, err
	}
	ask, by := m.Application.Applicant, w.Applicant
	if by.Body != ask.Body || by.Role != ask.Role || !w.Signed(e, m.View) || !seat.Signed(m.View, e, by.Role, by.Person, by.Body, d.now()) {
		return nil, wrong(fault.Permission, "applicant", "signatures", "person", string(w.Applicant.Person), "role", string(m.Application.Applicant.Role))
	}
	may := func(u *turn, _ *docket.Record) error {
		return d.bench(m).Bears(u.T, by.Person, by.Role, by.Body, u.Now)
	}
	return d.say(ctx, m, may, proof.Withdrawal, e, w.Applicant.Role, w.At, stage.Act{Kind: stage.Withdraw})
}

// Vote takes a member's vote. A member who has voted votes again by naming the vote that
// is to be replaced. A vote for more than was asked is refused.
func (d *Desk) Vote(ctx context.Context, e *paper.Envelope) (*Receipt, error) {
	var v decision.Vote
	if err := e.Open(decision.VoteType, &v); err != nil {
		return nil, because(fault.Invalid, "paper", "vote", err)
	}
	m, _, err := d.known(ctx, v.Application)
	if err != nil {
		return nil, err
	}
	if _, ok := v.Signed(e, m.View, m.Lock.Role); !ok {
		return nil, wrong(fault.Permission, "member", "signatures", "person", string(v.Member))
	}
	c := decision.Tally(decision.Matter{Application: m.Application, Digest: m.Digest, Lock: m.Lock, View: m.View, At: max(v.At, d.now())}, []*paper.Envelope{e})
	if why := c.Votes[0].Why; why != "" {
		return nil, wrong(fault.Invalid, "vote", "vote", "why", i18n.Both("authority.why."+why))
	}
	may := func(u *turn, r *docket.Record) error {
		if err := d.bench(m).Votes(u.T, m.Application, &v, u.Now); err != nil {
			return err
		}
		return onlyVote(u, r, &v)
	}
	r, err := d.say(ctx, m, may, proof.Vote, e, m.Lock.Role, v.At, stage.Act{Kind: stage.Vote})
	if err == nil {
		r.Uncalled = decision.Uncalled(m.Lock, m.Application, &v, decision.OnCallEnds(m.Lock, m.Application, m.Rules.After))
	}
	return r, err
}

// bench is who decides on a matter.
func (d *Desk) bench(m *review.Matter) seat.Bench {
	return seat.Bench{Body: d.config.Body, Role: m.Lock.Role, Register: d.config.People, View: m.View}
}

// say records what somebody may say about an application and takes its life on.
func (d *Desk) say(ctx context.Context, m *review.Matter, may func(*turn, *docket.Record) error, class proof.Class, e *paper.Envelope, role paper.ID, at paper.Time, a stage.Act) (*Receipt, error) {
	return d.do(ctx, func(u *turn) error {
		if again, err := u.done(m.Digest, class, e.Digest()); again || err != nil {
			return err
		}
		if at > u.Now || at < m.Application.At {
			return wrong(fault.Invalid, "future", "at", "at", at.String())
		}
		r, err := u.find(m.Digest)
		if err != nil {
			return err
		}
		a.At = u.Now
		if err := may(u, r); err != nil {
			return err
		}
		if err := step(r, a); err != nil {
			return err
		}
		if u.receipt.Index, err = u.record(class, e, role, r.Instrument, "", r.Digest); err != nil {
			return err
		}
		u.save(r)
		u.receipt.fill(r)
		return nil
	}, string(m.Digest))
}

// mayCorrect refuses a member's request for correction after another, when the votes
// come to something already, or with an instant that leaves no time.
func (d *Desk) mayCorrect(u *turn, m *review.Matter, r *docket.Record, due paper.Time) error {
	if r.Life.Asked >= stage.MostAsked {
		return wrong(fault.Permission, "asked", "", "id", string(r.ID))
	}
	_, c, err := d.count(u.T, m, u.Now)
	if err == nil && c.Outcome != "" {
		err = wrong(fault.Invalid, "voted-out", "", "id", string(r.ID))
	}
	if err != nil {
		return err
	}
	return answerable(r, u.Now, due)
}

// answerable refuses an instant by which a correction cannot be owed.
func answerable(r *docket.Record, now, due paper.Time) error {
	if r.Life.Correctable(now, due) || r.Life.Closing(now) { // what is to be closed has no step to take
		return nil
	}
	first, latest := stage.Owing(now)
	return wrong(fault.Invalid, "due", "due", "at", due.String(), "first", first.String(), "latest", latest.String(), "end", r.Until.String())
}

// onlyVote refuses a second vote of a member that does not say which it replaces.
func onlyVote(u *turn, r *docket.Record, v *decision.Vote) error {
	last, err := docket.Voted(u.T, r.Digest, v.Member)
	if err == nil && v.Replaces != last {
		err = wrong(fault.Invalid, "voted", "replaces", "person", string(v.Member), "digest", string(last))
	}
	return err
}

// Manner is how a decision is drawn.
type Manner struct {
	Due        paper.Time     // with an outcome "correct": by when the correction is owed
	Precedents []paper.Digest // decisions that were before the members
}

// Count gives what the votes on an application come to now, decided or not.
func (d *Desk) Count(ctx context.Context, digest paper.Digest) (c *decision.Count, err error) {
	err = d.config.Store.View(ctx, func(t *store.Tx) error {
		m, _, err := d.load(t, digest)
		if err != nil {
			return err
		}
		_, c, err = d.count(t, m, d.now())
		return err
	})
	return c, err
}

func (d *Desk) count(t *store.Tx, m *review.Matter, at paper.Time) (decision.Matter, *decision.Count, error) {
	matter := m.Deciding(at)
	list, err := docket.Papers(t, m.Digest, proof.Vote)
	if err != nil {
		return matter, nil, err
	}
	votes := make([]*paper.Envelope, len(list))
	for i, p := range list {
		votes[i] = p.Envelope
	}
	return matter, decision.Tally(matter, votes), nil
}

// Decide draws the decision that follows from the votes, records it, and lets it take
// effect. While nothing follows from them it refuses, and says what is missing.
func (d *Desk) Decide(ctx context.Context, digest paper.Digest, how Manner) (*Receipt, error) {
	return d.do(ctx, func(u *turn) error { return d.decide(u, digest, how) }, string(digest))
}

func (d *Desk) decide(u *turn, digest paper.Digest, how Manner) error {
	m, r, err := d.load(u.T, digest)
	if err != nil {
		return err
	}
	pending := r.Life.Pending(u.Now)
	if r.Decision != "" && !r.Life.Stage.Open() && !pending { // a client that got no answer asks again
		u.Skip()
		u.receipt.Index = r.Judgement
		u.receipt.fill(r)
		return nil
	}
	x, c, err := d.count(u.T, m, u.Now)
	if err != nil {
		return err
	}
	if err := d.seated(u, m, c); err != nil {
		return err
	}
	dec, ok := decision.Decide(x, c, how.Precedents)
	if !ok || pending && (c.OnCall || dec.Outcome == decision.Correct) {
		return wrong(fault.Invalid, "undecided", "", "taking", c.Taking, "quorum", c.Quorum, "need", c.Need, "support", c.Support)
	}
	class, err := taken(u, m, r, dec, how.Due)
	if err != nil {
		return err
	}
	e, err := paper.Seal(decision.Type, dec)
	if err != nil {
		return err
	}
	r.Decided, r.Decision, r.Grant, r.OnCall, r.Outcome = u.Now, e.Digest(), dec.Grant, dec.OnCall, dec.Outcome
	if r.Judgement, err = u.record(class, e, m.Lock.Role, r.Instrument, "", r.Digest); err != nil {
		return err
	}
	u.receipt.Index = r.Judgement
	u.change.Rule(m.Application, r, u.Now, dec.Outcome)
	u.save(r)
	u.receipt.fill(r)
	return nil
}

// seated refuses a count of votes of whose members the register has changed since.
func (d *Desk) seated(u *turn, m *review.Matter, c *decision.Count) error {
	for i := range c.Votes {
		if c.Votes[i].Why != "" {
			continue
		}
		if err := d.bench(m).Votes(u.T, m.Application, &c.Votes[i].Vote, u.Now); err != nil {
			return err
		}
	}
	return nil
}

// taken takes a decision into the life of an application, and gives the class of its entry.
func taken(u *turn, m *review.Matter, r *docket.Record, dec *decision.Decision, due paper.Time) (class proof.Class, err error) {
	s := stage.Act{Kind: stage.Decide, At: u.Now, Outcome: dec.Outcome, Due: due}
	class = r.JudgementClass(dec.Outcome)
	switch {
	case r.Life.Pending(u.Now): // one approval is one in the figures
		s.Kind, class = stage.TakeUp, docket.TakenUp(dec.Outcome)
	case dec.Outcome == decision.Correct:
		if err := answerable(r, u.Now, due); err != nil {
			return "", err
		}
	case dec.OnCall:
		if s.Whole, err = m.Rules.After(u.Now, m.Lock.OnCall.WholeAfter); err != nil {
			return "", because(fault.Invalid, "whole-after", "", err, "instrument", string(r.Instrument))
		}
	}
	return class, step(r, s)
}

// Draft makes the warrant that an application leads to, unsigned: of the ordinary path
// once it is approved, of the urgent path while it is not decided. It begins at an
// instant of the grant, the grant's own when begin is 0. Signing it is for the locks.
func (d *Desk) Draft(ctx context.Context, digest paper.Digest, id paper.ID, nonce string, begin paper.Time) (*warrant.Warrant, error) {
	m, r, err := d.known(ctx, digest)
	if err != nil {
		return nil, err
	}
	return d.draft(m, r, id, nonce, begin)
}

func (d *Desk) draft(m *review.Matter, r *docket.Record, id paper.ID, nonce string, begin paper.Time) (*warrant.Warrant, error) {
	urgent := r.Path == warrant.Urgent && r.Life.Stage.Open()
	grant := r.Grant
	if urgent {
		whole := decision.Whole(m.Application)
		grant = &whole
	}
	if grant == nil || !urgent && !r.Life.Stage.Granted() {
		return nil, wrong(fault.Invalid, "stage", "", "stage", stageWord(r.Life.Stage), "act", actWord(stage.Issue))
	}
	g := *grant
	if begin != 0 {
		if begin < g.From || begin >= g.Until {
			return nil, wrong(fault.Invalid, "begin", "not_before", "from", g.From.String(), "until", g.Until.String())
		}
		g.From = begin
	}
	return m.Draft(&g, r.Index, r.Judgement, urgent, id, nonce), nil
}
