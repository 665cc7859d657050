package issue_test

import (
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/authority/live"
	"github.com/noroshi-acd/noroshi/authority/live/carry"
	"github.com/noroshi-acd/noroshi/authority/live/issue"
	"github.com/noroshi-acd/noroshi/authority/live/livetest"
	"github.com/noroshi-acd/noroshi/authority/liveness"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/authority/warrant"
)

// commission is an issuer and a watch that hears it.
type commission struct {
	*livetest.Country
	t      *testing.T
	config issue.Config
	clock  *live.Clock
	issuer *issue.Issuer
	watch  *live.Watch
}

func newCommission(t *testing.T) *commission {
	t.Helper()
	country, err := livetest.New()
	if err != nil {
		t.Fatal(err)
	}
	c := &commission{Country: country, t: t}
	if c.clock, err = c.Clock(c.True, 0); err != nil {
		t.Fatal(err)
	}
	c.config = issue.Config{
		Dir: t.TempDir(), Key: c.Signer("liveness"), Clock: c.clock, Profiles: c.Profile, Interval: time.Hour,
		Missing: func(paper.Digest, paper.ID) paper.Time { return paper.TimeOf(c.True.Now()) },
	}
	c.open()
	if c.watch, err = live.OpenWatch(t.TempDir(), c.View, c.clock, c.Profile); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.issuer.Close(); _ = c.watch.Close() })
	if list, err := c.issuer.Admit(c.Warrant, &warrant.UrgentCount{}); err != nil || len(list) > 0 {
		t.Fatal(unmet.List(list), err)
	}
	return c
}

func (c *commission) open() {
	c.t.Helper()
	var err error
	if c.issuer, err = issue.Open(c.config, c.View); err != nil {
		c.t.Fatal(err)
	}
}

// say lets the commission speak, and says how the watch takes it.
func (c *commission) say() liveness.Order {
	c.t.Helper()
	e, err := c.issuer.Say()
	if err != nil {
		c.t.Fatal(err)
	}
	order, list, err := c.watch.Offer(e)
	if err != nil || len(list) > 0 {
		c.t.Fatal(unmet.List(list), err)
	}
	return order
}

// steal signs a statement with the commission's key and brings it to the watch.
func (c *commission) steal(number int64, at paper.Time) *paper.Envelope {
	c.t.Helper()
	e, err := c.Sign(c.Statement(number, at, c.Warrant.Digest()))
	if err != nil {
		c.t.Fatal(err)
	}
	if _, list, err := c.watch.Offer(e); err != nil || len(list) > 0 {
		c.t.Fatal(unmet.List(list), err)
	}
	return e
}

// TestHeard: the highest number that a thief can sign makes the commission deaf-mute only
// until it hears of it; then it goes above, over a restart too, with the evidence kept.
func TestHeard(t *testing.T) {
	c := newCommission(t)
	for range 3 {
		if got := c.say(); got != liveness.Newer {
			t.Fatalf("before the theft: order %d", got)
		}
		c.True.Pass(time.Second)
	}
	own := c.issuer.Latest()
	now := paper.TimeOf(c.True.Now())
	stolen := c.steal(int64(now), now)
	if got := c.say(); got != liveness.Stale {
		t.Errorf("beside the theft: order %d", got)
	}
	if order, _, err := c.issuer.Offer(own); err != nil || order != liveness.Stale {
		t.Errorf("its own of before: order %d, %v", order, err)
	}
	if order, _, err := c.issuer.Offer(c.issuer.Latest()); err != nil || order != liveness.Same {
		t.Errorf("its own: order %d, %v", order, err)
	}
	if order, list, err := c.issuer.Offer(stolen); err != nil || len(list) > 0 || order != liveness.Newer {
		t.Fatalf("the stolen one: order %d, %v, %v", order, unmet.List(list), err)
	}
	_ = c.issuer.Close()
	c.open()
	if list, err := c.issuer.Foreign(); err != nil || len(list) != 1 || list[0].Digest() != stolen.Digest() {
		t.Errorf("the evidence: %d, %v", len(list), err)
	}
	c.True.Pass(2 * time.Second)
	if got := c.say(); got != liveness.Newer {
		t.Errorf("after it was heard: order %d", got)
	}
	// The same number with other words is evidence too, and ends with the next one.
	var s liveness.Statement
	if err := c.issuer.Latest().Open(liveness.Type, &s); err != nil {
		t.Fatal(err)
	}
	c.True.Pass(2 * time.Second)
	beside := c.steal(s.Number, paper.TimeOf(c.True.Now()))
	if !c.watch.Contested() {
		t.Error("two statements with one number, and neither is contested")
	}
	if order, _, err := c.issuer.Offer(beside); err != nil || order != liveness.Fork {
		t.Errorf("beside its own: order %d, %v", order, err)
	}
	if got := c.say(); got != liveness.Newer || c.watch.Contested() {
		t.Errorf("after the fork: order %d", got)
	}
	if list, err := c.issuer.Foreign(); err != nil || len(list) != 2 {
		t.Errorf("the evidence: %d, %v", len(list), err)
	}
	c.True.Pass(time.Minute)
	now = paper.TimeOf(c.True.Now())
	for name, e := range map[string]*paper.Envelope{"by a member": must(paper.Seal(liveness.Type, c.Statement(s.Number+9, now), c.Signer("member-1"))), "of the future": must(c.Sign(c.Statement(s.Number+9, now+3600)))} {
		if _, list, err := c.issuer.Offer(e); err != nil || len(list) == 0 {
			t.Errorf("%s: it is heard: %v", name, err)
		}
	}
	c.True.Set(time.Hour)
	if _, _, err := c.issuer.Offer(must(c.Sign(c.Statement(s.Number+9, now)))); err == nil {
		t.Error("it judges what it hears by a clock that was set")
	}
}

