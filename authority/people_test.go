package authority_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/actor"
	"github.com/noroshi-acd/noroshi/authority"
	"github.com/noroshi-acd/noroshi/authority/application"
	"github.com/noroshi-acd/noroshi/authority/authoritytest"
	"github.com/noroshi-acd/noroshi/authority/decision"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/authority/warrant/warranttest"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// registered is an office with a register of people, of which the desk's store holds the
// tables; each spoil may change it, and who has keys, before it begins.
func registered(t *testing.T, change func(*actor.Document), spoil ...func(*warranttest.World)) (*bench, *actor.Register) {
	t.Helper()
	var register *actor.Register
	f := officeWith(t, authoritytest.Options{Interval: time.Hour, Change: func(c *authority.Config) {
		if err := c.Store.Migrate(context.Background(), actor.Noun()); err != nil {
			t.Fatal(err)
		}
		register = actor.New(c.Store, c.Clock)
		d := people()
		if change != nil {
			change(d)
		}
		if err := register.Found(context.Background(), d, "the test's author"); err != nil {
			t.Fatal(err)
		}
		c.People = register
	}}, spoil...)
	return &bench{t, f}, register
}

// people is the register that agrees with the made-up country's trust root.
func people() *actor.Document {
	const from = warranttest.Now - 86400*300
	d := &actor.Document{Locks: []actor.Locks{{Instrument: "lab/collection", Roles: []paper.ID{"member", "minister"}}}}
	bear := func(body, person, role paper.ID) {
		words := paper.Words{EN: string(person), JA: string(person)}
		d.People = append(d.People, actor.Person{ID: person, Name: words})
		d.Duties = append(d.Duties, actor.Duty{Number: int64(len(d.Duties) + 1), Body: body, Person: person, Role: role, From: from, Until: actor.Forever, Act: "order 1"})
	}
	for _, b := range []paper.ID{"agency", "commission", "ministry", "police"} {
		d.Bodies = append(d.Bodies, actor.Body{ID: b, Jurisdiction: "lab", Name: paper.Words{EN: string(b), JA: string(b)}, From: from, Until: actor.Forever})
	}
	for _, n := range []paper.ID{"1", "2", "3", "4", "5"} {
		bear("commission", "person/member-"+n, "member")
	}
	bear("agency", "person/agency-1", "acquirer")
	bear("agency", "person/agency-2", "acquirer")
	bear("ministry", "person/minister", "minister")
	bear("police", "person/chief", "chief")
	bear("commission", "person/registrar", "registrar")
	return d
}

// end ends a person's only duty now.
func (b *bench) end(r *actor.Register, person paper.ID) paper.Time {
	b.Helper()
	list, err := r.Duties(context.Background(), person)
	if err == nil && len(list) == 1 {
		err = r.End(context.Background(), list[0].Number, 0, "order 9", "person/registrar")
	}
	if err != nil || len(list) != 1 {
		b.Fatalf("%v %v", list, err)
	}
	return b.Now()
}

// refused wants a refusal that names all of some words, in both languages.
func (b *bench) refused(what string, err error, names ...string) {
	b.Helper()
	if fault.KindOf(err) != fault.Permission || fault.Hint(err) == "" {
		b.Errorf("%s: %v", what, err)
		return
	}
	for _, l := range []i18n.Lang{i18n.EN, i18n.JA} {
		for _, n := range names {
			if text := fault.Text(err, l); !strings.Contains(text, n) {
				b.Errorf("%s: %q does not name %s", what, text, n)
			}
		}
	}
}

