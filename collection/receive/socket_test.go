package receive

import (
	"errors"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/internal/fault"
)

func listen(t testing.TB, c Config) []*Socket {
	t.Helper()
	all, err := Listen(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		t.Cleanup(func() { _ = s.Close() })
	}
	return all
}

func dial(t testing.TB, to netip.AddrPort) net.Conn {
	t.Helper()
	c, err := net.Dial("udp", to.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func send(t testing.TB, c net.Conn, p []byte) {
	t.Helper()
	if _, err := c.Write(p); err != nil {
		t.Fatal(err)
	}
}

// TestDropsAreExact: of datagrams that overflow a small socket, what is read and what is
// said to be dropped is what was sent: by the datagram that follows, or by asking.
func TestDropsAreExact(t *testing.T) {
	if _, ok := dropsNow(listen(t, Config{Address: "127.0.0.1:0"})[0].conn); !ok {
		t.Skip("this system does not count what it drops")
	}
	s := listen(t, Config{Address: "127.0.0.1:0", Buffer: 8 << 10})[0]
	c := dial(t, s.Addr())
	const sent = 500
	for range sent {
		send(t, c, make([]byte, 1000))
	}
	var read, dropped uint64
	take := func() {
		if err := s.conn.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
			t.Fatal(err)
		}
		d, err := s.Read()
		if err != nil {
			t.Fatal(err)
		}
		read++
		dropped += d.Dropped
		if len(d.Data) != 1000 || d.From.String() != c.LocalAddr().String() {
			t.Fatalf("%d bytes from %v", len(d.Data), d.From)
		}
	}
	atEnd := s.Drops()
	for read+dropped+atEnd < sent {
		take()
	}
	if read == 0 || atEnd == 0 || read+dropped+atEnd != sent {
		t.Fatalf("%d read, %d told by datagrams, %d by asking, of %d", read, dropped, atEnd, sent)
	}
	send(t, c, make([]byte, 1000))
	take()
	if got := s.Counts(); dropped != 0 || got.Dropped != atEnd || got.Datagrams != read || got.Bytes != read*1000 {
		t.Errorf("told twice: %d, %+v", dropped, got)
	}
	// And by the datagram that follows, without asking.
	for range sent {
		send(t, c, make([]byte, 1000))
	}
	before := read
	for s.conn.SetReadDeadline(time.Now().Add(50*time.Millisecond)) == nil {
		d, err := s.Read()
		if err != nil {
			break
		}
		read++
		dropped += d.Dropped
	}
	send(t, c, make([]byte, 1000))
	take()
	if dropped == 0 || read-before+dropped != sent+1 {
		t.Errorf("%d read and %d dropped of %d", read-before, dropped, sent+1)
	}
}

// TestRoom: the kernel's word on how much it gave is passed on.
func TestRoom(t *testing.T) {
	got := listen(t, Config{Address: "127.0.0.1:0", Buffer: 1 << 20})[0].Counts()
	if got.Asked != 1<<20 || got.Given <= 0 || got.Given > 1<<20 {
		t.Errorf("%+v", got)
	}
	if (got.Short() == nil) != (got.Given == got.Asked) {
		t.Error(got.Short())
	}
	short := Counts{Asked: 100, Given: 50}
	if err := short.Short(); fault.KindOf(err) != fault.Limit || fault.Hint(err) == "" {
		t.Error(err)
	}
}

// TestSharedPort: exporters are spread over sockets, each one stays at its own.
func TestSharedPort(t *testing.T) {
	all := listen(t, Config{Address: "127.0.0.1:0", Sockets: 4})
	to := all[0].Addr()
	const exporters, each = 64, 3
	for range exporters {
		c := dial(t, to)
		for range each {
			send(t, c, []byte("x"))
		}
	}
	used, total := 0, 0
	for _, s := range all {
		if s.Addr() != to {
			t.Fatalf("%v beside %v", s.Addr(), to)
		}
		from := map[netip.AddrPort]int{}
		for s.conn.SetReadDeadline(time.Now().Add(50*time.Millisecond)) == nil {
			d, err := s.Read()
			if err != nil {
				break
			}
			from[d.From]++
			total++
		}
		for a, n := range from {
			if n != each {
				t.Errorf("%v was spread: %d of %d", a, n, each)
			}
		}
		if len(from) > 0 {
			used++
		}
	}
	if total != exporters*each || used < 2 {
		t.Errorf("%d datagrams on %d sockets", total, used)
	}
}

func TestCloseEndsRead(t *testing.T) {
	s := listen(t, Config{Address: "[::1]:0"})[0]
	got := make(chan error, 1)
	go func() { _, err := s.Read(); got <- err }()
	time.Sleep(5 * time.Millisecond)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-got; !errors.Is(err, net.ErrClosed) || fault.KindOf(err) != fault.Canceled {
		t.Error(err)
	}
}

func TestConfigRefused(t *testing.T) {
	for field, c := range map[string]Config{"address": {Address: "nowhere"}, "sockets": {Address: ":1", Sockets: 65}, "buffer": {Address: ":1", Buffer: -1}} {
		var e *fault.Error
		if _, err := Listen(t.Context(), c); !errors.As(err, &e) || e.Place.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	taken := listen(t, Config{Address: "127.0.0.1:0"})[0]
	if _, err := Listen(t.Context(), Config{Address: taken.Addr().String()}); err == nil || fault.Hint(err) == "" {
		t.Errorf("a port that is taken: %v", err)
	}
}

func TestReadAllocatesNothing(t *testing.T) {
	s := listen(t, Config{Address: "127.0.0.1:0", Buffer: 4 << 10})[0]
	c := dial(t, s.Addr())
	p := make([]byte, 600)
	for range 100 { // some are dropped, so that each datagram comes with a count
		send(t, c, p)
	}
	for s.conn.SetReadDeadline(time.Now().Add(20*time.Millisecond)) == nil {
		if _, err := s.Read(); err != nil {
			break
		}
	}
	if err := s.conn.SetReadDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	got := testing.AllocsPerRun(200, func() {
		if _, err := c.Write(p); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Read(); err != nil {
			t.Fatal(err)
		}
	})
	if got >= 1 {
		t.Errorf("%v allocations", got)
	}
}
