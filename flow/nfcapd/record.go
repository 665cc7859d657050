package nfcapd

import (
	"bytes"
	"encoding/binary"
	"time"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/exchange"
)

// The kinds of records.
const (
	recordOldest   = 1 // of nfdump 1.6, with a small number for the exporter
	recordMap      = 2
	recordExporter = 7
	recordRate16   = 9
	recordCommon   = 10
	recordElements = 11
	recordRate     = 15
)

// The elements that a flow record has fields for.
const (
	elementFlow     = 1
	element4        = 2
	element6        = 3
	elementMisc     = 4
	elementCounters = 5
	elementRouter4  = 12
	elementRouter6  = 13
	elementSampler  = 18
	elementEvent    = 19 // of a firewall
)

const (
	flagEvent   = 1
	flagSampled = 2

	flag6       = 1
	flagPkts64  = 2
	flagBytes64 = 4
	flagEvent16 = 64
	flagScaled  = 128
)

// decoder reads records. It has one owner.
type decoder struct {
	old       bool // layout 1.6
	link      func(exporter flow.Addr, domain uint32) uint32
	exporters map[uint16]*exporter
	last      uint16 // exporter asked for last
	from      *exporter
	maps      map[uint16]*shape
	wanted    func(b *flow.Batch, r *flow.Record) bool // nil for all
	unkept    int                                      // records turned down by wanted
	why       string                                   // of the last record that was not read; a key
	fixed     bool                                     // what is known of exporters is others' too: it MUST NOT change
	announced uint32                                   // how often that was changed by what the file says
	news      uint32                                   // how often it changed at all
}

// run decodes records of data to b until b is full, or data is over or makes no sense.
// It gives what is left, before which n records were; bad says that it begins with one
// that cannot be read.
func (d *decoder) run(data []byte, b *flow.Batch) (left []byte, n int, bad bool) {
	for len(b.Records) < flow.BatchSize && len(data) >= 4 {
		size := int(binary.LittleEndian.Uint16(data[2:]))
		if size < 4 || size > len(data) {
			break
		}
		ok := false
		if rec := data[:size]; binary.LittleEndian.Uint16(rec) == recordElements {
			ok = d.elements(rec, b)
		} else {
			ok = d.other(rec, b)
		}
		if !ok {
			return data, n, true
		}
		data = data[size:]
		n++
	}
	return data, n, false
}

// grow gives b another record, empty.
func grow(b *flow.Batch) *flow.Record {
	k := len(b.Records)
	if k < cap(b.Records) {
		b.Records = b.Records[:k+1]
	} else {
		b.Records = append(b.Records, flow.Record{})
	}
	r := &b.Records[k]
	*r = flow.Record{}
	return r
}

// drop takes the last record of b back.
func drop(b *flow.Batch) { b.Records = b.Records[:len(b.Records)-1] }

// extra is what few records have.
type extra struct {
	router  flow.Addr
	sampler uint64 // number
	event   uint64 // ms
	flags   uint8
	begun   uint8
	has     uint8 // of the elements that a flow needs
	reverse uint8 // TCP flags
}

const (
	hasFlow  = 1
	hasAddrs = 2
)

// elements reads a record of elements. It gives false, and why, for a bad one; one that
// is no flow is read and not kept.
func (d *decoder) elements(rec []byte, b *flow.Batch) bool {
	if len(rec) < 12 {
		d.why = "nfcapd.record.short"
		return false
	}
	r := grow(b)
	x := extra{flags: rec[10]}
	left, n := rec[12:], binary.LittleEndian.Uint16(rec[4:])
	if n >= 2 && len(left) >= usual4 && binary.LittleEndian.Uint32(left) == headFlow && binary.LittleEndian.Uint32(left[52:]) == head4 {
		flowElement(left[4:52], r)
		addr4(&r.Src, binary.LittleEndian.Uint32(left[56:]))
		addr4(&r.Dst, binary.LittleEndian.Uint32(left[60:]))
		x.has = hasFlow | hasAddrs
		left, n = left[usual4:], n-2
	}
	for ; n > 0; n-- {
		if len(left) < 4 {
			return d.bad(b, "nfcapd.record.element")
		}
		kind, size := binary.LittleEndian.Uint16(left), int(binary.LittleEndian.Uint16(left[2:]))
		if size < 4 || size > len(left) {
			return d.bad(b, "nfcapd.record.element")
		}
		if !x.element(kind, left[4:size], r) {
			return d.bad(b, "nfcapd.record.element")
		}
		left = left[size:]
	}
	return d.keep(b, r, &x, binary.LittleEndian.Uint16(rec[8:]), uint32(rec[6])<<8|uint32(rec[7]))
}

