package joined

import (
	"bytes"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/exchange"
	"github.com/noroshi-acd/noroshi/flow/packet/meter"
)

// key is what all records of one exchange have in common: its ends, the lower first.
type key struct {
	low, high         flow.Addr
	lowPort, highPort uint16 // where ports are of one end each; else as they stand
	proto             uint8
}

// side is what was reported of what one end sent.
type side struct {
	first, last    int64 // the time that reports without a gap cover
	packets, bytes uint64
	link           uint32 // by whom; 0 when nothing was
}

// entry is one exchange. What it holds waits for its other half, or went out. Most are
// never asked for again: an entry is small, and what follows from its record is made when
// somebody asks.
type entry struct {
	rec    flow.Record
	since  int64 // stream time when rec came
	hash   uint32
	waits  bool
	dead   bool // another entry took its place
	covers bool // what was reported of the two sides stands in the table, else it is what rec says
}

// is says whether e is the exchange whose key is k. That rec may have been written from
// its other end since does not matter.
func (e *entry) is(k *key) bool {
	mine, _ := keyOf(&e.rec)
	return mine == *k
}

func sent(r *flow.Record) bool     { return r.SrcPackets|r.SrcBytes != 0 || !answered(r) }
func answered(r *flow.Record) bool { return r.DstPackets|r.DstBytes != 0 }

// portless says that the ports of a protocol are not of one end each.
func portless(proto uint8) bool {
	return proto != exchange.TCP && proto != exchange.UDP && proto != exchange.SCTP
}

// keyOf gives the key of r, and whether its source is the lower end.
func keyOf(r *flow.Record) (k key, lower bool) {
	c := bytes.Compare(r.Src[:], r.Dst[:])
	bare := portless(r.Proto)
	if lower = c < 0 || c == 0 && (bare || r.SrcPort <= r.DstPort); lower {
		return key{r.Src, r.Dst, r.SrcPort, r.DstPort, r.Proto}, true
	}
	if bare {
		return key{r.Dst, r.Src, r.SrcPort, r.DstPort, r.Proto}, false
	}
	return key{r.Dst, r.Src, r.DstPort, r.SrcPort, r.Proto}, false
}

// turn writes r from its other end.
func turn(r *flow.Record) {
	r.Src, r.Dst = r.Dst, r.Src
	if !portless(r.Proto) {
		r.SrcPort, r.DstPort = r.DstPort, r.SrcPort
	}
	r.SrcBytes, r.DstBytes = r.DstBytes, r.SrcBytes
	r.SrcPackets, r.DstPackets = r.DstPackets, r.SrcPackets
	r.SrcFlags, r.DstFlags = r.DstFlags, r.SrcFlags
}

// turnReply writes a reply of ICMP from the end that asked, under the type of the
// request, as a meter of packets does.
func turnReply(r *flow.Record) {
	request := r.SrcPort
	switch {
	case r.Proto == exchange.ICMP && r.SrcPort == 0:
		request = 8
	case r.Proto == exchange.ICMP && (r.SrcPort == 14 || r.SrcPort == 16 || r.SrcPort == 18),
		r.Proto == exchange.ICMPv6 && (r.SrcPort == 129 || r.SrcPort == 136):
		request--
	}
	if request != r.SrcPort && !answered(r) {
		r.SrcPort = request
		turn(r)
	}
}

// of gives the two sides, of the lower and the higher end, as the writer of a record sees
// them.
func of(s *[2]side, lower bool) (mine, other *side) {
	if lower {
		return &s[0], &s[1]
	}
	return &s[1], &s[0]
}

// again says whether a report of so many packets and bytes, about the time from first
// to last, was made before: by another exporter about the same time, or by the same
// with the same counts, at another interface.
func (s *side) again(r *flow.Record, packets, octets uint64) bool {
	switch s.link {
	case 0:
		return false
	case r.Link:
		return s.packets == packets && s.bytes == octets && r.First <= s.last && r.Last >= s.first && r.Last <= s.last+slack
	}
	return r.First <= s.last+slack && r.Last >= s.first-slack
}

