package tls

// Reply is what the server's first messages say.
type Reply struct {
	Version uint16 // agreed on
	Leaf    []byte // the first certificate, DER; nil when it was not sent in clear
}

// Server reads ServerHello and, up to TLS 1.2, Certificate at the beginning of
// stream, the bytes that a server sent, in order. With ErrMore want is the length
// of stream to come back with, and r holds what was read so far.
func (p *Parser) Server(stream []byte) (r Reply, want int, err error) {
	if !LooksLike(stream, true) {
		return r, 0, ErrNot
	}
	joined, want, ended := unwrap(p.joined[:0], stream)
	p.joined = joined
	for {
		kind, body, rest, ok := message(joined)
		if !ok {
			if r.Leaf = first(kind, joined); r.Leaf != nil {
				return r, 0, nil
			}
			if ended {
				return r, 0, nil
			}
			return r, want, ErrMore
		}
		switch kind {
		case serverHello:
			if r.Version = agreed(body); r.Version == 0 {
				return r, 0, ErrNot
			} else if r.Version >= 0x0304 && r.Version < 0xfe00 {
				return r, 0, nil // what follows is encrypted
			}
		case certificate:
			r.Leaf = leaf(body)
			return r, 0, nil
		case serverHelloDone:
			return r, 0, nil
		}
		joined = rest
	}
}

// agreed gives the version that a ServerHello chose, 0 when it cannot be read.
func agreed(body []byte) uint16 {
	c := cursor{b: body}
	v := c.u16()
	c.take(32)
	c.vector8()
	c.take(3) // suite, compression
	if c.bad {
		return 0
	}
	all := c.vector16()
	for len(all.b) > 0 {
		kind := all.u16()
		if body := all.vector16(); kind == extVersions && len(body.b) == 2 {
			return body.u16()
		}
	}
	return v
}

// leaf gives the first certificate of a Certificate message's body, which need not
// be whole; nil when that is not there.
func leaf(body []byte) []byte {
	c := cursor{b: body}
	c.u24() // length of the chain
	if der := c.take(c.u24()); len(der) > 0 {
		return der
	}
	return nil
}

// first is leaf for a message at the beginning of b that is not whole yet: chains
// are long, and only their first certificate matters.
func first(kind byte, b []byte) []byte {
	if kind != certificate || len(b) < 4 {
		return nil
	}
	return leaf(b[4:])
}
