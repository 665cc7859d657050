package header

import "encoding/binary"

// maxDepth is how many headers that carry another packet are taken off one packet:
// MPLS stacks, PPPoE sessions and tunnels together.
const maxDepth = 8

// Protocols and ports of tunnels (IANA).
const (
	protoIP4  = 4
	protoIP6  = 41
	protoGRE  = 47
	protoMPLS = 137

	portL2TP   = 1701
	portGTP    = 2152
	portVXLAN  = 4789
	portGPE    = 4790
	portGeneve = 6081
	portMPLS   = 6635
	portVXLANs = 8472 // what Linux took before the number was assigned
)

// Ethernet types of what carries another packet.
const (
	etherTEB     = 0x6558 // an Ethernet frame, in GRE and Geneve
	etherMPLS    = 0x8847
	etherMPLSMul = 0x8848
	etherPPPGRE  = 0x880b
	etherPPPoE   = 0x8864
	etherERSPAN  = 0x88be // types I and II
	etherERSPAN3 = 0x22eb
)

// carrier says whether the packet at hand belongs to a protocol that carries others.
// A UDP tunnel is told by its port alone here; its header decides.
func (h *Packet) carrier() bool {
	switch h.Proto {
	case UDP:
		switch h.DstPort {
		case portVXLAN, portVXLANs, portGPE, portGeneve, portGTP, portMPLS, portL2TP:
			return true
		}
		return h.SrcPort == portL2TP // answered from where it was asked
	case protoIP4, protoIP6, protoGRE, protoMPLS:
		return true
	}
	return false
}

// follow reads the packet inside b, which the packet at hand carries. When that
// cannot be read, the packet at hand stays as it was, unless it is itself what a
// router's keep-alive carries: then the packet around it counts.
func (h *Packet) follow(b []byte) Verdict {
	if h.around > 0 && h.Proto == protoGRE && keepAlive(b) {
		return Other
	}
	outer, payload, seq, refuses := h.Packet, h.Payload, h.Seq, h.Refuses
	missing := h.missing
	if kind, in, v := h.inside(b); v == Good {
		h.around++
		if h.ip(kind, in, uint32(len(in))+missing) == Good {
			return Good
		}
	}
	h.Packet, h.Payload, h.Seq, h.Refuses = outer, payload, seq, refuses
	return Good
}

// inside finds the IP packet in b by the protocol and port that led to it.
func (h *Packet) inside(b []byte) (uint16, []byte, Verdict) {
	if h.depth++; h.depth > maxDepth {
		return 0, nil, Other
	}
	switch h.Proto {
	case protoIP4:
		return etherIP4, b, Good
	case protoIP6:
		return etherIP6, b, Good
	case protoMPLS:
		return h.labelled(b)
	case protoGRE:
		return h.gre(b)
	}
	if len(b) < 16 { // a UDP header and the shortest of those behind it
		return 0, nil, Short
	}
	b = b[8:]
	switch h.DstPort {
	case portVXLAN, portVXLANs, portGPE:
		return h.vxlan(b)
	case portGeneve:
		return h.geneve(b)
	case portGTP:
		return gtp(b)
	case portMPLS:
		return h.labelled(b)
	}
	return h.l2tp(b)
}

// behind finds the IP packet behind a header that names its contents by an Ethernet
// type which is neither IP nor a tag.
func (h *Packet) behind(kind uint16, b []byte) (uint16, []byte, Verdict) {
	switch kind {
	case etherMPLS, etherMPLSMul, etherPPPoE, etherTEB:
	default:
		return 0, nil, Other
	}
	if h.depth++; h.depth > maxDepth {
		return 0, nil, Other
	}
	switch kind {
	case etherPPPoE:
		if len(b) < 6 {
			return 0, nil, Short
		}
		if b[0] != 0x11 || b[1] != 0 { // RFC 2516: version and type 1, session data
			return 0, nil, Other
		}
		return h.ppp(b[6:])
	case etherTEB:
		return h.ethernet(b)
	}
	return h.labelled(b)
}

// ethernet finds the IP packet in an Ethernet frame.
func (h *Packet) ethernet(b []byte) (uint16, []byte, Verdict) {
	if len(b) < 14 {
		return 0, nil, Short
	}
	return h.tagged(binary.BigEndian.Uint16(b[12:]), b[14:])
}

// labelled leaves out an MPLS label stack (RFC 3032). No label says what follows: IP
// by its version, else an Ethernet frame, behind a control word or not (RFC 4448).
func (h *Packet) labelled(b []byte) (uint16, []byte, Verdict) {
	for {
		if len(b) < 4 {
			return 0, nil, Short
		}
		last := b[2]&1 != 0
		if b = b[4:]; last {
			break
		}
	}
	if len(b) == 0 {
		return 0, nil, Short
	}
	switch first := b[0]; {
	case first >= 0x45 && first < 0x50: // a header of at least five words
		return etherIP4, b, Good
	case first>>4 == 6:
		return etherIP6, b, Good
	case first>>4 == 0:
		if len(b) < 4 {
			return 0, nil, Short
		}
		if kind, in, v := h.ethernet(b[4:]); v == Good {
			return kind, in, v
		}
	}
	return h.ethernet(b)
}

