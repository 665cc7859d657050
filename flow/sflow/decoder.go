package sflow

import (
	"encoding/binary"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/packet/capture"
	"github.com/noroshi-acd/noroshi/flow/packet/header"
	"github.com/noroshi-acd/noroshi/flow/packet/sample"
)

// Options are the limits of a decoder; zero fields take the default.
type Options struct {
	Agents int // remembered at once; 4,096
	// Link numbers an observation point; each new one gets the next number from 1
	// by default.
	Link func(from, agent flow.Addr, sub uint32) uint32
}

// Stats counts what a decoder met.
type Stats struct {
	Datagrams uint64
	Flows     uint64 // records made, one per sampled packet
	Counters  uint64 // samples of counters, stepped over
	Other     uint64 // samples of packets without IP, of dropped packets, of other makers
	Evicted   uint64 // agents forgotten because there were too many
}

// Decoder reads datagrams of any number of agents. It has one owner.
type Decoder struct {
	o      Options
	agents map[agentKey]*agent
	last   *agent
	tick   uint64
	links  uint32
	frame  capture.Frame
	head   header.Packet
	stats  Stats
	err    *Error
}

// NewDecoder makes a decoder.
func NewDecoder(o Options) *Decoder {
	if o.Agents <= 0 {
		o.Agents = 4096
	}
	return &Decoder{o: o, agents: map[agentKey]*agent{}}
}

// Stats gives the counts so far.
func (d *Decoder) Stats() Stats { return d.stats }

// Formats of samples and of the records in them, of the standard's own maker.
const (
	flowSample     = 1
	counterSample  = 2
	expandedFlow   = 3
	expandedCounts = 4

	rawHeader = 1
	ipv4      = 3
	ipv6      = 4
)

// Decode appends the flows of one datagram to b, with the time received, ns since
// 1970-01-01 UTC. The error, an *[Error], is about the first part that could not be
// read; all others were. b holds nothing of the datagram afterwards.
func (d *Decoder) Decode(datagram []byte, from flow.Addr, received int64, b *flow.Batch) error {
	d.stats.Datagrams++
	d.err = nil
	before := len(b.Records)
	d.datagram(datagram, from, received, b)
	d.stats.Flows += uint64(len(b.Records) - before)
	if d.err != nil {
		return d.err
	}
	return nil
}

// fail notes that something is wrong; the first stays.
func (d *Decoder) fail(sub uint32, n, at int, r Reason) {
	if d.err == nil {
		d.err = &Error{Version: 5, Agent: sub, Sample: n, Offset: at, Reason: r}
	}
}

func (d *Decoder) datagram(p []byte, from flow.Addr, received int64, b *flow.Batch) {
	if len(p) < 8 {
		d.fail(0, 0, len(p), Truncated)
		return
	}
	if v := binary.BigEndian.Uint32(p); v != 5 {
		d.fail(0, 0, 0, BadVersion)
		d.err.Version = v
		return
	}
	key, at := agentKey{from: from}, 8
	switch kind := binary.BigEndian.Uint32(p[4:]); {
	case kind == 1 && len(p) >= at+4:
		key.agent = flow.Addr4([4]byte(p[at:]))
		at += 4
	case kind == 2 && len(p) >= at+16:
		key.agent = flow.Addr(p[at:])
		at += 16
	case kind == 1 || kind == 2:
		d.fail(0, 0, len(p), Truncated)
		return
	default:
		d.fail(0, 0, 4, BadAgent)
		return
	}
	if len(p) < at+16 {
		d.fail(0, 0, len(p), Truncated)
		return
	}
	key.sub = binary.BigEndian.Uint32(p[at:])
	a := d.agent(key)
	a.follow(binary.BigEndian.Uint32(p[at+4:]))
	before := len(b.Records)
	d.samples(a, p, at+16, int(binary.BigEndian.Uint32(p[at+12:])), received, b)
	a.flows += uint64(len(b.Records) - before)
}

// samples reads so many samples of p from octet at on.
func (d *Decoder) samples(a *agent, p []byte, at, count int, received int64, b *flow.Batch) {
	for n := 1; n <= count; n++ {
		if len(p)-at < 8 {
			d.fail(a.key.sub, n, len(p), Truncated)
			return
		}
		format, size := binary.BigEndian.Uint32(p[at:]), int(binary.BigEndian.Uint32(p[at+4:]))
		at += 8
		if size > len(p)-at {
			d.fail(a.key.sub, n, len(p), Truncated)
			return
		}
		switch s := p[at : at+size]; format {
		case flowSample:
			d.sample(a, s, false, n, at, received, b)
		case expandedFlow:
			d.sample(a, s, true, n, at, received, b)
		case counterSample, expandedCounts:
			d.stats.Counters++
		default:
			d.stats.Other++
		}
		at += size
	}
}

