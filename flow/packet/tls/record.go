package tls

import "errors"

// What can be wrong with a handshake.
var (
	// ErrMore says that the bytes so far are good and that more are needed.
	ErrMore = errors.New("more of the TLS handshake is needed")
	// ErrNot says that the bytes are no TLS handshake in clear.
	ErrNot = errors.New("these bytes are no TLS handshake")
)

// Content and handshake types of RFC 8446 and RFC 5246.
const (
	recordHandshake = 22
	recordHeader    = 5
	maxRecord       = 1<<14 + 2048
	clientHello     = 1
	serverHello     = 2
	certificate     = 11
	serverHelloDone = 14
)

// LooksLike says whether the first bytes of a stream may begin a handshake; it
// needs one byte to say no and six to be sure.
func LooksLike(stream []byte, server bool) bool {
	first := byte(clientHello)
	if server {
		first = serverHello
	}
	switch n := len(stream); {
	case n == 0 || stream[0] != recordHandshake:
		return false
	case n >= 2 && stream[1] != 3, n >= 3 && stream[2] > 4:
		return false
	case n >= 6 && stream[5] != first:
		return false
	}
	return true
}

// Skip gives the length of the record at the start of stream when it only pretends
// that an older handshake goes on, as clients do before a second ClientHello (RFC 8446,
// appendix D.4); else 0.
func Skip(stream []byte) int {
	const changeCipherSpec = 20
	if len(stream) < 6 || stream[0] != changeCipherSpec || stream[1] != 3 || stream[3] != 0 || stream[4] != 1 {
		return 0
	}
	return 6
}

// unwrap appends to into the handshake bytes of the records at the start of stream.
// want is the length of stream at which the next record is whole. ended says that
// the handshake in clear is over: another kind of record follows.
func unwrap(into, stream []byte) (out []byte, want int, ended bool) {
	at := 0
	for {
		if len(stream) < at+recordHeader {
			return into, at + recordHeader, false
		}
		size := int(stream[at+3])<<8 | int(stream[at+4])
		if stream[at] != recordHandshake || stream[at+1] != 3 || size == 0 || size > maxRecord {
			return into, at, true
		}
		end := at + recordHeader + size
		if len(stream) < end {
			// Part of a record is enough when the message inside is whole.
			return append(into, stream[at+recordHeader:]...), end, false
		}
		into = append(into, stream[at+recordHeader:end]...)
		at = end
	}
}

// message splits the first handshake message off b.
func message(b []byte) (kind byte, body, rest []byte, ok bool) {
	if len(b) < 4 {
		return 0, nil, nil, false
	}
	size := int(b[1])<<16 | int(b[2])<<8 | int(b[3])
	if len(b) < 4+size {
		return b[0], nil, nil, false
	}
	return b[0], b[4 : 4+size], b[4+size:], true
}

// cursor reads numbers and vectors; after a short read bad is set and all that
// follows is zero.
type cursor struct {
	b   []byte
	bad bool
}

func (c *cursor) take(n int) []byte {
	if n > len(c.b) {
		c.b, c.bad = nil, true
		return nil
	}
	out := c.b[:n]
	c.b = c.b[n:]
	return out
}

func (c *cursor) u8() int {
	if b := c.take(1); b != nil {
		return int(b[0])
	}
	return 0
}

func (c *cursor) u16() uint16 {
	if b := c.take(2); b != nil {
		return uint16(b[0])<<8 | uint16(b[1])
	}
	return 0
}

func (c *cursor) u24() int {
	if b := c.take(3); b != nil {
		return int(b[0])<<16 | int(b[1])<<8 | int(b[2])
	}
	return 0
}

// vector8 and vector16 read a vector behind its length.
func (c *cursor) vector8() cursor  { return cursor{b: c.take(c.u8())} }
func (c *cursor) vector16() cursor { return cursor{b: c.take(int(c.u16()))} }
