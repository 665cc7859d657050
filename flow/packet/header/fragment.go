package header

import (
	"encoding/binary"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/packet/meter"
)

// fragments remembers the ports of datagrams whose first fragment was seen. It is
// a fixed table in which a newer datagram takes the place of an older one.
type fragments struct {
	slots   []fragment
	orphans uint64 // later fragments without a first
}

type fragment struct {
	src, dst         flow.Addr
	time             int64
	id               uint32
	srcPort, dstPort uint16
	proto            uint8
}

const (
	fragmentSlots = 1 << 12
	fragmentLife  = int64(60e9) // ns, as long as hosts wait (RFC 8200, 4.5)
)

func (t *fragments) slot(p *meter.Packet, id uint32) *fragment {
	if t.slots == nil {
		t.slots = make([]fragment, fragmentSlots)
	}
	x := binary.LittleEndian.Uint64(p.Src[8:])*0x9e3779b97f4a7c15 ^ binary.LittleEndian.Uint64(p.Dst[8:])
	x = (x ^ uint64(id)<<8 ^ uint64(p.Proto)) * 0xff51afd7ed558ccd
	return &t.slots[x>>52]
}

// note keeps the ports of a first fragment.
func (t *fragments) note(p *meter.Packet, id uint32) {
	*t.slot(p, id) = fragment{p.Src, p.Dst, p.Time, id, p.SrcPort, p.DstPort, p.Proto}
}

// ports gives those of the datagram that a later fragment belongs to, 0 when its
// first fragment was not seen.
func (t *fragments) ports(p *meter.Packet, id uint32) (src, dst uint16) {
	s := t.slot(p, id)
	if s.id == id && s.proto == p.Proto && s.src == p.Src && s.dst == p.Dst && max(p.Time-s.time, s.time-p.Time) <= fragmentLife {
		return s.srcPort, s.dstPort
	}
	t.orphans++
	return 0, 0
}
