package window_test

import (
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/authority/grant"
	"github.com/noroshi-acd/noroshi/authority/live"
	"github.com/noroshi-acd/noroshi/authority/live/window"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/books"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// edge opens the edge's book beside a tap's.
func (x *tap) edge(dir string) *window.Book {
	x.t.Helper()
	g, err := window.Open(window.Config{Dir: dir, Party: "edge", Key: x.Key("edge"), Effect: "forward", Profiles: x.Profile}, x.clock, x.watch)
	if err != nil {
		x.t.Fatal(err)
	}
	return g
}

// TestUnused: a grant that only the tap took would keep its link shut for ever; the edge
// signs that it let nothing through, once nobody can accept it there any more, and not
// before, and never for what it had accepted.
func TestUnused(t *testing.T) {
	x := newTap(t)
	dir := t.TempDir()
	g := x.edge(dir)
	defer func() { _ = g.Close() }()
	e, err := x.Open(x.minute(1), 10, 1000)
	if err != nil {
		t.Fatal(err)
	}
	lost := x.offer(e)
	o, list, err := x.book.Accept(lost)
	if err != nil || len(list) > 0 {
		t.Fatal(unmet.List(list), err)
	}
	second, err := x.Open(x.minute(2), 10, 1000)
	if err != nil {
		t.Fatal(err)
	}
	both, list, err := g.Accept(x.offer(second))
	if err != nil || len(list) > 0 {
		t.Fatal(unmet.List(list), err)
	}
	x.until(o.Open().From, 2*time.Second)
	x.say(true)
	if got := x.take(4, 4); got != live.Through {
		t.Fatal(got)
	}
	own := func(n int64) []grant.Count {
		return []grant.Count{{N: n, Name: paper.ID(books.Forwarded), Party: "edge"}}
	}
	shut := func(d paper.Digest, n int64) *paper.Envelope {
		c, err := x.Close(d, paper.TimeOf(x.True.Now()), 4, n)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	refused := func(why string, c, open *paper.Envelope, n int64, name string) {
		t.Helper()
		if err := g.SignUnused(c, open, own(n), x.Signer(name)); err == nil || len(c.Signatures) > 0 {
			t.Errorf("%s: signed", why)
		} else if why != "another's key" && fault.Hint(err) == "" {
			t.Errorf("%s: no hint: %v", why, err)
		}
	}
	refused("its window is open", shut(o.Digest(), 0), e, 0, "edge")
	x.until(both.Open().To, 2*time.Second)
	x.say(true)
	refused("it was accepted", shut(both.Digest(), 0), second, 0, "edge")
	refused("something went through", shut(o.Digest(), 3), e, 3, "edge")
	refused("another open's close", shut(o.Digest(), 0), second, 0, "edge")
	refused("the close says something else", shut(o.Digest(), 3), e, 0, "edge")
	refused("another's key", shut(o.Digest(), 0), e, 0, "tap-1")
	x.True.Set(time.Hour)
	refused("the time is not known", shut(o.Digest(), 0), e, 0, "edge")
	x.True.Set(-time.Hour)
	c := shut(o.Digest(), 0)
	if err := g.SignUnused(c, e, own(0), x.Signer("edge")); err != nil {
		t.Fatal(err)
	}
	if err := x.book.Sign(c, []grant.Count{{N: 4, Name: paper.ID(books.Copied), Party: "tap"}}, nil, x.Signer("tap-1")); err != nil {
		t.Fatal(err)
	}
	r, err := x.Record(t.Context(), proof.GrantClose, c, x.Warrant.Digest())
	if err != nil {
		t.Fatal(err)
	}
	if list, err := x.book.AcceptClose(c, r); err != nil || len(list) > 0 {
		t.Error(unmet.List(list), err)
	}
	if got, list, err := g.Accept(lost); err != nil || got != nil || !unmet.List(list).Has("grant-over") {
		t.Errorf("what was signed to be unused is accepted: %v, %v", unmet.List(list), err)
	}
}

// TestUnusedAfterFolding: what was accepted, closed and added to the sum is not signed to
// be unused, though nobody knows it one by one any more.
func TestUnusedAfterFolding(t *testing.T) {
	x := newTap(t)
	g := x.edge(t.TempDir())
	defer func() { _ = g.Close() }()
	var first *paper.Envelope
	for range 34 {
		e, err := x.Open(x.minute(1), 10, 1000)
		if err != nil {
			t.Fatal(err)
		}
		o, list, err := g.Accept(x.offer(e))
		if err != nil || len(list) > 0 {
			t.Fatal(unmet.List(list), err)
		}
		if first == nil {
			first = e
		}
		x.until(o.Open().To, 2*time.Second)
		x.say(true)
		c, err := x.Close(o.Digest(), paper.TimeOf(x.True.Now()), 0, 0, "tap-1")
		if err != nil {
			t.Fatal(err)
		}
		if err := g.Sign(c, []grant.Count{{N: 0, Name: paper.ID(books.Forwarded), Party: "edge"}}, nil, x.Signer("edge")); err != nil {
			t.Fatal(err)
		}
		r, err := x.Record(t.Context(), proof.GrantClose, c, x.Warrant.Digest())
		if err != nil {
			t.Fatal(err)
		}
		if list, err := g.AcceptClose(c, r); err != nil || len(list) > 0 {
			t.Fatal(unmet.List(list), err)
		}
	}
	never, err := x.Open(x.minute(1), 10, 1000) // by the hub, and offered to nobody
	if err != nil {
		t.Fatal(err)
	}
	x.until(x.minute(15), 0)
	x.say(true)
	e, err := x.Open(x.minute(1), 10, 1000)
	if err != nil {
		t.Fatal(err)
	}
	if _, list, err := g.Accept(x.offer(e)); err != nil || len(list) > 0 { // with it the old ones are added up
		t.Fatal(unmet.List(list), err)
	}
	if n := len(g.List()); n != 1 {
		t.Fatalf("%d grants are still held one by one", n)
	}
	sign := func(open *paper.Envelope) error {
		c, err := x.Close(open.Digest(), paper.TimeOf(x.True.Now()), 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		return g.SignUnused(c, open, []grant.Count{{N: 0, Name: paper.ID(books.Forwarded), Party: "edge"}}, x.Signer("edge"))
	}
	if err := sign(first); fault.KindOf(err) != fault.Permission {
		t.Errorf("a grant that was used and added up is signed to be unused: %v", err)
	}
	if err := sign(never); err != nil {
		t.Errorf("one that came after all of those: %v", err)
	}
}
