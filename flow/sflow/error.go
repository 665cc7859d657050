package sflow

import "strconv"

// Reason is why a datagram, or a part of it, could not be read.
type Reason uint8

// The reasons.
const (
	reasonNone Reason = iota
	Truncated         // it ends before what it announces
	BadVersion        // not sFlow v5
	BadAgent          // the agent's address is of no known kind
	BadSample         // a sample whose lengths do not fit
	BadHeader         // the headers of the sampled packet make no sense
)

var reasons = [...]string{"", "cut short", "unknown version", "agent's address makes no sense", "sample makes no sense",
	"headers of the sampled packet make no sense"}

// String says the reason in English.
func (r Reason) String() string {
	if int(r) < len(reasons) {
		return reasons[r]
	}
	return "reason " + strconv.Itoa(int(r))
}

// Error says where and why a datagram could not be read.
type Error struct {
	Version uint32
	Agent   uint32 // number of the sub-agent
	Sample  int    // which one, from 1; 0 for the datagram itself
	Offset  int    // octets from the start of the datagram
	Reason  Reason
}

// Error writes "sFlow, sub-agent 1, sample 3, byte 120: cut short".
func (e *Error) Error() string {
	s := "sFlow"
	if e.Agent != 0 {
		s += ", sub-agent " + strconv.FormatUint(uint64(e.Agent), 10)
	}
	if e.Sample > 0 {
		s += ", sample " + strconv.Itoa(e.Sample)
	}
	return s + ", byte " + strconv.Itoa(e.Offset) + ": " + e.Reason.String()
}
