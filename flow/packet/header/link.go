package header

import (
	"encoding/binary"

	"github.com/noroshi-acd/noroshi/flow/packet/capture"
)

// Link types that are read (tcpdump.org/linktypes.html).
const (
	linkNull     capture.Link = 0
	linkEthernet capture.Link = 1
	linkPPP      capture.Link = 9
	linkRaw12    capture.Link = 12
	linkRaw14    capture.Link = 14
	linkPPPHDLC  capture.Link = 50
	linkRaw      capture.Link = 101
	linkCHDLC    capture.Link = 104
	linkWiFi     capture.Link = 105
	linkLoop     capture.Link = 108
	linkCooked   capture.Link = 113
	linkRadiotap capture.Link = 127
	linkPPI      capture.Link = 192
	linkIP4      capture.Link = 228
	linkIP6      capture.Link = 229
	linkCooked2  capture.Link = 276
)

// Readable says whether frames of link type l can be read.
func Readable(l capture.Link) bool {
	switch l {
	case linkNull, linkEthernet, linkPPP, linkRaw12, linkRaw14, linkPPPHDLC, linkRaw, linkCHDLC, linkWiFi,
		linkLoop, linkCooked, linkRadiotap, linkPPI, linkIP4, linkIP6, linkCooked2:
		return true
	}
	return false
}

// Verdict is what became of a frame or a header.
type Verdict uint8

// What can become of them.
const (
	Good   Verdict = iota
	Other          // sound, but no IP packet: ARP, control frames, encrypted Wi-Fi
	Short          // a header is cut short
	Wrong          // a header makes no sense
	NoLink         // a link type that is not read
)

// Ethernet types.
const (
	etherIP4 = 0x0800
	etherIP6 = 0x86dd
)

// network finds the IP packet in a frame: its Ethernet type and its bytes.
func (h *Packet) network(l capture.Link, b []byte) (kind uint16, rest []byte, v Verdict) {
	switch l {
	case linkEthernet:
		return h.ethernet(b)
	case linkRaw, linkRaw12, linkRaw14, linkIP4, linkIP6:
		return byVersion(b)
	case linkNull, linkLoop:
		return after(b, 4)
	case linkCooked:
		if len(b) < 16 {
			return 0, nil, Short
		}
		return h.tagged(binary.BigEndian.Uint16(b[14:]), b[16:])
	case linkCooked2:
		if len(b) < 20 {
			return 0, nil, Short
		}
		return h.tagged(binary.BigEndian.Uint16(b), b[20:])
	case linkPPP, linkPPPHDLC:
		return h.ppp(b)
	case linkCHDLC:
		if len(b) < 4 {
			return 0, nil, Short
		}
		return h.tagged(binary.BigEndian.Uint16(b[2:]), b[4:])
	case linkWiFi, linkRadiotap, linkPPI:
		return h.wireless(l, b)
	}
	return 0, nil, NoLink
}

// byVersion tells the packet by the version in its first byte.
func byVersion(b []byte) (uint16, []byte, Verdict) {
	if len(b) == 0 {
		return 0, nil, Short
	}
	switch b[0] >> 4 {
	case 4:
		return etherIP4, b, Good
	case 6:
		return etherIP6, b, Good
	}
	return 0, nil, Other
}

// after leaves out a header of n bytes whose numbers mean different things on
// different systems: the packet behind it says what it is.
func after(b []byte, n int) (uint16, []byte, Verdict) {
	if len(b) <= n {
		return 0, nil, Short
	}
	return byVersion(b[n:])
}

// tagged goes through VLAN tags, IEEE 802.2 headers, and what carries a packet below IP.
func (h *Packet) tagged(kind uint16, b []byte) (uint16, []byte, Verdict) {
	if kind == etherIP4 || kind == etherIP6 {
		return kind, b, Good
	}
	for range 4 {
		switch {
		case kind == 0x8100 || kind == 0x88a8 || kind == 0x9100 || kind == 0x9200:
			if len(b) < 4 {
				return 0, nil, Short
			}
			kind, b = binary.BigEndian.Uint16(b[2:]), b[4:]
		case kind <= 1500: // a length: 802.2 follows
			return h.snap(b)
		case kind == etherIP4 || kind == etherIP6:
			return kind, b, Good
		default:
			return h.behind(kind, b)
		}
	}
	return 0, nil, Other
}

// snap reads an 802.2 header with the SNAP extension.
func (h *Packet) snap(b []byte) (uint16, []byte, Verdict) {
	if len(b) < 8 || b[0] != 0xaa || b[1] != 0xaa || b[2] != 3 {
		return 0, nil, Other
	}
	if kind := binary.BigEndian.Uint16(b[6:]); kind > 1500 {
		return h.tagged(kind, b[8:])
	}
	return 0, nil, Other
}

// ppp reads PPP with or without HDLC framing, and compressed protocol numbers.
func (h *Packet) ppp(b []byte) (uint16, []byte, Verdict) {
	if len(b) >= 2 && b[0] == 0xff && b[1] == 3 {
		b = b[2:]
	}
	if len(b) < 2 {
		return 0, nil, Short
	}
	proto := uint16(b[0])
	if b = b[1:]; proto&1 == 0 {
		proto, b = proto<<8|uint16(b[0]), b[1:]
	}
	switch proto {
	case 0x21:
		return etherIP4, b, Good
	case 0x57:
		return etherIP6, b, Good
	case 0x281:
		return h.behind(etherMPLS, b)
	}
	return 0, nil, Other
}

// wireless leaves out what capture tools put before an IEEE 802.11 frame.
func (h *Packet) wireless(l capture.Link, b []byte) (uint16, []byte, Verdict) {
	if l == linkWiFi {
		return h.wifi(b)
	}
	if len(b) < 8 {
		return 0, nil, Short
	}
	n := int(binary.LittleEndian.Uint16(b[2:]))
	if n < 8 || n > len(b) {
		return 0, nil, Wrong
	}
	if l == linkRadiotap {
		return h.wifi(b[n:])
	}
	inner := capture.Link(binary.LittleEndian.Uint32(b[4:]))
	if inner == linkPPI {
		return 0, nil, Wrong
	}
	return h.network(inner, b[n:])
}

// wifi reads IEEE 802.11 data frames.
func (h *Packet) wifi(b []byte) (uint16, []byte, Verdict) {
	if len(b) < 2 {
		return 0, nil, Short
	}
	const data, noData, qos = 2, 0x40, 0x80
	if b[0]>>2&3 != data || b[0]&noData != 0 || b[1]&0x40 != 0 { // 0x40: encrypted
		return 0, nil, Other
	}
	n := 24
	if b[1]&3 == 3 { // between access points: a fourth address
		n += 6
	}
	if b[0]&qos != 0 {
		n += 2
		if b[1]&0x80 != 0 { // HT control
			n += 4
		}
	}
	if len(b) < n {
		return 0, nil, Short
	}
	return h.snap(b[n:])
}
