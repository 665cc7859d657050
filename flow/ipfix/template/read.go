package template

import (
	"bytes"
	"encoding/binary"
	"slices"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/packet/capture"
	"github.com/noroshi-acd/noroshi/flow/packet/header"
	"github.com/noroshi-acd/noroshi/flow/packet/sample"
	"github.com/noroshi-acd/noroshi/flow/scalar"
)

// Values is the row of slots that a plan fills; it is used again for each record.
// It has one owner. A plan fills its slots in each record and looks at no others, so
// that nothing of another record shows.
type Values struct {
	n     [64]uint64 // by slot; the length spares the check
	host  []byte
	frame []byte
	short [8]byte
	head  header.Packet
}

// Tally is what became of the records of a set.
type Tally struct {
	Records int // all in the set
	Flows   int // those that became flow records
	Bad     int // packets whose headers make no sense
	Cut     bool
}

// Read appends the flow records of a data set without its head to b.
func (p *Plan) Read(set []byte, m *Message, v *Values, b *flow.Batch) (t Tally) {
	if p.Use == Flows && !p.Varies && p.Min >= 8 {
		return p.flows(set, m, v, b)
	}
	if p.Use == Nothing && !p.Varies {
		return Tally{Records: len(set) / p.Min}
	}
	for len(set) >= p.Min {
		n := p.next(set, v)
		if n == 0 {
			t.Cut = true
			break
		}
		set = set[n:]
		t.Records++
		switch p.Use {
		case Flows:
			t.Flows += p.flow(v, m, b)
		case Packets:
			t.Flows += p.sample(v, m, b, &t)
		}
	}
	return t
}

// Options reads a data set of an options template: rates go to s; what was said about
// the exporter's start comes back, ms since 1970, 0 for nothing.
func (p *Plan) Options(set []byte, v *Values, s *Sampling) (started uint64, t Tally) {
	for len(set) >= p.Min {
		n := p.next(set, v)
		if n == 0 {
			t.Cut = true
			break
		}
		set = set[n:]
		t.Records++
		if p.is(boot) {
			started = v.n[boot]
		}
		switch r := p.rate(v); {
		case r == 0:
		case p.is(sampler):
			s.note(uint32(v.n[sampler]), r)
		default:
			s.Default = r
		}
	}
	return started, t
}

// flows is Read for flows of fixed length: the way that must be fast.
func (p *Plan) flows(set []byte, m *Message, v *Values, b *flow.Batch) (t Tally) {
	t.Records = len(set) / p.Min
	b.Records = slices.Grow(b.Records, t.Records)
	for range t.Records {
		rec := set[:p.Min]
		set = set[p.Min:]
		for i := range p.loads {
			l := &p.loads[i]
			v.n[l.slot&63] = binary.BigEndian.Uint64(rec[l.at:]) >> (l.shift & 63) & l.mask
		}
		if p.hostLen > 0 {
			v.host = rec[p.hostAt : p.hostAt+p.hostLen]
		}
		t.Flows += p.flow(v, m, b)
	}
	return t
}

// next fills v with the record at the beginning of b and gives its length, 0 when it
// runs past the end.
func (p *Plan) next(b []byte, v *Values) int {
	if !p.Varies {
		v.load(p.loads, b[:p.Min])
		v.host, v.frame = b[p.hostAt:p.hostAt+p.hostLen], b[p.frameAt:p.frameAt+p.frameLen]
		return p.Min
	}
	at := 0
	for i := range p.steps {
		s := &p.steps[i]
		if len(b)-at < s.fixed {
			return 0
		}
		v.load(s.loads, b[at:at+s.fixed])
		if at += s.fixed; !s.variable {
			continue
		}
		head, n := variable(b[at:])
		if at += head; head == 0 || len(b)-at < n {
			return 0
		}
		v.text(s.slot, b[at:at+n])
		at += n
	}
	return at
}

// load fills slots from rec, which may be shorter than a load.
func (v *Values) load(loads []load, rec []byte) {
	if len(rec) < 8 && len(loads) > 0 {
		v.short = [8]byte{}
		copy(v.short[:], rec)
		rec = v.short[:]
	}
	for i := range loads {
		l := &loads[i]
		v.n[l.slot&63] = binary.BigEndian.Uint64(rec[l.at:]) >> (l.shift & 63) & l.mask
	}
}

// text takes up a field of variable length.
func (v *Values) text(s slot, b []byte) {
	switch s {
	case host:
		v.host = b
	case frame, packet:
		v.frame = b
	}
}

// variable reads the length of a field that says it itself.
func variable(b []byte) (head, n int) {
	switch {
	case len(b) == 0:
		return 0, 0
	case b[0] < 255:
		return 1, int(b[0])
	case len(b) < 3:
		return 0, 0
	}
	return 3, int(binary.BigEndian.Uint16(b[1:]))
}

