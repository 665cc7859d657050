package detect

import "github.com/noroshi-acd/noroshi/flow"

// Outcome is what a record says about how an exchange was received.
type Outcome uint8

// The outcomes.
const (
	OutcomeUnknown  Outcome = iota // nothing can be said: replies, parts, one-sided views
	OutcomeAnswered                // both sides spoke, with something to say
	OutcomeHollow                  // a handshake and nothing more
	OutcomeFailed                  // nobody answered, or the answer was no
)

// IANA protocol numbers that Outcome tells apart.
const (
	protoICMP   = 1
	protoTCP    = 6
	protoICMPv6 = 58
)

// OutcomeOf judges r by its state, and by its flags and counters where the sensor
// had no state. Of sampled TCP it takes a packet from the middle for an answered
// exchange: an attempt has no middle.
func OutcomeOf(r *flow.Record) Outcome {
	if r.Kind == flow.KindDNS || r.Kind == flow.KindFacts {
		return OutcomeUnknown
	}
	switch r.Proto {
	case protoTCP:
		return outcomeTCP(r)
	case protoICMP, protoICMPv6:
		return outcomeICMP(r)
	}
	switch {
	case r.State == flow.StateAttempt || r.State == flow.StateRefused:
		return OutcomeFailed
	case r.SrcPackets > 0 && r.DstPackets > 0 || r.State == flow.StateEstablished:
		return OutcomeAnswered
	}
	return OutcomeUnknown
}

func outcomeTCP(r *flow.Record) Outcome {
	switch r.State {
	case flow.StateAttempt, flow.StateRefused:
		return OutcomeFailed
	case flow.StateEstablished:
		return spoken(r)
	case flow.StateMidstream:
		if r.Sampling > 1 && r.SrcFlags&(flow.SYN|flow.RST) == 0 {
			return OutcomeAnswered
		}
		return OutcomeUnknown
	}
	answered := r.DstPackets > 0
	switch {
	case r.SrcFlags&flow.SYN == 0:
		return OutcomeUnknown
	case answered && r.DstFlags&flow.SYN != 0:
		return spoken(r)
	case answered && r.DstFlags&flow.RST != 0, !answered && r.SrcFlags&flow.ACK == 0:
		return OutcomeFailed
	case !answered && r.SrcFlags&flow.ACK != 0 && r.SrcPackets >= 4:
		return OutcomeAnswered // one direction of a whole exchange
	}
	return OutcomeUnknown
}

// spoken tells an exchange with payload from a bare handshake.
func spoken(r *flow.Record) Outcome {
	const header = 64 // IP and TCP with options, octets a packet
	if r.SrcPackets > 0 && r.SrcPackets <= 4 && r.DstPackets <= 3 &&
		r.SrcBytes <= header*r.SrcPackets && r.DstBytes <= header*r.DstPackets {
		return OutcomeHollow
	}
	return OutcomeAnswered
}

// outcomeICMP judges requests only; errors and neighbour discovery say nothing.
func outcomeICMP(r *flow.Record) Outcome {
	switch {
	case r.Proto == protoICMP && (r.SrcPort == 8 || r.SrcPort == 13 || r.SrcPort == 15 || r.SrcPort == 17):
	case r.Proto == protoICMPv6 && r.SrcPort == 128:
	default:
		return OutcomeUnknown
	}
	if r.DstPackets > 0 || r.State == flow.StateEstablished {
		return OutcomeAnswered
	}
	return OutcomeFailed
}

// IsReply says whether r is an ICMP message that answers something else:
// unreachable, time exceeded, an echo's reply and the like (RFC 792, RFC 4443).
// Nobody began it.
func IsReply(r *flow.Record) bool {
	switch r.Proto {
	case 1:
		return r.SrcPort != 8 && r.SrcPort != 13 && r.SrcPort != 15 && r.SrcPort != 17
	case 58:
		return r.SrcPort != 128
	}
	return false
}