func must(e *paper.Envelope, err error) *paper.Envelope {
	if err != nil {
		panic(err)
	}
	return e
}

// TestNeverAboveItsTime: the next number waits for its second; it is never one that
// nobody would take.
func TestNeverAboveItsTime(t *testing.T) {
	c := newCommission(t)
	now := paper.TimeOf(c.True.Now())
	if order, list, err := c.issuer.Offer(c.steal(int64(now), now)); err != nil || len(list) > 0 || order != liveness.Newer {
		t.Fatalf("order %d, %v, %v", order, unmet.List(list), err)
	}
	said, refused := 0, 0
	for range 40 {
		e, err := c.issuer.Say()
		if err != nil {
			refused++
		} else if order, list, err := c.watch.Offer(e); err != nil || len(list) > 0 || order != liveness.Newer {
			t.Fatalf("after %d: order %d, %v, %v", said, order, unmet.List(list), err)
		} else {
			said++
		}
		c.True.Pass(250 * time.Millisecond)
	}
	if said < 9 || said > 13 || refused == 0 {
		t.Errorf("in 10 s %d were said and %d had to wait", said, refused)
	}
}

// TestLeap: what the thief brought to others only had a number up to its time; the leap
// goes above it without having seen it.
func TestLeap(t *testing.T) {
	c := newCommission(t)
	c.say()
	c.True.Pass(10 * time.Second)
	now := paper.TimeOf(c.True.Now())
	c.steal(int64(now)-2, now-2) // the watch alone has it
	c.True.Pass(time.Second)
	if got := c.say(); got != liveness.Stale {
		t.Errorf("before the leap: order %d", got)
	}
	if err := c.issuer.Leap(); err != nil {
		t.Fatal(err)
	}
	if got := c.say(); got != liveness.Newer {
		t.Errorf("after the leap: order %d", got)
	}
	if v := c.watch.Judge(&live.Claim{Chain: []paper.Digest{c.Warrant.Digest()}, NotAfter: c.Of.NotAfter, Hold: time.Minute}, nil).At(c.clock.Now()); v != live.Through {
		t.Errorf("the verdict is %v", v)
	}
	c.True.Set(time.Hour)
	if err := c.issuer.Leap(); err == nil {
		t.Error("it leaps by a clock that was set")
	}
}

// TestHeardOverHTTP: the watch carries what the thief told it to whoever asks, and the
// commission asks too.
func TestHeardOverHTTP(t *testing.T) {
	c := newCommission(t)
	c.say()
	c.True.Pass(10 * time.Second)
	server := httptest.NewServer(carry.Handler(c.watch, c.watch))
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() {
		_ = (&carry.Carrier{URL: server.URL, Sink: c.issuer, Client: server.Client(), Pause: 10 * time.Millisecond}).Run(ctx)
	})
	defer func() { stop(); server.CloseClientConnections(); running.Wait(); server.Close() }()
	at := paper.TimeOf(c.True.Now()) - 5
	c.steal(int64(at), at)
	for begin := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		if list, err := c.issuer.Foreign(); err != nil || len(list) == 1 {
			break
		}
		if time.Since(begin) > 20*time.Second {
			t.Fatal("the commission does not hear of it")
		}
	}
	if got := c.say(); got != liveness.Newer {
		t.Errorf("heard: order %d", got)
	}
}

// TestHeardOnAFullDisk: what cannot be kept as evidence moves no number.
func TestHeardOnAFullDisk(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Log("root writes everywhere: a folder stands in the file's place instead")
	}
	c := newCommission(t)
	c.say()
	c.True.Pass(5 * time.Second)
	at := paper.TimeOf(c.True.Now())
	stolen := c.steal(int64(at), at)
	in := filepath.Join(c.config.Dir, "foreign-"+string(stolen.Digest())[len("sha256:"):]+".json")
	if err := os.MkdirAll(filepath.Join(in, "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.issuer.Offer(stolen); err == nil {
		t.Fatal("it was kept where nothing can be written")
	}
	if err := os.RemoveAll(in); err != nil {
		t.Fatal(err)
	}
	if order, _, err := c.issuer.Offer(stolen); err != nil || order != liveness.Newer {
		t.Errorf("with room again: order %d, %v", order, err)
	}
}
