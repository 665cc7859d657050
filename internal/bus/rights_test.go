package bus_test

import (
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/noroshi-acd/noroshi/internal/bus"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/pki"
)

// raw is a line of an edge that does not run our program: any subject, any inbox.
func (c *country) raw(address string, peer pki.Name, p bus.Party, log *loud) (*nats.Conn, error) {
	config := pki.Client(p.Own, p.Peers, peer, p.Now)
	return nats.Connect("tls://"+address, nats.Secure(&tls.Config{MinVersion: tls.VersionTLS13}), nats.TLSHandshakeFirst(),
		func(o *nats.Options) error { o.TLSConfig = config; return nil }, nats.NoReconnect(), nats.Timeout(10*time.Second),
		nats.CustomInboxPrefix("_INBOX.acquirer.edge.evil"),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { _, _ = log.Write([]byte(err.Error() + "\n")) }))
}

// refused waits until the server has complained once more.
func refused(t *testing.T, log *loud, before int, what string) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); strings.Count(log.String(), "ermissions") == before; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Errorf("%s was not refused", what)
			return
		}
	}
}

// TestOnlyInItsOwnName: an edge whose program is another cannot send as another edge, hear
// another's answers, or reach the interface that makes, reads and removes streams, neither
// itself nor by having the bus answer there.
func TestOnlyInItsOwnName(t *testing.T) {
	t.Parallel()
	c := made(t)
	cfg := config(t, t.TempDir())
	cfg.Listen = "127.0.0.1:0"
	node, _ := c.run(bus.NewNode(cfg, c.party(hub), quiet()))
	own := c.line(node.Line())
	good, evil := edge("good"), edge("evil")
	c.must(own.Admit(t.Context(), cfg, good, evil))
	address, _ := node.Addresses()
	sender := c.line(bus.Dial([]string{"tls://" + address}, c.party(good), quiet())).Sender(senderConfig(), c.to)
	_, err := sender.Send(t.Context(), "g.1", []byte("batch"))
	c.must(err)

	var log loud
	nc, err := c.raw(address, hub, c.party(evil), &log)
	c.must(err)
	defer nc.Close()
	if _, err := nc.Request("batch.acquirer.edge.evil", []byte("its own"), 15*time.Second); err != nil {
		t.Fatalf("an edge cannot send in its own name: %v", err)
	}
	api := "$JS.API.STREAM.PURGE.batch+acquirer+edge+good"
	for _, to := range []string{"batch.acquirer.edge.good", "batch.acquirer.hub.hub-1", "batch.operator.edge.evil", "other",
		"$JS.API.INFO", "$JS.API.STREAM.NAMES", api, "$JS.API.STREAM.MSG.GET.batch+acquirer+edge+good", "$JS.API.STREAM.DELETE.batch+acquirer+edge+evil", "$SYS.REQ.SERVER.PING"} {
		before := strings.Count(log.String(), "ermissions")
		if m, err := nc.Request(to, []byte("{}"), 200*time.Millisecond); err == nil {
			t.Errorf("%s answered %q", to, m.Data)
		}
		refused(t, &log, before, "sending to "+to)
	}
	for _, at := range []string{">", "_INBOX.>", "_INBOX.acquirer.edge.good.>", "batch.>", "batch.acquirer.edge.evil", "$JS.>"} {
		before := strings.Count(log.String(), "ermissions")
		_, err := nc.SubscribeSync(at)
		c.must(err)
		c.must(nc.Flush())
		refused(t, &log, before, "listening at "+at)
	}
	// The bus answers a sender where the sender says: an answer that looks like a request
	// to remove what the other has must remove nothing.
	for range 3 {
		c.must(nc.PublishRequest("batch.acquirer.edge.evil", api, []byte("x")))
	}
	c.must(nc.Flush())
	end := time.Now().Add(20 * time.Second)
	for held, err := own.Held(t.Context(), evil); held.Batches < 4; held, err = own.Held(t.Context(), evil) {
		c.must(err)
		if time.Now().After(end) {
			t.Fatalf("%+v", held)
		}
	}
	if held, err := own.Held(t.Context(), good); err != nil || held.Batches != 1 {
		t.Errorf("the good edge has %+v on the bus, want its one batch: %v", held, err)
	}
	// An id that another edge has used is still free.
	if again, err := c.line(bus.Dial([]string{"tls://" + address}, c.party(evil), quiet())).Sender(senderConfig(), c.to).Send(t.Context(), "g.1", nil); again || err != nil {
		t.Errorf("again %v, %v", again, err)
	}
}

