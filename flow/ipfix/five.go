package ipfix

import (
	"encoding/binary"
	"slices"

	"github.com/noroshi-acd/noroshi/flow"
)

// Sizes of NetFlow v5.
const (
	head5   = 24
	record5 = 48
)

// five reads a datagram of NetFlow v5: up to 30 records of one layout.
func (d *Decoder) five(p []byte, from Exporter, b *flow.Batch) {
	if len(p) < head5 {
		d.fail(&session{key: sessionKey{version: v5}}, 0, len(p), Truncated)
		return
	}
	s := d.session(sessionKey{from, v5, uint32(binary.BigEndian.Uint16(p[20:]))})
	uptime := binary.BigEndian.Uint32(p[4:])
	export := int64(binary.BigEndian.Uint32(p[8:]))*1e9 + int64(min(binary.BigEndian.Uint32(p[12:]), 1e9-1))
	sampling := uint32(binary.BigEndian.Uint16(p[22:]) & 0x3fff) // above it, the mode
	count := int(binary.BigEndian.Uint16(p[2:]))
	s.seq.next(message{number: binary.BigEndian.Uint32(p[16:]), records: uint32(count), flows: uint32(count), whole: true})
	d.counted = Counted{uint32(count), uint32(count), true}
	rest := p[head5:]
	if n := len(rest) / record5; count > n {
		d.fail(s, 0, head5+n*record5, Truncated)
		count = n
	}
	b.Records = slices.Grow(b.Records, count)
	k := len(b.Records)
	b.Records = b.Records[:k+count]
	for i := range count {
		x := (*[record5]byte)(rest[i*record5:])
		r := &b.Records[k+i]
		*r = flow.Record{Link: s.link, Sampling: sampling}
		const mapped = 0xffff << 32
		binary.BigEndian.PutUint64(r.Src[8:], mapped|uint64(binary.BigEndian.Uint32(x[:])))
		binary.BigEndian.PutUint64(r.Dst[8:], mapped|uint64(binary.BigEndian.Uint32(x[4:])))
		r.SrcPackets, r.SrcBytes = uint64(binary.BigEndian.Uint32(x[16:])), uint64(binary.BigEndian.Uint32(x[20:]))
		first := export - int64(int32(uptime-binary.BigEndian.Uint32(x[24:])))*1e6
		last := export - int64(int32(uptime-binary.BigEndian.Uint32(x[28:])))*1e6
		r.First, r.Last = min(first, last), max(first, last)
		r.SrcPort, r.DstPort = binary.BigEndian.Uint16(x[32:]), binary.BigEndian.Uint16(x[34:])
		r.SrcFlags, r.Proto = x[37], x[38]
		if r.Proto == 1 { // the destination port holds type and code
			r.SrcPort, r.DstPort = r.DstPort>>8, r.DstPort&0xff
		}
	}
	s.flows += uint64(count)
}
