package authority_test

import (
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/authority"
	"github.com/noroshi-acd/noroshi/authority/alarm"
	"github.com/noroshi-acd/noroshi/authority/application"
	"github.com/noroshi-acd/noroshi/authority/authoritytest"
	"github.com/noroshi-acd/noroshi/authority/decision"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/stage"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/authority/warrant/warranttest"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// asks signs a member's request for correction.
func (b *bench) asks(about paper.Digest, member paper.ID, due paper.Time) *paper.Envelope {
	b.Helper()
	q := application.CorrectionRequest{Application: about, At: b.Now(), Due: due, Member: "person/" + member, Items: []application.Item{{Text: "say more"}}}
	return b.sealed(paper.Seal(application.CorrectionType, q, b.Signer(string(member))))
}

// mended is a correction of an application, under an id of its own.
func (b *bench) mended(a *application.Application, of paper.Digest, id paper.ID) *application.Application {
	m := *a
	m.ID, m.Nonce, m.At, m.Previous = id, warranttest.Nonce(string(id)), b.Now(), &application.Previous{Digest: of, Reason: application.Correction}
	return &m
}

// TestOneMemberAsksOnce: one member's word asks for one correction of a matter, whoever
// of the members says it and however often it is corrected; the votes ask again; what the
// votes come to already is not undone by a request.
func TestOneMemberAsksOnce(t *testing.T) {
	b := &bench{t, office(t, "")}
	ctx := t.Context()
	a := b.Collection(1, b.Now())
	first := b.submit(a)
	for name, due := range map[string]paper.Time{"after its end": a.Until + 1, "later than 90 days": b.Now() + 90*86400} {
		if _, err := b.Desk.AskCorrection(ctx, b.asks(first.Digest, "member-1", due)); fault.KindOf(err) != fault.Invalid {
			t.Errorf("a correction that is owed %s: %v", name, err)
		}
	}
	signed := b.asks(first.Digest, "member-1", b.Now()+86400)
	b.Later(time.Second)
	if _, err := b.Desk.AskCorrection(ctx, signed); fault.KindOf(err) != fault.Invalid {
		t.Errorf("less than a day is left when it comes in: %v", err)
	}
	b.must(b.Desk.AskCorrection(ctx, b.asks(first.Digest, "member-1", b.Now()+86400)))
	r, err := b.Desk.Get(ctx, first.Digest)
	if err != nil || r.Life.Stage != stage.Correcting {
		t.Fatalf("%+v %v", r, err)
	}
	next := b.submit(b.mended(a, first.Digest, "a/mended-1"))
	for _, m := range []paper.ID{"member-1", "member-2"} {
		if _, err := b.Desk.AskCorrection(ctx, b.asks(next.Digest, m, b.Now()+2*86400)); fault.KindOf(err) != fault.Permission {
			t.Errorf("%s asks again: %v", m, err)
		}
	}
	b.votes(next.Digest, decision.Correct, decision.Correct, decision.Correct)
	if got := b.must(b.Desk.Decide(ctx, next.Digest, authority.Manner{Due: b.Now() + 2*86400})); got.Record.Life.Stage != stage.Correcting {
		t.Errorf("the members together: %+v", got.Record.Life)
	}
	other := b.submit(b.Collection(2, b.Now()))
	b.votes(other.Digest, decision.Approve, decision.Approve, decision.Approve)
	if _, err := b.Desk.AskCorrection(ctx, b.asks(other.Digest, "member-4", b.Now()+2*86400)); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a request against what the votes came to: %v", err)
	}
}

// TestInvariant10_WhatIsNotCorrectedIsDismissed: a correction that does not come closes
// the application at its instant, as an entry of its own class, which is no refusal; the
// urgent permit is over with it; it may be asked for anew.
func TestInvariant10_WhatIsNotCorrectedIsDismissed(t *testing.T) {
	b := &bench{t, office(t, "")}
	ctx := t.Context()
	a := b.Urgent(1, b.Now())
	a.Until = b.Now() + 3*86400
	r := b.submit(a)
	w, err := b.Desk.Draft(ctx, r.Digest, "w/1", warranttest.Nonce("w"), 0)
	if err != nil {
		t.Fatal(err)
	}
	e := b.sealed(b.Permit(w))
	if got := b.must(b.Desk.Issue(ctx, e)); len(got.Unmet) > 0 {
		t.Fatalf("it lacks %s", unmet.List(got.Unmet))
	}
	b.must(b.Desk.AskCorrection(ctx, b.asks(r.Digest, "member-1", b.Now()+86400)))
	b.Later(24*time.Hour - time.Second)
	if found, err := b.Desk.Tick(ctx); err != nil || len(found) > 0 || b.stands(e.Digest()) != stage.Live {
		t.Fatalf("before its instant: %+v %v, stands as %q", found, err, b.stands(e.Digest()))
	}
	b.Later(time.Second)
	if s := b.stands(e.Digest()); s != "" {
		t.Errorf("nobody has looked yet, and it stands as %q", s)
	}
	late := b.mended(a, r.Digest, "a/too-late")
	if _, err := b.Desk.Submit(ctx, b.sealed(b.Sign(late))); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a correction that came too late: %v", err)
	}
	found, err := b.Desk.Tick(ctx)
	if err != nil || len(found) != 1 || found[0].Kind != application.Uncorrected || found[0].Warrant != e.Digest() {
		t.Fatalf("%+v %v", found, err)
	}
	var said application.Dismissal
	o, text, err := b.Log.Read(found[0].Index)
	if err != nil || o.Entry.Class != proof.Dismissal || o.Entry.Instrument != a.Instrument {
		t.Fatalf("%+v %v", o, err)
	}
	if p, err := paper.ParseEnvelope(text); err != nil || p.Open(application.DismissalType, &said) != nil || said.Why != application.Uncorrected || said.Since != b.Now() || said.Application != r.Digest {
		t.Errorf("%+v %v", said, err)
	}
	got, err := b.Desk.Get(ctx, r.Digest)
	if err != nil || got.Life.Stage != stage.Uncorrected || got.Life.Urged.Ending != stage.NotApproved || got.Outcome != "" {
		t.Errorf("%+v %v", got, err)
	}
	if again, err := b.Desk.Tick(ctx); err != nil || len(again) > 0 {
		t.Errorf("closed twice: %+v %v", again, err)
	}
	anew := b.Urgent(2, b.Now())
	anew.Previous = &application.Previous{Digest: r.Digest, Reason: application.Resubmission}
	b.submit(anew)
}

