package live_test

import (
	"bytes"
	"fmt"
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
)

// forced signs a statement by the letters of its JSON: no rule of ours keeps a thief of
// the key from writing what we would not.
func forced(t interface{ Fatal(...any) }, c *livetest.Country, number int64, at paper.Time, stands bool) *paper.Envelope {
	var list []paper.Digest
	if stands {
		list = append(list, c.Warrant.Digest())
	}
	data, err := paper.Marshal(c.Statement(1, at, list...))
	if err != nil {
		t.Fatal(err)
	}
	data = bytes.Replace(data, []byte(`"number":1,`), fmt.Appendf(nil, `"number":%d,`, number), 1)
	e := &paper.Envelope{PayloadType: liveness.Type, Payload: data, Signatures: []paper.Signature{}}
	if err := e.Add(c.Signer("liveness")); err != nil {
		t.Fatal(err)
	}
	return e
}

// TestInvariant01_NoNumberEndsAllNumbers: whoever has the key for a while, and whatever
// they sign with it, brought at any time, by any machine's clock, over restarts: a
// minute later the commission's next word is the newest again.
func TestInvariant01_NoNumberEndsAllNumbers(t *testing.T) {
	c := country(t)
	taken, doubted, refused := 0, 0, 0
	rapid.Check(t, func(r *rapid.T) {
		c.True = livetest.NewMachine(warranttest.Now.Time())
		m := livetest.NewMachine(c.True.Now())
		pass := func(d time.Duration) { c.True.Pass(d); m.Pass(d) }
		k, dir := live.NewClock(m.Read), t.TempDir()
		w, err := live.OpenWatch(dir, c.View, k, c.Profile)
		if err != nil {
			r.Fatal(err)
		}
		defer func() { _ = w.Close() }()
		measure := func() {
			if err := c.Measure(k, m, time.Duration(rapid.IntRange(0, 40_000).Draw(r, "way_ms"))*time.Millisecond); err != nil {
				r.Fatal(err)
			}
		}
		stolen := map[paper.Time]bool{} // the times that the thief has signed for
		for range rapid.IntRange(1, 12).Draw(r, "steps") {
			now := paper.TimeOf(c.True.Now())
			switch rapid.SampledFrom([]string{"steal", "steal", "steal", "receipt", "jump", "pass", "restart"}).Draw(r, "step") {
			case "steal":
				at := now + paper.Time(rapid.SampledFrom([]int64{-100, -1, 0, 1, 5, 59, 61, 3600, 86400, 1 << 27}).Draw(r, "in_s"))
				number := rapid.SampledFrom([]int64{1, 2, 1000, int64(now) - 1, int64(now), int64(at), int64(at) + 1, 1 << 40, 1<<53 - 1}).Draw(r, "number")
				stolen[at] = true
				order, list, err := w.Offer(forced(r, c, number, at, true))
				switch {
				case err != nil:
					r.Fatal(err)
				case unmet.List(list).Has("clock-unsure"):
					doubted++
				case len(list) > 0:
					refused++
				case order == liveness.Newer:
					taken++
				}
			case "receipt":
				measure()
			case "jump":
				m.Set(time.Duration(rapid.IntRange(-7200, 7200).Draw(r, "by_s")) * time.Second)
			case "pass":
				pass(time.Duration(rapid.IntRange(0, 30).Draw(r, "s")) * time.Second)
			case "restart":
				_ = w.Close()
				k = live.NewClock(m.Read)
				if w, err = live.OpenWatch(dir, c.View, k, c.Profile); err != nil {
					r.Fatal(err)
				}
			}
		}
		for pass(61 * time.Second); stolen[paper.TimeOf(c.True.Now())]; { // a number of this very second would be a fork
			pass(time.Second)
		}
		if err := c.Measure(k, m, 0); err != nil {
			r.Fatal(err)
		}
		now := paper.TimeOf(c.True.Now())
		e, err := c.Say(int64(now), true) // the highest number that it may bear
		if err != nil {
			r.Fatal(err)
		}
		order, list, err := w.Offer(e)
		if err != nil || len(list) > 0 || order != liveness.Newer {
			r.Fatalf("the commission's word is not the newest: order %d, %v, %v", order, unmet.List(list), err)
		}
		if v := w.Judge(claim(c), nil).At(k.Now()); v != live.Through {
			r.Fatalf("it permits, and the verdict is %v", v)
		}
	})
	t.Logf("of a thief's statements %d were taken, %d doubted, %d refused", taken, doubted, refused)
	if taken == 0 || doubted == 0 || refused == 0 {
		t.Error("something is never tried")
	}
}

