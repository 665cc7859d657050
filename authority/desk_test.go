package authority_test

import (
	"context"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/authority"
	"github.com/noroshi-acd/noroshi/authority/alarm"
	"github.com/noroshi-acd/noroshi/authority/application"
	"github.com/noroshi-acd/noroshi/authority/authoritytest"
	"github.com/noroshi-acd/noroshi/authority/decision"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/repeat"
	"github.com/noroshi-acd/noroshi/authority/stage"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/authority/warrant/warranttest"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/store/storetest"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// office opens an office on one engine; the test closes it.
func office(t *testing.T, dsn string, spoil ...func(*warranttest.World)) *authoritytest.Office {
	t.Helper()
	return officeWith(t, authoritytest.Options{DSN: dsn, Interval: time.Hour}, spoil...)
}

func officeWith(t *testing.T, o authoritytest.Options, spoil ...func(*warranttest.World)) *authoritytest.Office {
	t.Helper()
	c, err := authoritytest.NewCountry(spoil...)
	if err != nil {
		t.Fatal(err)
	}
	w, err := authoritytest.NewWitnesses(4, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	f, err := c.Open(t.Context(), t.TempDir(), w, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

// bench is a test with its office; its steps must succeed.
type bench struct {
	*testing.T
	*authoritytest.Office
}

func (b *bench) must(r *authority.Receipt, err error) *authority.Receipt {
	b.Helper()
	if err != nil {
		b.Fatalf("%v (hint: %s)", err, fault.Hint(err))
	}
	return r
}

func (b *bench) sealed(e *paper.Envelope, err error) *paper.Envelope {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
	return e
}

func (b *bench) submit(a *application.Application) *authority.Receipt {
	b.Helper()
	r := b.must(b.Desk.Submit(context.Background(), b.sealed(b.Sign(a))))
	if len(r.Unmet) > 0 {
		b.Fatalf("incomplete: %s", unmet.List(r.Unmet))
	}
	return r
}

func (b *bench) votes(about paper.Digest, positions ...decision.Position) {
	b.Helper()
	for i, p := range positions {
		b.must(b.Desk.Vote(context.Background(), b.sealed(b.Vote(about, i+1, p, b.Now()))))
	}
}

// grant takes an application through to its warrant.
func (b *bench) grant(r *authority.Receipt) (*authority.Receipt, *paper.Envelope) {
	b.Helper()
	b.votes(r.Digest, decision.Approve, decision.Approve, decision.Approve)
	b.must(b.Desk.Decide(context.Background(), r.Digest, authority.Manner{}))
	return b.issue(r.Digest)
}

func (b *bench) issue(about paper.Digest) (*authority.Receipt, *paper.Envelope) {
	b.Helper()
	w, err := b.Desk.Draft(context.Background(), about, "w/"+paper.ID(about[7:15]), warranttest.Nonce(string(about)), 0)
	if err != nil {
		b.Fatal(err)
	}
	e := b.sealed(b.Permit(w))
	got := b.must(b.Desk.Issue(context.Background(), e))
	if len(got.Unmet) > 0 {
		b.Fatalf("the warrant lacks %s", unmet.List(got.Unmet))
	}
	return got, e
}

func (b *bench) stands(w paper.Digest) stage.State {
	b.Helper()
	list, err := b.Desk.Standing(context.Background(), b.Now())
	if err != nil {
		b.Fatal(err)
	}
	for _, s := range list {
		if s.Permit.Warrant == w {
			return s.State
		}
	}
	return ""
}

// TestOrdinaryLife: from the application to a warrant that lives, rests, and is revoked;
// on both engines, and each act at its place in the log.
func TestOrdinaryLife(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		b := &bench{t, office(t, dsn)}
		ctx := t.Context()
		a := b.Collection(1, b.Now())
		r := b.submit(a)
		if again := b.submit(a); again.Index != r.Index || again.Record.Life.Stage != stage.Received {
			t.Errorf("the same paper again: %+v, first %+v", again, r)
		}
		got, e := b.grant(r)
		if got.Record.Life.Stage != stage.Approved || b.stands(e.Digest()) != stage.Issued {
			t.Errorf("%+v stands as %q", got.Record.Life, b.stands(e.Digest()))
		}
		b.Later(2 * time.Hour)
		if s := b.stands(e.Digest()); s != stage.Live {
			t.Errorf("it stands as %q", s)
		}
		b.must(b.Desk.Stop(ctx, b.sealed(b.Suspend(e.Digest(), b.Now()))))
		if s := b.stands(e.Digest()); s != stage.Suspended {
			t.Errorf("it stands as %q", s)
		}
		b.Later(2 * time.Hour)
		if s := b.stands(e.Digest()); s != stage.Live {
			t.Errorf("after the suspension it stands as %q", s)
		}
		b.must(b.Desk.Stop(ctx, b.sealed(b.Revoke(e.Digest(), b.Now()))))
		if s := b.stands(e.Digest()); s != "" {
			t.Errorf("revoked, it stands as %q", s)
		}
		want := []proof.Class{proof.Application, proof.Vote, proof.Vote, proof.Vote, proof.Approval, proof.Warrant, proof.Suspension, proof.Revocation}
		p, err := b.Desk.Packet(ctx, r.Digest)
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Papers) != len(want) {
			t.Fatalf("%d papers, want %d", len(p.Papers), len(want))
		}
		for i, c := range want {
			o, body, err := b.Log.Read(int64(i))
			if err != nil || o.Entry.Class != c || p.Papers[i].Class != c || p.Papers[i].Index != int64(i) || string(body) != string(p.Papers[i].Body) {
				t.Errorf("entry %d is %v (%v), the packet says %s at %d; want %s", i, o, err, p.Papers[i].Class, p.Papers[i].Index, c)
			}
		}
		list, err := b.Desk.Precedents(ctx, "lab/collection", "necessity", 10)
		if err != nil || len(list) != 1 || list[0].Finding != a.Finding("necessity").Text || list[0].Outcome != decision.Approve {
			t.Errorf("precedents %+v (%v)", list, err)
		}
	})
}

// TestInvariant17_NoAlternativesNoApplication: an application without alternatives, with a
// purpose that the law does not have, is refused with every lack, and both entries stand.
func TestInvariant17_NoAlternativesNoApplication(t *testing.T) {
	b := &bench{t, office(t, "")}
	a := b.Collection(1, b.Now())
	a.Findings, a.Purpose = a.Findings[:1], "curiosity"
	r := b.must(b.Desk.Submit(t.Context(), b.sealed(b.Sign(a))))
	if r.Record.Life.Stage != stage.Incomplete {
		t.Fatalf("%+v", r.Record.Life)
	}
	places := map[string]bool{}
	for _, n := range r.Unmet {
		places[n.Place+" "+n.Code] = true
	}
	var i application.Incomplete
	o, body, err := b.Log.Read(r.Index + 1)
	if err != nil || o.Entry.Class != proof.Refusal {
		t.Fatalf("%+v %v", o, err)
	}
	e, err := paper.ParseEnvelope(body)
	if err != nil || e.Open(application.IncompleteType, &i) != nil || len(i.Lacks) != len(r.Unmet) {
		t.Fatalf("%s %v", body, err)
	}
	alternatives := false
	for _, l := range i.Lacks {
		alternatives = alternatives || l.Meet.JA == "補充性を文書とともに示してください" && l.Cite[0] == "Lab Act art. 17"
	}
	if !alternatives || len(i.Lacks) < 2 {
		t.Errorf("%+v (%v)", i.Lacks, places)
	}
	if _, err := b.Desk.Vote(t.Context(), b.sealed(b.Vote(r.Digest, 1, decision.Approve, b.Now()))); err == nil {
		t.Error("a member voted on what the machine refused")
	}
	// mended, it comes again
	m := b.Collection(2, b.Now())
	m.Previous = &application.Previous{Digest: r.Digest, Reason: application.Correction}
	if got := b.submit(m); got.Record.Life.Stage != stage.Received {
		t.Errorf("%+v", got.Record.Life)
	}
}

// TestInvariant17_TheProfileDecides: of two laws that differ in one condition alone, the
// one that asks for alternatives refuses what the other takes.
func TestInvariant17_TheProfileDecides(t *testing.T) {
	without := func(w *warranttest.World) { w.Collection.Conditions = []paper.ID{"necessity"} }
	for name, c := range map[string]struct {
		spoil []func(*warranttest.World)
		lacks bool
	}{"asks": {nil, true}, "does not": {[]func(*warranttest.World){without}, false}} {
		b := &bench{t, office(t, "", c.spoil...)}
		a := b.Collection(1, b.Now())
		a.Findings = a.Findings[:1]
		r := b.must(b.Desk.Submit(t.Context(), b.sealed(b.Sign(a))))
		if got := len(r.Unmet) > 0; got != c.lacks {
			t.Errorf("a law that %s for alternatives: %s", name, unmet.List(r.Unmet))
		}
	}
}

// TestCollege: a part is granted when enough would give it or more; a recusal lowers
// nothing; a dissent is kept; the draft is never wider than the decision.
func TestCollege(t *testing.T) {
	b := &bench{t, office(t, "")}
	ctx := t.Context()
	r := b.submit(b.Collection(1, b.Now()))
	if _, err := b.Desk.Decide(ctx, r.Digest, authority.Manner{}); fault.KindOf(err) != fault.Invalid {
		t.Errorf("decided without votes: %v", err)
	}
	narrow := func(v *decision.Vote) {
		g := decision.Whole(b.Collection(1, b.Now()))
		g.Scope.Links = g.Scope.Links[:1]
		g.Conditions = []decision.Condition{{ID: "weekly", Text: "report each week"}}
		v.Grant = &g
	}
	b.votes(r.Digest, decision.Approve, decision.Refuse)
	b.must(b.Desk.Vote(ctx, b.sealed(b.Vote(r.Digest, 3, decision.Recuse, b.Now()))))
	if _, err := b.Desk.Decide(ctx, r.Digest, authority.Manner{}); err == nil {
		t.Error("two of three needed were enough, because one recused himself")
	}
	b.must(b.Desk.Vote(ctx, b.sealed(b.Vote(r.Digest, 4, decision.Partial, b.Now(), narrow))))
	b.must(b.Desk.Vote(ctx, b.sealed(b.Vote(r.Digest, 5, decision.Partial, b.Now(), narrow))))
	got := b.must(b.Desk.Decide(ctx, r.Digest, authority.Manner{}))
	if got.Record.Life.Stage != stage.Partial || len(got.Record.Grant.Scope.Links) != 1 || len(got.Record.Grant.Conditions) != 1 {
		t.Fatalf("%+v", got.Record)
	}
	w, err := b.Desk.Draft(ctx, r.Digest, "w/1", warranttest.Nonce("x"), 0)
	if err != nil {
		t.Fatal(err)
	}
	wider := *w
	wider.Scope.Links = b.CollectionWarrant().Scope.Links
	if _, err := b.Desk.Issue(ctx, b.sealed(b.Permit(&wider))); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a wider warrant than was decided: %v", err)
	}
	if got := b.must(b.Desk.Issue(ctx, b.sealed(b.Seal(w, "member-1", "member-2")))); len(got.Unmet) == 0 || got.Record != nil {
		t.Error("two signatures opened a lock of three")
	}
	if got := b.must(b.Desk.Issue(ctx, b.sealed(b.Permit(w)))); got.Record == nil || got.Record.Life.Ordered == nil {
		t.Errorf("%+v", got)
	}
}

