package authority_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/authority"
	"github.com/noroshi-acd/noroshi/authority/application"
	"github.com/noroshi-acd/noroshi/authority/authoritytest"
	"github.com/noroshi-acd/noroshi/authority/decision"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime/judge"
	"github.com/noroshi-acd/noroshi/authority/stage"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/authority/warrant/warranttest"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// keyOf changes the key of a person in a root.
func keyOf(w *warranttest.World, person paper.ID, change func(*trust.Body, *trust.Key)) {
	for i := range w.Root.Bodies {
		for j := range w.Root.Bodies[i].Keys {
			if w.Root.Bodies[i].Keys[j].Person == person {
				change(&w.Root.Bodies[i], &w.Root.Bodies[i].Keys[j])
			}
		}
	}
}

// TestInvariant11_TheCountKnowsNoMidnight: urgent measures that were asked for before
// midnight, begun after it and ended by their own applicant count on the day on which
// they were begun.
func TestInvariant11_TheCountKnowsNoMidnight(t *testing.T) {
	b := &bench{t, office(t, "")}
	ctx := t.Context()
	b.Later(time.Duration(86400-int64(b.Now())%86400-60) * time.Second)
	var asked []paper.Digest
	for n := range 3 {
		asked = append(asked, b.submit(b.Urgent(n, b.Now())).Digest)
	}
	b.Later(2 * time.Minute)
	for _, d := range asked {
		w, err := b.Desk.Draft(ctx, d, "w/"+paper.ID(d[7:15]), warranttest.Nonce(string(d)), b.Now())
		if err != nil {
			t.Fatal(err)
		}
		if got := b.must(b.Desk.Issue(ctx, b.sealed(b.Permit(w)))); got.Record == nil {
			t.Fatalf("%s", unmet.List(got.Unmet))
		}
		gone := application.Withdrawal{Applicant: b.Urgent(0, b.Now()).Applicant, Application: d, At: b.Now(), Reason: "it is done"}
		b.must(b.Desk.Withdraw(ctx, b.sealed(paper.Seal(application.WithdrawalType, gone, b.Signer("chief")))))
	}
	fourth := b.must(b.Desk.Submit(ctx, b.sealed(b.Sign(b.Urgent(9, b.Now())))))
	if !unmet.List(fourth.Unmet).Has("urgent-too-many") {
		t.Errorf("a fourth of the day: %+v, lacks %s", fourth.Record.Life, unmet.List(fourth.Unmet))
	}
}

// TestInvariant10_ACorrectionChangesNothingThatWasBegun: a correction does not bring
// another matter to the check than that which was begun on the urgent path.
func TestInvariant10_ACorrectionChangesNothingThatWasBegun(t *testing.T) {
	b := &bench{t, office(t, "")}
	ctx := t.Context()
	a := b.Urgent(1, b.Now())
	r := b.submit(a)
	_, e := b.issue(r.Digest)
	follows := &application.Previous{Digest: r.Digest, Reason: application.Correction}
	for name, change := range map[string]func(*application.Application){
		"other targets": func(o *application.Application) { o.Scope.Targets = b.Urgent(2, b.Now()).Scope.Targets },
		"another case":  func(o *application.Application) { o.Case = "case/harmless" },
		"fewer people":  func(o *application.Application) { o.People = o.People[:1] },
		"a longer time": func(o *application.Application) { o.Until += 3600 },
	} {
		o := *a
		o.ID, o.Nonce, o.Previous = "a/other", warranttest.Nonce(name), follows
		change(&o)
		if _, err := b.Desk.Submit(ctx, b.sealed(b.Sign(&o))); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	same := *a
	same.ID, same.Nonce, same.Previous = "a/same", warranttest.Nonce("same"), follows
	same.Findings = append([]application.Finding{}, a.Findings...)
	same.Findings[0].Text += ", as the log of the ward shows"
	if got := b.submit(&same); got.Record.Life.Urged == nil || b.stands(e.Digest()) != stage.Live {
		t.Errorf("better reasons: %+v", got.Record.Life)
	}
}

// TestInvariant10_AWarrantIsRenewedOnce: two renewals of one warrant would count as one,
// and both would live.
func TestInvariant10_AWarrantIsRenewedOnce(t *testing.T) {
	b := &bench{t, office(t, "")}
	ctx := t.Context()
	a := b.Collection(1, b.Now())
	first := b.submit(a)
	_, e := b.grant(first)
	b.Later(20 * 24 * time.Hour)
	one := b.submit(b.Renewal(a, first.Digest, e.Digest(), 1, b.Now(), a.Until))
	two := b.Renewal(a, first.Digest, e.Digest(), 2, b.Now(), a.Until)
	if _, err := b.Desk.Submit(ctx, b.sealed(b.Sign(two))); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a second renewal of the same warrant: %v", err)
	}
	b.votes(one.Digest, decision.Refuse, decision.Refuse, decision.Refuse)
	b.must(b.Desk.Decide(ctx, one.Digest, authority.Manner{}))
	b.submit(two) // the first was refused: it may be asked for once more
}

