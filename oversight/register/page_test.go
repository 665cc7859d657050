package register_test

import (
	"slices"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/authority"
	"github.com/noroshi-acd/noroshi/authority/decision"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/authority/warrant/warranttest"
	"github.com/noroshi-acd/noroshi/books"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// issued takes an application through to its warrant.
func (b *bench) issued() *paper.Envelope {
	b.Helper()
	done := func(r *authority.Receipt, err error) paper.Digest {
		b.Helper()
		if err != nil || len(r.Unmet) > 0 {
			b.Fatal(r, err)
		}
		return r.Digest
	}
	e, err := b.Sign(b.Collection(1, b.Now()))
	if err != nil {
		b.Fatal(err)
	}
	about := done(b.Desk.Submit(b.Context(), e))
	for n := 1; n <= 3; n++ {
		v, err := b.Vote(about, n, decision.Approve, b.Now())
		if err != nil {
			b.Fatal(err)
		}
		done(b.Desk.Vote(b.Context(), v))
	}
	done(b.Desk.Decide(b.Context(), about, authority.Manner{}))
	w, err := b.Desk.Draft(b.Context(), about, "w/1", warranttest.Nonce("w"), 0)
	if err != nil {
		b.Fatal(err)
	}
	if e, err = b.Permit(w); err != nil {
		b.Fatal(err)
	}
	done(b.Desk.Issue(b.Context(), e))
	return e
}

// TestInvariant04_BooksReachTheCommission: a page of each sheet comes in from the party
// that keeps it and from no other, stands in the log under its warrant, and what does not
// agree is named; a second story of one page is evidence, a third is refused.
func TestInvariant04_BooksReachTheCommission(t *testing.T) {
	b := open(t, "", func(w *warranttest.World) {
		key := func(name string, roles ...paper.ID) trust.Key {
			return trust.Key{Key: w.Key(name), Person: paper.ID("person/" + name), Roles: roles, From: warranttest.Now - 100_000, Until: warranttest.Now + 1_000_000}
		}
		w.Root.Bodies = slices.Insert(w.Root.Bodies, 1, trust.Body{
			ID: "carrier", Jurisdiction: "lab", Name: paper.Words{EN: "a carrier", JA: "事業者"}, Roles: []paper.ID{"edge", "tap", "top"}, Threshold: 1, List: 1,
			Keys: []trust.Key{key("carrier-top", "top"), key("edge", "edge"), key("tap-1", "tap")}, CA: []paper.Digest{paper.DigestOf([]byte("carrier"))},
		})
	})
	e := b.issued()
	var w warrant.Warrant
	if err := e.Open(warrant.Type, &w); err != nil {
		t.Fatal(err)
	}
	b.Later(4 * time.Hour)
	minute := (w.NotBefore + 59) / 60 * 60
	page := func(s books.Sheet, counts map[books.Name]int64) books.Page {
		return books.NewPage(s, e.Digest(), w.Scope.Links[0].ID, 1, minute, minute+70, counts)
	}
	keys := map[books.Sheet]string{books.Tap: "tap-1", books.EdgeIn: "edge", books.EdgeOut: "edge", books.HubIn: "hub", books.HubKept: "hub"}
	for _, s := range books.Sheets() {
		p := page(s, nil)
		b.take(string(s)+" by a member", fault.Permission, books.PageType, p, "member-1")
		b.take(string(s)+" by nobody", fault.Permission, books.PageType, p)
		for _, k := range keys {
			if k != keys[s] {
				b.take(string(s)+" by "+k, fault.Permission, books.PageType, p, k)
			}
		}
		b.take(string(s), none, books.PageType, p, keys[s])
	}
	if got, err := b.Books(t.Context(), e.Digest()); err != nil || got.Pages != 5 || !got.Whole || wrongs(got.Imbalances) != 0 {
		t.Errorf("%+v %v", got, err)
	}
	other := page(books.Tap, map[books.Name]int64{books.Copied: 7, books.Offered: 7})
	second := b.take("a second story", none, books.PageType, other, "tap-1")
	other.Counts[0].N, other.Counts[3].N = 8, 8
	b.take("a third", fault.Limit, books.PageType, other, "tap-1")
	if got, err := b.Books(t.Context(), e.Digest()); err != nil || got.Pages != 6 || wrongs(got.Imbalances) == 0 {
		t.Errorf("two stories: %+v %v", got, err)
	}
	unknown := page(books.Tap, nil)
	unknown.Warrant = paper.DigestOf([]byte("nothing"))
	b.take("of no warrant", fault.Permission, books.PageType, unknown, "tap-1")
	early := page(books.Tap, nil)
	early.Number, early.Minute = 2, minute-7200
	early.At = early.Minute + 70
	b.take("from before the warrant", fault.Invalid, books.PageType, early, "tap-1")
	_, index, err := b.Take(t.Context(), second)
	if err != nil {
		t.Fatal(err)
	}
	if o, _, err := b.Log.Read(index); err != nil || o.Entry.Class != proof.Books || o.Entry.Warrant != e.Digest() {
		t.Errorf("%+v %v", o, err)
	}
	if list, err := b.List(t.Context(), "", "", -1, 1000); err != nil || len(list) != 0 {
		t.Errorf("the register's own list is flooded: %d, %v", len(list), err)
	}
}

// wrongs counts what is wrong beside pages that have not come yet.
func wrongs(list []books.Imbalance) (n int) {
	for _, i := range list {
		if i.Kind != books.Missing {
			n++
		}
	}
	return n
}
