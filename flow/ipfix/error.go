package ipfix

import (
	"strconv"
)

// Reason is why a message, or a part of it, could not be read.
type Reason uint8

// The reasons.
const (
	reasonNone  Reason = iota
	Truncated          // it ends before what it announces
	BadVersion         // neither NetFlow v5 nor v9 nor IPFIX
	BadLength          // a length makes no sense
	BadSet             // a set has a number that means nothing
	BadTemplate        // a template that no data can follow
	BadRecord          // a record that does not fit its set, or a packet that makes no sense
	TooMany            // more templates than are remembered
)

var reasons = [...]string{"", "cut short", "unknown version", "length makes no sense", "reserved set number",
	"template makes no sense", "record makes no sense", "too many templates"}

// String says the reason in English.
func (r Reason) String() string {
	if int(r) < len(reasons) {
		return reasons[r]
	}
	return "reason " + strconv.Itoa(int(r))
}

// Error says where and why a message could not be read.
type Error struct {
	Version uint16
	Domain  uint32 // observation domain, source ID or engine
	Set     uint16 // number of the set, or of the template
	Offset  int    // octets from the start of the message
	Reason  Reason
}

// Error writes "NetFlow v9, domain 7, set 256, byte 120: cut short".
func (e *Error) Error() string {
	s := "flow export of version " + strconv.Itoa(int(e.Version))
	switch e.Version {
	case v5, v9:
		s = "NetFlow v" + strconv.Itoa(int(e.Version))
	case v10:
		s = "IPFIX"
	}
	if e.Domain != 0 {
		s += ", domain " + strconv.FormatUint(uint64(e.Domain), 10)
	}
	if e.Set != 0 {
		s += ", set " + strconv.Itoa(int(e.Set))
	}
	return s + ", byte " + strconv.Itoa(e.Offset) + ": " + e.Reason.String()
}
