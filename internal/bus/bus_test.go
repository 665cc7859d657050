package bus_test

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/internal/bus"
	"github.com/noroshi-acd/noroshi/internal/bus/seal"
	"github.com/noroshi-acd/noroshi/internal/conf"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/pki"
)

// country is made up: an acquirer with a hub and edges, and another body.
type country struct {
	t      testing.TB
	bodies map[string]*pki.Authority
	peers  pki.Peers
	key    *seal.Key
}

func made(t testing.TB) *country {
	t.Helper()
	c := &country{t: t, bodies: map[string]*pki.Authority{}, peers: pki.Peers{}}
	for _, body := range []string{"acquirer", "operator"} {
		a, err := pki.NewAuthority(body, time.Now(), 0)
		c.must(err)
		c.bodies[body], c.peers[body] = a, pki.Body{Authorities: []*x509.Certificate{a.Certificate}, Roles: []string{"hub", "edge", "tap"}}
	}
	var err error
	c.key, err = seal.NewKey()
	c.must(err)
	return c
}

func (c *country) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

func (c *country) identity(n pki.Name) *pki.Identity {
	c.t.Helper()
	i, err := c.bodies[n.Body].Issue(n, []string{"127.0.0.1", "localhost"}, time.Now(), 0)
	c.must(err)
	return i
}

// rights are those of a hub: its own body's hubs keep, edges send.
func rights(n pki.Name) bus.Right {
	switch {
	case n.Role == "hub" && n.Body == "acquirer":
		return bus.Keep
	case n.Role == "edge":
		return bus.Send
	}
	return bus.None
}

func (c *country) party(n pki.Name) bus.Party {
	return c.partyOf(c.identity(n))
}

func (c *country) partyOf(i *pki.Identity) bus.Party {
	return bus.Party{Own: func() *pki.Identity { return i }, Peers: func() pki.Peers { return c.peers }, Rights: rights, Now: time.Now}
}

func (c *country) keys(id seal.ID) (*seal.Key, error) {
	if id != c.key.Public.ID {
		return nil, seal.ErrNoKey
	}
	return c.key, nil
}

func (c *country) to() (seal.Public, error) { return c.key.Public, nil }

func edge(machine string) pki.Name {
	return pki.Name{Body: "acquirer", Role: "edge", Machine: machine}
}

var hub = pki.Name{Body: "acquirer", Role: "hub", Machine: "hub-1"}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// loud writes to the test what a log would say, while it runs.
type loud struct {
	mu   sync.Mutex
	text []byte
}

func (l *loud) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = append(l.text, p...)
	return len(p), nil
}

func (l *loud) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.text)
}

func config(t testing.TB, dir string) bus.Config {
	t.Helper()
	c := bus.DefaultConfig()
	c.Dir = dir
	if p := c.Validate(); p != nil {
		t.Fatal(p)
	}
	return c
}

// run starts a node; stop ends it and is safe to call twice.
func (c *country) run(n *bus.Node, err error) (node *bus.Node, stop func()) {
	c.t.Helper()
	c.must(err)
	ctx, cancel := context.WithCancel(context.Background())
	ready, done := make(chan struct{}), make(chan error, 1)
	go func() { done <- n.Run(ctx, func() { close(ready) }) }()
	select {
	case <-ready:
	case err := <-done:
		cancel()
		c.t.Fatalf("the node did not start: %v", err)
	}
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			c.t.Errorf("the node ended: %v", err)
		}
	})
	c.t.Cleanup(stop)
	return n, stop
}

func (c *country) line(l *bus.Line, err error) *bus.Line {
	c.t.Helper()
	c.must(err)
	c.t.Cleanup(l.Close)
	return l
}

func senderConfig(servers ...string) bus.SenderConfig {
	s := bus.DefaultSenderConfig()
	for _, at := range servers {
		s.Servers = append(s.Servers, "tls://"+at)
	}
	s.AckTime = 15 * time.Second
	return s
}

// shelf is a keeper in memory that counts. say answers before a batch is kept.
type shelf struct {
	mu    sync.Mutex
	kept  map[string]string // "sender id" → batch
	twice int               // batches that came again after they were kept
	lost  map[string]error
	late  int
	say   func(bus.Batch) error
	came  chan struct{}
}

func newShelf() *shelf {
	return &shelf{kept: map[string]string{}, lost: map[string]error{}, came: make(chan struct{}, 1<<16)}
}

