package tls

// Extension numbers (IANA).
const (
	extServerName = 0
	extGroups     = 10
	extPoints     = 11
	extSignatures = 13
	extALPN       = 16
	extVersions   = 43
	maxHelloParts = 1 << 13 // numbers of one list that are read
	maxServerName = 255
)

// Hello is what a ClientHello says. Slices are valid until the next call of the
// parser.
type Hello struct {
	ServerName []byte // as sent, nil for none; at most 255 octets
	Version    uint16 // the highest offered
	legacy     uint16
	named      bool // has the server name extension
	alpn       []byte
	ciphers    []uint16 // all lists without GREASE, in the order sent
	extensions []uint16
	groups     []uint16
	points     []byte
	signatures []uint16
}

// Parser reads handshakes. Its memory is used again; it has one owner.
type Parser struct {
	hello  Hello
	joined []byte
	text   []byte
	sorted []uint16
}

// Client reads the ClientHello at the beginning of stream, the bytes that a client
// sent, in order. With ErrMore want is the length of stream to come back with.
func (p *Parser) Client(stream []byte) (h *Hello, want int, err error) {
	if !LooksLike(stream, false) {
		return nil, 0, ErrNot
	}
	joined, want, ended := unwrap(p.joined[:0], stream)
	p.joined = joined
	kind, body, _, ok := message(joined)
	switch {
	case len(joined) > 0 && kind != 0 && kind != clientHello:
		return nil, 0, ErrNot
	case !ok && ended:
		return nil, 0, ErrNot
	case !ok:
		return nil, want, ErrMore
	}
	h, err = p.Hello(body)
	return h, 0, err
}

// Hello reads the body of a ClientHello message.
func (p *Parser) Hello(body []byte) (*Hello, error) {
	h := &p.hello
	*h = Hello{ciphers: h.ciphers[:0], extensions: h.extensions[:0], groups: h.groups[:0],
		points: h.points[:0], signatures: h.signatures[:0]}
	c := cursor{b: body}
	h.legacy = c.u16()
	h.Version = h.legacy
	c.take(32) // random
	c.vector8()
	suites := c.vector16()
	c.vector8() // compression
	if c.bad {
		return nil, ErrNot
	}
	h.ciphers = numbers(h.ciphers, suites)
	if len(c.b) == 0 {
		return h, nil
	}
	all := c.vector16()
	for len(all.b) > 0 && len(h.extensions) < maxHelloParts {
		kind := all.u16()
		body := all.vector16()
		if all.bad {
			return nil, ErrNot
		}
		if !grease(kind) {
			h.extensions = append(h.extensions, kind)
			h.extension(kind, body)
		}
	}
	return h, nil
}

func (h *Hello) extension(kind uint16, c cursor) {
	switch kind {
	case extServerName:
		h.named = true
		names := c.vector16()
		for len(names.b) > 0 {
			host := names.u8() == 0
			name := names.vector16().b
			if host && h.ServerName == nil && len(name) > 0 && len(name) <= maxServerName {
				h.ServerName = name
			}
		}
	case extALPN:
		list := c.vector16()
		h.alpn = list.vector8().b
	case extGroups:
		h.groups = numbers(h.groups, c.vector16())
	case extPoints:
		h.points = append(h.points, c.vector8().b...)
	case extSignatures:
		h.signatures = numbers(h.signatures, c.vector16())
	case extVersions:
		h.Version = highest(c.vector8(), h.Version)
	}
}

// numbers appends the numbers of a list but for GREASE (RFC 8701).
func numbers(to []uint16, c cursor) []uint16 {
	for len(c.b) >= 2 && len(to) < maxHelloParts {
		if v := c.u16(); !grease(v) {
			to = append(to, v)
		}
	}
	return to
}

// highest gives the highest version of a list of offers, otherwise when it is empty.
func highest(c cursor, otherwise uint16) uint16 {
	var best uint16
	for len(c.b) >= 2 {
		if v := c.u16(); !grease(v) && v > best {
			best = v
		}
	}
	if best == 0 {
		return otherwise
	}
	return best
}

// grease says whether v is one of the sixteen values 0x0a0a, 0x1a1a … 0xfafa.
func grease(v uint16) bool { return v&0x0f0f == 0x0a0a && v>>8 == v&0xff }