// TestInvariant12_TheDeskAsksTheRegister: with the register of people, an application goes
// through to its warrant when root and register agree, and each act of one whose duty has
// ended in the register is refused with the person, the duty and its dates, although the
// trust root still has the key.
func TestInvariant12_TheDeskAsksTheRegister(t *testing.T) {
	b, register := registered(t, nil)
	ctx := t.Context()
	_, e := b.grant(b.submit(b.Collection(1, b.Now())))
	b.Later(2 * time.Hour)
	open := b.submit(b.Collection(2, b.Now()))
	early := b.submit(b.Collection(3, b.Now()))
	b.votes(early.Digest, decision.Approve, decision.Approve, decision.Approve)
	b.Later(time.Hour)
	over := b.end(register, "person/member-2").String()
	b.Later(time.Minute)
	_, err := b.Desk.Vote(ctx, b.sealed(b.Vote(open.Digest, 2, decision.Approve, b.Now())))
	b.refused("a vote", err, "person/member-2", "member", "commission", over)
	_, err = b.Desk.Vote(ctx, b.sealed(b.Vote(open.Digest, 2, decision.Recuse, b.Now())))
	b.refused("a recusal", err, "person/member-2", over)
	_, err = b.Desk.AskCorrection(ctx, b.asks(open.Digest, "member-2", b.Now()+2*86400))
	b.refused("a request for correction", err, "person/member-2", over)
	_, err = b.Desk.Decide(ctx, early.Digest, authority.Manner{})
	b.refused("a decision on a vote of before", err, "person/member-2", over)
	_, err = b.Desk.Stop(ctx, b.sealed(b.Suspend(e.Digest(), b.Now())))
	b.refused("a suspension", err, "person/member-2", over)
	_, err = b.Desk.Stop(ctx, b.sealed(b.Revoke(e.Digest(), b.Now())))
	b.refused("a revocation", err, "person/member-2", over)
	for m, p := range map[int]decision.Position{1: decision.Approve, 3: decision.Approve, 4: decision.Approve} {
		b.must(b.Desk.Vote(ctx, b.sealed(b.Vote(open.Digest, m, p, b.Now()))))
	}
	b.must(b.Desk.Decide(ctx, open.Digest, authority.Manner{}))
	w, err := b.Desk.Draft(ctx, open.Digest, "w/2", warranttest.Nonce("w2"), 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.Desk.Issue(ctx, b.sealed(b.Seal(w, "member-1", "member-2", "member-3", "minister")))
	b.refused("a warrant", err, "person/member-2", over)
	if got := b.must(b.Desk.Issue(ctx, b.sealed(b.Seal(w, "member-1", "member-3", "member-4", "minister")))); got.Record == nil {
		t.Errorf("signed by three who bear the duty: %v", got.Unmet)
	}
	next := b.Collection(4, b.Now())
	gone := b.end(register, "person/agency-1").String()
	b.Later(time.Minute)
	_, err = b.Desk.Submit(ctx, b.sealed(b.Sign(next)))
	b.refused("an application", err, "person/agency-1", "acquirer", "agency", gone)
	last := b.submitted(3)
	withdraw := application.Withdrawal{Applicant: next.Applicant, Application: last, At: b.Now(), Reason: "it is over"}
	_, err = b.Desk.Withdraw(ctx, b.sealed(paper.Seal(application.WithdrawalType, withdraw, b.Signer("agency-1"))))
	b.refused("a withdrawal", err, "person/agency-1", gone)
}

// submitted is the digest of application n.
func (b *bench) submitted(n int) paper.Digest {
	b.Helper()
	e := b.sealed(b.Sign(b.Collection(n, warranttest.Now+2*3600)))
	if _, err := b.Desk.Get(context.Background(), e.Digest()); err != nil {
		b.Fatal(err)
	}
	return e.Digest()
}

// TestInvariant12_ARegisterThatHasNotBegun: it refuses nobody, and the desk goes by the
// trust root; one that has begun refuses whom it does not know.
func TestInvariant12_ARegisterThatHasNotBegun(t *testing.T) {
	b, _ := registered(t, func(d *actor.Document) { *d = actor.Document{} })
	r := b.submit(b.Collection(1, b.Now()))
	b.votes(r.Digest, decision.Approve)
	b, _ = registered(t, func(d *actor.Document) {
		d.Duties = d.Duties[1:]
		for i := range d.Duties {
			d.Duties[i].Number = int64(i + 1)
		}
	})
	r = b.submit(b.Collection(1, b.Now()))
	_, err := b.Desk.Vote(t.Context(), b.sealed(b.Vote(r.Digest, 1, decision.Approve, b.Now())))
	b.refused("a member without a duty", err, "person/member-1", "member", "commission")
}

// TestInvariant13_WhoDecidesDoesNotAsk: a member does not apply, whichever key is used; who
// has applied does not vote after a change of office; who is to act under the warrant does
// not decide on it.
func TestInvariant13_WhoDecidesDoesNotAsk(t *testing.T) {
	b, register := registered(t, nil, func(w *warranttest.World) {
		keyOf(w, "person/agency-2", func(_ *trust.Body, k *trust.Key) { k.Until = warranttest.Now + 86400 })
		for i := range w.Root.Bodies { // agency-2 is to be a member later, with another key
			if w.Root.Bodies[i].ID == "commission" {
				k := trust.Key{Key: w.Key("agency-2-later"), Person: "person/agency-2", Roles: []paper.ID{"member"}, From: warranttest.Now + 86400, Until: warranttest.Now + 300*86400}
				w.Root.Bodies[i].Keys = append(w.Root.Bodies[i].Keys, k)
			}
		}
	})
	ctx := t.Context()
	mine := b.Collection(1, b.Now())
	mine.Applicant.Person = "person/agency-2"
	r := b.must(b.Desk.Submit(ctx, b.sealed(paper.Seal(application.Type, mine, b.Signer("agency-2")))))
	theirs := b.submit(b.Collection(2, b.Now()))
	b.Later(25 * time.Hour)
	moved := b.end(register, "person/agency-2")
	vote := func(about paper.Digest) error {
		v := decision.Vote{Application: about, At: b.Now(), Member: "person/agency-2", Position: decision.Approve, Reasons: "I know it well"}
		_, err := b.Desk.Vote(ctx, b.sealed(paper.Seal(decision.VoteType, v, b.Signer("agency-2-later"))))
		return err
	}
	b.refused("a vote on the own application", vote(r.Digest), "person/agency-2", "acquirer", "agency", mine.At.String())
	b.refused("a vote on what the own body asked for then", vote(theirs.Digest), "person/agency-2", "acquirer", "agency", moved.String())
	b.Later(time.Second)
	after := b.submit(b.Collection(3, b.Now()))
	b.refused("a vote without the duty", vote(after.Digest), "person/agency-2", "member", "commission")
	duty := actor.Duty{Body: "commission", Person: "person/agency-2", Role: "member", Act: "order 10"}
	if _, err := register.Appoint(ctx, duty, "person/registrar"); err != nil {
		t.Fatal(err)
	}
	if err := vote(after.Digest); err != nil {
		t.Errorf("a vote on what was asked for after: %v", err)
	}
	again := b.Collection(4, b.Now())
	again.Applicant.Person = "person/agency-2"
	_, err := b.Desk.Submit(ctx, b.sealed(paper.Seal(application.Type, again, b.Signer("agency-2"))))
	b.refused("an application with the key of the office before", err, "person/agency-2")
	acts := b.Police(5, b.Now())
	acts.People[0].Person = "person/member-4"
	x := b.submit(acts)
	_, err = b.Desk.Vote(ctx, b.sealed(b.Vote(x.Digest, 4, decision.Approve, b.Now())))
	b.refused("a vote of one who is to act", err, "person/member-4", acts.People[0].Until.String())
	b.must(b.Desk.Vote(ctx, b.sealed(b.Vote(x.Digest, 4, decision.Recuse, b.Now()))))
}

// TestInvariant13_AMemberDoesNotApply: without any register, who holds the commission's
// lock by the trust root does not ask for what it decides.
func TestInvariant13_AMemberDoesNotApply(t *testing.T) {
	b := &bench{t, office(t, "", func(w *warranttest.World) {
		for i := range w.Root.Bodies {
			if o := &w.Root.Bodies[i]; o.ID == "commission" {
				o.Roles = append([]paper.ID{"acquirer"}, o.Roles...)
				o.Keys[4].Roles = []paper.ID{"acquirer", "member"}
			}
		}
	})}
	a := b.Collection(1, b.Now())
	a.Applicant = application.Applicant{Body: "commission", Person: "person/member-5", Role: "acquirer"}
	_, err := b.Desk.Submit(t.Context(), b.sealed(paper.Seal(application.Type, a, b.Signer("member-5"))))
	b.refused("an application of a member", err, "person/member-5", "member", "commission", (warranttest.Now + 366*86400).String())
}

// TestInvariant13_NoTwoLocksOneAfterTheOther: who has voted as a member does not sign for
// the ministry's lock after a change of office, and who is of two bodies by root and
// register signs for neither.
func TestInvariant13_NoTwoLocksOneAfterTheOther(t *testing.T) {
	b, register := registered(t, nil, func(w *warranttest.World) {
		w.Collection.Locks = append(w.Collection.Locks, regime.Lock{K: 1, Role: "minister", Standard: w.Collection.Locks[0].Standard})
		keyOf(w, "person/member-3", func(_ *trust.Body, k *trust.Key) { k.Until = warranttest.Now + 86400 })
		for i := range w.Root.Bodies {
			if w.Root.Bodies[i].ID == "ministry" {
				k := trust.Key{Key: w.Key("member-3-later"), Person: "person/member-3", Roles: []paper.ID{"minister"}, From: warranttest.Now + 86400, Until: warranttest.Now + 300*86400}
				w.Root.Bodies[i].Keys = append(w.Root.Bodies[i].Keys, k)
			}
		}
	})
	ctx := t.Context()
	r := b.submit(b.Collection(1, b.Now()))
	b.votes(r.Digest, decision.Approve, decision.Approve, decision.Approve)
	b.must(b.Desk.Decide(ctx, r.Digest, authority.Manner{}))
	b.Later(25 * time.Hour)
	w, err := b.Desk.Draft(ctx, r.Digest, "w/1", warranttest.Nonce("w1"), b.Now()+60)
	if err != nil {
		t.Fatal(err)
	}
	sign := func(minister string) (*authority.Receipt, error) {
		e := b.sealed(paper.Seal(warrant.Type, w, b.Signer("member-1"), b.Signer("member-2"), b.Signer("member-4"), b.Signer(minister)))
		return b.Desk.Issue(ctx, e)
	}
	_, err = sign("member-3-later")
	b.refused("a voter who signs for another body", err, "person/member-3", "minister", "ministry")
	b.end(register, "person/minister")
	b.Later(time.Second)
	_, err = sign("minister")
	b.refused("a minister whose duty has ended", err, "person/minister", "minister", "ministry")
}
