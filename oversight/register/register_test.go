package register_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/authority/authoritytest"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/warrant/warranttest"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/store/storetest"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/oversight/act"
	"github.com/noroshi-acd/noroshi/oversight/figures"
	"github.com/noroshi-acd/noroshi/oversight/register"
)

// bench is a test with an open register.
type bench struct {
	*testing.T
	*authoritytest.Office
	*register.Register
}

// open opens a register on one engine, in a country that may be changed.
func open(t *testing.T, dsn string, spoil ...func(*warranttest.World)) *bench {
	t.Helper()
	return openAt(t, dsn, 10*time.Millisecond, spoil...)
}

// openAt opens a register whose log is published at an interval.
func openAt(t *testing.T, dsn string, interval time.Duration, spoil ...func(*warranttest.World)) *bench {
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
	f, err := c.Open(t.Context(), t.TempDir(), w, authoritytest.Options{DSN: dsn, Interval: interval})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	if err := f.Store.Migrate(t.Context(), register.Noun()); err != nil {
		t.Fatal(err)
	}
	g, err := register.Open(t.Context(), register.Config{
		Store: f.Store, Ledger: f.Log, Body: "commission", Member: "member", Role: "registrar", View: func() *trust.View { return c.View },
		Clock: func() time.Time { return f.Now().Time() },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = g.Close() })
	return &bench{t, f, g}
}

func (b *bench) sealed(payloadType string, v any, keys ...string) *paper.Envelope {
	b.Helper()
	e, err := paper.Seal(payloadType, v)
	if err != nil {
		b.Fatal(err)
	}
	for _, k := range keys {
		if err := e.Add(b.Signer(k)); err != nil {
			b.Fatal(err)
		}
	}
	return e
}

// none is the kind of no error.
const none = fault.Kind(255)

// take brings a paper and wants an error of a kind, or none.
func (b *bench) take(name string, want fault.Kind, payloadType string, v any, keys ...string) *paper.Envelope {
	b.Helper()
	e := b.sealed(payloadType, v, keys...)
	_, index, err := b.Take(b.Context(), e)
	if want == none && (err != nil || index < 0) || want != none && (err == nil || fault.KindOf(err) != want) {
		b.Errorf("%s: index %d, %v", name, index, err)
	}
	return e
}

func (b *bench) owed() (list []paper.Digest) {
	b.Helper()
	found, err := b.Owed(b.Context(), "")
	if err != nil {
		b.Fatal(err)
	}
	for _, x := range found {
		list = append(list, x.Digest)
	}
	return list
}

func (b *bench) notice() act.Notice {
	return act.Notice{Articles: []string{"66"}, At: b.Now(), Body: "agency", ID: "n/1", Member: "person/member-1", Outline: "a record was kept too long"}
}

// TestWhoMayBring: each paper has its author, and nobody writes for another, from the
// future, or from a past in which he was in office.
func TestWhoMayBring(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		b := open(t, dsn, func(w *warranttest.World) {
			for i := range w.Root.Bodies {
				for j := range w.Root.Bodies[i].Keys {
					if k := &w.Root.Bodies[i].Keys[j]; k.Person == "person/member-4" || k.Person == "person/agency-2" {
						k.Until = warranttest.Now + 600
					}
				}
			}
		})
		b.Later(time.Hour)
		n := b.notice()
		b.take("nobody has signed", fault.Permission, act.NoticeType, n)
		b.take("another member", fault.Permission, act.NoticeType, n, "member-2")
		b.take("the body that it is about", fault.Permission, act.NoticeType, n, "agency-1")
		old := n
		old.At, old.Member = warranttest.Now, "person/member-4"
		b.take("a member who has left", fault.Permission, act.NoticeType, old, "member-4")
		late := n
		late.At = b.Now() + 60
		b.take("of the future", fault.Invalid, act.NoticeType, late, "member-1")
		e := b.take("the member", none, act.NoticeType, n, "member-1")
		_, first, _ := b.Take(t.Context(), e)
		if _, again, err := b.Take(t.Context(), e); err != nil || again != first {
			t.Errorf("the same paper again: %d, then %d: %v", first, again, err)
		}
		f := act.FollowUp{At: b.Now(), Body: "agency", Outline: "it was erased", Paper: e.Digest(), Person: "person/agency-1", State: act.Done}
		b.take("another body's follow-up", fault.Permission, act.FollowUpType, f, "chief")
		theirs := f
		theirs.Body, theirs.Person = "police", "person/chief"
		b.take("a body that it is not about", fault.NotFound, act.FollowUpType, theirs, "chief")
		gone := f
		gone.At, gone.Person = warranttest.Now, "person/agency-2"
		b.take("who has left the body", fault.Permission, act.FollowUpType, gone, "agency-2")
		b.take("the body's", none, act.FollowUpType, f, "agency-1")
		list, err := b.List(t.Context(), proof.BreachNotice, "agency' OR '1'='1", -1, 10)
		if err != nil || len(list) != 0 {
			t.Errorf("a name that is a query: %d, %v", len(list), err)
		}
	})
}

