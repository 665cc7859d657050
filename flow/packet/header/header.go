package header

import (
	"encoding/binary"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/packet/capture"
	"github.com/noroshi-acd/noroshi/flow/packet/meter"
)

// IANA protocol numbers.
const (
	protoICMP     = 1
	TCP           = 6
	UDP           = 17
	protoFragment = 44
	protoICMP6    = 58
	protoSCTP     = 132
)

// Packet is what the headers of one packet say. It is used again for the next, and
// remembers the ports of fragmented datagrams. It has one owner.
type Packet struct {
	meter.Packet
	Payload []byte // of TCP or UDP, as far as it was captured; a view into the frame
	Seq     uint32 // TCP
	Refuses bool   // an ICMP error about the packet Inner
	Inner   meter.Packet
	Layer   string // the header that is short or wrong

	depth     int    // headers taken off that carry another packet
	around    int    // IP packets around the one at hand
	missing   uint32 // octets of the packet at hand that were not captured
	fragments fragments
}

// Orphans is how many later fragments came without their first: they have no ports.
func (h *Packet) Orphans() uint64 { return h.fragments.orphans }

// part says which part of a datagram an IP packet is.
type part struct {
	later bool // not the first
	first bool // the first of several
	id    uint32
}

// Read decodes frame f.
func (h *Packet) Read(f *capture.Frame) Verdict {
	h.depth, h.around = 0, 0
	kind, b, v := h.network(f.Link, f.Data)
	if v != Good {
		h.Layer = "link"
		return v
	}
	h.Time = f.Time
	return h.ip(kind, b, f.Wire-uint32(len(f.Data)-len(b)))
}

// ip reads the packet b of an Ethernet type; on the line it had wire octets.
func (h *Packet) ip(kind uint16, b []byte, wire uint32) Verdict {
	h.SrcPort, h.DstPort, h.Flags, h.Reply = 0, 0, 0, false
	h.Payload, h.Refuses = nil, false
	if kind == etherIP4 {
		return h.ip4(b, wire)
	}
	return h.ip6(b, wire)
}

func (h *Packet) ip4(b []byte, wire uint32) Verdict {
	h.Layer = "IPv4"
	if len(b) < 20 {
		return Short
	}
	size, total := int(b[0]&15)*4, uint32(binary.BigEndian.Uint16(b[2:]))
	if total == 0 { // left to the network card
		total = wire
	}
	if b[0]>>4 != 4 || size < 20 || total < uint32(size) {
		return Wrong
	}
	if len(b) < size {
		return Short
	}
	h.Src, h.Dst = flow.Addr4([4]byte(b[12:])), flow.Addr4([4]byte(b[16:]))
	h.Proto, h.Bytes = b[9], total
	if uint32(len(b)) > total { // padding of the link
		b = b[:total]
	}
	h.missing = total - uint32(len(b))
	place := binary.BigEndian.Uint16(b[6:])
	if place&0x3fff == 0 {
		return h.transport(b[size:], part{})
	}
	return h.transport(b[size:], part{
		later: place&0x1fff != 0, first: place&0x1fff == 0, id: uint32(binary.BigEndian.Uint16(b[4:]))})
}

// maxExtensions is how many extension headers of IPv6 are followed.
const maxExtensions = 10

func (h *Packet) ip6(b []byte, wire uint32) Verdict {
	h.Layer = "IPv6"
	if len(b) < 40 {
		return Short
	}
	if b[0]>>4 != 6 {
		return Wrong
	}
	total := uint32(binary.BigEndian.Uint16(b[4:])) + 40
	if total == 40 && wire > 40 { // jumbo, or left to the network card
		total = wire
	}
	h.Src, h.Dst, h.Bytes = flow.Addr(b[8:]), flow.Addr(b[24:]), total
	if uint32(len(b)) > total {
		b = b[:total]
	}
	h.missing = total - uint32(len(b))
	next := b[6]
	b = b[40:]
	var p part
	for range maxExtensions {
		size := extension(next, b)
		if size == 0 {
			h.Proto = next
			return h.transport(b, p)
		}
		if len(b) < size {
			return Short
		}
		if next == protoFragment {
			place := binary.BigEndian.Uint16(b[2:])
			p = part{later: place>>3 != 0, first: place>>3 == 0 && place&1 != 0, id: binary.BigEndian.Uint32(b[4:])}
		}
		next, b = b[0], b[size:]
		if p.later {
			h.Proto = next
			return h.transport(b, p)
		}
	}
	return Wrong
}