// flow makes the record of a flow, and says how many it made.
func (p *Plan) flow(v *Values, m *Message, b *flow.Batch) int {
	n := &v.n
	if p.is(event) && p.idle(n) {
		return 0
	}
	k := len(b.Records)
	if k < cap(b.Records) {
		b.Records = b.Records[:k+1]
	} else {
		b.Records = append(b.Records, flow.Record{})
	}
	r := &b.Records[k]
	*r = flow.Record{Link: m.Link}
	p.addresses(n, r)
	p.times(v, m, r)
	r.Sampling = p.sampling(v, m.Sampling)
	p.counters(n, r)
	if p.is(proto) {
		r.Proto = uint8(n[proto])
	}
	if p.is(srcPort) {
		r.SrcPort = uint16(n[srcPort])
	}
	if p.is(dstPort) {
		r.DstPort = uint16(n[dstPort])
	}
	if p.is(srcFlags) {
		r.SrcFlags = uint8(n[srcFlags])
	}
	if r.Proto == 1 || r.Proto == 58 {
		p.icmp(n, r)
	}
	const activeTimeout = 2
	if p.is(reason) && n[reason] == activeTimeout {
		r.Kind = flow.KindPart
	}
	if p.has&(1<<host|1<<begun) != 0 {
		p.rare(v, r, b)
	}
	return 1
}

// idle says whether a record has counted nothing: with an event it is no flow.
func (p *Plan) idle(n *[64]uint64) bool {
	var sum uint64
	for _, s := range [...]slot{srcBytes, dstBytes, srcPackets, dstPackets} {
		if p.is(s) {
			sum |= n[s]
		}
	}
	return sum == 0
}

func (p *Plan) addresses(n *[64]uint64, r *flow.Record) {
	if p.wide || p.both && n[src4]|n[dst4] == 0 {
		binary.BigEndian.PutUint64(r.Src[:8], n[src6])
		binary.BigEndian.PutUint64(r.Src[8:], n[src6low])
		binary.BigEndian.PutUint64(r.Dst[:8], n[dst6])
		binary.BigEndian.PutUint64(r.Dst[8:], n[dst6low])
		return
	}
	const mapped = 0xffff << 32
	binary.BigEndian.PutUint64(r.Src[8:], mapped|n[src4])
	binary.BigEndian.PutUint64(r.Dst[8:], mapped|n[dst4])
}

func (p *Plan) counters(n *[64]uint64, r *flow.Record) {
	if p.is(srcBytes) {
		r.SrcBytes = n[srcBytes]
	}
	if p.is(srcPackets) {
		r.SrcPackets = n[srcPackets]
	}
	if p.has&(1<<dstBytes|1<<dstPackets|1<<dstFlags) == 0 {
		return
	}
	if p.is(dstBytes) {
		r.DstBytes = n[dstBytes]
	}
	if p.is(dstPackets) {
		r.DstPackets = n[dstPackets]
	}
	if p.is(dstFlags) {
		r.DstFlags = uint8(n[dstFlags])
	}
}

// icmp puts type and code where ports stand. Exporters of NetFlow have no element
// for them in all templates and put type << 8 | code into the destination port.
func (p *Plan) icmp(n *[64]uint64, r *flow.Record) {
	var x uint64
	for _, s := range [...]slot{icmp4, icmp6} {
		if p.is(s) {
			x |= n[s]
		}
	}
	for _, s := range [...]slot{icmpType4, icmpType6} {
		if p.is(s) {
			x |= n[s] << 8
		}
	}
	for _, s := range [...]slot{icmpCode4, icmpCode6} {
		if p.is(s) {
			x |= n[s]
		}
	}
	if x == 0 {
		x = uint64(r.DstPort)
	}
	r.SrcPort, r.DstPort = uint16(x>>8&0xff), uint16(x&0xff)
}

// rare is what few templates have: the name of a web server, and the word of a
// two-way meter on which end began.
func (p *Plan) rare(v *Values, r *flow.Record, b *flow.Batch) {
	if p.is(host) {
		r.Host = b.AddName(hostName(v.host))
	}
	const byDestination = 2 // biflowDirection reverseInitiator
	if p.is(begun) && v.n[begun] == byDestination {
		r.Src, r.Dst = r.Dst, r.Src
		r.SrcPort, r.DstPort = r.DstPort, r.SrcPort
		r.SrcBytes, r.DstBytes = r.DstBytes, r.SrcBytes
		r.SrcPackets, r.DstPackets = r.DstPackets, r.SrcPackets
		r.SrcFlags, r.DstFlags = r.DstFlags, r.SrcFlags
	}
}

// Link types of the frames that are exported.
const (
	linkEthernet = 1
	linkRaw      = 101
)

// sample makes the record of one packet by its first octets, and says how many it
// made.
func (p *Plan) sample(v *Values, m *Message, b *flow.Batch, t *Tally) int {
	f := capture.Frame{Data: v.frame, Wire: uint32(len(v.frame)), Link: linkRaw}
	if p.is(frame) {
		f.Link = linkEthernet
	}
	switch h := &v.head; h.Read(&f) {
	case header.Good:
		r := sample.Record(h)
		r.Link, r.Sampling = m.Link, p.sampling(v, m.Sampling)
		p.times(v, m, &r)
		b.Records = append(b.Records, r)
		return 1
	case header.Other:
	default:
		t.Bad++
	}
	return 0
}

// hostName gives the host in a Host header's value, nil when it is none. Fields of
// fixed length are filled up with zeros.
func hostName(v []byte) []byte {
	if i := bytes.IndexByte(v, 0); i >= 0 {
		v = v[:i]
	}
	return scalar.Host(v)
}
