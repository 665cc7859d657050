package quic

import (
	"errors"
	"slices"
)

// What can be wrong with a datagram.
var (
	// ErrMore says that the ClientHello has begun, or may yet, and that more
	// datagrams of the client are needed.
	ErrMore = errors.New("more of the QUIC handshake is needed")
	// ErrNot says that no ClientHello can be read here.
	ErrNot = errors.New("no ClientHello can be read in this QUIC connection")
)

// Limits of what is done for one connection, and of all together.
const (
	maxHello     = 8 << 10 // octets of a ClientHello
	maxSpans     = 128     // pieces of it that lie apart
	maxPackets   = 16      // Initial packets tried
	maxCoalesced = 6       // packets of one datagram
	MaxHeld      = 1024    // unfinished connections held at once, about 11 MiB
)

// Conn is what is known of a connection whose ClientHello is not whole yet.
type Conn struct {
	version uint32
	keys    keys
	tried   int
	hello   hello
}

// Opener reads datagrams. Its memory is used again; it has one owner.
type Opener struct {
	plain   []byte
	head    []byte
	free    []*Conn
	held    int
	Refused uint64 // ClientHellos given up because too many were unfinished
}

// Held is how many unfinished connections there are.
func (o *Opener) Held() int { return o.held }

// Read looks into a datagram that a client sent. c is what [Opener.Read] gave for the
// client's datagram before, nil for none; it MUST NOT be used again. The body of the
// ClientHello is valid until the next call or [Opener.Wipe]. With ErrMore left is the
// state to come back with, or to give to [Opener.Drop]; it is nil when nothing is
// worth keeping.
func (o *Opener) Read(c *Conn, datagram []byte) (body []byte, left *Conn, err error) {
	known := c != nil
	if !known {
		c = o.take()
	}
	err = o.packets(c, datagram)
	if err == ErrMore && c.keys.packet != nil {
		if known || o.held < MaxHeld {
			if !known {
				o.held++
			}
			return nil, c, ErrMore
		}
		o.Refused++
		err = ErrNot
	}
	if err == nil {
		o.plain = append(o.plain[:0], c.hello.body()...)
		body = o.plain
	}
	if known {
		o.held--
	}
	o.give(c)
	return body, nil, err
}

// packets reads the Initial packets of a datagram into c: nil when the ClientHello is
// whole.
func (o *Opener) packets(c *Conn, datagram []byte) error {
	for range maxCoalesced {
		p, rest, ok := split(datagram)
		if !ok {
			break
		}
		datagram = rest
		if p.kind != p.scheme.initial {
			continue
		}
		if c.tried++; c.tried > maxPackets {
			return ErrNot
		}
		text, ok := o.open(c, &p)
		if !ok { // a server's, or of a connection whose first packet was missed
			break
		}
		err := c.hello.frames(text)
		clear(text)
		if err == nil {
			err = c.hello.whole()
		}
		if err != ErrMore {
			return err
		}
	}
	return ErrMore
}

// open deciphers p with the keys of the connection, else with those that follow from
// p itself: after a Retry or a version negotiation a client begins anew.
func (o *Opener) open(c *Conn, p *packet) (text []byte, ok bool) {
	o.plain = slices.Grow(o.plain[:0], len(p.whole))
	if c.keys.packet != nil && c.version == p.version {
		if text, o.head, ok = c.keys.open(p, o.plain, o.head); ok {
			return text, true
		}
	}
	k, ok := p.scheme.derive(p.id)
	if !ok {
		return nil, false
	}
	if text, o.head, ok = k.open(p, o.plain, o.head); !ok {
		return nil, false
	}
	c.version, c.keys = p.version, k
	c.hello.wipe()
	return text, true
}

// Wipe forgets the ClientHello that [Opener.Read] gave.
func (o *Opener) Wipe() {
	clear(o.plain)
	o.plain = o.plain[:0]
}

// Drop lets go of a connection that will not be finished.
func (o *Opener) Drop(c *Conn) {
	if c != nil {
		o.held--
		o.give(c)
	}
}

func (o *Opener) take() *Conn {
	if n := len(o.free); n > 0 {
		c := o.free[n-1]
		o.free = o.free[:n-1]
		return c
	}
	return new(Conn)
}

func (o *Opener) give(c *Conn) {
	c.hello.wipe()
	c.version, c.keys, c.tried = 0, keys{}, 0
	o.free = append(o.free, c)
}