// TestInvariant26_WhatIsNotDecidedEnds: an application whose time is over is closed by the
// machine, and that the commission did not decide it is an error that reports itself.
func TestInvariant26_WhatIsNotDecidedEnds(t *testing.T) {
	b := &bench{t, office(t, "")}
	ctx := t.Context()
	a := b.Collection(1, b.Now())
	r := b.submit(a)
	b.votes(r.Digest, decision.Approve, decision.Approve)
	b.Later(time.Duration(a.Until-b.Now()) * time.Second)
	if _, err := b.Desk.Vote(ctx, b.sealed(b.Vote(r.Digest, 3, decision.Approve, b.Now()))); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a vote when its time is over: %v", err)
	}
	found, err := b.Desk.Tick(ctx)
	if err != nil || len(found) != 2 || found[0].Kind != alarm.LateStep || found[1].Kind != application.Expired || found[1].Since != a.Until {
		t.Fatalf("%+v %v", found, err)
	}
	for i, c := range []proof.Class{proof.Mistake, proof.Dismissal} {
		if o, _, err := b.Log.Read(found[i].Index); err != nil || o.Entry.Class != c {
			t.Errorf("%+v %v", o, err)
		}
	}
	if got, err := b.Desk.Get(ctx, r.Digest); err != nil || got.Life.Stage != stage.Expired {
		t.Errorf("%+v %v", got, err)
	}
}

// TestIdsAreABodysOwn: nobody takes another body's id.
func TestIdsAreABodysOwn(t *testing.T) {
	b := &bench{t, office(t, "")}
	a, p := b.Collection(1, b.Now()), b.Police(1, b.Now())
	p.ID = a.ID
	b.submit(p)
	b.submit(a)
	again := b.Collection(2, b.Now())
	again.ID = a.ID
	if _, err := b.Desk.Submit(t.Context(), b.sealed(b.Sign(again))); fault.KindOf(err) != fault.Invalid {
		t.Errorf("the same body's id twice: %v", err)
	}
}

// TestInvariant13_WhoHasLeftEndsNothing: an earlier instant under a revocation or a
// suspension of today does not bring back a lock that is not held any more.
func TestInvariant13_WhoHasLeftEndsNothing(t *testing.T) {
	b := &bench{t, office(t, "", func(w *warranttest.World) {
		for _, p := range []paper.ID{"person/member-2", "person/member-3"} {
			keyOf(w, p, func(_ *trust.Body, k *trust.Key) { k.Until = warranttest.Now + 2*86400 })
		}
	})}
	ctx := t.Context()
	got, e := b.grant(b.submit(b.Collection(1, b.Now())))
	b.Later(24 * time.Hour)
	in := b.Now()
	suspend := b.sealed(b.Suspend(e.Digest(), in))
	b.must(b.Desk.Stop(ctx, suspend))
	b.Later(48 * time.Hour)
	if again := b.must(b.Desk.Stop(ctx, suspend)); again.Record == nil {
		t.Error("what was taken in before was not found again")
	}
	late := b.sealed(paper.Seal(warrant.SuspensionType, warrant.Suspension{At: in + 1, Reason: "spite", Until: in + 86401, Warrant: e.Digest()}, b.Signer("member-2")))
	for name, x := range map[string]*paper.Envelope{"revocation": b.sealed(b.Revoke(e.Digest(), in)), "suspension": late} {
		if r := b.must(b.Desk.Stop(ctx, x)); len(r.Unmet) == 0 || r.Record != nil {
			t.Errorf("a %s: %+v", name, r)
		}
	}
	if s := b.stands(e.Digest()); s != stage.Live {
		t.Errorf("it stands as %q (%s)", s, got.Digest)
	}
	now := warrant.Revocation{At: b.Now(), Reason: "the purpose is reached", Warrant: e.Digest()}
	b.must(b.Desk.Stop(ctx, b.sealed(paper.Seal(warrant.RevocationType, now, b.Signer("member-1"), b.Signer("member-4"), b.Signer("member-5")))))
	if s := b.stands(e.Digest()); s != "" {
		t.Errorf("revoked by three who hold the lock, it stands as %q", s)
	}
}

// TestAVoteForAllAsAPart: the desk refuses it, and says which position is meant.
func TestAVoteForAllAsAPart(t *testing.T) {
	b := &bench{t, officeWith(t, authoritytest.Options{Interval: time.Hour})}
	a := b.Collection(1, b.Now())
	r := b.submit(a)
	whole := func(v *decision.Vote) { g := decision.Whole(a); v.Grant = &g }
	if _, err := b.Desk.Vote(t.Context(), b.sealed(b.Vote(r.Digest, 1, decision.Partial, b.Now(), whole))); fault.KindOf(err) != fault.Invalid {
		t.Errorf("%v", err)
	}
	b.votes(r.Digest, decision.Approve)
}