// TestInvariant13_WhoHasLeftSaysNothing: an earlier instant under a paper of today does
// not bring back an office that is over.
func TestInvariant13_WhoHasLeftSaysNothing(t *testing.T) {
	over := warranttest.Now + 600
	b := &bench{t, office(t, "", func(w *warranttest.World) {
		for _, p := range []paper.ID{"person/agency-1", "person/member-2"} {
			keyOf(w, p, func(_ *trust.Body, k *trust.Key) { k.Until = over })
		}
	})}
	ctx, before := t.Context(), b.Now()
	kept := b.Collection(1, before)
	r := b.submit(kept)
	b.Later(time.Hour)
	if _, err := b.Desk.Submit(ctx, b.sealed(b.Sign(b.Collection(2, before)))); fault.KindOf(err) != fault.Permission {
		t.Errorf("an application: %v", err)
	}
	if again := b.submit(kept); again.Index != r.Index {
		t.Error("what was taken in before was not found again")
	}
	if _, err := b.Desk.Vote(ctx, b.sealed(b.Vote(r.Digest, 2, decision.Refuse, before))); err == nil {
		t.Error("a vote was taken in")
	}
	ask := application.CorrectionRequest{Application: r.Digest, At: before, Due: before + 86400, Items: []application.Item{{Text: "everything"}}, Member: "person/member-2"}
	if _, err := b.Desk.AskCorrection(ctx, b.sealed(paper.Seal(application.CorrectionType, ask, b.Signer("member-2")))); fault.KindOf(err) != fault.Permission {
		t.Errorf("a request for correction: %v", err)
	}
	gone := application.Withdrawal{Applicant: kept.Applicant, Application: r.Digest, At: before, Reason: "spite"}
	if _, err := b.Desk.Withdraw(ctx, b.sealed(paper.Seal(application.WithdrawalType, gone, b.Signer("agency-1")))); fault.KindOf(err) != fault.Permission {
		t.Errorf("a withdrawal: %v", err)
	}
}

// TestInvariant13_NoBodyVotesButTheCommission: another body's role of the same name is no
// seat in the commission.
func TestInvariant13_NoBodyVotesButTheCommission(t *testing.T) {
	b := &bench{t, office(t, "", func(w *warranttest.World) {
		keyOf(w, "person/agency-2", func(body *trust.Body, k *trust.Key) {
			body.Roles, k.Roles = []paper.ID{"acquirer", "member", "top"}, []paper.ID{"acquirer", "member"}
		})
	})}
	r := b.submit(b.Collection(1, b.Now()))
	v := decision.Vote{Application: r.Digest, At: b.Now(), Member: "person/agency-2", Position: decision.Approve, Reasons: "we want it"}
	if _, err := b.Desk.Vote(t.Context(), b.sealed(paper.Seal(decision.VoteType, v, b.Signer("agency-2")))); err == nil {
		t.Error("the applicant's body voted")
	}
}

