package template

// slot is a place for one value of a record.
type slot uint8

// The slots. An IPv6 address fills two.
const (
	src4 slot = iota
	dst4
	src6
	src6low
	dst6
	dst6low
	srcPort
	dstPort
	proto
	srcFlags
	dstFlags
	srcBytes
	dstBytes
	srcPackets
	dstPackets
	icmp4     // type << 8 | code
	icmp6     // the same of ICMPv6
	icmpType4 // each alone
	icmpType6
	icmpCode4
	icmpCode6
	start
	end
	length // of the flow, in units of its element
	boot   // when the exporter started, ms
	reason
	family // 4 or 6
	begun  // which end began a two-way flow
	sampler
	rate
	interval
	space
	size
	population
	probability
	event  // of a firewall or a translator
	host   // text, not loaded
	frame  // the beginning of an Ethernet frame, not loaded
	packet // the beginning of an IP packet, not loaded
	slots
)

// unit says how a time is written.
type unit uint8

// The units of times.
const (
	none      unit = iota
	uptime         // ms since the exporter started, modulo 2^32
	seconds        // since 1970
	millis         // since 1970
	ntp            // since 1900, in 2^-32 s
	microsAgo      // µs before the export
	perMilli       // a length in ms
	perMicro       // a length in µs
)

// element is what an information element is good for. Of several that fill one
// slot, the one of the lowest rank does.
type element struct {
	slot slot
	rank uint8
	unit unit
	wide bool // an IPv6 address
}

// elements are those of the IANA registry that a record has room for.
//
// Doubts: octets counted after a middlebox (23, 24) are taken where nothing else is
// counted, as egress accounting exports them; a total since the flow began (85, 86)
// is taken where no difference is given, and is too large for all slices but the
// first.
var elements = map[uint16]element{
	8: {slot: src4}, 12: {slot: dst4}, 27: {slot: src6, wide: true}, 28: {slot: dst6, wide: true},
	7: {slot: srcPort}, 180: {slot: srcPort, rank: 1}, 182: {slot: srcPort, rank: 1},
	11: {slot: dstPort}, 181: {slot: dstPort, rank: 1}, 183: {slot: dstPort, rank: 1},
	4: {slot: proto}, 6: {slot: srcFlags}, 60: {slot: family},
	1: {slot: srcBytes}, 85: {slot: srcBytes, rank: 2}, 231: {slot: srcBytes, rank: 1}, 23: {slot: srcBytes, rank: 3},
	2: {slot: srcPackets}, 86: {slot: srcPackets, rank: 2}, 298: {slot: srcPackets, rank: 1}, 24: {slot: srcPackets, rank: 3},
	232: {slot: dstBytes, rank: 1}, 299: {slot: dstPackets, rank: 1},
	32: {slot: icmp4}, 139: {slot: icmp6}, 176: {slot: icmpType4}, 177: {slot: icmpCode4}, 178: {slot: icmpType6}, 179: {slot: icmpCode6},
	156: {slot: start, unit: ntp}, 154: {slot: start, unit: ntp, rank: 1}, 152: {slot: start, unit: millis, rank: 2},
	158: {slot: start, unit: microsAgo, rank: 3}, 22: {slot: start, unit: uptime, rank: 4}, 150: {slot: start, unit: seconds, rank: 5},
	325: {slot: start, unit: ntp, rank: 6}, 324: {slot: start, unit: ntp, rank: 7}, 323: {slot: start, unit: millis, rank: 8}, 322: {slot: start, unit: seconds, rank: 9},
	157: {slot: end, unit: ntp}, 155: {slot: end, unit: ntp, rank: 1}, 153: {slot: end, unit: millis, rank: 2},
	159: {slot: end, unit: microsAgo, rank: 3}, 21: {slot: end, unit: uptime, rank: 4}, 151: {slot: end, unit: seconds, rank: 5},
	162: {slot: length, unit: perMicro}, 161: {slot: length, unit: perMilli, rank: 1}, 160: {slot: boot},
	136: {slot: reason}, 239: {slot: begun}, 230: {slot: event}, 233: {slot: event},
	302: {slot: sampler}, 48: {slot: sampler, rank: 1}, 50: {slot: rate}, 34: {slot: rate, rank: 1},
	305: {slot: interval}, 306: {slot: space}, 309: {slot: size}, 310: {slot: population}, 311: {slot: probability},
	460: {slot: host}, 315: {slot: frame}, 313: {slot: packet},
}

// reversed are the elements that have a place for the other direction's value.
var reversed = map[uint16]element{
	1: {slot: dstBytes}, 85: {slot: dstBytes, rank: 2}, 2: {slot: dstPackets}, 86: {slot: dstPackets, rank: 2}, 6: {slot: dstFlags},
}

// of says what field f is good for. Scope fields of NetFlow v9 are no elements.
func (s *Spec) of(i int) (element, bool) {
	f := s.Fields[i]
	if s.Nine && i < s.Scope {
		return element{}, false
	}
	table := elements
	switch f.Enterprise {
	case iana:
	case reverse:
		table = reversed
	default:
		return element{}, false
	}
	e, ok := table[f.ID]
	return e, ok
}
