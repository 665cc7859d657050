package sample

import (
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/packet/header"
)

// Record gives the record of the packet whose headers h holds: a part of an exchange,
// sent by its source, or by its destination when it is an ICMP reply. Times, rate and
// link are the caller's.
func Record(h *header.Packet) flow.Record {
	r := flow.Record{Kind: flow.KindPart, Src: h.Src, Dst: h.Dst, SrcPort: h.SrcPort, DstPort: h.DstPort, Proto: h.Proto}
	if h.Reply {
		r.Src, r.Dst = h.Dst, h.Src
		r.DstPackets, r.DstBytes = 1, uint64(h.Bytes)
		return r
	}
	r.SrcPackets, r.SrcBytes, r.SrcFlags = 1, uint64(h.Bytes), h.Flags
	return r
}
