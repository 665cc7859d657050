package nfcapd

import (
	"encoding/binary"
	"math/bits"

	"github.com/noroshi-acd/noroshi/flow"
)

// exporter is one that the file knows by a number.
type exporter struct {
	link   uint32
	shared bool      // the number stands for several: records say which
	router flow.Addr // of the link, where shared
	engine uint32
	rates  []rate
}

// rate is what a sampler does: of the packets, take are taken and skip are not.
type rate struct {
	id         uint64
	take, skip uint32
}

const (
	maxExporters = 1 << 12
	maxRates     = 256 // of one exporter
)

// exporter gives the exporter of a record. One that was not announced is told from
// others by the address that its packets came from, and its engine. It gives nil where
// that would be new and nothing new may be learnt.
func (d *decoder) exporter(sysid uint16, engine uint32, x *extra) *exporter {
	e := d.exporters[sysid]
	if e == nil || e.shared {
		known := e != nil && e.link != 0 && e.router == x.router && e.engine == engine
		if !known && d.fixed {
			return nil
		}
		if e == nil {
			e = d.fresh(sysid)
			e.shared = true
		}
		if !known {
			d.news++
			e.link, e.router, e.engine = d.link(x.router, engine), x.router, engine
		}
	}
	d.last, d.from = sysid, e
	return e
}

// fresh makes the exporter that has the number.
func (d *decoder) fresh(sysid uint16) *exporter {
	if d.exporters == nil {
		d.exporters = map[uint16]*exporter{}
	}
	if len(d.exporters) >= maxExporters {
		return &exporter{}
	}
	e := &exporter{}
	d.exporters[sysid] = e
	return e
}

// announceExporter reads what the file says about an exporter.
func (d *decoder) announceExporter(rec []byte) bool {
	if len(rec) < 32 {
		d.why = "nfcapd.record.short"
		return false
	}
	const inet = 2
	var addr flow.Addr
	if binary.LittleEndian.Uint16(rec[24:]) == inet {
		addr4(&addr, binary.LittleEndian.Uint32(rec[16:]))
	} else {
		addr6(&addr, rec[8:])
	}
	sysid := binary.LittleEndian.Uint16(rec[26:])
	e := d.exporters[sysid]
	if e == nil {
		e = d.fresh(sysid)
	}
	e.shared, e.link = false, d.link(addr, binary.LittleEndian.Uint32(rec[28:]))
	return true
}

// rate reads what the file says about the sampling of an exporter.
func (d *decoder) rate(rec []byte) bool {
	var sysid uint16
	var r rate
	switch old := binary.LittleEndian.Uint16(rec) == recordRate16; {
	case old && len(rec) >= 16:
		sysid = binary.LittleEndian.Uint16(rec[14:])
		r = rate{id: uint64(binary.LittleEndian.Uint32(rec[4:])), take: 1, skip: binary.LittleEndian.Uint32(rec[8:])}
		r.skip -= min(r.skip, 1)
	case !old && len(rec) >= 24:
		sysid = binary.LittleEndian.Uint16(rec[4:])
		r = rate{id: uint64(binary.LittleEndian.Uint32(rec[8:])), take: binary.LittleEndian.Uint32(rec[16:]), skip: binary.LittleEndian.Uint32(rec[20:])}
	default:
		d.why = "nfcapd.record.short"
		return false
	}
	e := d.exporters[sysid]
	if e == nil {
		e = d.fresh(sysid)
		e.shared = true
	}
	for i := range e.rates {
		if e.rates[i].id == r.id {
			e.rates[i] = r
			return true
		}
	}
	if len(e.rates) < maxRates {
		e.rates = append(e.rates, r)
	}
	return true
}

// sample says in r at which rate its packets were seen. Where the collector multiplied
// the counters, they are divided, if that leaves no remainder: sums of several records
// stay as they are.
func (e *exporter) sample(r *flow.Record, x *extra) {
	s := &e.rates[0]
	for i := range e.rates {
		if e.rates[i].id == x.sampler {
			s = &e.rates[i]
		}
	}
	if s.take == 0 || s.skip == 0 {
		return
	}
	all := uint64(s.take) + uint64(s.skip)
	n := uint32(min(all/uint64(s.take), 1<<32-1))
	if x.flags&flagSampled == 0 {
		r.Sampling = n
		return
	}
	var seen [4]uint64
	for i, c := range [...]*uint64{&r.SrcPackets, &r.SrcBytes, &r.DstPackets, &r.DstBytes} {
		high, low := bits.Mul64(*c, uint64(s.take))
		if high != 0 || low%all != 0 {
			return
		}
		seen[i] = low / all
	}
	r.SrcPackets, r.SrcBytes, r.DstPackets, r.DstBytes, r.Sampling = seen[0], seen[1], seen[2], seen[3], n
}
