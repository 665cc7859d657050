package meter

import "github.com/noroshi-acd/noroshi/flow"

// Packet is what the meter needs to know of one packet.
type Packet struct {
	Time             int64 // ns since 1970-01-01 UTC
	Src, Dst         flow.Addr
	SrcPort, DstPort uint16 // for ICMP: type and code of the request, on either side
	Bytes            uint32 // octets at the IP layer
	Proto            uint8  // IANA protocol number
	Flags            uint8  // TCP flags
	Reply            bool   // an ICMP reply: its sender did not begin
}

// Flow is one exchange in the table. Source is the side that began it as far as
// could be told. Counters and times are those of the current piece; what Add
// returns is valid until the next call of the meter.
type Flow struct {
	Src, Dst               flow.Addr
	SrcPort, DstPort       uint16
	Proto                  uint8
	SrcFlags, DstFlags     uint8 // of the piece
	bits                   uint8
	hash                   uint32
	prev, next             int32 // in the wheel's slot, -1 for none
	slot                   int32
	Tag                    uint32 // the caller's own, 0 at the start
	First, Last            int64
	touched                int64 // stream time of the last packet
	SrcBytes, DstBytes     uint64
	SrcPackets, DstPackets uint64
	allSrc, allDst         uint8    // TCP flags of the whole flow
	Mark                   [3]uint8 // the caller's own, 0 at the start
}

// bits of a flow.
const (
	bitMidstream = 1 << iota // the beginning was not seen
	bitSliced                // a piece went out before
	bitRefused               // an ICMP error said no
	bitClosed                // FIN from both or RST from one
	bitSrcSpoke
	bitDstSpoke
)

// Kind is the kind of record that the current piece is.
func (f *Flow) Kind() flow.Kind {
	if f.bits&bitSliced != 0 {
		return flow.KindPart
	}
	return flow.KindFlow
}

// State says how far the whole flow got.
func (f *Flow) State() flow.State {
	switch {
	case f.bits&bitMidstream != 0:
		return flow.StateMidstream
	case f.bits&bitRefused != 0 && f.bits&bitDstSpoke == 0:
		return flow.StateRefused
	case f.Proto == protoTCP && f.allDst&flow.RST != 0 && f.allDst&flow.SYN == 0:
		return flow.StateRefused
	case f.bits&bitDstSpoke == 0:
		return flow.StateAttempt
	case f.bits&bitSrcSpoke == 0:
		return flow.StateMidstream
	}
	return flow.StateEstablished
}

// closed says whether both sides said goodbye or one broke it off.
func (f *Flow) closed() bool { return f.bits&bitClosed != 0 }

// add counts p, sent by the source or not. A stamp earlier than the piece by more
// than the active timeout is no news of when that began: one wrong stamp would make
// a long flow of a short one.
func (f *Flow) add(p *Packet, fromSrc bool, active int64) {
	switch {
	case f.SrcPackets+f.DstPackets == 0:
		f.First, f.Last = p.Time, p.Time
	case p.Time > f.First-active:
		f.First, f.Last = min(f.First, p.Time), max(f.Last, p.Time)
	}
	if fromSrc {
		f.SrcPackets++
		f.SrcBytes += uint64(p.Bytes)
		f.SrcFlags |= p.Flags
		f.allSrc |= p.Flags
		f.bits |= bitSrcSpoke
	} else {
		f.DstPackets++
		f.DstBytes += uint64(p.Bytes)
		f.DstFlags |= p.Flags
		f.allDst |= p.Flags
		f.bits |= bitDstSpoke
	}
}

// cut begins a new piece after one went out.
func (f *Flow) cut() {
	f.bits |= bitSliced
	f.SrcPackets, f.DstPackets, f.SrcBytes, f.DstBytes = 0, 0, 0, 0
	f.SrcFlags, f.DstFlags = 0, 0
}