// TestVotesAreTheMembersOwn: nobody votes for another, twice, or for more than was asked.
func TestVotesAreTheMembersOwn(t *testing.T) {
	b := &bench{t, office(t, "")}
	ctx := t.Context()
	r := b.submit(b.Collection(1, b.Now()))
	other := func(v *decision.Vote) { v.Member = "person/member-2" }
	if _, err := b.Desk.Vote(ctx, b.sealed(b.Vote(r.Digest, 1, decision.Approve, b.Now(), other))); fault.KindOf(err) != fault.Permission {
		t.Errorf("for another: %v", err)
	}
	wider := func(v *decision.Vote) {
		g := decision.Whole(b.Collection(1, b.Now()))
		g.Until++
		v.Grant = &g
	}
	if _, err := b.Desk.Vote(ctx, b.sealed(b.Vote(r.Digest, 1, decision.Partial, b.Now(), wider))); fault.KindOf(err) != fault.Invalid {
		t.Errorf("for more: %v", err)
	}
	first := b.sealed(b.Vote(r.Digest, 1, decision.Approve, b.Now()))
	b.must(b.Desk.Vote(ctx, first))
	if _, err := b.Desk.Vote(ctx, b.sealed(b.Vote(r.Digest, 1, decision.Refuse, b.Now()))); fault.KindOf(err) != fault.Invalid {
		t.Errorf("twice: %v", err)
	}
	b.must(b.Desk.Vote(ctx, b.sealed(b.Vote(r.Digest, 1, decision.Refuse, b.Now(), func(v *decision.Vote) { v.Replaces = first.Digest() }))))
	c, err := b.Desk.Count(ctx, r.Digest)
	if err != nil || c.Against != 1 || c.Taking != 1 || c.Support != 0 {
		t.Errorf("%+v %v", c, err)
	}
}

