package openings_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/authority/authoritytest"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/oversight/act"
	"github.com/noroshi-acd/noroshi/oversight/opening"
	"github.com/noroshi-acd/noroshi/oversight/register"
	"github.com/noroshi-acd/noroshi/role/commission/openings"
)

// bench is a test with a commission's log and an open desk of openings; its log notes
// what is opened, and can be cut off from its witnesses.
type bench struct {
	*testing.T
	*authoritytest.Office
	*openings.Desk
	register *register.Register
	opened   []int64
	cut      bool
}

func (b *bench) Receipt(ctx context.Context, index int64) (*proof.Receipt, error) {
	if b.cut {
		return nil, errors.New("no witness answers")
	}
	return b.Office.Log.Receipt(ctx, index)
}

func (b *bench) Origin() string { return b.Office.Log.Origin() }

func (b *bench) Read(index int64) (*proof.Opened, []byte, error) { return b.Office.Log.Read(index) }

func (b *bench) Unseal(ctx context.Context, indices ...int64) error {
	err := b.Office.Log.Unseal(ctx, indices...)
	if err == nil {
		b.opened = append(b.opened, indices...)
	}
	return err
}

func open(t *testing.T, most int) *bench {
	t.Helper()
	c, err := authoritytest.NewCountry()
	if err != nil {
		t.Fatal(err)
	}
	w, err := authoritytest.NewWitnesses(4, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	f, err := c.Open(t.Context(), t.TempDir(), w, authoritytest.Options{Interval: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	if err := f.Store.Migrate(t.Context(), register.Noun()); err != nil {
		t.Fatal(err)
	}
	g, err := register.Open(t.Context(), register.Config{
		Store: f.Store, Ledger: f.Log, Body: "commission", Member: "member", Role: "registrar", View: func() *trust.View { return c.View },
		Clock: func() time.Time { return f.Now().Time() }, ByHand: most,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = g.Close() })
	b := &bench{T: t, Office: f, register: g}
	b.Desk = &openings.Desk{Log: b, Register: g, Logger: slog.New(slog.DiscardHandler)}
	for _, text := range []string{"a", "b", "c", "d"} { // something to be opened
		n := act.Notice{About: []act.Place{}, Articles: []string{"66"}, At: b.Now(), Body: "agency", ID: paper.ID("n/" + text), Member: "person/member-1", Outline: text}
		e := b.sealed(act.NoticeType, n, "member-1")
		if _, _, err := g.Take(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	return b
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

func (b *bench) request(entries ...int64) opening.Request {
	return opening.Request{Articles: []string{"63"}, At: b.Now(), Entries: entries, Member: "person/member-1", Origin: b.Origin(), Purpose: "the year is published"}
}

// TestInvariant28_NothingIsOpenedButOnRecord: what is opened was asked for by a member's
// own key, stands in the log under the witnesses' cosignatures first, and is opened with
// its request; every other request opens nothing and leaves no entry.
func TestInvariant28_NothingIsOpenedButOnRecord(t *testing.T) {
	b := open(t, 3)
	r := b.request(0, 2)
	e := b.sealed(opening.Type, r, "member-1")
	index, receipt, err := b.Take(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	if want := []int64{index, 0, 2}; !slices.Equal(b.opened, want) || len(receipt) == 0 {
		t.Fatalf("opened %v, want %v; receipt of %d bytes", b.opened, want, len(receipt))
	}
	if o, _, err := b.Read(index); err != nil || o.Entry.Class != proof.OpeningRequest || o.Entry.Paper != e.Digest() {
		t.Errorf("entry %d: %+v, %v", index, o, err)
	}
	if again, _, err := b.Take(t.Context(), e); err != nil || again != index {
		t.Errorf("brought again: entry %d, %v", again, err)
	}
	b.opened = nil
	for name, c := range map[string]struct {
		change func(*opening.Request)
		keys   []string
		want   fault.Kind
	}{
		"nobody has signed it":           {func(*opening.Request) {}, nil, fault.Permission},
		"another member has":             {func(*opening.Request) {}, []string{"member-2"}, fault.Permission},
		"the registrar has":              {func(r *opening.Request) { r.Member = "person/registrar" }, []string{"liveness"}, fault.Permission},
		"the applicant has":              {func(r *opening.Request) { r.Member = "person/agency-1" }, []string{"agency-1"}, fault.Permission},
		"it is stale":                    {func(r *opening.Request) { r.At -= paper.Time(opening.Fresh/time.Second) + 1 }, []string{"member-1"}, fault.Invalid},
		"it is of tomorrow":              {func(r *opening.Request) { r.At += 3600 }, []string{"member-1"}, fault.Invalid},
		"it is about another log":        {func(r *opening.Request) { r.Origin = "acts.lab.example/log" }, []string{"member-1"}, fault.Invalid},
		"it names what is not there yet": {func(r *opening.Request) { r.Entries = []int64{0, 5000} }, []string{"member-1"}, fault.NotFound},
		"it names too much by hand":      {func(r *opening.Request) { r.Entries = []int64{0, 1, 2, 3} }, []string{"member-1"}, fault.Limit},
		"a draw that nobody committed to": {func(r *opening.Request) {
			r.Sample = &act.Reveal{Commitment: paper.DigestOf(nil), Root: paper.DigestOf(nil), Secret: make([]byte, act.SecretSize), Size: 4}
		}, []string{"member-1"}, fault.NotFound},
	} {
		r := b.request(1)
		c.change(&r)
		_, _, err := b.Take(t.Context(), b.sealed(opening.Type, r, c.keys...))
		if err == nil || fault.KindOf(err) != c.want || len(b.opened) != 0 {
			t.Errorf("%s: opened %v, %v", name, b.opened, err)
		}
	}
	if list, err := b.register.List(t.Context(), proof.OpeningRequest, "", -1, 100); err != nil || len(list) != 1 {
		t.Errorf("%d requests are on record, %v", len(list), err)
	}
}

// TestAnInterruptedRequestIsCarriedOut: while no witness answers nothing is opened; then
// the service opens it by itself, once.
func TestAnInterruptedRequestIsCarriedOut(t *testing.T) {
	b := open(t, 0)
	b.cut = true
	r := b.request(1, 3)
	index, _, err := b.Take(t.Context(), b.sealed(opening.Type, r, "member-1"))
	if fault.KindOf(err) != fault.Limit || len(b.opened) != 0 {
		t.Fatalf("opened %v without a witness, %v", b.opened, err)
	}
	if err := b.Finish(t.Context()); err == nil || len(b.opened) != 0 {
		t.Fatalf("opened %v without a witness, %v", b.opened, err)
	}
	b.cut = false
	for range 2 {
		if err := b.Finish(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if want := []int64{index, 1, 3}; !slices.Equal(b.opened, want) {
		t.Errorf("opened %v, want %v", b.opened, want)
	}
}

// TestADrawnSampleIsOpenedWhole: what a commitment drew is opened, all of it and nothing
// beside it, also where it is more than one may name by hand.
func TestADrawnSampleIsOpenedWhole(t *testing.T) {
	b := open(t, 1)
	if _, err := b.Receipt(t.Context(), 3); err != nil { // a sample is of entries that witnesses have seen
		t.Fatal(err)
	}
	secret := make([]byte, act.SecretSize)
	c := act.Commitment{At: b.Now(), First: 0, Last: 4, N: 3, Origin: b.Origin(), Secret: paper.DigestOf(secret)}
	e := b.sealed(act.CommitmentType, c, "member-1")
	_, place, err := b.register.Take(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Receipt(t.Context(), place); err != nil { // the witnesses have seen it
		t.Fatal(err)
	}
	tree, _, err := b.Office.Log.Tree()
	if err != nil {
		t.Fatal(err)
	}
	root, err := tree.RootAt(place + 1)
	if err != nil {
		t.Fatal(err)
	}
	s := act.Reveal{Commitment: e.Digest(), Root: proof.RootDigest(root), Secret: secret, Size: place + 1}
	drawn, err := act.Draw(c, s)
	if err != nil {
		t.Fatal(err)
	}
	r := b.request(drawn[1:]...)
	r.Sample = &s
	if _, _, err := b.Take(t.Context(), b.sealed(opening.Type, r, "member-1")); fault.KindOf(err) != fault.Invalid || len(b.opened) != 0 {
		t.Errorf("a part of the sample: opened %v, %v", b.opened, err)
	}
	r.Entries = drawn
	if index, _, err := b.Take(t.Context(), b.sealed(opening.Type, r, "member-1")); err != nil || !slices.Equal(b.opened, append([]int64{index}, drawn...)) {
		t.Errorf("opened %v, drawn %v, %v", b.opened, drawn, err)
	}
}
