package window_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/authority/grant"
	"github.com/noroshi-acd/noroshi/authority/live/window"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/authority/warrant/warranttest"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// child lets the holder of a chain's last warrant sign a child for itself.
func (x *tap) child(nonce string, records int64, chain ...*paper.Envelope) []*paper.Envelope {
	x.t.Helper()
	w, err := warrant.Child(chain[len(chain)-1], x.Key("hub"), paper.ID("child/"+nonce), warranttest.Nonce(nonce))
	if err != nil {
		x.t.Fatal(err)
	}
	w.Scope.MaxRecords = records
	e, err := paper.Seal(warrant.Type, w, x.Signer("hub"))
	if err != nil {
		x.t.Fatal(err)
	}
	return append(chain[:len(chain):len(chain)], e)
}

// ask asks for a window under the last warrant of a chain.
func (x *tap) ask(chain []*paper.Envelope, from paper.Time, records, bytes int64) (*grant.Opened, unmet.List) {
	x.t.Helper()
	whole, err := x.Open(from, records, bytes)
	if err != nil {
		x.t.Fatal(err)
	}
	var open grant.Open
	if err := whole.Open(grant.OpenType, &open); err != nil {
		x.t.Fatal(err)
	}
	open.Warrant = chain[len(chain)-1].Digest()
	e, err := paper.Seal(grant.OpenType, open, x.Signer("hub"))
	if err != nil {
		x.t.Fatal(err)
	}
	r, err := x.Record(x.t.Context(), proof.GrantOpen, e, open.Warrant)
	if err != nil {
		x.t.Fatal(err)
	}
	o, list, err := x.book.Accept(window.Offer{Chain: chain, Open: e, Record: r})
	if err != nil {
		x.t.Fatal(err)
	}
	return o, list
}

// TestInvariant19_ChildrenDoNotMultiplyCaps: whatever children a holder signs, for others
// or itself, they share what each warrant above them has, and one window in a minute.
func TestInvariant19_ChildrenDoNotMultiplyCaps(t *testing.T) {
	for name, restart := range map[string]bool{"running": false, "over restarts": true} {
		t.Run(name, func(t *testing.T) {
			x := newTap(t, func(w *warrant.Warrant) { w.Scope.MaxRecords, w.Scope.MaxBytes = 100, 5000 })
			first := []*paper.Envelope{x.Warrant}
			a, b := x.child("a", 100, first...), x.child("b", 100, first...)
			aa, ab := x.child("aa", 50, a...), x.child("ab", 30, a...)
			again := func() {
				if restart {
					x.restart()
					x.say(true)
				}
			}
			want := func(what string, chain []*paper.Envelope, minute int, records, bytes int64, code string) {
				t.Helper()
				o, list := x.ask(chain, x.minute(minute), records, bytes)
				if code == "" && (o == nil || len(list) > 0) || code != "" && (o != nil || !list.Has(code)) {
					t.Errorf("%s: %v, want %q", what, list, code)
				}
				again()
			}
			want("a child", aa, 1, 50, 1000, "")
			for what, chain := range map[string][]*paper.Envelope{"its sibling": ab, "its parent": a, "another child": b, "the first": first, "itself": aa} {
				want(what+" in the same minute", chain, 1, 0, 0, "grant-twice")
			}
			want("a sibling with the whole of the first", b, 2, 100, 1, "count-over")
			want("bytes are divided too", b, 2, 1, 4001, "count-over")
			want("one record too many", b, 2, 51, 1, "count-over")
			want("the same child, which is used up", aa, 2, 1, 1, "count-over")
			want("what is left", ab, 2, 30, 4000, "")
			want("the first, with the use of all its children", first, 3, 21, 0, "count-over") // and too early
			x.until(x.minute(1), 2*time.Second)
			x.say(true)
			want("the first, one too many", first, 2, 21, 0, "count-over")
			want("the first", first, 2, 20, 0, "")
		})
	}
}

// TestInvariant19_FoldedChildrenCount: what a child took is not forgotten by the first
// warrant when its windows are folded.
func TestInvariant19_FoldedChildrenCount(t *testing.T) {
	x := newTap(t)
	chain := x.child("a", x.Of.Scope.MaxRecords, x.Warrant)
	const n = 60
	for range n {
		if err := x.Measure(x.clock, x.True, 0); err != nil {
			t.Fatal(err)
		}
		x.say(true)
		o, list := x.ask(chain, x.minute(1), 10, 1000)
		if o == nil {
			t.Fatal(list)
		}
		x.until(o.Open().From, 2*time.Second)
		x.say(true)
		if _, v := x.book.Gate("carrier-a/1", chain[1].Digest()).Take(x.clock.Read(), 2, 20); v.String() == "" {
			t.Fatal(v)
		}
		x.until(o.Open().To, time.Second)
		x.shut(o, 2)
	}
	if got := len(x.book.List()); got >= n {
		t.Fatalf("nothing is folded: %d", got)
	}
	for range 2 {
		x.say(true)
		for i, c := range [][]*paper.Envelope{{x.Warrant}, x.child("b", x.Of.Scope.MaxRecords, x.Warrant), chain} {
			if o, list := x.ask(c, x.minute(1), x.Of.Scope.MaxRecords-2*n+1, 1); o != nil || !list.Has("count-over") {
				t.Errorf("chain %d: what a child took is forgotten: %v", i, list)
			}
		}
		x.restart()
	}
	x.say(true)
	if o, list := x.ask([]*paper.Envelope{x.Warrant}, x.minute(1), x.Of.Scope.MaxRecords-2*n, 1); o == nil {
		t.Errorf("more is remembered than was taken: %v", list)
	}
}

// TestFolderOfAnEarlierVersion: a folder in which chains were not kept is refused.
func TestFolderOfAnEarlierVersion(t *testing.T) {
	x := newTap(t)
	x.accept(x.minute(1), 10, 1000)
	x.stop()
	files, err := filepath.Glob(filepath.Join(x.dirs[1], "*.json"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	data, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	chain := `"chain":["` + string(x.Warrant.Digest()) + `"],`
	if !strings.Contains(string(data), chain) {
		t.Fatalf("no chain is kept: %s", data)
	}
	if err := os.WriteFile(files[0], []byte(strings.Replace(string(data), chain, "", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	b, err := window.Open(window.Config{Dir: x.dirs[1], Party: "tap", Key: x.Key("tap-1"), Effect: "forward", Profiles: x.Profile}, x.clock, x.watch)
	if b != nil || fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), "earlier version") {
		t.Errorf("%v, %v", b, err)
	}
}
