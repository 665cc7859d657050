package lease_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/noroshi-acd/noroshi/authority/live"
	"github.com/noroshi-acd/noroshi/authority/live/lease"
	"github.com/noroshi-acd/noroshi/authority/live/livetest"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/authority/warrant"
)

// ender notes what ends; it fails the first fail times.
type ender struct {
	mu    sync.Mutex // guards the rest
	ended map[paper.ID]live.Verdict
	fail  int
}

func (e *ender) End(_ context.Context, l lease.Lease, why live.Verdict) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.fail > 0 {
		e.fail--
		return errors.New("the router does not answer")
	}
	e.ended[l.ID] = why
	return nil
}

func (e *ender) why(id paper.ID) (live.Verdict, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	v, ok := e.ended[id]
	return v, ok
}

// agent is an agent in a bubble whose time the test lets pass.
type agent struct {
	*livetest.Country
	t        *testing.T
	dirs     [2]string
	clock    *live.Clock
	watch    *live.Watch
	leases   *lease.Leases
	ender    *ender
	verified *warrant.Verified
	stop     func()
	number   int64
}

func newAgent(t *testing.T) *agent {
	t.Helper()
	c, err := livetest.New()
	if err != nil {
		t.Fatal(err)
	}
	a := &agent{Country: c, t: t, dirs: [2]string{t.TempDir(), t.TempDir()}, ender: &ender{ended: map[paper.ID]live.Verdict{}}}
	if a.clock, err = c.Clock(c.True, 0); err != nil {
		t.Fatal(err)
	}
	in, err := c.Input(c.Warrant)
	if err != nil {
		t.Fatal(err)
	}
	v, list := warrant.Check(in)
	if len(list) > 0 {
		t.Fatal(unmet.List(list))
	}
	a.verified = v
	a.start(a.clock)
	a.say(true)
	return a
}

func (a *agent) start(k *live.Clock) {
	a.t.Helper()
	var err error
	if a.watch, err = live.OpenWatch(a.dirs[0], a.View, k, a.Profile); err != nil {
		a.t.Fatal(err)
	}
	if a.leases, err = lease.Open(a.dirs[1], k, a.watch, a.ender); err != nil {
		a.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- a.leases.Run(ctx) }()
	a.stop = func() {
		cancel()
		if err := <-done; err != nil {
			a.t.Error(err)
		}
		_ = a.leases.Close()
		_ = a.watch.Close()
	}
}

func (a *agent) say(stands bool) {
	a.t.Helper()
	a.number++
	e, err := a.Say(a.number, stands)
	if err != nil {
		a.t.Fatal(err)
	}
	if _, list, err := a.watch.Offer(e); err != nil || len(list) > 0 {
		a.t.Fatal(unmet.List(list), err)
	}
	synctest.Wait()
}

// pass lets time pass for the machine and for timers.
func (a *agent) pass(d time.Duration) {
	for ; d > 0; d -= time.Second {
		a.True.Pass(min(d, time.Second))
		time.Sleep(min(d, time.Second))
	}
	synctest.Wait()
}

func (a *agent) begin(id paper.ID, holdS int64) {
	a.t.Helper()
	if list, err := a.leases.Begin(id, a.verified, "forward", holdS); err != nil || len(list) > 0 {
		a.t.Fatal(unmet.List(list), err)
	}
	synctest.Wait()
}

// holds demands that an effect holds, or has ended for a reason.
func (a *agent) holds(id paper.ID, when string, want live.Verdict) {
	a.t.Helper()
	got, ended := a.ender.why(id)
	if ended != (want != live.Through) || got != want {
		a.t.Errorf("%s: %s ended: %v, for %v; want %v", when, id, ended, got, want)
	}
}

func TestLeases(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAgent(t)
		a.begin("block/short", 0)
		a.begin("block/long", 3600)
		if _, err := a.leases.Begin("block/long", a.verified, "forward", 60); err == nil {
			t.Error("one name for two effects")
		}
		for range 6 { // renewed every 50 s
			a.pass(50 * time.Second)
			a.say(true)
		}
		a.holds("block/short", "renewed for five minutes", live.Through)
		a.pass(65 * time.Second) // cut off
		a.holds("block/short", "cut off for 65 s", live.Stale)
		a.holds("block/long", "cut off for 65 s", live.Through)
		if list, err := a.leases.Begin("block/new", a.verified, "forward", 60); err != nil || !unmet.List(list).Has("liveness-none") {
			t.Errorf("something begins while cut off: %v, %v", unmet.List(list), err)
		}
		a.ender.fail = 2
		a.say(false)
		a.pass(5 * time.Second)
		a.holds("block/long", "revoked", live.Revoked)
		if len(a.leases.List()) != 0 {
			t.Error("ended, and still listed")
		}
		a.stop()
	})
}

// TestLeaseOverRestart: what held before a restart is found again, and ends by its
// deadline even if the clock never gets sure.
func TestLeaseOverRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAgent(t)
		a.begin("block/1", 600)
		a.stop()
		a.start(live.NewClock(a.True.Read)) // it knows nothing
		a.pass(500 * time.Second)
		a.holds("block/1", "unsure, before the deadline", live.Through)
		a.pass(110 * time.Second)
		a.holds("block/1", "unsure, after the deadline", live.Unsure)
		a.stop()

		a = newAgent(t)
		a.begin("block/2", 600)
		a.stop()
		a.True.Set(-10 * time.Second) // somebody sets the clock back while it is down
		a.start(live.NewClock(a.True.Read))
		a.pass(2 * time.Second)
		a.holds("block/2", "set back", live.Unsure)
		a.stop()
	})
}

// TestLeaseInDoubt: the clock knows nothing, and the word of a revocation comes: it
// cannot be placed in time, and ends the effect all the same. One that permits renews
// nothing.
func TestLeaseInDoubt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAgent(t)
		a.begin("block/1", 600)
		a.stop()
		a.start(live.NewClock(a.True.Read))
		doubt := func(stands bool) {
			t.Helper()
			a.number++
			e, err := a.Say(a.number, stands)
			if err != nil {
				t.Fatal(err)
			}
			if _, list, err := a.watch.Offer(e); err != nil || !unmet.List(list).Has("clock-unsure") {
				t.Fatal(unmet.List(list), err)
			}
		}
		a.pass(300 * time.Second)
		doubt(true)
		a.holds("block/1", "unsure, and told that it stands", live.Through)
		a.pass(310 * time.Second)
		a.holds("block/1", "after the deadline that was written", live.Unsure)
		a.stop()

		a = newAgent(t)
		a.begin("block/2", 600)
		a.stop()
		a.start(live.NewClock(a.True.Read))
		a.pass(5 * time.Second)
		doubt(false)
		a.pass(time.Second)
		a.holds("block/2", "unsure, and told that it is revoked", live.Revoked)
		a.stop()
	})
}