// extension gives the length of an IPv6 extension header, 0 when next is none; one
// that is cut short has at least the length 8.
func extension(next uint8, b []byte) int {
	switch next {
	case 0, 43, 60, 135: // hop-by-hop, routing, destination options, mobility
		if len(b) < 8 {
			return 8
		}
		return int(b[1])*8 + 8
	case protoFragment:
		return 8
	case 51: // authentication
		if len(b) < 8 {
			return 8
		}
		return int(b[1])*4 + 8
	}
	return 0
}

func (h *Packet) transport(b []byte, p part) Verdict {
	if p.later {
		h.SrcPort, h.DstPort = h.fragments.ports(&h.Packet, p.id)
		return Good
	}
	switch h.Proto {
	case TCP, UDP, protoSCTP:
		if len(b) < 4 {
			h.Layer = "transport"
			return Short
		}
		h.SrcPort, h.DstPort = binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:])
	}
	switch h.Proto {
	case TCP:
		if len(b) >= 14 {
			h.Flags, h.Seq = b[13], binary.BigEndian.Uint32(b[4:])
			if size := int(b[12]>>4) * 4; size >= 20 && size < len(b) {
				h.Payload = b[size:]
			}
		}
	case UDP:
		h.Payload = datagram(b)
	case protoICMP, protoICMP6:
		if len(b) < 2 {
			h.Layer = "ICMP"
			return Short
		}
		h.icmp(b)
	}
	if p.first {
		h.fragments.note(&h.Packet, p.id)
	}
	if h.carrier() {
		return h.follow(b)
	}
	return Good
}

// datagram gives what UDP carries, nil for nothing.
func datagram(b []byte) []byte {
	if len(b) <= 8 {
		return nil
	}
	if size := int(binary.BigEndian.Uint16(b[4:])); size >= 8 && size < len(b) {
		return b[8:size]
	}
	return b[8:]
}

// icmp puts type and code where ports stand; a reply gets its request's type, so
// that both are one flow.
func (h *Packet) icmp(b []byte) {
	kind, code := b[0], b[1]
	unreachable := kind == 3
	if h.Proto == protoICMP {
		switch kind {
		case 0:
			kind, h.Reply = 8, true
		case 14, 16, 18:
			kind, h.Reply = kind-1, true
		}
	} else {
		unreachable = kind == 1
		if kind == 129 || kind == 136 {
			kind, h.Reply = kind-1, true
		}
	}
	h.SrcPort, h.DstPort = uint16(kind), uint16(code)
	if unreachable && len(b) > 8 {
		h.Refuses = h.about(b[8:])
	}
}

// about reads the addresses and ports of the packet inside an ICMP error.
func (h *Packet) about(b []byte) bool {
	in := &h.Inner
	switch {
	case len(b) >= 20 && b[0]>>4 == 4:
		in.Src, in.Dst, in.Proto = flow.Addr4([4]byte(b[12:])), flow.Addr4([4]byte(b[16:])), b[9]
		b = b[min(max(int(b[0]&15)*4, 20), len(b)):]
	case len(b) >= 40 && b[0]>>4 == 6:
		in.Src, in.Dst, in.Proto = flow.Addr(b[8:]), flow.Addr(b[24:]), b[6]
		b = b[40:]
	default:
		return false
	}
	if len(b) < 4 || in.Proto != TCP && in.Proto != UDP && in.Proto != protoSCTP {
		return false
	}
	in.SrcPort, in.DstPort = binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:])
	return true
}