// TestInvariant16_ARenewalThatCopiesIsShown: a renewal is a row of reasons of its own; what it copies is warned of and
// blocks nothing; the warrant before ends where the next begins.
func TestInvariant16_ARenewalThatCopiesIsShown(t *testing.T) {
	b := &bench{t, office(t, "")}
	a := b.Collection(1, b.Now())
	first := b.submit(a)
	issued, e := b.grant(first)
	b.Later(20 * 24 * time.Hour)
	n := b.Renewal(a, first.Digest, e.Digest(), 1, b.Now(), a.Until)
	n.Findings[1].Text = "As before: " + a.Findings[1].Text
	r := b.submit(n)
	if len(r.Record.Warnings) != 1 || r.Record.Warnings[0].Condition != "no-other-means" || !r.Record.Warnings[0].Renewal || r.Record.Renewal != 1 || r.Record.Chain != first.Digest {
		t.Errorf("%+v", r.Record)
	}
	next, e2 := b.grant(r)
	if next.Record.Life.Stage != stage.Approved || b.stands(e.Digest()) != stage.Live || b.stands(e2.Digest()) != stage.Issued {
		t.Errorf("%s and %s", b.stands(e.Digest()), b.stands(e2.Digest()))
	}
	if o, _, err := b.Log.Read(r.Index); err != nil || o.Entry.Class != proof.ExtensionRequest {
		t.Errorf("%+v %v", o, err)
	}
	if o, _, err := b.Log.Read(next.Record.Judgement); err != nil || o.Entry.Class != proof.Extension {
		t.Errorf("%+v %v", o, err)
	}
	b.Later(time.Duration(a.Until-b.Now()) * time.Second)
	if b.stands(e.Digest()) != "" || b.stands(e2.Digest()) != stage.Live {
		t.Errorf("%q and %q", b.stands(e.Digest()), b.stands(e2.Digest()))
	}
	again, err := b.Desk.Get(t.Context(), issued.Digest)
	if err != nil || again.FollowedBy != "" && again.FollowedBy != r.Digest {
		t.Errorf("%+v %v", again, err)
	}
}

