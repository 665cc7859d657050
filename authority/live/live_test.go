package live_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/authority/live"
	"github.com/noroshi-acd/noroshi/authority/live/livetest"
	"github.com/noroshi-acd/noroshi/authority/liveness"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/authority/warrant/warranttest"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

func country(t testing.TB) *livetest.Country {
	t.Helper()
	c, err := livetest.New()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func clock(t testing.TB, c *livetest.Country, m *livetest.Machine) *live.Clock {
	t.Helper()
	k, err := c.Clock(m, 20*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func watch(t testing.TB, c *livetest.Country, dir string, k *live.Clock) *live.Watch {
	t.Helper()
	w, err := live.OpenWatch(dir, c.View, k, c.Profile)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	return w
}

func offer(t testing.TB, w *live.Watch, e *paper.Envelope, want liveness.Order) {
	t.Helper()
	got, list, err := w.Offer(e)
	if err != nil || len(list) > 0 || got != want {
		t.Fatalf("got order %d, %v, %v; want %d", got, unmet.List(list), err, want)
	}
}

// TestClockHoldsTheTruth: whatever the machine's offset, the ways of receipts and the
// witnesses' skews within a second, the interval holds the true time, also long after.
func TestClockHoldsTheTruth(t *testing.T) {
	c := country(t)
	rapid.Check(t, func(t *rapid.T) {
		m := livetest.NewMachine(c.True.Now().Add(time.Duration(rapid.Int64Range(-1e6, 1e6).Draw(t, "ahead_ms")) * time.Millisecond))
		k := live.NewClock(m.Read)
		if k.Now().Sure {
			t.Fatal("sure without a receipt")
		}
		liar := rapid.IntRange(0, 3).Draw(t, "liar")
		c.Absent = rapid.IntRange(0, 1).Draw(t, "absent")
		for range rapid.IntRange(1, 4).Draw(t, "receipts") {
			c.Skew = [4]time.Duration{}
			c.Skew[liar] = time.Duration(rapid.Int64Range(-1e6, 1e6).Draw(t, "lie_s")) * time.Second
			took := time.Duration(rapid.Int64Range(0, 20_000).Draw(t, "took_ms")) * time.Millisecond
			if err := c.Measure(k, m, took); err != nil {
				t.Fatalf("an honest receipt: %v", err)
			}
			pause := time.Duration(rapid.Int64Range(0, 3600).Draw(t, "pause_s")) * time.Second
			// The machine runs wrong by at most DriftPPM.
			ppm := rapid.Int64Range(-live.DriftPPM, live.DriftPPM).Draw(t, "ppm")
			c.True.Pass(pause)
			m.Pass(pause + pause*time.Duration(ppm)/1_000_000)
			now, truth := k.Now(), c.True.Now().UnixNano()
			// Where even the middle two are not both honest (4 witnesses), the interval may be
			// wide, and never wrong.
			if now.Earliest > truth || now.Latest < truth {
				t.Fatalf("the truth is %d, outside %d to %d", truth, now.Earliest, now.Latest)
			}
			if p := now.Paper(); now.Sure && (int64(p.Earliest) > truth/1e9 || int64(p.Latest) < truth/1e9) {
				t.Fatalf("on paper %v does not hold %d", p, truth/1e9)
			}
		}
		c.Skew, c.Absent = [4]time.Duration{}, 0
	})
}

func TestClockStops(t *testing.T) {
	c := country(t)
	m := livetest.NewMachine(c.True.Now().Add(-time.Hour))
	k := clock(t, c, m)
	if now := k.Now(); !now.Sure || now.Earliest > c.True.Now().UnixNano() || now.Latest-now.Earliest > int64(2*time.Second) {
		t.Fatalf("after one quick receipt: %v", now)
	}
	pass := func(d time.Duration) { m.Pass(d); c.True.Pass(d) }
	m.Set(999 * time.Millisecond)
	if !k.Now().Sure {
		t.Error("a small step already makes it unsure")
	}
	m.Set(2 * time.Millisecond)
	if k.Now().Sure {
		t.Error("the clock was set by more than a second, and it is still sure")
	}
	m.Set(-1001 * time.Millisecond)
	if !k.Now().Sure {
		t.Error("set back right, it is not sure")
	}
	c.True.Pass(time.Minute) // the machine sleeps: its steady clock stands, its wall clock is set when it wakes
	m.Set(time.Minute)
	if k.Now().Sure {
		t.Error("the machine slept, and it is still sure")
	}
	if err := c.Measure(k, m, time.Second); err != nil || !k.Now().Sure {
		t.Errorf("a new receipt does not help: %v", err)
	}
	pass(39 * time.Hour)
	if k.Now().Sure != true {
		t.Error("39 hours at 200 ppm are 28 s either way; it gave up before")
	}
	pass(4 * time.Hour)
	if k.Now().Sure {
		t.Error("43 hours without a receipt, and it is still sure")
	}
}

func TestClockRefuses(t *testing.T) {
	c := country(t)
	m := livetest.NewMachine(c.True.Now())
	k := clock(t, c, m)
	signed := func(times ...int64) *proof.Signed {
		s := &proof.Signed{}
		for _, at := range times {
			s.Cosignatures = append(s.Cosignatures, proof.Cosignature{Time: at})
		}
		return s
	}
	at := c.True.Now().Unix()
	r := k.Read()
	later := live.Reading{Wall: r.Wall + 1e9, Steady: r.Steady + 1e9}
	for name, x := range map[string]struct {
		from, to live.Reading
		s        *proof.Signed
		faulty   int
		want     error
	}{
		"two of whom one may lie": {r, later, signed(at, at), 1, live.ErrFewWitnesses},
		"nobody":                  {r, later, signed(), 0, live.ErrFewWitnesses},
		"set under way":           {r, live.Reading{Wall: r.Wall + 5e9, Steady: r.Steady + 1e9}, signed(at, at, at), 1, live.ErrJumped},
		"received before":         {later, r, signed(at, at, at), 1, live.ErrJumped},
	} {
		if err := k.Measure(x.from, x.to, x.s, x.faulty); !errors.Is(err, x.want) {
			t.Errorf("%s: got %v, want %v", name, err, x.want)
		}
		if !k.Now().Sure {
			t.Errorf("%s: what was known is lost", name)
		}
	}
	if err := k.Measure(r, later, signed(at+3600, at+3600, at+3600), 1); !errors.Is(err, live.ErrContradicted) {
		t.Errorf("an hour away from the last receipt: %v", err)
	}
	if k.Now().Sure || k.Receipts() != 0 {
		t.Error("two receipts contradict one another, and one is believed")
	}
}

func TestProve(t *testing.T) {
	c := country(t)
	e, err := c.Open(warranttest.Now+60, 10, 10)
	if err != nil {
		t.Fatal(err)
	}
	other, _ := c.Open(warranttest.Now+120, 10, 10)
	for range 5 {
		if _, err := c.Record(t.Context(), proof.GrantOpen, other, ""); err != nil {
			t.Fatal(err)
		}
	}
	r, err := c.Record(t.Context(), proof.GrantOpen, e, "")
	if err != nil {
		t.Fatal(err)
	}
	p, s, err := live.Prove(c.View, e, proof.GrantOpen, r)
	if err != nil || p.Index != 5 || p.Size != 6 || p.Origin != warranttest.Acts || s.Median() != int64(warranttest.Now) {
		t.Fatalf("%+v, %v", p, err)
	}
	c.Absent = 2
	few, _ := c.Record(t.Context(), proof.GrantOpen, e, "")
	c.Absent = 0
	edit := func(f func(r *live.Recorded)) *live.Recorded {
		x := *r
		x.Receipt, x.Entry.Key = bytes.Clone(r.Receipt), bytes.Clone(r.Entry.Key)
		f(&x)
		return &x
	}
	for name, x := range map[string]*live.Recorded{
		"none":               nil,
		"two witnesses only": few,
		"empty":              {},
		"another class":      edit(func(r *live.Recorded) { r.Entry.Entry.Class = proof.GrantClose }),
		"another paper":      edit(func(r *live.Recorded) { r.Entry.Entry.Paper = other.Digest() }),
		"another warrant":    edit(func(r *live.Recorded) { r.Entry.Entry.Warrant = other.Digest() }),
		"another index":      edit(func(r *live.Recorded) { r.Entry.Index = 4 }),
		"another key":        edit(func(r *live.Recorded) { r.Entry.Key[0] ^= 1 }),
		"a short key":        edit(func(r *live.Recorded) { r.Entry.Key = r.Entry.Key[:31] }),
		"a changed receipt":  edit(func(r *live.Recorded) { r.Receipt[60] ^= 1 }),
		"without checkpoint": edit(func(r *live.Recorded) { r.Receipt = r.Receipt[:bytes.Index(r.Receipt, []byte("\n\n"))+2] }),
		"of a log we have not": edit(func(r *live.Recorded) {
			r.Receipt = bytes.ReplaceAll(r.Receipt, []byte(warranttest.Acts), []byte("acts.lab.example/lot"))
		}),
	} {
		if p, _, err := live.Prove(c.View, e, proof.GrantOpen, x); err == nil || p != nil {
			t.Errorf("%s: it proves %v", name, p)
		}
	}
}

// claim is the country's warrant on its first link.
func claim(c *livetest.Country) *live.Claim {
	return &live.Claim{
		Chain: []paper.Digest{c.Warrant.Digest()}, Link: "carrier-a/1", SelectorSet: 4, DirectionTable: c.Of.Scope.DirectionTable,
		NotAfter: c.Of.NotAfter, Hold: time.Minute,
	}
}

func TestWatchOrders(t *testing.T) {
	c := country(t)
	dir := t.TempDir()
	k := clock(t, c, c.True)
	w := watch(t, c, dir, k)
	verdict := func() live.Verdict { return w.Judge(claim(c), nil).At(k.Now()) }
	if got := verdict(); got != live.Silent {
		t.Errorf("before anything was said: %v", got)
	}
	one, _ := c.Say(1, true)
	three, _ := c.Say(3, true)
	changed := w.Changed()
	offer(t, w, three, liveness.Newer)
	select {
	case <-changed:
	default:
		t.Error("nobody was told of the statement")
	}
	offer(t, w, three, liveness.Same)
	offer(t, w, one, liveness.Stale)
	if got := verdict(); got != live.Through {
		t.Errorf("it stands, and the verdict is %v", got)
	}
	forged, _ := paper.Seal(liveness.Type, c.Statement(9, warranttest.Now), c.Signer("member-1"))
	if _, list, _ := w.Offer(forged); !unmet.List(list).Has("liveness-signature") {
		t.Errorf("a member's statement: %v", unmet.List(list))
	}
	future, _ := c.Sign(c.Statement(1000, paper.TimeOf(c.True.Now())+3600))
	if _, list, _ := w.Offer(future); !unmet.List(list).Has("liveness-future") {
		t.Errorf("a statement of the future: %v", unmet.List(list))
	}
	c.True.Pass(5 * time.Second)
	four, _ := c.Say(4, false)
	offer(t, w, four, liveness.Newer)
	if got := verdict(); got != live.Revoked {
		t.Errorf("left out, and the verdict is %v", got)
	}
	// A restart: the older one cannot come back.
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	w = watch(t, c, dir, k)
	offer(t, w, three, liveness.Stale)
	if got := verdict(); got != live.Revoked {
		t.Errorf("after a restart and an older statement: %v", got)
	}
	five, _ := c.Say(5, true)
	offer(t, w, five, liveness.Newer)
	c.True.Pass(57 * time.Second)
	if got := verdict(); got != live.Through {
		t.Errorf("57 s later: %v", got)
	}
	c.True.Pass(3 * time.Second)
	if got := verdict(); got != live.Stale {
		t.Errorf("60 s later: %v", got)
	}
}

// TestForkSilences: two statements with one number are kept, over a restart, and
// nothing stands until a higher number comes.
func TestForkSilences(t *testing.T) {
	c := country(t)
	dir := t.TempDir()
	k := clock(t, c, c.True)
	w := watch(t, c, dir, k)
	a, _ := c.Say(7, true)
	b, _ := c.Say(7, false)
	offer(t, w, a, liveness.Newer)
	offer(t, w, b, liveness.Fork)
	check := func(when string) {
		t.Helper()
		list, err := w.Forks()
		if err != nil || len(list) != 2 || !w.Contested() || w.Live() != nil {
			t.Fatalf("%s: %d statements are kept, contested %v, %v", when, len(list), w.Contested(), err)
		}
		var in warrant.Input
		if w.Fill(&in); in.Liveness != nil || w.Judge(claim(c), nil).At(k.Now()) != live.Silent {
			t.Errorf("%s: a contested word is relied on", when)
		}
	}
	check("at once")
	for range 3 { // again and again: the evidence does not grow
		offer(t, w, b, liveness.Fork)
	}
	check("repeated")
	_ = w.Close()
	w = watch(t, c, dir, k)
	check("after a restart")
	next, _ := c.Say(8, true)
	offer(t, w, next, liveness.Newer)
	if w.Contested() || w.Judge(claim(c), nil).At(k.Now()) != live.Through {
		t.Error("a higher number does not end it")
	}
	if list, _ := w.Forks(); len(list) != 2 {
		t.Error("the evidence is gone")
	}
}

func TestWatchDisk(t *testing.T) {
	c := country(t)
	dir := t.TempDir()
	k := clock(t, c, c.True)
	w := watch(t, c, dir, k)
	if _, err := live.OpenWatch(dir, c.View, k, c.Profile); err == nil {
		t.Fatal("two processes write one folder")
	}
	say, _ := c.Say(1, true)
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() != 0 { // root writes everywhere
		if _, _, err := w.Offer(say); err == nil || w.Live() != nil {
			t.Error("what is not on disk is relied on")
		}
	}
	_ = os.Chmod(dir, 0o700)
	offer(t, w, say, liveness.Newer)
	_ = w.Close()
	path := filepath.Join(dir, "liveness.json")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string][]byte{"cut": data[:len(data)/2], "empty": {}, "other": []byte(`{"a":1}`)} {
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		if w, err := live.OpenWatch(dir, c.View, k, c.Profile); err == nil {
			_ = w.Close()
			t.Errorf("%s: opened", name)
		}
	}
}

// TestStops: a suspension acts at once and ends by itself, a revocation does not, and
// both outlive a restart.
func TestStops(t *testing.T) {
	c := country(t)
	dir := t.TempDir()
	k := clock(t, c, c.True)
	w := watch(t, c, dir, k)
	number := int64(0)
	verdict := func() live.Verdict {
		number++
		e, _ := c.Say(number, true) // the commission's liveness does not know of it yet
		offer(t, w, e, liveness.Newer)
		return w.Judge(claim(c), nil).At(k.Now())
	}
	at := paper.TimeOf(c.True.Now())
	stop := func(v any, kind string, names ...string) unmet.List {
		t.Helper()
		e, err := paper.Seal(kind, v)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range names {
			if err := e.Add(c.Signer(n)); err != nil {
				t.Fatal(err)
			}
		}
		list, err := w.Stop(e, c.Collection)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	suspend := warrant.Suspension{At: at, Reason: "a doubt", Until: at + 3600, Warrant: c.Warrant.Digest()}
	revoke := warrant.Revocation{At: at, Reason: "no longer necessary", Warrant: c.Warrant.Digest()}
	if list := stop(suspend, warrant.SuspensionType, "hub"); !list.Has("stop-signatures") || verdict() != live.Through {
		t.Errorf("the hub suspends: %v", list)
	}
	if list := stop(revoke, warrant.RevocationType, "member-1", "member-2"); !list.Has("stop-signatures") || verdict() != live.Through {
		t.Errorf("two of three revoke: %v", list)
	}
	if list := stop(suspend, warrant.SuspensionType, "member-4"); len(list) > 0 || verdict() != live.Suspended {
		t.Errorf("one member suspends: %v, then %v", list, verdict())
	}
	_ = w.Close()
	w = watch(t, c, dir, k)
	if got := verdict(); got != live.Suspended {
		t.Errorf("after a restart: %v", got)
	}
	c.True.Pass(time.Hour + 2*time.Second)
	if got := verdict(); got != live.Through {
		t.Errorf("after its hour: %v", got)
	}
	revoke.At = paper.TimeOf(c.True.Now())
	if list := stop(revoke, warrant.RevocationType, "member-1", "member-2", "member-3"); len(list) > 0 || verdict() != live.Revoked {
		t.Errorf("the lock revokes: %v", list)
	}
	_ = w.Close()
	w = watch(t, c, dir, k)
	c.True.Pass(48 * time.Hour)
	_ = c.Measure(k, c.True, time.Second)
	if got := verdict(); got != live.Revoked {
		t.Errorf("two days and a restart later: %v", got)
	}
	var in warrant.Input
	if w.Fill(&in); len(in.Stops) != 1 {
		t.Errorf("%d stops are handed to checks; the suspension is over, the revocation is not", len(in.Stops))
	}
}

func TestVerdictsHaveNames(t *testing.T) {
	seen := map[string]bool{}
	for _, v := range live.Verdicts() {
		if s := v.String(); s == "unknown" || seen[s] || v.Sentence("en") == v.Sentence("ja") {
			t.Errorf("%d is called %q", v, s)
		} else {
			seen[s] = true
		}
	}
	if live.Verdict(200).String() != "unknown" {
		t.Error("what is no verdict has a name")
	}
}