// TestNobodyElse: no line without a certificate that the body's own authority signed, for
// a role that has business here; and no line to a server that is not the keeper's.
func TestNobodyElse(t *testing.T) {
	t.Parallel()
	c := made(t)
	cfg := config(t, t.TempDir())
	cfg.Listen, cfg.LeafListen = "127.0.0.1:0", "127.0.0.1:0"
	node, _ := c.run(bus.NewNode(cfg, c.party(hub), quiet()))
	address, leaf := node.Addresses()
	try := func(what string, p bus.Party, want bool) {
		t.Helper()
		nc, err := c.raw(address, hub, p, &loud{})
		if (err == nil) != want {
			t.Errorf("%s: a line %v, %v", what, err == nil, err)
		}
		if err == nil {
			nc.Close()
		}
	}
	try("an edge", c.party(edge("a")), true)
	try("another body's edge", c.party(pki.Name{Body: "operator", Role: "edge", Machine: "a"}), true)
	try("a tap", c.party(pki.Name{Body: "acquirer", Role: "tap", Machine: "a"}), false)
	try("another body's hub", c.party(pki.Name{Body: "operator", Role: "hub", Machine: "a"}), false)
	foreign := made(t) // the same names under authorities that nobody pinned
	p := foreign.party(edge("a"))
	p.Peers = func() pki.Peers { return c.peers }
	try("an edge under another authority", p, false)
	late, err := c.bodies["acquirer"].Issue(edge("a"), nil, time.Now().Add(-20*24*time.Hour), time.Hour)
	c.must(err)
	p = c.partyOf(late)
	p.Now = func() time.Time { return time.Now().Add(-20 * 24 * time.Hour) }
	try("an edge whose certificate ended", p, false)
	for _, at := range []string{address, leaf} {
		conn, err := net.Dial("tcp", at)
		c.must(err)
		defer conn.Close()
		c.must(conn.SetDeadline(time.Now().Add(3 * time.Second)))
		_, _ = conn.Write([]byte("CONNECT {\"verbose\":true}\r\nPING\r\n"))
		var b [64]byte
		if n, _ := conn.Read(b[:]); strings.HasPrefix(string(b[:n]), "INFO") || strings.Contains(string(b[:n]), "PONG") {
			t.Errorf("%s speaks in clear: %q", at, b[:n])
		}
	}
	// A server that is an edge by its certificate gets no batch.
	cfg.Dir = t.TempDir()
	fake, _ := c.run(bus.NewNode(cfg, c.party(edge("fake")), quiet()))
	at, _ := fake.Addresses()
	l := c.line(bus.Dial([]string{"tls://" + at}, c.party(edge("a")), quiet()))
	s := senderConfig()
	s.AckTime = 500 * time.Millisecond
	if _, err := l.Sender(s, c.to).Send(t.Context(), "g.1", nil); !errors.Is(err, bus.ErrAway) || l.Up() {
		t.Errorf("a batch went to a server that is no keeper: %v", err)
	}
}