// drawn gives the reveal of a commitment and its draw, as the log's tree has them.
func (b *bench) drawn(e *paper.Envelope, secret []byte) (act.Reveal, []int64) {
	b.Helper()
	_, index, err := b.Take(b.Context(), e) // brought again: the same entry
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(b.Context(), 30*time.Second)
	defer cancel()
	if _, err := b.Log.Await(ctx, index); err != nil {
		b.Fatal(err)
	}
	tree, _, err := b.Log.Tree()
	if err != nil {
		b.Fatal(err)
	}
	root, err := tree.RootAt(index + 1)
	if err != nil {
		b.Fatal(err)
	}
	r := act.Reveal{Commitment: e.Digest(), Root: proof.RootDigest(root), Secret: secret, Size: index + 1}
	return r, b.draw(e, r)
}

func (b *bench) draw(e *paper.Envelope, r act.Reveal) []int64 {
	b.Helper()
	var c act.Commitment
	if err := e.Open(act.CommitmentType, &c); err != nil {
		b.Fatal(err)
	}
	list, err := act.Draw(c, r)
	if err != nil {
		b.Fatal(err)
	}
	return list
}

// inspected is an inspection of a sample in which all is right.
func (b *bench) inspected(id paper.ID, r act.Reveal, drawn []int64) act.Inspection {
	i := act.Inspection{Articles: []string{"63"}, At: b.Now(), Body: "agency", ID: id, Member: "person/member-1", Outline: "five entries were looked at", Sample: &r, Findings: []act.Finding{}}
	for _, n := range drawn {
		i.Findings = append(i.Findings, act.Finding{Place: act.Place{Index: n, Origin: warranttest.Acts}, Verdict: act.Right})
	}
	return i
}

// TestInvariant28_ACommitmentIsOwedItsDraw: who commits to many samples cannot keep the
// one that suits him in silence, choose the tree that it is drawn by, draw one twice, or
// leave out what was drawn.
func TestInvariant28_ACommitmentIsOwedItsDraw(t *testing.T) {
	b := open(t, "")
	secret := make([]byte, act.SecretSize)
	var sealed []*paper.Envelope
	for n := range 3 {
		secret[0] = byte(n)
		c := act.Commitment{At: b.Now(), First: 0, Last: 100, N: 5, Origin: warranttest.Acts, Secret: paper.DigestOf(secret)}
		sealed = append(sealed, b.take("a commitment", none, act.CommitmentType, c, "member-1"))
	}
	if got := b.owed(); len(got) != 3 {
		t.Fatalf("three draws are owed, and %d are listed", len(got))
	}
	secret[0] = 1
	reveal, drawn := b.drawn(sealed[1], secret)
	later := reveal // by the tree of the next commitment, which the log has too
	next := b.reach(sealed[2])
	later.Root, later.Size = next.Root, next.Size
	b.take("by a later tree", fault.Invalid, act.InspectionType, b.inspected("i/0", later, b.draw(sealed[1], later)), "member-1")
	branch := reveal
	branch.Root = paper.DigestOf([]byte("of a branch"))
	b.take("by a root that the log never had", fault.Invalid, act.InspectionType, b.inspected("i/0", branch, b.draw(sealed[1], branch)), "member-1")
	b.take("one left out", fault.Invalid, act.InspectionType, b.inspected("i/1", reveal, drawn[1:]), "member-1")
	more := b.inspected("i/1", reveal, drawn)
	more.Findings = append(more.Findings, act.Finding{Place: act.Place{Index: 500, Origin: warranttest.Acts}, Verdict: act.Right})
	b.take("one more than was drawn", fault.Invalid, act.InspectionType, more, "member-1")
	b.take("whole", none, act.InspectionType, b.inspected("i/1", reveal, drawn), "member-1")
	b.take("drawn a second time", fault.Invalid, act.InspectionType, b.inspected("i/2", reveal, drawn), "member-1")
	if got := fmt.Sprint(b.owed()); got != fmt.Sprint([]paper.Digest{sealed[0].Digest(), sealed[2].Digest()}) {
		t.Errorf("still owed: %s", got)
	}
}