func (s *shelf) Keep(_ context.Context, b bus.Batch) error {
	if s.say != nil {
		if err := s.say(b); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	key := b.From.Machine + " " + b.ID
	if old, ok := s.kept[key]; ok {
		s.twice++
		if old != string(b.Body) {
			return fmt.Errorf("%s is another batch now", key)
		}
		return nil
	}
	if b.Late {
		s.late++
	}
	s.kept[key] = string(b.Body)
	s.came <- struct{}{}
	return nil
}

func (s *shelf) Lost(_ context.Context, b bus.Batch, why error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lost[b.From.Machine+" "+b.ID] = why
	s.came <- struct{}{}
	return nil
}

func (s *shelf) counts() (kept, twice, lost int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.kept), s.twice, len(s.lost)
}

// await waits until n batches were kept or lost.
func (s *shelf) await(t testing.TB, n int) {
	t.Helper()
	end := time.After(60 * time.Second)
	for range n {
		select {
		case <-s.came:
		case <-end:
			kept, twice, lost := s.counts()
			t.Fatalf("waited in vain: %d kept, %d again, %d lost, want %d", kept, twice, lost, n)
		}
	}
}

// receive runs a receiver for senders until the test ends or stop is called.
func (c *country) receive(l *bus.Line, cfg bus.Config, s *shelf, log *slog.Logger, senders ...pki.Name) (stop func()) {
	r := l.Receiver(cfg, c.keys, s, time.Now, log)
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	for _, n := range senders {
		all.Go(func() {
			if err := r.Run(ctx, n); err != nil {
				c.t.Errorf("receiving from %s: %v", n, err)
			}
		})
	}
	stop = sync.OnceFunc(func() { cancel(); all.Wait() })
	c.t.Cleanup(stop)
	return stop
}

// TestComesThrough: batches of two edges over mutual TLS into a keeper in the process, each
// once, and then the bus holds nothing.
func TestComesThrough(t *testing.T) {
	t.Parallel()
	c := made(t)
	cfg := config(t, t.TempDir())
	cfg.Listen = "127.0.0.1:0"
	node, _ := c.run(bus.NewNode(cfg, c.party(hub), quiet()))
	own := c.line(node.Line())
	edges := []pki.Name{edge("rack-7"), edge("rack.8")}
	c.must(own.Admit(t.Context(), cfg, edges...))
	c.must(own.Admit(t.Context(), cfg, edges...)) // a second time changes nothing
	s := newShelf()
	c.receive(own, cfg, s, quiet(), edges...)
	address, _ := node.Addresses()
	want := map[string]string{}
	for _, e := range edges {
		l := c.line(bus.Dial([]string{"tls://" + address}, c.party(e), quiet()))
		send := l.Sender(senderConfig(), c.to)
		for i := range uint64(20) {
			id, text := bus.BatchID("grant", i), fmt.Sprint(e, i)
			if again, err := send.Send(t.Context(), id, []byte(text)); again || err != nil {
				t.Fatalf("%v %v", again, err)
			}
			want[e.Machine+" "+id] = text
		}
		if again, err := send.Send(t.Context(), bus.BatchID("grant", 19), []byte("other")); !again || err != nil {
			t.Errorf("the second batch of an id: again %v, %v", again, err)
		}
	}
	s.await(t, len(want))
	for k, text := range want {
		if s.kept[k] != text {
			t.Errorf("%s holds %q, want %q", k, s.kept[k], text)
		}
	}
	for _, e := range edges {
		held := bus.Held{Batches: 1}
		for end := time.Now().Add(5 * time.Second); held.Batches > 0 && time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
			var err error
			held, err = own.Held(t.Context(), e)
			c.must(err)
		}
		if held != (bus.Held{}) {
			t.Errorf("the bus still holds %+v", held)
		}
		c.must(own.Dismiss(t.Context(), e))
	}
	if _, err := own.Held(t.Context(), edges[0]); fault.KindOf(err) != fault.NotFound {
		t.Errorf("a dismissed sender: %v", err)
	}
}