// TestInvariant11_UrgentMeasuresAreCounted: three a day and no more; not again for the
// same case or target; without facts it is no application at all.
func TestInvariant11_UrgentMeasuresAreCounted(t *testing.T) {
	b := &bench{t, office(t, "")}
	ctx := t.Context()
	var digests []paper.Digest
	for n := range 3 {
		r := b.submit(b.Urgent(n, b.Now()))
		got, e := b.issue(r.Digest)
		if got.Record.Life.Urged == nil || b.stands(e.Digest()) != stage.Live {
			t.Fatalf("%+v", got.Record.Life)
		}
		digests = append(digests, r.Digest)
	}
	fourth := b.must(b.Desk.Submit(ctx, b.sealed(b.Sign(b.Urgent(4, b.Now())))))
	if !unmet.List(fourth.Unmet).Has("urgent-too-many") {
		t.Errorf("%s", unmet.List(fourth.Unmet))
	}
	b.Later(24 * time.Hour)
	same := b.Urgent(5, b.Now())
	same.Scope.Targets = b.Urgent(1, b.Now()).Scope.Targets
	r := b.must(b.Desk.Submit(ctx, b.sealed(b.Sign(same))))
	if !unmet.List(r.Unmet).Has("urgent-undecided") {
		t.Errorf("%s", unmet.List(r.Unmet))
	}
	b.votes(digests[1], decision.Approve, decision.Approve, decision.Approve)
	b.must(b.Desk.Decide(ctx, digests[1], authority.Manner{}))
	same.ID, same.Nonce = "a/urgent-6", warranttest.Nonce("6")
	b.submit(same)
	bare := b.Urgent(7, b.Now())
	bare.Urgency.Facts = " "
	if _, err := b.Sign(bare); err == nil {
		t.Error("an urgency without facts is a paper")
	}
}