// reach gives the tree that ends with a commitment.
func (b *bench) reach(e *paper.Envelope) act.Reveal {
	secret := make([]byte, act.SecretSize)
	secret[0] = 2
	r, _ := b.drawn(e, secret)
	return r
}

// TestInvariant28_NothingIsDrawnUnwitnessed: before witnesses have cosigned the commitment
// nobody draws by it.
func TestInvariant28_NothingIsDrawnUnwitnessed(t *testing.T) {
	b := openAt(t, "", time.Hour)
	_, first, err := b.Take(t.Context(), b.sealed(act.NoticeType, b.notice(), "member-1"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Log.Await(t.Context(), first); err != nil { // after it the next checkpoint is an hour away
		t.Fatal(err)
	}
	secret := make([]byte, act.SecretSize)
	e := b.take("a commitment", none, act.CommitmentType, act.Commitment{At: b.Now(), First: 0, Last: 100, N: 5, Origin: warranttest.Acts, Secret: paper.DigestOf(secret)}, "member-1")
	_, index, err := b.Take(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	r := act.Reveal{Commitment: e.Digest(), Root: paper.DigestOf(nil), Secret: secret, Size: index + 1}
	b.take("unwitnessed", fault.Limit, act.InspectionType, b.inspected("i/1", r, b.draw(e, r)), "member-1")
}

// TestASampleIsOfEntriesThatAreThere: nobody binds the commission to a sample of a
// log that nobody keeps, or of entries of its own log that no witness has seen.
func TestASampleIsOfEntriesThatAreThere(t *testing.T) {
	b := open(t, "")
	e := b.take("an entry to look at", none, act.NoticeType, b.notice(), "member-1")
	_, index, err := b.Take(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Log.Await(t.Context(), index); err != nil {
		t.Fatal(err)
	}
	commit := func(name string, want fault.Kind, origin string, first, last int64) {
		t.Helper()
		c := act.Commitment{At: b.Now(), First: first, Last: last, N: 1, Origin: origin, Secret: paper.DigestOf(fmt.Append(nil, name))}
		b.take(name, want, act.CommitmentType, c, "member-1")
	}
	commit("a log that nobody keeps", fault.NotFound, "nobody.example/log", 0, 1)
	commit("beyond the own log", fault.Invalid, b.Log.Origin(), 1<<40, 1<<40+5)
	commit("up to far beyond the own log", fault.Invalid, b.Log.Origin(), 0, index+100)
	commit("all of the own log", none, b.Log.Origin(), 0, index+1)
	commit("another log of the root", none, warranttest.Acts, 0, 100)
	if got := b.owed(); len(got) != 2 {
		t.Errorf("%d draws are owed, not 2", len(got))
	}
}

// TestRedressIsDoneOnceForEach: two who say at the same time that the same redress was done
// settle what is owed one after the other, and no more than is owed.
func TestRedressIsDoneOnceForEach(t *testing.T) {
	b := open(t, "")
	m := b.take("an error", none, act.MistakeType, act.Mistake{At: b.Now(), Body: "agency", Due: b.Now() + 60, Found: b.Now(), ID: "e/1", Kind: "late", Outline: "late"}, "agency-1")
	owed := act.Redress{At: b.Now(), Body: "agency", Due: b.Now() + 60, Mistake: m.Digest(), Outline: "an apology", Remedy: act.Apology}
	b.take("owed", none, act.RedressType, owed, "member-1")
	owed.Outline = "another apology"
	b.take("owed again", none, act.RedressType, owed, "member-1")
	errs := make([]error, 3)
	var all sync.WaitGroup
	for i := range errs {
		done := owed
		done.Done, done.Outline = true, fmt.Sprint("said sorry ", i)
		e := b.sealed(act.RedressType, done, "agency-1")
		all.Go(func() { _, _, errs[i] = b.Take(t.Context(), e) })
	}
	all.Wait()
	refused := 0
	for _, err := range errs {
		if err != nil && fault.KindOf(err) == fault.NotFound {
			refused++
		}
	}
	if left := b.owed(); refused != 1 || len(left) != 1 || left[0] != m.Digest() {
		t.Errorf("%d of three were refused (%v), and %d are owed", refused, errs, len(left))
	}
}

// TestInvariant26_TheDesksErrorsAreOnTheRegister: what the desk finds about itself stands
// beside what others report, once, with its clock, and goes only by an answer.
func TestInvariant26_TheDesksErrorsAreOnTheRegister(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		b := open(t, dsn)
		e, err := b.Sign(b.Collection(0, b.Now()))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.Desk.Submit(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		if got := b.owed(); len(got) != 0 {
			t.Fatalf("owed before anything is late: %v", got)
		}
		b.Later(100 * 24 * time.Hour)
		alarms, err := b.Desk.Tick(t.Context())
		if err != nil || len(alarms) == 0 {
			t.Fatalf("nothing is late after 100 days: %v", err)
		}
		list, err := b.List(t.Context(), proof.Mistake, "commission", -1, 10)
		if err != nil || len(list) != 1 || list[0].Index != alarms[0].Index || list[0].Due <= b.Now() {
			t.Fatalf("%+v of %+v: %v", list, alarms, err)
		}
		if again, err := b.List(t.Context(), proof.Mistake, "", -1, 10); err != nil || len(again) != 1 {
			t.Errorf("asked again: %d, %v", len(again), err)
		}
		if others, err := b.List(t.Context(), "", "agency", -1, 10); err != nil || len(others) != 0 {
			t.Errorf("another body is shown the commission's own: %d, %v", len(others), err)
		}
		if got := fmt.Sprint(b.owed()); got != fmt.Sprint([]paper.Digest{list[0].Digest}) {
			t.Errorf("owed: %s", got)
		}
		b.take("answered", none, act.FollowUpType, act.FollowUp{At: b.Now(), Body: "commission", Outline: "a second shift was set up", Paper: list[0].Digest, Person: "person/member-1", State: act.Done}, "member-1")
		if got := b.owed(); len(got) != 0 {
			t.Errorf("owed after the answer: %v", got)
		}
	})
}

// TestOpinions: a monitor or an adviser speaks with the own key and role about what is on
// the docket; nobody else does, and nobody for another.
func TestOpinions(t *testing.T) {
	b := open(t, "", func(w *warranttest.World) {
		for i := range w.Root.Bodies {
			x := &w.Root.Bodies[i]
			if x.ID != "commission" {
				continue
			}
			for j := range x.Keys {
				if x.Keys[j].Person == "person/member-4" {
					x.Keys[j].Roles = []paper.ID{"monitor"}
				}
			}
		}
	})
	e, err := b.Sign(b.Collection(0, b.Now()))
	if err != nil {
		t.Fatal(err)
	}
	r, err := b.Desk.Submit(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	o := act.Opinion{Application: r.Digest, At: b.Now(), Person: "person/member-4", Reasons: "the links are more than the case needs", Role: act.Monitor}
	b.take("nobody has signed", fault.Permission, act.OpinionType, o)
	b.take("a member for the monitor", fault.Permission, act.OpinionType, o, "member-1")
	own := o
	own.Person = "person/member-1"
	b.take("a member as monitor", fault.Permission, act.OpinionType, own, "member-1")
	adviser := o
	adviser.Role = act.Adviser
	b.take("the monitor as adviser", fault.Permission, act.OpinionType, adviser, "member-4")
	lost := o
	lost.Application = paper.DigestOf([]byte("nothing"))
	b.take("about nothing", fault.NotFound, act.OpinionType, lost, "member-4")
	given := o
	given.Warrant = paper.DigestOf([]byte("no warrant"))
	b.take("about a warrant that was not issued", fault.NotFound, act.OpinionType, given, "member-4")
	b.take("the monitor", none, act.OpinionType, o, "member-4")
	list, err := b.Opinions(t.Context(), r.Digest)
	if err != nil || len(list) != 1 || list[0].Class != proof.Opinion {
		t.Fatalf("%+v %v", list, err)
	}
	if p, err := b.Desk.Packet(t.Context(), r.Digest); err != nil || p.Count.Taking != 0 || len(p.Count.Votes) != 0 {
		t.Errorf("an opinion counts as a vote: %+v, %v", p.Count, err)
	}
	if got := b.owed(); len(got) != 0 {
		t.Errorf("an opinion is owed an answer: %v", got)
	}
}

// TestInvariant26_EveryErrorHasAClock: neither an error nor redress puts its own instant
// off for ever, and what is owed goes only by being done.
func TestInvariant26_EveryErrorHasAClock(t *testing.T) {
	b := open(t, "")
	m := act.Mistake{At: b.Now(), Body: "agency", Due: b.Now() + 7*86400, Found: b.Now(), ID: "e/1", Kind: "kept-too-long", Outline: "a record was kept too long"}
	never := m
	never.Due = b.Now() + act.MostAnswerS + 1
	if never.Check() == nil {
		t.Error("a clock that runs for ever")
	}
	e := b.take("an error", none, act.MistakeType, m, "agency-1")
	r := act.Redress{At: b.Now(), Body: "agency", Mistake: e.Digest(), Outline: "an apology is owed", Remedy: act.Apology}
	if r.Check() == nil {
		t.Error("redress that is owed by no instant")
	}
	r.Due = b.Now() + 86400
	b.take("found by the body itself", fault.Permission, act.RedressType, r, "agency-1")
	owed := b.take("owed", none, act.RedressType, r, "member-1")
	other := r
	other.Done, other.Remedy = true, act.Erasure
	other.Data = []act.Data{{Day: "2026-11-22", Warrant: paper.DigestOf([]byte("w"))}}
	other.Disposals = []act.Place{{Index: 7, Origin: warranttest.Acts}}
	b.take("another remedy was done", fault.NotFound, act.RedressType, other, "agency-1")
	if got := fmt.Sprint(b.owed()); got != fmt.Sprint([]paper.Digest{owed.Digest(), e.Digest()}) {
		t.Errorf("owed: %s", got)
	}
	done := r
	done.Done = true
	b.take("done", none, act.RedressType, done, "agency-1")
	if got := fmt.Sprint(b.owed()); got != fmt.Sprint([]paper.Digest{e.Digest()}) {
		t.Errorf("owed: %s", got)
	}

	// what is to be erased stands in what is owed; another day's proof does not settle it
	erase := r
	erase.Remedy, erase.Data = act.Erasure, other.Data
	b.take("erasure is owed", none, act.RedressType, erase, "member-1")
	other.Data = []act.Data{{Day: "2026-11-21", Warrant: other.Data[0].Warrant}}
	b.take("another day was erased", fault.NotFound, act.RedressType, other, "agency-1")
	other.Data = erase.Data
	b.take("erased", none, act.RedressType, other, "agency-1")
	if got := fmt.Sprint(b.owed()); got != fmt.Sprint([]paper.Digest{e.Digest()}) {
		t.Errorf("owed: %s", got)
	}
}

// TestInvariant27_WhoCloses: who speaks for a log's keeper brings its periods, and one who
// speaks for the commission the figures of a year that is over; nobody else.
func TestInvariant27_WhoCloses(t *testing.T) {
	b := open(t, "sqlite:"+t.TempDir()+"/register.db")
	r := proof.PeriodReport{Counts: []proof.PeriodCount{{Class: proof.Build, N: 1, Role: "registrar"}}, Last: 1, Origin: warranttest.Acts, Sealed: []proof.Sealed{}}
	for _, key := range []string{"agency-2", "member-1", "hub"} {
		b.take("a period of the acts by "+key, fault.Permission, proof.PeriodType, r, key)
	}
	b.take("a period of the acts", none, proof.PeriodType, r, "agency-1")
	r.Origin = warranttest.Decisions
	for _, key := range []string{"member-5", "liveness", "agency-1"} {
		b.take("a period of the decisions by "+key, fault.Permission, proof.PeriodType, r, key)
	}
	b.take("a period of the decisions", none, proof.PeriodType, r, "member-2")

	f := figures.Figures{
		From: b.Now() - 365*86400, Until: b.Now(), Last: 1, Origin: warranttest.Decisions, Items: []figures.Item{}, Outlines: []figures.Outline{},
		Periods: []paper.Digest{paper.DigestOf(nil)}, Repeats: []figures.Repeats{}, Sealed: []proof.Sealed{}, Shut: []figures.Span{}, Withheld: []figures.Withheld{},
	}
	for _, key := range []string{"member-5", "liveness", "agency-1"} {
		b.take("figures by "+key, fault.Permission, figures.Type, f, key)
	}
	f.Until++
	b.take("figures of a year that is not over", fault.Invalid, figures.Type, f, "member-3")
	f.Until--
	b.take("figures", none, figures.Type, f, "member-3")
}