// TestStays: what was acknowledged is there after a restart, sealed on the disk, and
// comes with its age.
func TestStays(t *testing.T) {
	t.Parallel()
	c := made(t)
	cfg := config(t, t.TempDir())
	cfg.MaxAge = time.Minute
	node, stop := c.run(bus.NewNode(cfg, c.party(hub), quiet()))
	own := c.line(node.Line())
	c.must(own.Admit(t.Context(), cfg, hub)) // the hub may send, too, in its own name
	send := own.Sender(senderConfig(), c.to)
	for i := range uint64(10) {
		_, err := send.Send(t.Context(), bus.BatchID("grant", i), []byte("0123456789canary"))
		c.must(err)
	}
	own.Close()
	stop()
	if found := grep(t, cfg.Dir, "canary"); len(found) > 0 {
		t.Errorf("in clear in %v", found)
	}
	node, _ = c.run(bus.NewNode(cfg, c.party(hub), quiet()))
	own = c.line(node.Line())
	held, err := own.Held(t.Context(), hub)
	if err != nil || held.Batches != 10 || time.Since(held.Oldest) > time.Minute {
		t.Fatalf("%+v, %v, want 10", held, err)
	}
	if err := own.Dismiss(t.Context(), hub); fault.KindOf(err) != fault.Permission {
		t.Errorf("batches were dismissed: %v", err)
	}
	if again, err := own.Sender(senderConfig(), c.to).Send(t.Context(), bus.BatchID("grant", 3), nil); !again || err != nil {
		t.Errorf("after a restart an id is new: %v, %v", again, err)
	}
	s := newShelf()
	r := own.Receiver(cfg, c.keys, s, func() time.Time { return time.Now().Add(2 * time.Minute) }, quiet())
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- r.Run(ctx, hub) }()
	s.await(t, 10)
	cancel()
	c.must(<-done)
	if kept, _, lost := s.counts(); kept != 10 || lost != 0 || s.late != 10 {
		t.Errorf("%d kept, %d lost, %d late; want 10, 0, 10", kept, lost, s.late)
	}
}

// TestInvariant07_DeadWithItsKey: nothing on the bus's disk can be read, and a batch whose
// key was destroyed while it waited is reported as lost and goes, unread.
func TestInvariant07_DeadWithItsKey(t *testing.T) {
	t.Parallel()
	c := made(t)
	cfg := config(t, t.TempDir())
	node, _ := c.run(bus.NewNode(cfg, c.party(hub), quiet()))
	own := c.line(node.Line())
	c.must(own.Admit(t.Context(), cfg, hub))
	send := own.Sender(senderConfig(), c.to)
	for i := range uint64(4) {
		_, err := send.Send(t.Context(), bus.BatchID("grant", i), []byte("0123456789canary"))
		c.must(err)
	}
	if found := grep(t, cfg.Dir, "grant.3"); len(found) == 0 {
		t.Error("what was searched holds no batches")
	}
	if found := grep(t, cfg.Dir, "canary"); len(found) > 0 {
		t.Errorf("in clear in %v", found)
	}
	other, err := seal.NewKey() // the day is over: the old key is gone, another one is there
	c.must(err)
	c.key = other
	s := newShelf()
	c.receive(own, cfg, s, quiet(), hub)
	s.await(t, 4)
	if kept, _, lost := s.counts(); kept != 0 || lost != 4 || !errors.Is(s.lost["hub-1 grant.0"], seal.ErrNoKey) {
		t.Errorf("%d kept, %d lost, %v", kept, lost, s.lost)
	}
}

// TestFull: a full stream refuses what comes, keeps what it has, and takes again once
// something was kept.
func TestFull(t *testing.T) {
	t.Parallel()
	c := made(t)
	cfg := config(t, t.TempDir())
	cfg.Batches = 5
	node, _ := c.run(bus.NewNode(cfg, c.party(hub), quiet()))
	own := c.line(node.Line())
	c.must(own.Admit(t.Context(), cfg, hub))
	send := own.Sender(senderConfig(), c.to)
	for i := range uint64(8) {
		_, err := send.Send(t.Context(), bus.BatchID("grant", i), []byte{byte(i)})
		if full := errors.Is(err, bus.ErrFull) && fault.KindOf(err) == fault.Limit; full != (i >= 5) {
			t.Errorf("batch %d: %v", i, err)
		}
	}
	s := newShelf()
	c.receive(own, cfg, s, quiet(), hub)
	s.await(t, 5)
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		again, err := send.Send(t.Context(), bus.BatchID("grant", 5), []byte{5})
		if err == nil && !again {
			break
		}
		if again || time.Now().After(end) {
			t.Fatalf("a refused batch: again %v, %v", again, err)
		}
	}
	s.await(t, 1)
	for i := range 6 {
		if got := s.kept[fmt.Sprint("hub-1 grant.", i)]; got != string([]byte{byte(i)}) {
			t.Errorf("batch %d is %q", i, got)
		}
	}
}