// TestInvariant10_TheUrgentPathClosesItself: a collection has none; a police measure that
// the check refuses is over at once; one that must be confirmed and is not is over at its
// instant, reports itself, and says what is to be erased.
func TestInvariant10_TheUrgentPathClosesItself(t *testing.T) {
	t.Run("none", func(t *testing.T) {
		b := &bench{t, office(t, "")}
		a := b.Collection(1, b.Now())
		a.Path, a.Urgency = warrant.Urgent, &application.Urgency{Facts: "no time", When: b.Now() - 60}
		r := b.must(b.Desk.Submit(t.Context(), b.sealed(b.Sign(a))))
		if !unmet.List(r.Unmet).Has("rule-path") || r.Record.Life.Stage != stage.Incomplete {
			t.Errorf("%s", unmet.List(r.Unmet))
		}
	})
	t.Run("refused", func(t *testing.T) {
		b := &bench{t, office(t, "")}
		r := b.submit(b.Urgent(1, b.Now()))
		_, e := b.issue(r.Digest)
		b.votes(r.Digest, decision.Refuse, decision.Refuse, decision.Refuse)
		b.must(b.Desk.Decide(t.Context(), r.Digest, authority.Manner{}))
		if s := b.stands(e.Digest()); s != "" {
			t.Errorf("refused, it stands as %q", s)
		}
	})
	t.Run("unconfirmed", func(t *testing.T) {
		b := &bench{t, office(t, "", func(w *warranttest.World) {
			w.Police.Paths.Urgent = &regime.Urgent{After: regime.Confirm, ConfirmWithinS: 7200, K: 1, OnRefusal: regime.StopAndErase, Role: "chief"}
		})}
		a := b.Urgent(1, b.Now())
		a.Until = a.From + 7200
		r := b.submit(a)
		_, e := b.issue(r.Digest)
		if alarms, err := b.Desk.Tick(t.Context()); err != nil || len(alarms) > 0 {
			t.Fatalf("%+v %v", alarms, err)
		}
		b.Later(2*time.Hour - time.Second)
		if s := b.stands(e.Digest()); s != stage.Live {
			t.Errorf("before its instant it stands as %q", s)
		}
		b.Later(time.Second)
		if s := b.stands(e.Digest()); s != "" {
			t.Errorf("unconfirmed, it stands as %q", s)
		}
		alarms, err := b.Desk.Tick(t.Context())
		if err != nil || len(alarms) != 1 || !alarms[0].Erase || alarms[0].Warrant != e.Digest() {
			t.Fatalf("%+v %v", alarms, err)
		}
		if o, _, err := b.Log.Read(alarms[0].Index); err != nil || o.Entry.Class != proof.Mistake || o.Entry.Warrant != e.Digest() {
			t.Errorf("%+v %v", o, err)
		}
		if again, err := b.Desk.Tick(t.Context()); err != nil || len(again) > 0 {
			t.Errorf("told twice: %+v %v", again, err)
		}
	})
}

// TestInvariant26_LatenessReportsItself: what the commission promised and did not do is
// an entry of its log, without anybody's help, once.
func TestInvariant26_LatenessReportsItself(t *testing.T) {
	f := officeWith(t, authoritytest.Options{Interval: time.Hour, Change: func(c *authority.Config) { c.Promise = 14 * 24 * time.Hour }})
	b := &bench{t, f}
	r := b.submit(b.Collection(1, b.Now()))
	b.Later(14*24*time.Hour - time.Second)
	if a, err := b.Desk.Tick(t.Context()); err != nil || len(a) > 0 {
		t.Fatalf("%+v %v", a, err)
	}
	b.Later(time.Second)
	a, err := b.Desk.Tick(t.Context())
	if err != nil || len(a) != 1 || a[0].Kind != alarm.LateStep || a[0].Application != r.Digest {
		t.Fatalf("%+v %v", a, err)
	}
	if o, _, err := b.Log.Read(a[0].Index); err != nil || o.Entry.Class != proof.Mistake {
		t.Errorf("%+v %v", o, err)
	}
	if a, err := b.Desk.Tick(t.Context()); err != nil || len(a) > 0 {
		t.Errorf("%+v %v", a, err)
	}
}

