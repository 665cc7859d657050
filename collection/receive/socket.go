package receive

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync/atomic"

	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// maxSockets is how many sockets share a port at most.
const maxSockets = 64

// Config says where to receive.
type Config struct {
	// Address is "host:port" of UDP. A host of "" is all addresses of both families.
	Address string
	// Sockets share the port; the kernel gives each exporter to one of them. 0 means 1.
	Sockets int
	// Buffer is how many bytes the kernel is asked to hold for each socket, for the time
	// in which nobody reads. 0 means 32 MiB.
	Buffer int
}

// Validate says what is wrong with c.
func (c Config) Validate() error {
	_, port, err := net.SplitHostPort(c.Address)
	field := ""
	switch {
	case err != nil || port == "":
		field = "address"
	case c.Sockets < 0 || c.Sockets > maxSockets:
		field = "sockets"
	case c.Buffer < 0 || c.Buffer > 1<<30:
		field = "buffer"
	}
	if field == "" {
		return nil
	}
	return wrong(fault.Invalid, "config", fault.Place{Offset: -1, Field: field}, err, "key", field)
}

// wrong makes the house's error of what area receive says under a key.
func wrong(kind fault.Kind, key string, at fault.Place, cause error, args ...any) error {
	return fault.Said(fault.Error{Kind: kind, Place: at, Err: cause},
		i18n.Both("receive.op"), i18n.Both("receive."+key, args...), i18n.Both("receive.hint."+key, args...))
}

// Datagram is one that came.
type Datagram struct {
	Data []byte // until the next Read of the socket
	From netip.AddrPort
	// Dropped is how many the kernel dropped for want of room between the one before and
	// this one.
	Dropped uint64
}

// Socket is one of the sockets of a port. One goroutine reads it; Counts and Close may be
// called by others.
type Socket struct {
	conn   *net.UDPConn
	buf    []byte
	oob    []byte
	given  int
	asked  int
	forced bool

	datagrams, bytes atomic.Uint64
	dropped          atomic.Uint64
	last             uint32 // the kernel's own count, which wraps
	told             uint64 // of dropped, in datagrams
}

// Listen opens the sockets of a port.
func Listen(ctx context.Context, c Config) ([]*Socket, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	asked := c.Buffer
	if asked == 0 {
		asked = 32 << 20
	}
	lc := net.ListenConfig{}
	if c.Sockets > 1 {
		lc.Control = share
	}
	var all []*Socket
	address := c.Address
	for range max(c.Sockets, 1) {
		conn, err := lc.ListenPacket(ctx, "udp", address)
		if err != nil {
			for _, s := range all {
				_ = s.Close() // the error is told already
			}
			return nil, wrong(fault.Internal, "listen", fault.Place{Path: c.Address, Offset: -1}, err)
		}
		s := &Socket{conn: conn.(*net.UDPConn), buf: make([]byte, 1<<16), oob: make([]byte, 128), asked: asked}
		all = append(all, s)
		s.given, s.forced = prepare(s.conn, asked)
		address = conn.LocalAddr().String() // the others share its port, also when it was 0
	}
	return all, nil
}

// Addr is where the socket listens.
func (s *Socket) Addr() netip.AddrPort {
	a := s.conn.LocalAddr().(*net.UDPAddr).AddrPort()
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}

// Read gives the next datagram. After Close its error has [net.ErrClosed] in its chain.
// It allocates nothing.
func (s *Socket) Read() (Datagram, error) {
	n, oobn, _, from, err := s.conn.ReadMsgUDPAddrPort(s.buf, s.oob)
	if err != nil {
		return Datagram{}, readError(s.conn, err)
	}
	s.datagrams.Add(1)
	s.bytes.Add(uint64(n))
	d := Datagram{Data: s.buf[:n], From: netip.AddrPortFrom(from.Addr().Unmap(), from.Port())}
	if count, ok := dropCount(s.oob[:oobn]); ok {
		s.note(count)
	}
	if now := s.dropped.Load(); now != s.told {
		d.Dropped, s.told = now-s.told, now
	}
	return d, nil
}

func readError(conn *net.UDPConn, err error) error {
	kind, key := fault.Internal, "read"
	if errors.Is(err, net.ErrClosed) {
		kind, key = fault.Canceled, "closed"
	}
	return wrong(kind, key, fault.Place{Path: conn.LocalAddr().String(), Offset: -1}, err)
}

// note takes up the kernel's count, which wraps, and may come later than a newer one.
func (s *Socket) note(count uint32) {
	if more := count - s.last; more < 1<<31 {
		s.dropped.Add(uint64(more))
		s.last = count
	}
}

// Drops asks the kernel what it has dropped by now, and gives what no Read has told yet:
// for the end of a minute, when no datagram follows. Who reads the socket calls it.
func (s *Socket) Drops() uint64 {
	if count, ok := dropsNow(s.conn); ok {
		s.note(count)
	}
	now := s.dropped.Load()
	more := now - s.told
	s.told = now
	return more
}

// Counts are what a socket has seen since Listen.
type Counts struct {
	Datagrams, Bytes uint64 // read
	Dropped          uint64 // datagrams that came to the socket and found no room
	// Asked and Given are the bytes of room that the kernel was asked for, and gave: by
	// its own count, which holds the datagrams with their heads. Forced: beyond the
	// system's limit for ordinary programs.
	Asked, Given int
	Forced       bool
}

// Counts gives them.
func (s *Socket) Counts() Counts {
	return Counts{s.datagrams.Load(), s.bytes.Load(), s.dropped.Load(), s.asked, s.given, s.forced}
}

// Short says in a sentence that the kernel gave less room than it was asked for, nil when
// it gave it all.
func (c Counts) Short() error {
	if c.Given >= c.Asked {
		return nil
	}
	return wrong(fault.Limit, "short", fault.Place{Offset: -1, Field: "buffer"}, nil, "asked", c.Asked, "given", c.Given)
}

// Close ends the reading.
func (s *Socket) Close() error { return s.conn.Close() }