// sample reads the n-th sample, which begins at octet at of the datagram.
func (d *Decoder) sample(a *agent, s []byte, expanded bool, n, at int, received int64, b *flow.Batch) {
	head, rate := 32, 8 // sequence, source, rate, pool, drops, input, output, count
	if expanded {
		head, rate = 44, 12 // source and interfaces take two words each
	}
	if len(s) < head {
		d.fail(a.key.sub, n, at+len(s), BadSample)
		return
	}
	source := uint64(binary.BigEndian.Uint32(s[4:]))
	if expanded {
		source = source<<32 | uint64(binary.BigEndian.Uint32(s[8:]))
	}
	a.drop(source, binary.BigEndian.Uint32(s[rate+8:]))
	count := int(binary.BigEndian.Uint32(s[head-4:]))
	k := len(b.Records)
	bad := d.records(s[head:], count, b)
	switch {
	case len(b.Records) > k:
		r := &b.Records[k]
		r.First, r.Last, r.Link, r.Sampling = received, received, a.link, binary.BigEndian.Uint32(s[rate:])
	case bad == reasonNone:
		d.stats.Other++
	}
	if bad != reasonNone && len(b.Records) == k {
		d.fail(a.key.sub, n, at+head, bad)
	}
}

// records makes the record of a sample from the first of its parts that allows it.
func (d *Decoder) records(s []byte, count int, b *flow.Batch) (bad Reason) {
	for range count {
		if len(s) < 8 {
			return BadSample
		}
		format, size := binary.BigEndian.Uint32(s), int(binary.BigEndian.Uint32(s[4:]))
		if s = s[8:]; size > len(s) {
			return BadSample
		}
		part := s[:size]
		s = s[size:]
		done, wrong := false, reasonNone
		switch format {
		case rawHeader:
			done, wrong = d.header(part, b)
		case ipv4:
			done, wrong = ip(part, 4, b)
		case ipv6:
			done, wrong = ip(part, 16, b)
		}
		if done {
			return reasonNone
		}
		if bad == reasonNone {
			bad = wrong
		}
	}
	return bad
}

// links are the link types of the protocols that headers begin with.
func linkOf(protocol uint32) (capture.Link, bool) {
	switch protocol {
	case 1:
		return 1, true // Ethernet
	case 7, 14:
		return 9, true // PPP
	case 11, 12:
		return 101, true // IP
	case 15:
		return 105, true // Wi-Fi
	}
	return 0, false
}

// header makes a record of the first octets of a packet.
func (d *Decoder) header(s []byte, b *flow.Batch) (bool, Reason) {
	if len(s) < 16 {
		return false, BadSample
	}
	size := binary.BigEndian.Uint32(s[12:])
	link, ok := linkOf(binary.BigEndian.Uint32(s))
	if !ok {
		return false, reasonNone
	}
	f := &d.frame
	f.Link, f.Data = link, s[16:16+min(int(size), len(s)-16)]
	f.Wire = max(binary.BigEndian.Uint32(s[4:])-binary.BigEndian.Uint32(s[8:]), uint32(len(f.Data)))
	switch d.head.Read(f) {
	case header.Good:
		b.Records = append(b.Records, sample.Record(&d.head))
		return true, reasonNone
	case header.Other:
		return false, reasonNone
	}
	return false, BadHeader
}

// ip makes a record of the fields that an agent took out of a packet whose addresses
// have n octets.
func ip(s []byte, n int, b *flow.Batch) (bool, Reason) {
	if len(s) < 20+2*n {
		return false, BadSample
	}
	word := func(at int) uint32 { return binary.BigEndian.Uint32(s[at:]) }
	r := flow.Record{Kind: flow.KindPart, SrcPackets: 1, SrcBytes: uint64(word(0)), Proto: uint8(word(4)),
		SrcPort: uint16(word(8 + 2*n)), DstPort: uint16(word(12 + 2*n)), SrcFlags: uint8(word(16 + 2*n))}
	if n == 4 {
		r.Src, r.Dst = flow.Addr4([4]byte(s[8:])), flow.Addr4([4]byte(s[12:]))
	} else {
		r.Src, r.Dst = flow.Addr(s[8:]), flow.Addr(s[24:])
	}
	b.Records = append(b.Records, r)
	return true, reasonNone
}