// TestCorrectionAndWithdrawal: a member asks, the applicant answers with another paper in
// its place, which the votes are then on; a withdrawal ends it.
func TestCorrectionAndWithdrawal(t *testing.T) {
	b := &bench{t, office(t, "")}
	ctx := t.Context()
	a := b.Collection(1, b.Now())
	r := b.submit(a)
	q := application.CorrectionRequest{Application: r.Digest, At: b.Now(), Due: b.Now() + 86400, Member: "person/member-1", Items: []application.Item{{Condition: "necessity", Text: "say since when"}}}
	if _, err := b.Desk.AskCorrection(ctx, b.sealed(paper.Seal(application.CorrectionType, q, b.Signer("member-2")))); fault.KindOf(err) != fault.Permission {
		t.Errorf("in another's name: %v", err)
	}
	b.must(b.Desk.AskCorrection(ctx, b.sealed(paper.Seal(application.CorrectionType, q, b.Signer("member-1")))))
	if _, err := b.Desk.Vote(ctx, b.sealed(b.Vote(r.Digest, 1, decision.Approve, b.Now()))); err == nil {
		t.Error("a vote while a correction is awaited")
	}
	m := *a
	m.ID, m.Nonce, m.Previous = "a/mended", warranttest.Nonce("mended"), &application.Previous{Digest: r.Digest, Reason: application.Correction}
	next := b.submit(&m)
	old, err := b.Desk.Get(ctx, r.Digest)
	if err != nil || old.Life.Stage != stage.Corrected || old.FollowedBy != next.Digest || next.Record.Chain != r.Digest {
		t.Errorf("%+v %v", old, err)
	}
	w := application.Withdrawal{Applicant: a.Applicant, Application: next.Digest, At: b.Now(), Reason: "the botnet is gone"}
	if _, err := b.Desk.Withdraw(ctx, b.sealed(paper.Seal(application.WithdrawalType, w, b.Signer("chief")))); fault.KindOf(err) != fault.Permission {
		t.Errorf("another body withdraws: %v", err)
	}
	got := b.must(b.Desk.Withdraw(ctx, b.sealed(paper.Seal(application.WithdrawalType, w, b.Signer("agency-1")))))
	if got.Record.Life.Stage != stage.Withdrawn {
		t.Errorf("%+v", got.Record.Life)
	}
}

// TestInvariant16_TheDeskRemembersAcrossAStop: reasons of another case are shown to the
// members with their source, block nothing, and are still known after the desk was closed.
func TestInvariant16_TheDeskRemembersAcrossAStop(t *testing.T) {
	c, err := authoritytest.NewCountry()
	if err != nil {
		t.Fatal(err)
	}
	w, err := authoritytest.NewWitnesses(4, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	dir := t.TempDir()
	o := authoritytest.Options{Interval: time.Hour, Change: func(c *authority.Config) { c.Likeness = repeat.NewMemory() }}
	const reason = "two operators have seen the same server steer devices of theirs every six hours, and the carriers could not say to whom it is let"
	var first paper.Digest
	for n := range 2 {
		f, err := c.Open(t.Context(), dir, w, o)
		if err != nil {
			t.Fatal(err)
		}
		b := &bench{t, f}
		a := b.Collection(n, b.Now())
		a.Findings[0].Text = reason
		r := b.submit(a)
		switch found := r.Record.Warnings; {
		case n == 0 && len(found) > 0:
			t.Errorf("%+v", found)
		case n == 0:
			first = r.Digest
		case len(found) == 0 || found[0].Application != first || found[0].Condition != "necessity" || r.Record.Life.Stage != stage.Received:
			t.Errorf("%+v", r.Record)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