// TestRightsEnd: a line ends within its session, and is not let in again when its right was
// taken back; another's goes on.
func TestRightsEnd(t *testing.T) {
	t.Parallel()
	c := made(t)
	cfg := config(t, t.TempDir())
	cfg.Listen, cfg.Session = "127.0.0.1:0", 700*time.Millisecond // shorter than a file may say
	p := c.party(hub)
	gone := make(chan struct{})
	p.Rights = func(n pki.Name) bus.Right {
		select {
		case <-gone:
			if n == edge("a") {
				return bus.None
			}
		default:
		}
		return rights(n)
	}
	node, _ := c.run(bus.NewNode(cfg, p, quiet()))
	own := c.line(node.Line())
	c.must(own.Admit(t.Context(), cfg, edge("a"), edge("b")))
	address, _ := node.Addresses()
	s := senderConfig()
	s.AckTime = 500 * time.Millisecond
	lineA := c.line(bus.Dial([]string{"tls://" + address}, c.party(edge("a")), quiet()))
	lineB := c.line(bus.Dial([]string{"tls://" + address}, c.party(edge("b")), quiet()))
	a, b := lineA.Sender(s, c.to), lineB.Sender(s, c.to)
	sent := func(s *bus.Sender, id string) {
		t.Helper()
		for end := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
			if _, err := s.Send(t.Context(), id, nil); err == nil {
				return
			} else if time.Now().After(end) {
				t.Fatal(err)
			}
		}
	}
	down := func(l *bus.Line) {
		t.Helper()
		for end := time.Now().Add(30 * time.Second); l.Up(); time.Sleep(5 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal("a line outlives its session")
			}
		}
	}
	sent(a, "g.1")
	sent(b, "g.1")
	close(gone)
	down(lineB)
	sent(b, "g.2") // its line was let in anew
	down(lineA)
	if _, err := a.Send(t.Context(), "g.2", nil); !errors.Is(err, bus.ErrAway) {
		t.Errorf("a right that was taken back: %v", err)
	}
	if held, err := own.Held(t.Context(), edge("a")); err != nil || held.Batches != 1 {
		t.Errorf("%+v, %v", held, err)
	}
}

// TestALeafComesBack: a sender's own node joins the keeper's; cut off, nothing is
// acknowledged that did not arrive; back, the same ids go through; and its rights are
// those of its certificate there, too.
func TestALeafComesBack(t *testing.T) {
	t.Parallel()
	c := made(t)
	cfg := config(t, t.TempDir())
	cfg.LeafListen = "127.0.0.1:0"
	node, stop := c.run(bus.NewNode(cfg, c.party(hub), quiet()))
	own := c.line(node.Line())
	name := edge("rack-7")
	c.must(own.Admit(t.Context(), cfg, name, edge("rack-8")))
	_, cfg.LeafListen = node.Addresses()

	s := senderConfig(cfg.LeafListen)
	s.AckTime = 400 * time.Millisecond
	var log loud
	leaf, _ := c.run(bus.NewLeaf(s, c.party(name), slog.New(slog.NewTextHandler(&log, nil))))
	send := c.line(leaf.Line()).Sender(s, c.to)
	sent := func(id string) {
		t.Helper()
		for end := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
			_, err := send.Send(t.Context(), id, []byte(id))
			if err == nil {
				return
			}
			if !errors.Is(err, bus.ErrAway) || time.Now().After(end) {
				t.Fatalf("%s: %v\n%s", id, err, log.String())
			}
		}
	}
	sent("g.1")
	sent("g.2")
	own.Close()
	stop()
	for _, id := range []string{"g.3", "g.4"} {
		if _, err := send.Send(t.Context(), id, []byte(id)); !errors.Is(err, bus.ErrAway) || fault.KindOf(err) != fault.Limit {
			t.Errorf("%s while cut off: %v", id, err)
		}
	}
	node, _ = c.run(bus.NewNode(cfg, c.party(hub), quiet()))
	own = c.line(node.Line())
	sent("g.3")
	sent("g.4")
	shelf := newShelf()
	c.receive(own, cfg, shelf, quiet(), name)
	shelf.await(t, 4)
	if kept, _, lost := shelf.counts(); kept != 4 || lost != 0 {
		t.Errorf("%d kept, %d lost", kept, lost)
	}
	// The leaf's owner is lord of the leaf, and still an edge at the keeper's.
	js, err := jetstream.New(bus.Raw(c.line(leaf.Line())))
	c.must(err)
	for _, at := range []string{"batch.acquirer.edge.rack-8", "$JS.API.STREAM.NAMES"} {
		m := nats.NewMsg(at)
		m.Data = []byte("{}")
		if answer, err := bus.Raw(c.line(leaf.Line())).RequestMsg(m, 300*time.Millisecond); err == nil {
			t.Errorf("%s answered %q", at, answer.Data)
		}
	}
	if _, err := js.Publish(t.Context(), "batch.acquirer.edge.rack-8", nil, jetstream.WithRetryAttempts(0)); err == nil {
		t.Error("a leaf sent as another edge")
	}
	if held, err := own.Held(t.Context(), edge("rack-8")); err != nil || held.Batches != 0 {
		t.Errorf("%+v, %v", held, err)
	}
}