// TestInvariant26_OneLostLawStopsNoClock: an application whose rules are not at hand any
// more is late like any other, and keeps no other from being.
func TestInvariant26_OneLostLawStopsNoClock(t *testing.T) {
	lost := map[paper.Digest]bool{}
	b := &bench{t, nil}
	b.Office = officeWith(t, authoritytest.Options{Interval: time.Hour, Change: func(c *authority.Config) {
		rules := c.Rules
		c.Promise = time.Hour
		c.Rules = func(d paper.Digest) *judge.Evaluator {
			if lost[d] {
				return nil
			}
			return rules(d)
		}
	}})
	first := b.submit(b.Collection(1, b.Now()))
	second := b.submit(b.Police(2, b.Now()))
	lost[b.Collection(1, b.Now()).Rules] = true
	b.Later(2 * time.Hour)
	found, err := b.Desk.Tick(t.Context())
	if err != nil || len(found) != 2 || found[0].Application != first.Digest || found[1].Application != second.Digest {
		t.Errorf("%+v %v", found, err)
	}
}

// TestOneOfficeAtATime: a second service on the same log is refused, and one with a log
// of its own does not take the store of another.
func TestOneOfficeAtATime(t *testing.T) {
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
	dsn := "sqlite:" + filepath.Join(dir, "shared.db")
	f, err := c.Open(t.Context(), dir, w, authoritytest.Options{Interval: time.Hour, DSN: dsn})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	b := &bench{t, f}
	b.submit(b.Collection(1, b.Now()))
	if g, err := c.Open(t.Context(), dir, w, authoritytest.Options{Interval: time.Hour, DSN: dsn}); err == nil {
		_ = g.Close()
		t.Error("two services have one log open")
	}
	g, err := c.Open(t.Context(), t.TempDir(), w, authoritytest.Options{Interval: time.Hour, DSN: dsn})
	if fault.KindOf(err) != fault.Permission {
		t.Errorf("two services have one store open, with a log each: %v", err)
	}
	if err == nil {
		_ = g.Close()
	}
}

// TestInvariant10_APartOfTheUrgentPathIsNotTheWhole: when the check gives less than was
// begun, what was begun is over; what was given needs a warrant of its own.
func TestInvariant10_APartOfTheUrgentPathIsNotTheWhole(t *testing.T) {
	b := &bench{t, office(t, "")}
	ctx := t.Context()
	a := b.Urgent(1, b.Now())
	r := b.submit(a)
	_, e := b.issue(r.Digest)
	for m := 1; m <= 3; m++ {
		b.must(b.Desk.Vote(ctx, b.sealed(b.Vote(r.Digest, m, decision.Partial, b.Now(), func(v *decision.Vote) {
			g := decision.Whole(a)
			g.Until -= 3600
			v.Grant = &g
		}))))
	}
	got := b.must(b.Desk.Decide(ctx, r.Digest, authority.Manner{}))
	if got.Record.Life.Stage != stage.Partial || b.stands(e.Digest()) != "" {
		t.Errorf("%+v stands as %q", got.Record.Life, b.stands(e.Digest()))
	}
	if next, w := b.issue(r.Digest); next.Record.Life.Ordered == nil || b.stands(w.Digest()) == "" {
		t.Errorf("what was given: %+v", next.Record.Life)
	}
}

// TestInvariant26_ACorrectionIsOwedByAnInstantInSight: neither a member nor whoever draws
// the decision puts the next step off for ever.
func TestInvariant26_ACorrectionIsOwedByAnInstantInSight(t *testing.T) {
	b := &bench{t, office(t, "")}
	ctx := t.Context()
	r := b.submit(b.Collection(1, b.Now()))
	ask := application.CorrectionRequest{Application: r.Digest, At: b.Now(), Due: b.Now() + application.MostCorrectionS + 1, Items: []application.Item{{Text: "more"}}, Member: "person/member-2"}
	if ask.Check() == nil {
		t.Error("a correction that is owed by no instant in sight")
	}
	b.votes(r.Digest, decision.Correct, decision.Correct, decision.Correct)
	if _, err := b.Desk.Decide(ctx, r.Digest, authority.Manner{Due: ask.Due}); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a decision that puts it off: %v", err)
	}
	late := b.Collection(1, b.Now()).Until + 1
	for name, due := range map[string]paper.Time{"none": 0, "at once": b.Now() + 3600, "after the time that is asked for": late} {
		if _, err := b.Desk.Decide(ctx, r.Digest, authority.Manner{Due: due}); fault.KindOf(err) != fault.Invalid {
			t.Errorf("a correction that is owed by %s: %v", name, err)
		}
	}
	b.must(b.Desk.Decide(ctx, r.Digest, authority.Manner{Due: late - 1}))
}