func (d *decoder) bad(b *flow.Batch, why string) bool {
	drop(b)
	d.why = why
	return false
}

// element reads one element, e is what stands behind its head.
func (x *extra) element(kind uint16, e []byte, r *flow.Record) bool {
	switch kind {
	case elementFlow:
		if len(e) < 48 {
			return false
		}
		x.has |= hasFlow
		flowElement(e, r)
	case element4:
		if len(e) < 8 {
			return false
		}
		if x.addresses(e[:8]) {
			r.Src, r.Dst = flow.Addr{}, flow.Addr{}
			addr4(&r.Src, binary.LittleEndian.Uint32(e))
			addr4(&r.Dst, binary.LittleEndian.Uint32(e[4:]))
		}
	case element6:
		if len(e) < 32 {
			return false
		}
		if x.addresses(e[:32]) {
			addr6(&r.Src, e)
			addr6(&r.Dst, e[16:])
		}
	default:
		return kind > elementEvent || x.rare(kind, e, r)
	}
	return true
}

// addresses says whether the addresses in e are to be taken. Some exporters send those
// of both versions, one of them all zero.
func (x *extra) addresses(e []byte) bool {
	if x.has&hasAddrs != 0 && len(bytes.Trim(e, "\x00")) == 0 {
		return false
	}
	x.has |= hasAddrs
	return true
}

// Almost every record begins with these two elements, in this order.
const (
	headFlow = 52<<16 | elementFlow
	head4    = 12<<16 | element4
	usual4   = 52 + 12
)

// flowElement reads the element that every flow has; times stay in ms.
func flowElement(e []byte, r *flow.Record) {
	_ = e[47]
	r.First, r.Last = int64(binary.LittleEndian.Uint64(e)), int64(binary.LittleEndian.Uint64(e[8:]))
	r.SrcPackets, r.SrcBytes = binary.LittleEndian.Uint64(e[24:]), binary.LittleEndian.Uint64(e[32:])
	r.SrcPort, r.DstPort = binary.LittleEndian.Uint16(e[40:]), binary.LittleEndian.Uint16(e[42:])
	r.Proto, r.SrcFlags = e[44], e[45]
}

// rare reads the elements that are not in every record.
func (x *extra) rare(kind uint16, e []byte, r *flow.Record) bool {
	switch kind {
	case elementMisc:
		if len(e) < 15 {
			return false
		}
		const activeTimeout = 2
		if x.begun = e[12]; e[13] == activeTimeout {
			r.Kind = flow.KindPart
		}
		x.reverse = e[14]
	case elementCounters:
		if len(e) < 24 {
			return false
		}
		r.DstPackets, r.DstBytes = binary.LittleEndian.Uint64(e[8:]), binary.LittleEndian.Uint64(e[16:])
	case elementRouter4:
		if len(e) < 4 {
			return false
		}
		addr4(&x.router, binary.LittleEndian.Uint32(e))
	case elementRouter6:
		if len(e) < 16 {
			return false
		}
		addr6(&x.router, e)
	case elementSampler:
		if len(e) < 4 {
			return false
		}
		x.sampler = uint64(binary.LittleEndian.Uint32(e))
	case elementEvent:
		if len(e) < 8 {
			return false
		}
		x.event = binary.LittleEndian.Uint64(e)
	}
	return true
}

// keep finishes a record, or takes it back when it is no flow.
func (d *decoder) keep(b *flow.Batch, r *flow.Record, x *extra, sysid uint16, engine uint32) bool {
	if x.has != hasFlow|hasAddrs || x.flags&flagEvent != 0 && r.SrcPackets|r.SrcBytes|r.DstPackets|r.DstBytes == 0 {
		drop(b)
		return true
	}
	x.ended(r)
	if uint64(r.First) > maxTime || uint64(r.Last) > maxTime {
		return d.bad(b, "nfcapd.record.time")
	}
	r.First, r.Last = r.First*int64(time.Millisecond), max(r.First, r.Last)*int64(time.Millisecond)
	x.transport(r)
	from := d.from
	if from == nil || d.last != sysid || from.shared && (from.engine != engine || from.router != x.router) {
		if from = d.exporter(sysid, engine, x); from == nil {
			return d.bad(b, "")
		}
	}
	r.Link = from.link
	if len(from.rates) > 0 {
		from.sample(r, x)
	}
	const byDestination = 2
	if x.begun == byDestination {
		turn(r)
	}
	if r.State = state(r); d.wanted != nil {
		d.choose(b, r)
	}
	return true
}

