package nfcapd

import (
	"encoding/binary"

	"github.com/noroshi-acd/noroshi/flow"
)

// shape is an extension map of layout 1: what follows the counters of a record.
type shape struct {
	size int // of all extensions
	// Where they begin, behind the counters; -1 for none. A counter takes 4 bytes, or 8.
	packets, bytes, router4, router6, engine, event int
	packetsLong, bytesLong                          bool
}

// maxMaps is how many maps of a file are remembered.
const maxMaps = 1 << 12

// Extensions of layout 1 that a flow record has fields for.
const (
	extOutPackets4 = 14
	extOutPackets8 = 15
	extOutBytes4   = 16
	extOutBytes8   = 17
	extRouter4     = 23
	extRouter6     = 24
	extEngine      = 25
	extEvent       = 37
)

// extensionSizes gives the length of each extension by its number, 0 for numbers that
// have none.
func extensionSizes() [50]uint8 {
	return [50]uint8{4: 4, 5: 8, 6: 4, 7: 8, 8: 4, 9: 4, 10: 16, 11: 4, 12: 16, 13: 4, 14: 4, 15: 8, 16: 4, 17: 8, 18: 4, 19: 8,
		20: 16, 21: 16, 22: 40, 23: 4, 24: 16, 25: 4, 26: 8, 27: 8, 37: 20, 38: 4, 39: 8, 40: 32, 41: 24, 42: 24, 43: 72, 45: 24,
		46: 12, 47: 8, 48: 8}
}

// shape reads an extension map.
func (d *decoder) shape(rec []byte) bool {
	if len(rec) < 8 {
		d.why = "nfcapd.record.short"
		return false
	}
	s := &shape{packets: -1, bytes: -1, router4: -1, router6: -1, engine: -1, event: -1}
	sizes := extensionSizes()
	for ids := rec[8:]; len(ids) >= 2; ids = ids[2:] {
		id := int(binary.LittleEndian.Uint16(ids))
		if id == 0 {
			break
		}
		if id >= len(sizes) || id > 3 && sizes[id] == 0 {
			d.why = "nfcapd.record.extension"
			return false
		}
		s.at(id)
		s.size += int(sizes[id])
	}
	if d.maps == nil {
		d.maps = map[uint16]*shape{}
	}
	id := binary.LittleEndian.Uint16(rec[4:])
	if d.maps[id] == nil && len(d.maps) >= maxMaps {
		d.why = "nfcapd.record.maps"
		return false
	}
	d.maps[id] = s
	return true
}

// at notes where extension id stands.
func (s *shape) at(id int) {
	switch id {
	case extOutPackets4, extOutPackets8:
		s.packets, s.packetsLong = s.size, id == extOutPackets8
	case extOutBytes4, extOutBytes8:
		s.bytes, s.bytesLong = s.size, id == extOutBytes8
	case extRouter4:
		s.router4 = s.size
	case extRouter6:
		s.router6 = s.size
	case extEngine:
		s.engine = s.size
	case extEvent:
		s.event = s.size
	}
}

// common reads a flow of layout 1.
func (d *decoder) common(rec []byte, b *flow.Batch) bool {
	body, sysid := 32, uint16(0)
	oldest := binary.LittleEndian.Uint16(rec) == recordOldest
	if oldest {
		body = 28
	}
	if len(rec) < body {
		d.why = "nfcapd.record.short"
		return false
	}
	s := d.maps[binary.LittleEndian.Uint16(rec[6:])]
	if s == nil {
		d.why = "nfcapd.record.map"
		return false
	}
	r := grow(b)
	x := extra{has: hasFlow | hasAddrs}
	flags := rec[4]
	if sysid = uint16(rec[5]); !oldest {
		sysid = binary.LittleEndian.Uint16(rec[28:])
		x.begun = rec[30]
		const activeTimeout = 2
		if rec[31] == activeTimeout {
			r.Kind = flow.KindPart
		}
	}
	if flags&flagEvent16 != 0 {
		x.flags |= flagEvent
	}
	if flags&flagScaled != 0 {
		x.flags |= flagSampled
	}
	r.First = int64(binary.LittleEndian.Uint32(rec[12:]))*1000 + int64(binary.LittleEndian.Uint16(rec[8:]))
	r.Last = int64(binary.LittleEndian.Uint32(rec[16:]))*1000 + int64(binary.LittleEndian.Uint16(rec[10:]))
	r.SrcFlags, r.Proto = rec[21], rec[22]
	r.SrcPort, r.DstPort = binary.LittleEndian.Uint16(rec[24:]), binary.LittleEndian.Uint16(rec[26:])
	rest, ok := required(rec[body:], flags, r)
	if !ok || len(rest) < s.size {
		return d.bad(b, "nfcapd.record.short")
	}
	return d.keep(b, r, &x, sysid, s.read(rest, r, &x))
}

// required reads the addresses and counters that every record has.
func required(rest []byte, flags uint8, r *flow.Record) (_ []byte, ok bool) {
	need := func(flag uint8, short, long int) int {
		if flags&flag != 0 {
			return long
		}
		return short
	}
	addrs, pkts, octets := need(flag6, 8, 32), need(flagPkts64, 4, 8), need(flagBytes64, 4, 8)
	if len(rest) < addrs+pkts+octets {
		return nil, false
	}
	if flags&flag6 != 0 {
		addr6(&r.Src, rest)
		addr6(&r.Dst, rest[16:])
	} else {
		addr4(&r.Src, binary.LittleEndian.Uint32(rest))
		addr4(&r.Dst, binary.LittleEndian.Uint32(rest[4:]))
	}
	rest = rest[addrs:]
	r.SrcPackets = number(rest, pkts == 8)
	rest = rest[pkts:]
	r.SrcBytes = number(rest, octets == 8)
	return rest[octets:], true
}

func number(b []byte, long bool) uint64 {
	if long {
		return binary.LittleEndian.Uint64(b)
	}
	return uint64(binary.LittleEndian.Uint32(b))
}

// read reads the extensions, and gives the engine.
func (s *shape) read(rest []byte, r *flow.Record, x *extra) (engine uint32) {
	if s.packets >= 0 {
		r.DstPackets = number(rest[s.packets:], s.packetsLong)
	}
	if s.bytes >= 0 {
		r.DstBytes = number(rest[s.bytes:], s.bytesLong)
	}
	if s.router4 >= 0 {
		addr4(&x.router, binary.LittleEndian.Uint32(rest[s.router4:]))
	}
	if s.router6 >= 0 {
		addr6(&x.router, rest[s.router6:])
	}
	if s.event >= 0 {
		x.flags |= flagEvent
		x.event = binary.LittleEndian.Uint64(rest[s.event:])
		if icmp := binary.LittleEndian.Uint16(rest[s.event+12:]); icmp != 0 {
			r.DstPort = icmp
		}
	}
	if s.engine >= 0 {
		engine = uint32(rest[s.engine+2])<<8 | uint32(rest[s.engine+3])
	}
	return engine
}