// TestDoubt: while nothing is known of the time, a later statement is not kept and
// permits nothing. What it leaves out ends all the same; and once the time is known it
// is judged like any other.
func TestDoubt(t *testing.T) {
	for _, x := range []struct {
		name   string
		ahead  paper.Time
		stands bool
		in     live.Verdict // while nothing is known of the time
		after  live.Verdict // when it is known, and the first statement has come again
	}{
		{"it leaves the warrant out", 5, false, live.Revoked, live.Revoked},
		{"it permits", 5, true, live.Unsure, live.Through},
		{"of the future, and leaves it out", 3600, false, live.Revoked, live.Through},
		{"of the future, and permits", 3600, true, live.Unsure, live.Through},
	} {
		t.Run(x.name, func(t *testing.T) {
			c := country(t)
			dir := t.TempDir()
			k := clock(t, c, c.True)
			w := watch(t, c, dir, k)
			first, _ := c.Say(1, true)
			offer(t, w, first, liveness.Newer)
			_ = w.Close()
			c.True.Pass(6 * time.Second)
			k = live.NewClock(c.True.Read)
			w = watch(t, c, dir, k)
			at := paper.TimeOf(c.True.Now())
			e := forced(t, c, 2, at-6+x.ahead, x.stands)
			changed := w.Changed()
			if order, list, err := w.Offer(e); err != nil || order != liveness.Stale || !unmet.List(list).Has("clock-unsure") {
				t.Fatalf("order %d, %v, %v", order, unmet.List(list), err)
			}
			select {
			case <-changed:
			default:
				t.Error("nobody was told")
			}
			verdict := func() live.Verdict { return w.Judge(claim(c), nil).At(k.Now()) }
			if got := verdict(); got != x.in || w.Live() != nil {
				t.Errorf("in doubt: %v, want %v", got, x.in)
			}
			var in warrant.Input
			if w.Fill(&in); in.Liveness != nil {
				t.Error("something could start in doubt")
			}
			if w.Latest().Digest() != e.Digest() {
				t.Error("it is not carried on")
			}
			// Over a restart nothing is left of it.
			_ = w.Close()
			k = live.NewClock(c.True.Read)
			w = watch(t, c, dir, k)
			if w.Latest().Digest() != first.Digest() {
				t.Error("what was in doubt was kept")
			}
			for range 2 { // again, and again: it is the same doubt
				if _, list, err := w.Offer(e); err != nil || !unmet.List(list).Has("clock-unsure") {
					t.Fatal(unmet.List(list), err)
				}
			}
			if err := c.Measure(k, c.True, 0); err != nil {
				t.Fatal(err)
			}
			if got := verdict(); !x.stands && got != live.Revoked || w.Live() != nil {
				t.Errorf("the clock is sure, and the doubt is gone by itself: %v", got)
			}
			offer(t, w, first, map[bool]liveness.Order{true: liveness.Same, false: liveness.Stale}[x.ahead > 6])
			if got := verdict(); got != x.after {
				t.Errorf("the time is known: %v, want %v", got, x.after)
			}
			third, _ := c.Sign(c.Statement(3, paper.TimeOf(c.True.Now()), c.Warrant.Digest()))
			offer(t, w, third, liveness.Newer)
			if got := verdict(); got != live.Through {
				t.Errorf("the third: %v", got)
			}
		})
	}
}

// TestAForkNeedsNoClock: two statements with one number are evidence whatever the time
// is, and one that came when nothing was known of it waits for its number's turn.
func TestAForkNeedsNoClock(t *testing.T) {
	c := country(t)
	dir := t.TempDir()
	w := watch(t, c, dir, clock(t, c, c.True))
	first, _ := c.Say(1, true)
	offer(t, w, first, liveness.Newer)
	_ = w.Close()
	w = watch(t, c, dir, live.NewClock(c.True.Read))
	other, _ := c.Sign(c.Statement(1, paper.TimeOf(c.True.Now())+5))
	offer(t, w, other, liveness.Fork)
	if list, err := w.Forks(); err != nil || len(list) != 2 || !w.Contested() {
		t.Errorf("%d statements are kept, contested %v, %v", len(list), w.Contested(), err)
	}
}