// gre reads Generic Routing Encapsulation, RFC 2784 and 2890, and its version 1 that
// carries PPP, RFC 2637. Protocol 0 is a router's keep-alive.
func (h *Packet) gre(b []byte) (uint16, []byte, Verdict) {
	const checksum, routing, key, sequence, ack = 0x8000, 0x4000, 0x2000, 0x1000, 0x0080
	if len(b) < 4 {
		return 0, nil, Short
	}
	flags, kind, n := binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:]), 4
	for _, f := range [...]uint16{checksum, key, sequence} {
		if flags&f != 0 {
			n += 4
		}
	}
	version := flags & 7
	if version == 1 && flags&ack != 0 {
		n += 4
	}
	if flags&routing != 0 || version > 1 || (version == 1) != (kind == etherPPPGRE) {
		return 0, nil, Other
	}
	if len(b) < n {
		return 0, nil, Short
	}
	b = b[n:]
	switch kind {
	case etherPPPGRE:
		return h.ppp(b)
	case etherTEB:
		return h.ethernet(b)
	case etherERSPAN:
		if flags&sequence == 0 { // type I has no header of its own
			return h.ethernet(b)
		}
		return h.mirrored(b, 8)
	case etherERSPAN3:
		return h.mirrored(b, 12)
	}
	return h.tagged(kind, b)
}

// mirrored reads the header of ERSPAN type II (8 octets) or III (12, and 8 more when
// its last bit says so) before a mirrored Ethernet frame.
func (h *Packet) mirrored(b []byte, n int) (uint16, []byte, Verdict) {
	if len(b) < n {
		return 0, nil, Short
	}
	version := b[0] >> 4
	if n == 12 {
		const ofEthernet = 0 // of the types of frame that III tells apart
		if version != 2 || b[10]>>2&0x1f != ofEthernet {
			return 0, nil, Other
		}
		if b[11]&1 != 0 {
			n += 8
		}
	} else if version > 1 { // 0 is what came before type II had a number
		return 0, nil, Other
	}
	if len(b) < n {
		return 0, nil, Short
	}
	return h.ethernet(b[n:])
}

// keepAlive says whether b is the GRE header of a router's keep-alive.
func keepAlive(b []byte) bool {
	return len(b) >= 4 && binary.BigEndian.Uint16(b[2:]) == 0
}

// vxlan reads the header of RFC 7348; with its generic extension, which has a port of
// its own, that may say what follows.
func (h *Packet) vxlan(b []byte) (uint16, []byte, Verdict) {
	const number, says = 8, 4
	const ip4, ip6, frame = 1, 2, 3
	switch next := b[3]; {
	case b[0]&number == 0:
		return 0, nil, Other
	case h.DstPort != portGPE || b[0]&says == 0 || next == frame:
		return h.ethernet(b[8:])
	case next == ip4 || next == ip6:
		return byVersion(b[8:])
	}
	return 0, nil, Other
}

// geneve reads the header of RFC 8926.
func (h *Packet) geneve(b []byte) (uint16, []byte, Verdict) {
	n := 8 + int(b[0]&0x3f)*4
	if b[0]>>6 != 0 {
		return 0, nil, Other
	}
	if len(b) < n {
		return 0, nil, Short
	}
	kind := binary.BigEndian.Uint16(b[2:])
	if kind == etherTEB {
		return h.ethernet(b[n:])
	}
	return h.tagged(kind, b[n:])
}

// gtp reads GTP-U version 1 (3GPP TS 29.281) of which a subscriber's packet follows.
func gtp(b []byte) (uint16, []byte, Verdict) {
	const extended, optional, packet = 4, 7, 255
	if b[0]>>4 != 3 || b[1] != packet { // version 1, GTP and not GTP'
		return 0, nil, Other
	}
	n, next := 8, byte(0)
	if b[0]&optional != 0 {
		if n = 12; len(b) < n {
			return 0, nil, Short
		}
		if b[0]&extended != 0 {
			next = b[11]
		}
	}
	for next != 0 {
		if len(b) < n+4 {
			return 0, nil, Short
		}
		size := int(b[n]) * 4
		if size == 0 {
			return 0, nil, Wrong
		}
		if n += size; len(b) < n {
			return 0, nil, Short
		}
		next = b[n-1]
	}
	return byVersion(b[n:])
}

// l2tp reads data messages of L2TP version 2 (RFC 2661).
func (h *Packet) l2tp(b []byte) (uint16, []byte, Verdict) {
	const control, length, sequence, offset = 0x8000, 0x4000, 0x0800, 0x0200
	flags, n := binary.BigEndian.Uint16(b), 6
	if flags&control != 0 || flags&15 != 2 {
		return 0, nil, Other
	}
	if flags&length != 0 {
		n += 2
	}
	if flags&sequence != 0 {
		n += 4
	}
	if flags&offset != 0 {
		if len(b) < n+2 {
			return 0, nil, Short
		}
		n += 2 + int(binary.BigEndian.Uint16(b[n:]))
	}
	if len(b) < n {
		return 0, nil, Short
	}
	return h.ppp(b[n:])
}