// strip takes out of r what was reported before, and says whether nothing is left.
func strip(s *[2]side, r *flow.Record, lower bool) bool {
	src, dst := of(s, lower)
	old := sent(r) && src.again(r, r.SrcPackets, r.SrcBytes)
	oldBack := answered(r) && dst.again(r, r.DstPackets, r.DstBytes)
	switch {
	case old && !answered(r), oldBack && !sent(r), old && oldBack:
		return true
	case old:
		r.SrcPackets, r.SrcBytes, r.SrcFlags = 0, 0, 0
	case oldBack:
		r.DstPackets, r.DstBytes, r.DstFlags = 0, 0, 0
	}
	return false
}

// complements says whether r is the half that e's record lacks.
func (e *entry) complements(r *flow.Record, lower bool, near int64) bool {
	_, mine := keyOf(&e.rec)
	// Which end spoke in each: the lower, if it is the source and sent, or the
	// destination and answered.
	hasLow, hasHigh := sent(&e.rec), answered(&e.rec)
	if !mine {
		hasLow, hasHigh = hasHigh, hasLow
	}
	givesLow, givesHigh := sent(r), answered(r)
	if !lower {
		givesLow, givesHigh = givesHigh, givesLow
	}
	if hasLow && givesLow || hasHigh && givesHigh {
		return false
	}
	return r.First <= e.rec.Last+near && r.Last >= e.rec.First-near
}

// continues says whether r goes on with what was reported before: it follows within
// a pause that ends no flow, and does not open a new connection.
func continues(sides *[2]side, r *flow.Record, lower bool) bool {
	src, dst := of(sides, lower)
	s, flags := src, r.SrcFlags
	if !sent(r) {
		s, flags = dst, r.DstFlags
	}
	if s.link == 0 || r.First > s.last+slice || r.First < s.first {
		return false
	}
	return r.Proto != exchange.TCP || flags&flow.SYN == 0
}

// cover notes what r reports.
func cover(s *[2]side, r *flow.Record, lower bool) {
	src, dst := of(s, lower)
	if sent(r) {
		src.note(r, r.SrcPackets, r.SrcBytes)
	}
	if answered(r) {
		dst.note(r, r.DstPackets, r.DstBytes)
	}
}

func (s *side) note(r *flow.Record, packets, octets uint64) {
	n := side{r.First, r.Last, packets, octets, r.Link}
	if s.link == r.Link && r.First <= s.last+slice && r.Last >= s.first-slice {
		n.first, n.last = min(n.first, s.first), max(n.last, s.last)
	}
	*s = n
}

// orient writes r from the end that began, as far as can be told. src and dst are when
// the two ends were first seen, equal when only one was. A record that its exporter
// joined is left as it is.
func orient(r *flow.Record, src, dst int64) {
	if portless(r.Proto) {
		return
	}
	if began := whoBegan(r, src, dst); began < 0 {
		turn(r)
	}
}

// whoBegan is 1 for the source, -1 for the destination, 0 when it cannot be told.
func whoBegan(r *flow.Record, src, dst int64) int {
	if r.Proto == exchange.TCP {
		if a, b := opens(r.SrcFlags), opens(r.DstFlags); a != b {
			return sign(a, b)
		}
	}
	syn := r.SrcFlags & r.DstFlags & flow.SYN
	if syn != 0 && src != dst && r.Sampling <= 1 { // both begin with their first packet
		return sign(src < dst, dst < src)
	}
	if a, b := offered(r.DstPort, r.Dst), offered(r.SrcPort, r.Src); a != b {
		return sign(a, b)
	}
	switch {
	case src != dst && r.Sampling <= 1:
		return sign(src < dst, dst < src)
	case sent(r) && answered(r) && r.SrcPort != r.DstPort:
		return sign(r.SrcPort > r.DstPort, r.DstPort > r.SrcPort)
	}
	return 0
}

func sign(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// opens says whether TCP flags are those of an end that asked and got no answer.
func opens(flags uint8) bool { return flags&(flow.SYN|flow.ACK) == flow.SYN }

// offered says whether an end looks like one that others turn to.
func offered(port uint16, a flow.Addr) bool { return meter.Offered(port) || meter.ToMany(a) }