// choose takes the last record of b back where it is not wanted.
func (d *decoder) choose(b *flow.Batch, r *flow.Record) {
	if !d.wanted(b, r) {
		d.unkept++
		drop(b)
	}
}

// ended sets the times of a flow whose end a firewall says, in ms.
func (x *extra) ended(r *flow.Record) {
	if x.event == 0 {
		return
	}
	if r.First == 0 {
		r.First = int64(x.event)
	}
	r.Last = max(r.Last, int64(x.event))
}

// transport puts flags, and ICMP's type and code, where they stand in a record.
func (x *extra) transport(r *flow.Record) {
	switch r.Proto {
	case exchange.TCP:
		r.SrcFlags &= 0x3f
		r.DstFlags = x.reverse & 0x3f
	case exchange.ICMP, exchange.ICMPv6: // type and code stand in the destination port
		r.SrcPort, r.DstPort = r.DstPort>>8, r.DstPort&0xff
		r.SrcFlags = 0
	default:
		r.SrcFlags = 0
	}
}

// state says how far an exchange got. A record of one direction says little of the other.
func state(r *flow.Record) flow.State {
	switch {
	case r.DstPackets|r.DstBytes != 0:
		return exchange.State(r)
	case r.SrcFlags&(flow.SYN|flow.ACK) == flow.SYN && r.Sampling <= 1:
		return flow.StateAttempt
	case r.SrcFlags != 0 && r.SrcFlags&flow.SYN == 0:
		return flow.StateMidstream
	}
	return flow.StateUnknown
}

func turn(r *flow.Record) {
	r.Src, r.Dst = r.Dst, r.Src
	if r.Proto != exchange.ICMP && r.Proto != exchange.ICMPv6 {
		r.SrcPort, r.DstPort = r.DstPort, r.SrcPort
	}
	r.SrcPackets, r.DstPackets = r.DstPackets, r.SrcPackets
	r.SrcBytes, r.DstBytes = r.DstBytes, r.SrcBytes
	r.SrcFlags, r.DstFlags = r.DstFlags, r.SrcFlags
}

// addr4 sets a to an IPv4 address that stands as a number of the machine.
func addr4(a *flow.Addr, n uint32) {
	const mapped = 0xffff << 32
	binary.BigEndian.PutUint64(a[8:], mapped|uint64(n))
}

// addr6 sets a to an IPv6 address that stands as two numbers of the machine.
func addr6(a *flow.Addr, e []byte) {
	binary.BigEndian.PutUint64(a[:8], binary.LittleEndian.Uint64(e))
	binary.BigEndian.PutUint64(a[8:], binary.LittleEndian.Uint64(e[8:]))
}

// other reads a record that is not of elements.
func (d *decoder) other(rec []byte, b *flow.Batch) bool {
	switch kind := binary.LittleEndian.Uint16(rec); kind {
	case recordOldest, recordCommon:
		return d.common(rec, b)
	case recordMap, recordExporter, recordRate, recordRate16:
		return !d.fixed && d.announce(kind, rec)
	}
	return true // sums, names, tables
}

// announce reads what a file says of what comes after.
func (d *decoder) announce(kind uint16, rec []byte) bool {
	d.announced++
	d.news++
	switch kind {
	case recordMap:
		return d.shape(rec)
	case recordExporter:
		return d.announceExporter(rec)
	}
	return d.rate(rec)
}

// end gives when the flow in rec ended, ns; ok is false for another record.
func (d *decoder) end(rec []byte) (ns int64, ok bool) {
	d.link = func(flow.Addr, uint32) uint32 { return 1 }
	var b flow.Batch
	if binary.LittleEndian.Uint16(rec) == recordElements {
		d.elements(rec, &b)
	} else {
		d.other(rec, &b)
	}
	if len(b.Records) == 0 {
		return 0, false
	}
	return b.Records[0].Last, true
}
