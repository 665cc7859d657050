package window_test

import (
	"bytes"
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/authority/grant"
	"github.com/noroshi-acd/noroshi/authority/live"
	"github.com/noroshi-acd/noroshi/authority/live/livetest"
	"github.com/noroshi-acd/noroshi/authority/live/window"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/books"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// tap is one tap with all that it rests on.
type tap struct {
	*livetest.Country
	t      testing.TB
	dirs   [2]string
	clock  *live.Clock
	watch  *live.Watch
	book   *window.Book
	number int64
}

func newTap(t testing.TB, spoil ...func(*warrant.Warrant)) *tap {
	t.Helper()
	c, err := livetest.New(spoil...)
	if err != nil {
		t.Fatal(err)
	}
	x := &tap{Country: c, t: t, dirs: [2]string{t.TempDir(), t.TempDir()}}
	if x.clock, err = c.Clock(c.True, 0); err != nil {
		t.Fatal(err)
	}
	x.start()
	t.Cleanup(x.stop)
	x.say(true)
	return x
}

func (x *tap) start() {
	x.t.Helper()
	var err error
	if x.watch, err = live.OpenWatch(x.dirs[0], x.View, x.clock, x.Profile); err != nil {
		x.t.Fatal(err)
	}
	x.book, err = window.Open(window.Config{Dir: x.dirs[1], Party: "tap", Key: x.Key("tap-1"), Effect: "forward", Profiles: x.Profile}, x.clock, x.watch)
	if err != nil {
		x.t.Fatal(err)
	}
}

func (x *tap) stop() {
	_ = x.book.Close()
	_ = x.watch.Close()
}

func (x *tap) restart() {
	x.t.Helper()
	x.stop()
	x.start()
}

// say lets the commission speak.
func (x *tap) say(stands bool) {
	x.t.Helper()
	x.number++
	e, err := x.Say(x.number, stands)
	if err != nil {
		x.t.Fatal(err)
	}
	if _, list, err := x.watch.Offer(e); err != nil || len(list) > 0 {
		x.t.Fatal(unmet.List(list), err)
	}
}

// minute is the n-th minute from now on, 1 the next.
func (x *tap) minute(n int) paper.Time {
	now := paper.TimeOf(x.True.Now())
	return now - now%60 + paper.Time(60*n)
}

func (x *tap) offer(e *paper.Envelope) window.Offer {
	x.t.Helper()
	r, err := x.Record(x.t.Context(), proof.GrantOpen, e, x.Warrant.Digest())
	if err != nil {
		x.t.Fatal(err)
	}
	return window.Offer{Chain: []*paper.Envelope{x.Warrant}, Open: e, Record: r}
}

// accept asks for a window and wants it.
func (x *tap) accept(from paper.Time, records, bytes int64) *grant.Opened {
	x.t.Helper()
	e, err := x.Open(from, records, bytes)
	if err != nil {
		x.t.Fatal(err)
	}
	o, list, err := x.book.Accept(x.offer(e))
	if err != nil || len(list) > 0 {
		x.t.Fatalf("%v, %v", unmet.List(list), err)
	}
	return o
}

// refused asks for a window and wants it refused for a reason.
func (x *tap) refused(from paper.Time, code string) {
	x.t.Helper()
	e, err := x.Open(from, 10, 1000)
	if err != nil {
		x.t.Fatal(err)
	}
	if o, list, err := x.book.Accept(x.offer(e)); err != nil || o != nil || !unmet.List(list).Has(code) {
		x.t.Fatalf("want %s, got %v, %v", code, unmet.List(list), err)
	}
}

func (x *tap) gate() *window.Gate { return x.book.Gate("carrier-a/1", x.Warrant.Digest()) }

func (x *tap) take(records, bytes int64) live.Verdict {
	_, v := x.gate().Take(x.clock.Read(), records, bytes)
	return v
}

// until lets time pass up to an instant.
func (x *tap) until(at paper.Time, and time.Duration) {
	x.True.Pass(at.Time().Add(and).Sub(x.True.Now()))
}

// shut closes a grant with counts that both sides have signed.
func (x *tap) shut(o *grant.Opened, copied int64) {
	x.t.Helper()
	e, err := x.Close(o.Digest(), paper.TimeOf(x.True.Now()), copied, 0, "edge")
	if err != nil {
		x.t.Fatal(err)
	}
	own := []grant.Count{{N: copied, Name: paper.ID(books.Copied), Party: "tap"}}
	if err := x.book.Sign(e, own, nil, x.Signer("tap-1")); err != nil {
		x.t.Fatal(err)
	}
	r, err := x.Record(x.t.Context(), proof.GrantClose, e, x.Warrant.Digest())
	if err != nil {
		x.t.Fatal(err)
	}
	if list, err := x.book.AcceptClose(e, r); err != nil || len(list) > 0 {
		x.t.Fatalf("%v, %v", unmet.List(list), err)
	}
}

// TestLifeOfAWindow: asked two ahead, open in its minute, capped, over, closed.
func TestLifeOfAWindow(t *testing.T) {
	x := newTap(t)
	if got := x.take(1, 1); got != live.NoWindow {
		t.Errorf("without a grant: %v", got)
	}
	first, second := x.accept(x.minute(1), 10, 1000), x.accept(x.minute(2), 10, 1000)
	if got := x.take(1, 1); got != live.NoWindow {
		t.Errorf("before its minute: %v", got)
	}
	x.until(first.Open().From, 2*time.Second)
	x.say(true)
	for _, step := range []struct {
		records, bytes int64
		want           live.Verdict
	}{
		{4, 300, live.Through}, {7, 1, live.Records}, {1, 701, live.Bytes}, {-1, 0, live.Records}, {0, -1, live.Bytes},
		{6, 700, live.Through}, {0, 0, live.Through}, {1, 0, live.Records}, {0, 1, live.Bytes},
	} {
		o, got := x.gate().Take(x.clock.Read(), step.records, step.bytes)
		if got != step.want || (got == live.Through) != (o != nil) || o != nil && o.Digest() != first.Digest() {
			t.Errorf("%d records of %d bytes: %v", step.records, step.bytes, got)
		}
	}
	x.until(first.Open().To, 2*time.Second)
	x.say(true)
	if o, got := x.gate().Take(x.clock.Read(), 1, 1); got != live.Through || o.Digest() != second.Digest() {
		t.Errorf("in the second minute: %v", got)
	}
	if due := x.book.Due(); len(due) != 1 || due[0].Opened.Digest() != first.Digest() || due[0].Taken != (grant.Used{Records: 10, Bytes: 1000}) {
		t.Errorf("due are %+v", due)
	}
	x.shut(first, 10)
	if len(x.book.Due()) != 0 {
		t.Error("closed, and still due")
	}
	x.until(second.Open().To, 0)
	x.say(true)
	if got := x.take(1, 1); got != live.NoWindow {
		t.Errorf("after both: %v", got)
	}
}

func TestAcceptRefuses(t *testing.T) {
	x := newTap(t)
	x.accept(x.minute(1), 10, 1000)
	x.refused(x.minute(1), "grant-twice")
	x.refused(x.minute(3), "grant-too-early")
	x.say(false)
	x.refused(x.minute(2), "not-live")
	x.say(true)
	e, _ := x.Open(x.minute(2), 10, 1000)
	o := x.offer(e)
	for name, spoil := range map[string]func(o *window.Offer){
		"no receipt":             func(o *window.Offer) { o.Record = nil },
		"another's receipt":      func(o *window.Offer) { e, _ := x.Open(x.minute(2), 10, 1000); o.Record = x.offer(e).Record },
		"nothing":                func(o *window.Offer) { o.Open = nil },
		"a receipt of two hands": func(o *window.Offer) { x.Absent = 2; o.Record = x.offer(e).Record; x.Absent = 0 },
	} {
		bad := o
		spoil(&bad)
		if got, list, err := x.book.Accept(bad); err == nil || got != nil {
			t.Errorf("%s: accepted, %v", name, unmet.List(list))
		}
	}
	for name, spoil := range map[string]func(o *window.Offer){
		"no chain":   func(o *window.Offer) { o.Chain = nil },
		"no warrant": func(o *window.Offer) { o.Chain = []*paper.Envelope{o.Open} },
	} {
		bad := o
		spoil(&bad)
		if got, list, err := x.book.Accept(bad); err != nil || got != nil || len(list) == 0 {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	x.True.Set(time.Hour)
	x.refused(x.minute(-58), "clock-unsure")
	x.True.Set(-time.Hour)
	if got, list, err := x.book.Accept(o); err != nil || got == nil {
		t.Errorf("the honest twin: %v, %v", unmet.List(list), err)
	}
	if again, _, err := x.book.Accept(o); err != nil || again == nil || len(x.book.List()) != 2 {
		t.Error("the same offer again is not the same grant")
	}
}

// TestInvariant01_NothingPassesWithoutALiveWarrant plays a tap against a slow oracle:
// windows, statements, revocations, withheld words, clock jumps and restarts in any
// order. Nothing passes unless a window is open, the newest statement that reached the
// tap lets it stand and is at most 60 s old by the true time, and the caps have room.
func TestInvariant01_NothingPassesWithoutALiveWarrant(t *testing.T) {
	through, held := 0, 0
	rapid.Check(t, func(r *rapid.T) {
		x := newTap(t)
		defer x.stop()
		type open struct {
			o    *grant.Opened
			left int64
			dead bool // the tap restarted after it
		}
		var windows []*open
		stands, said, asked := true, x.True.Now(), paper.Time(0)
		if rapid.Bool().Draw(r, "a window is open") { // chance alone seldom gets that far
			from := x.minute(1)
			windows, asked = append(windows, &open{o: x.accept(from, 50, 5000), left: 50}), from+60
			x.until(from, 0)
			x.say(true)
			said = x.True.Now()
		}
		for range rapid.IntRange(5, 40).Draw(r, "steps") {
			switch rapid.SampledFrom([]string{"pass", "pass", "take", "take", "take", "ask", "ask", "say", "say", "say no", "withhold", "jump", "restart"}).Draw(r, "step") {
			case "pass":
				x.True.Pass(time.Duration(rapid.IntRange(1, 40_000).Draw(r, "ms")) * time.Millisecond)
			case "ask":
				from := max(x.minute(rapid.IntRange(1, 2).Draw(r, "ahead")), asked)
				if e, err := x.Open(from, 50, 5000); err == nil {
					if o, _, err := x.book.Accept(x.offer(e)); err == nil && o != nil {
						windows, asked = append(windows, &open{o: o, left: 50}), from+60
						if !stands || x.True.Now().Sub(said) > 61*time.Second {
							r.Fatalf("a grant was accepted: stands %v, said %s ago", stands, x.True.Now().Sub(said))
						}
					}
				}
			case "say", "say no":
				yes := rapid.Bool().Draw(r, "yes") || rapid.Bool().Draw(r, "again")
				x.number++
				e, _ := x.Say(x.number, yes)
				if _, list, err := x.watch.Offer(e); err == nil && len(list) == 0 {
					stands, said = yes, x.True.Now()
				}
			case "withhold": // the commission revokes, and the hub keeps it to itself
				x.number++
			case "jump":
				by := time.Duration(rapid.IntRange(-7200, 7200).Draw(r, "by_s")) * time.Second
				if by > -2*time.Second && by < 2*time.Second {
					by = time.Minute
				}
				x.True.Set(by) // it is the world's clock too: it is set only while the tap looks
				if got := x.take(1, 1); got != live.Unsure {
					r.Fatalf("the clock was set by %s: %v", by, got)
				}
				x.True.Set(-by)
			case "restart":
				x.restart()
				for _, w := range windows {
					w.dead = true
				}
			case "take":
				n := int64(rapid.IntRange(1, 20).Draw(r, "records"))
				o, got := x.gate().Take(x.clock.Read(), n, n)
				if got != live.Through {
					held++
					continue
				}
				through++
				now := x.True.Now()
				var in *open
				for _, w := range windows {
					if g := w.o.Open(); !now.Before(g.From.Time()) && now.Before(g.To.Time()) {
						in = w
					}
				}
				switch {
				case in == nil || in.o.Digest() != o.Digest():
					r.Fatalf("passed at %s without a window", now)
				case in.dead:
					r.Fatalf("a window from before the restart is used again")
				case !stands:
					r.Fatalf("passed at %s although the newest statement leaves the warrant out", now)
				case now.Sub(said) > 61*time.Second:
					r.Fatalf("passed %s after the newest statement", now.Sub(said))
				case in.left < n:
					r.Fatalf("passed beyond the cap")
				}
				in.left -= n
			}
		}
	})
	if through == 0 || held == 0 {
		t.Errorf("%d batches passed, %d were held: the test tries nothing", through, held)
	}
}

// TestInvariant02_NoWindowWithoutItsReceipt: with the log away, a proof broken at any
// byte, or another's proof, no window opens; with the proof it does.
func TestInvariant02_NoWindowWithoutItsReceipt(t *testing.T) {
	x := newTap(t)
	e, err := x.Open(x.minute(1), 10, 1000)
	if err != nil {
		t.Fatal(err)
	}
	right := x.offer(e)
	opened := func(o window.Offer) bool {
		got, _, _ := x.book.Accept(o)
		return got != nil
	}
	spoil := func(flip ...int) window.Offer {
		bad, r := right, *right.Record
		r.Receipt = append([]byte{}, r.Receipt...)
		for _, i := range flip {
			r.Receipt[i] ^= 1
		}
		bad.Record = &r
		return bad
	}
	witnesses := bytes.Index(right.Record.Receipt, []byte("\n— witness-"))
	for i := range witnesses {
		if opened(spoil(i)) {
			t.Fatalf("byte %d of the receipt was changed, and the window opens", i)
		}
	}
	lines := bytes.Split(right.Record.Receipt[witnesses+1:], []byte("\n"))
	second := witnesses + 1 + len(lines[0]) + 1
	for i := range min(len(lines[0]), len(lines[1])) { // of four cosignatures three are needed
		if opened(spoil(witnesses+1+i, second+i)) {
			t.Fatalf("byte %d of two cosignatures was changed, and the window opens", i)
		}
	}
	for i := range right.Record.Entry.Key {
		bad := right
		r := *right.Record
		r.Entry.Key = append([]byte{}, r.Entry.Key...)
		r.Entry.Key[i] ^= 1
		bad.Record = &r
		if opened(bad) {
			t.Fatalf("byte %d of the commitment's key was changed, and the window opens", i)
		}
	}
	x.until(x.minute(1), 2*time.Second)
	x.say(true)
	if got := x.take(1, 1); got != live.NoWindow {
		t.Fatalf("after all that: %v", got)
	}
	if !opened(right) {
		t.Fatal("with its proof it does not open")
	}
	if got := x.take(1, 1); got != live.Through {
		t.Errorf("with its proof: %v", got)
	}
}

// TestUnclosedBlocks: five minutes after its end an unclosed grant blocks new ones and
// those that are ready, also over a restart, until it is closed.
func TestUnclosedBlocks(t *testing.T) {
	x := newTap(t)
	first := x.accept(x.minute(1), 10, 1000)
	x.until(first.Open().From, 2*time.Second)
	x.say(true)
	if got := x.take(3, 30); got != live.Through {
		t.Fatal(got)
	}
	x.restart()
	if got := x.take(3, 30); got != live.NoWindow {
		t.Errorf("after a restart the window goes on: %v", got)
	}
	if due := x.book.List(); len(due) != 1 || due[0].Known || due[0].Taken.Records != 10 {
		t.Errorf("after a restart nobody knows what was taken: %+v", due)
	}
	x.until(first.Open().To, 290*time.Second)
	x.say(true)
	ready := x.accept(x.minute(1), 10, 1000)
	x.until(ready.Open().From, 2*time.Second)
	x.say(true)
	if got := x.take(1, 1); got != live.Unclosed {
		t.Errorf("a window that was ready before: %v", got)
	}
	x.refused(x.minute(1), "grant-unclosed")
	x.restart()
	x.say(true)
	x.refused(x.minute(1), "grant-unclosed")
	x.shut(first, 3)
	x.accept(x.minute(1), 10, 1000)
	x.until(x.minute(1), 2*time.Second)
	x.say(true)
	if got := x.take(1, 1); got != live.Through {
		t.Errorf("closed: %v", got)
	}
}

// TestCapsOverWindows: windows that are not settled count with their whole caps, closed
// ones with what was taken, over restarts too.
func TestCapsOverWindows(t *testing.T) {
	x := newTap(t, func(w *warrant.Warrant) { w.Scope.MaxRecords = 25 })
	first := x.accept(x.minute(1), 20, 1000)
	x.refused(x.minute(2), "count-over")
	x.until(first.Open().From, 2*time.Second)
	x.say(true)
	if got := x.take(7, 70); got != live.Through {
		t.Fatal(got)
	}
	if s, err := x.book.Settle(first.Digest()); err != nil || s.Taken.Records != 7 {
		t.Fatalf("%+v, %v", s, err)
	}
	if got := x.take(1, 1); got != live.NoWindow {
		t.Errorf("settled: %v", got)
	}
	x.restart()
	x.say(true)
	second := x.accept(x.minute(1), 10, 1000)
	x.until(first.Open().To, 2*time.Second)
	x.shut(first, 7)
	x.say(true)
	if got := x.take(10, 10); got != live.Through {
		t.Fatal(got)
	}
	x.until(second.Open().To, time.Second)
	x.shut(second, 10)
	x.say(true)
	x.refused(x.minute(1), "count-over") // 17 of 25 are used
}

// TestFolding: after thousands of minutes the folder is small and nothing is forgotten.
func TestFolding(t *testing.T) {
	x := newTap(t)
	const n = 120
	for range n {
		if err := x.Measure(x.clock, x.True, 0); err != nil {
			t.Fatal(err)
		}
		x.say(true)
		o := x.accept(x.minute(1), 10, 1000)
		x.until(o.Open().From, 2*time.Second)
		x.say(true)
		if got := x.take(2, 20); got != live.Through {
			t.Fatal(got)
		}
		x.until(o.Open().To, time.Second)
		x.shut(o, 2)
	}
	check := func() {
		t.Helper()
		if list := x.book.List(); len(list) > 60 {
			t.Errorf("%d grants are held one by one", len(list))
		}
		files, _ := os.ReadDir(x.dirs[1])
		if len(files) > 64 {
			t.Errorf("%d files", len(files))
		}
		x.say(true)
		e, _ := x.Open(x.minute(1), x.Of.Scope.MaxRecords-2*n+1, 1)
		if _, list, _ := x.book.Accept(x.offer(e)); !unmet.List(list).Has("count-over") {
			t.Errorf("what was taken is forgotten: %v", unmet.List(list))
		}
	}
	check()
	x.restart()
	check()
	e, _ := x.Open(x.minute(1), x.Of.Scope.MaxRecords-2*n, 1)
	if _, list, err := x.book.Accept(x.offer(e)); err != nil || len(list) > 0 {
		t.Errorf("more is remembered than was taken: %v, %v", unmet.List(list), err)
	}
}

func TestSignRefuses(t *testing.T) {
	x := newTap(t)
	o := x.accept(x.minute(1), 10, 1000)
	x.until(o.Open().From, 2*time.Second)
	x.say(true)
	x.take(4, 40)
	x.until(o.Open().To, time.Second)
	own := func(n int64) []grant.Count { return []grant.Count{{N: n, Name: paper.ID(books.Copied), Party: "tap"}} }
	seal := func(n int64) *paper.Envelope {
		e, _ := x.Close(o.Digest(), o.Open().To, n, 0, "edge")
		return e
	}
	for name, err := range map[string]error{
		"fewer than went through": x.book.Sign(seal(3), own(3), nil, x.Signer("tap-1")),
		"more":                    x.book.Sign(seal(5), own(5), nil, x.Signer("tap-1")),
		"the other side's count":  x.book.Sign(seal(5), own(4), nil, x.Signer("tap-1")),
		"other batches":           x.book.Sign(seal(4), own(4), []paper.Digest{o.Digest()}, x.Signer("tap-1")),
		"another key":             x.book.Sign(seal(4), own(4), nil, x.Signer("tap-2")),
	} {
		if err == nil {
			t.Errorf("%s: signed", name)
		}
	}
	e, _ := x.Close(o.Digest(), o.Open().To, 4, 0, "edge")
	r, _ := x.Record(t.Context(), proof.GrantClose, e, x.Warrant.Digest())
	if list, err := x.book.AcceptClose(e, r); err != nil || !unmet.List(list).Has("close-signatures") {
		t.Errorf("the edge alone closes: %v, %v", unmet.List(list), err)
	}
	if list, err := x.book.AcceptClose(e, nil); err == nil {
		t.Errorf("without a receipt: %v", unmet.List(list))
	}
	x.shut(o, 4)
}

// TestCapsUnderRace: many hands at one gate never take more than the cap, and what the
// settlement says is what they took.
func TestCapsUnderRace(t *testing.T) {
	x := newTap(t)
	o := x.accept(x.minute(1), 5000, 9000)
	x.until(o.Open().From, 2*time.Second)
	x.say(true)
	gate := x.gate()
	var records, volume atomic.Int64
	var hands sync.WaitGroup
	for range 8 {
		hands.Go(func() {
			for range 2000 {
				if _, v := gate.Take(x.clock.Read(), 1, 2); v == live.Through {
					records.Add(1)
					volume.Add(2)
				}
			}
		})
	}
	time.Sleep(200 * time.Microsecond)
	s, err := x.book.Settle(o.Digest())
	hands.Wait()
	if err != nil || s.Taken.Records != records.Load() || s.Taken.Bytes != volume.Load() || records.Load() > 4500 {
		t.Errorf("settled with %+v, taken %d records of %d bytes, %v", s.Taken, records.Load(), volume.Load(), err)
	}
}

// TestDiskFails: what could not be written is not used, whether the write was kept or
// lost, and the next try works.
func TestDiskFails(t *testing.T) {
	for _, kept := range []bool{false, true} {
		x := newTap(t)
		e, _ := x.Open(x.minute(1), 10, 1000)
		offer := x.offer(e)
		broken := errors.New("no space left")
		window.Break(x.book, func(path string, data []byte) error {
			if kept {
				if err := os.WriteFile(path, data, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			return broken
		})
		if o, _, err := x.book.Accept(offer); !errors.Is(err, broken) || o != nil && len(x.book.List()) > 0 {
			t.Errorf("kept %v: %v, %v", kept, o, err)
		}
		x.until(x.minute(1), 2*time.Second)
		x.say(true)
		if got := x.take(1, 1); got != live.NoWindow {
			t.Errorf("kept %v: a window that is not on disk is used: %v", kept, got)
		}
		window.Break(x.book, nil)
		if o, list, err := x.book.Accept(offer); err != nil || o == nil {
			t.Errorf("kept %v: the next try: %v, %v", kept, unmet.List(list), err)
		}
		if got := x.take(1, 1); got != live.Through {
			t.Errorf("kept %v: after the next try: %v", kept, got)
		}
	}
}

// TestTakeAllocatesNothing: the hot path makes no garbage.
func TestTakeAllocatesNothing(t *testing.T) {
	x := newTap(t)
	o := x.accept(x.minute(1), 1000000, 1<<29)
	x.until(o.Open().From, 2*time.Second)
	x.say(true)
	gate := x.gate()
	if n := testing.AllocsPerRun(1000, func() {
		if _, v := gate.Take(x.clock.Read(), 1, 1); v != live.Through {
			t.Fatal(v)
		}
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkTake(b *testing.B) {
	x := newTap(b)
	o := x.accept(x.minute(1), 1000000, 1<<29)
	x.until(o.Open().From, 2*time.Second)
	x.say(true)
	gate := x.gate()
	b.ReportAllocs()
	for b.Loop() {
		gate.Take(x.clock.Read(), 0, 0)
	}
}

func BenchmarkMachine(b *testing.B) {
	source := live.Machine()
	for b.Loop() {
		source()
	}
}