// TestComesAgain: a batch that could not be kept comes until it is; one that never can be is
// reported before it goes, and stays while the report fails.
func TestComesAgain(t *testing.T) {
	t.Parallel()
	c := made(t)
	cfg := config(t, t.TempDir())
	node, _ := c.run(bus.NewNode(cfg, c.party(hub), quiet()))
	own := c.line(node.Line())
	c.must(own.Admit(t.Context(), cfg, hub))
	s := newShelf()
	tries := map[string][]int{}
	var mu sync.Mutex
	s.say = func(b bus.Batch) error {
		mu.Lock()
		defer mu.Unlock()
		tries[b.ID] = append(tries[b.ID], b.Tries)
		switch {
		case b.ID == "g.1" && b.Tries < 3:
			return errors.New("not now")
		case b.ID == "g.2":
			return fmt.Errorf("foreign grant: %w", bus.ErrNever)
		}
		return nil
	}
	c.receive(own, cfg, s, quiet(), hub)
	send := own.Sender(senderConfig(), c.to)
	other, err := seal.NewKey()
	c.must(err)
	for id, to := range map[string]seal.Public{"g.1": c.key.Public, "g.2": c.key.Public, "g.3": other.Public} {
		_, err := own.Sender(senderConfig(), func() (seal.Public, error) { return to, nil }).Send(t.Context(), id, []byte(id))
		c.must(err)
	}
	s.await(t, 3)
	mu.Lock()
	defer mu.Unlock()
	if !slices.Equal(tries["g.1"], []int{1, 2, 3}) || !slices.Equal(tries["g.2"], []int{1}) || tries["g.3"] != nil {
		t.Errorf("tries %v", tries)
	}
	if s.kept["hub-1 g.1"] != "g.1" || !errors.Is(s.lost["hub-1 g.2"], bus.ErrNever) || !errors.Is(s.lost["hub-1 g.3"], seal.ErrNoKey) {
		t.Errorf("kept %v, lost %v", s.kept, s.lost)
	}
	for _, id := range []string{"", ".", "a b", "a\nb", "*", string(make([]byte, 200))} {
		if _, err := send.Send(t.Context(), id, nil); fault.KindOf(err) != fault.Invalid {
			t.Errorf("id %q: %v", id, err)
		}
	}
	if _, err := send.Send(t.Context(), "g.9", make([]byte, 2<<20)); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a batch of 2 MiB: %v", err)
	}
}

// TestConfig: the defaults are valid but for what has no default; what cannot be is named.
func TestConfig(t *testing.T) {
	t.Parallel()
	keys := func(list []conf.Problem) []string {
		var k []string
		for _, p := range list {
			k = append(k, p.Key)
		}
		slices.Sort(k)
		return k
	}
	for _, test := range []struct {
		change func(*bus.Config)
		want   []string
	}{
		{func(c *bus.Config) {}, []string{"dir"}},
		{func(c *bus.Config) { c.Dir = "d" }, nil},
		{func(c *bus.Config) { c.Dir, c.Replicas = "d", 3 }, []string{"replicas"}},
		{func(c *bus.Config) { c.Servers, c.Replicas = []string{"tls://h:1"}, 2 }, []string{"replicas"}},
		{func(c *bus.Config) { c.Servers = []string{"nats://h:1"} }, []string{"servers"}},
		{func(c *bus.Config) { c.Servers = []string{"tls://u:p@h:1"} }, []string{"servers"}},
		{func(c *bus.Config) { c.Servers = []string{"tls://h"} }, []string{"servers"}},
		{func(c *bus.Config) { c.Servers, c.Listen = []string{"tls://h:1"}, "127.0.0.1:1" }, []string{"servers"}},
		{func(c *bus.Config) { c.Dir, c.Listen, c.LeafListen = "d", "x", ":1" }, []string{"listen"}},
		{func(c *bus.Config) { c.Dir, c.MaxBatch = "d", 8<<20 }, []string{"max_batch"}},
		{func(c *bus.Config) { c.Dir, c.PerSender = "d", 1<<20 }, []string{"per_sender"}},
		{func(c *bus.Config) { c.Dir, c.MaxStore = "d", 1<<20 }, []string{"max_store"}},
		{func(c *bus.Config) { c.Dir, c.SyncEvery, c.MaxAge = "d", -1, 0 }, []string{"max_age", "sync_every"}},
	} {
		c := bus.DefaultConfig()
		test.change(&c)
		if got := keys(c.Validate()); !slices.Equal(got, test.want) {
			t.Errorf("%+v: %v, want %v", c, got, test.want)
		}
	}
	s := bus.DefaultSenderConfig()
	if got := keys(s.Validate()); !slices.Equal(got, []string{"servers"}) {
		t.Errorf("a sender without servers: %v", got)
	}
	s.Servers = []string{"tls://[::1]:4222"}
	if got := s.Validate(); got != nil {
		t.Errorf("%v", got)
	}
}
