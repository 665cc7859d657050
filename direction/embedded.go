package direction

import (
	"encoding/binary"

	"github.com/noroshi-acd/noroshi/flow"
)

// form is how an IPv4 address is written inside an IPv6 one.
type form uint8

const (
	formNone       form = iota
	formCompatible      // ::a.b.c.d
	formTranslated      // ::ffff:0:a.b.c.d
	formNAT64           // 64:ff9b::a.b.c.d
	formLocalNAT64      // 64:ff9b:1::/48, the network chooses how long its prefix is
	formTeredo          // 2001:0:server:flags:port:client, the last two inverted
	form6to4            // 2002:a.b:c.d::/48
)

// readings gives the IPv4 addresses that p may stand for under f. Where the
// standard leaves several open (the prefix length of a local NAT64; the server and
// the client of Teredo) all are given: the caller takes the strictest. There are
// none when p is not well formed.
func (f form) readings(p point) (found [5]uint32, n int) {
	add := func(v uint32) {
		found[n] = v
		n++
	}
	switch f {
	case formCompatible, formTranslated:
		add(uint32(p.lo))
	case formNAT64:
		add(uint32(p.lo))
	case form6to4:
		add(uint32(p.hi >> 16))
	case formTeredo:
		add(uint32(p.hi))
		add(^uint32(p.lo))
	case formLocalNAT64:
		return localNAT64(p)
	}
	return found, n
}

// localNAT64 reads an address of 64:ff9b:1::/48 at each prefix length of RFC 6052,
// 2.2 at which it is well formed: bits 64 to 71 are zero, and so is what follows
// the IPv4 address. Nothing in 0.0.0.0/8 is a host, so that is no reading.
func localNAT64(p point) (found [5]uint32, n int) {
	if p.lo>>56 != 0 {
		return found, 0
	}
	try := func(v uint32, suffix uint64) {
		if suffix == 0 && v>>24 != 0 {
			found[n] = v
			n++
		}
	}
	try(uint32(p.hi&0xffff)<<16|uint32(p.lo>>40)&0xffff, p.lo&(1<<40-1)) // /48
	try(uint32(p.hi&0xff)<<24|uint32(p.lo>>32)&0xffffff, p.lo&(1<<32-1)) // /56
	try(uint32(p.lo>>24), p.lo&(1<<24-1))                                // /64
	try(uint32(p.lo), 0)                                                 // /96
	return found, n
}

// decideEmbedded decides about an IPv6 address by what it may stand for. The
// strictest reading counts: domestic before unknown before foreign, and a row of a
// user's list for the IPv6 address itself is one of the readings.
//
// Invariant 6: an address that wraps a domestic one is domestic.
func (t *Table) decideEmbedded(s *special, p point) Decision {
	verdict := Decision{Side: SideUnknown, Row: s.row()}
	found, n := s.form.readings(p)
	for i, v := range found[:n] {
		var b [4]byte
		binary.BigEndian.PutUint32(b[:], v)
		d := t.Decide(flow.Addr4(b))
		d.Via = flow.Addr4(b).Netip()
		if i == 0 || stricter(verdict.Side, d.Side) != verdict.Side {
			verdict = d
		}
	}
	if s.form == formCompatible && verdict.Side == SideForeign {
		verdict = Decision{Side: SideUnknown, Row: s.row()} // the form is deprecated: nobody abroad has it
	}
	if row, side, ok := t.listed(p); ok && stricter(verdict.Side, side) != verdict.Side {
		verdict = Decision{Side: side, Row: row}
	}
	return verdict
}
