package register_test

import (
	"fmt"
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
	c, err := authoritytest.NewCountry(spoil...)
	if err != nil {
		t.Fatal(err)
	}
	w, err := authoritytest.NewWitnesses(4, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	f, err := c.Open(t.Context(), t.TempDir(), w, authoritytest.Options{DSN: dsn, Interval: time.Hour})
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

// TestInvariant28_ACommitmentIsOwedItsDraw: who commits to many samples cannot keep the
// one that suits him in silence, draw one twice, or leave out what was drawn.
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
	reveal := act.Reveal{Commitment: sealed[1].Digest(), Root: paper.DigestOf([]byte("root")), Secret: secret, Size: 200}
	i := act.Inspection{Articles: []string{"63"}, At: b.Now(), Body: "agency", ID: "i/1", Member: "person/member-1", Outline: "five entries were looked at", Sample: &reveal, Findings: []act.Finding{}}
	var c act.Commitment
	if err := sealed[1].Open(act.CommitmentType, &c); err != nil {
		t.Fatal(err)
	}
	drawn, err := act.Draw(c, reveal)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range drawn {
		i.Findings = append(i.Findings, act.Finding{Place: act.Place{Index: n, Origin: warranttest.Acts}, Verdict: act.Right})
	}
	short := i
	short.Findings = i.Findings[1:]
	b.take("one left out", fault.Invalid, act.InspectionType, short, "member-1")
	b.take("whole", none, act.InspectionType, i, "member-1")
	again := i
	again.ID, again.Sample = "i/2", &act.Reveal{Commitment: reveal.Commitment, Root: paper.DigestOf([]byte("another root")), Secret: secret, Size: 300}
	if drawn, err = act.Draw(c, *again.Sample); err != nil {
		t.Fatal(err)
	}
	again.Findings = nil
	for _, n := range drawn {
		again.Findings = append(again.Findings, act.Finding{Place: act.Place{Index: n, Origin: warranttest.Acts}, Verdict: act.Right})
	}
	b.take("drawn a second time", fault.Invalid, act.InspectionType, again, "member-1")
	if got := fmt.Sprint(b.owed()); got != fmt.Sprint([]paper.Digest{sealed[0].Digest(), sealed[2].Digest()}) {
		t.Errorf("still owed: %s", got)
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
}
