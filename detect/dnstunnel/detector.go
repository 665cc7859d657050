package dnstunnel

import (
	"math"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/slots"
)

// Record types that matter here (IANA).
const (
	typeA      = 1
	typeNS     = 2
	typeCNAME  = 5
	typeSOA    = 6
	typeNULL   = 10
	typePTR    = 12
	typeMX     = 15
	typeTXT    = 16
	typeAAAA   = 28
	typeSRV    = 33
	typeNAPTR  = 35
	typeKEY    = 25
	typeDS     = 43
	typeDNSKEY = 48
	typeTLSA   = 52
	typeSVCB   = 64
	typeHTTPS  = 65
	typeCAA    = 257
)

// leastBits is what a name must carry to be looked at, leastName the shortest
// name that can: the mass of ordinary names is passed over without state.
const (
	leastBits = 24
	leastName = 12
)

// Detector is the method's state. See [detect.Detector].
type Detector struct {
	cfg   Config
	pairs *slots.Table[pair]
	past  *slots.Table[past]
	now   int64
}

// past is the best window of a pair that has ended.
type past struct {
	src      flow.Addr
	dst      flow.Addr
	zone     uint64
	evidence float64
	distinct float64
	tally    tally
	class    direction.Class
	zoneless bool
	zoneLen  uint8
	zoneName [zoneText]byte
}

// New makes a detector; cfg is valid.
func New(cfg Config) *Detector {
	d := &Detector{cfg: cfg}
	d.pairs = slots.New(cfg.Pairs, d.worth)
	d.past = slots.New(max(64, cfg.Pairs/64), func(p *past) float64 { return p.evidence })
	return d
}

// Kind is [detect.DNSTunnel].
func (d *Detector) Kind() detect.Kind { return detect.DNSTunnel }

// Observe takes a DNS question, or notes that a host visits a name it asked for.
func (d *Detector) Observe(e *detect.Event) {
	if e.DNS != nil {
		d.question(e)
		return
	}
	if e.Rec.Proto != 6 && e.Rec.Proto != 17 {
		return
	}
	if e.TLS != nil && e.TLS.SNI.Len > 0 {
		d.visit(e, e.Batch.Bytes(e.TLS.SNI))
	} else if e.Rec.Host.Len > 0 {
		d.visit(e, e.Batch.Bytes(e.Rec.Host))
	}
}

func (d *Detector) question(e *detect.Event) {
	switch e.Rec.DstPort {
	case 5353, 5355, 137: // mDNS, LLMNR, NetBIOS ask the neighbours
		return
	}
	name := e.Batch.Bytes(e.DNS.Question)
	zoneless, ok := strange(name)
	if !ok {
		return
	}
	prefix, zone := name, detect.HashAddr(e.Rec.Dst)
	if !zoneless {
		at, ok := split(name)
		if !ok {
			return
		}
		prefix, zone = name[:at-1], hash(name[at:])
	}
	cost := priceOf(prefix)
	if cost.bits < leastBits && !cost.address {
		return
	}
	d.now = e.Now
	p, fresh := d.pairs.Put(pairKey(e.Rec.Src, zone))
	if !fresh && e.Now-p.now.first > int64(d.cfg.Window) {
		d.close(p)
	}
	if p.now.queries == 0 {
		p.begin(e, zone, zoneless, name)
	}
	d.count(p, e, name, prefix, cost)
}

func (p *pair) begin(e *detect.Event, zone uint64, zoneless bool, name []byte) {
	p.src, p.zone, p.zoneless = e.Rec.Src, zone, zoneless
	p.now.first, p.class = e.Now, e.Class
	if !zoneless {
		p.startEnding(name)
	}
}

func (d *Detector) count(p *pair, e *detect.Event, name, prefix []byte, cost price) {
	h := hash(prefix)
	n := &p.now
	n.last, p.dst = e.Now, e.Rec.Dst
	n.bytes += e.Rec.SrcBytes + e.Rec.DstBytes
	if p.isRetry(uint32(h>>32)^uint32(e.DNS.Type)*0x9e3779b9, e.Now) {
		return
	}
	p.names.add(uint32(h >> 32))
	if !p.zoneless {
		p.keepEnding(name)
	}
	n.queries++
	n.bits += cost.bits
	n.length += uint32(len(name))
	n.longest = max(n.longest, uint8(min(len(name), 255)))
	n.written[cost.written] = saturate(n.written[cost.written])
	if cost.address {
		n.addresses++
	}
	if i := (e.Now - n.first) * stripes / int64(d.cfg.Window); i >= 0 && i < stripes {
		n.strip[i] = saturate(n.strip[i])
	}
	n.kind(e.DNS.Type)
	n.reply(e)
}

func (n *tally) kind(t uint16) {
	switch t {
	case typeA, typeAAAA, typeHTTPS, typeSVCB, typePTR, typeNS, typeSOA, typeDS, typeDNSKEY, typeTLSA, typeCAA:
	case typeTXT, typeCNAME, typeMX, typeSRV, typeNAPTR:
		n.uncommon++
	default:
		n.odd++
	}
	n.noteType(t)
}

// noteType remembers the first few record types.
func (n *tally) noteType(t uint16) {
	for i, have := range n.types {
		if have == t {
			return
		}
		if have == 0 {
			n.types[i] = t
			return
		}
	}
}

func (n *tally) reply(e *detect.Event) {
	if e.DNS.Rcode == 3 {
		n.absent++
	}
	for _, a := range e.Batch.Answers[e.DNS.Answers.From:e.DNS.Answers.To] {
		if a.Type == typeA && a.Addr.Is4() {
			n.answered++
			if a.Addr[12] == 127 {
				n.loopback++
			}
			return
		}
	}
}

// visit notes that src talks to a name under a zone that it asks strange names of.
func (d *Detector) visit(e *detect.Event, name []byte) {
	if zoneless, ok := strange(name); zoneless || !ok {
		return
	}
	at, ok := split(name)
	if !ok || priceOf(name[:at-1]).bits < leastBits {
		return
	}
	p := d.pairs.Get(pairKey(e.Rec.Src, hash(name[at:])))
	if p == nil {
		return
	}
	p.now.visited++
}

// close ends a pair's window: what it carried is kept when it was much.
func (d *Detector) close(p *pair) {
	if e := evidence(&p.now, p.distinct()); e >= keepEvidence {
		old := p.summary()
		d.keep(&old)
	}
	p.now, p.names = tally{}, names{}
}

func (d *Detector) keep(old *past) {
	key := pairKey(old.src, old.zone)
	if have := d.past.Get(key); have == nil {
		d.past.Insert(key, old)
	} else if have.evidence < old.evidence {
		*have = *old
	}
}

// Merge adds what other saw. Pairs that both saw are added up when their windows
// overlap; otherwise the one that carries more is kept.
func (d *Detector) Merge(other detect.Detector, _ *detect.Context) {
	o := other.(*Detector)
	d.now = max(d.now, o.now)
	for _, p := range o.past.All() {
		d.keep(p)
	}
	for key, theirs := range o.pairs.All() {
		mine := d.pairs.Get(key)
		switch {
		case mine == nil:
			d.pairs.Insert(key, theirs)
		case theirs.now.queries == 0:
		case mine.now.queries == 0:
			*mine = *theirs
		case max(mine.now.last, theirs.now.last)-min(mine.now.first, theirs.now.first) <= int64(d.cfg.Window):
			mine.add(theirs, int64(d.cfg.Window))
		case mine.now.first < theirs.now.first:
			d.close(mine)
			*mine = *theirs
		default:
			old := *theirs
			d.close(&old)
		}
	}
}

func (p *pair) add(o *pair, window int64) {
	first := min(p.now.first, o.now.first)
	p.now.shift(p.now.first-first, window)
	o2 := o.now
	o2.shift(o.now.first-first, window)
	p.now.sum(&o2)
	p.now.first = first
	p.names.merge(&o.names)
	// A leading label keeps keepEnding to whole labels.
	if !p.zoneless && o.zoneLen > 0 {
		p.keepEnding(o.zoneName[:o.zoneLen])
	}
}

// shift moves the strip later by ns.
func (n *tally) shift(ns, window int64) {
	by := int(ns * stripes / window)
	if by <= 0 {
		return
	}
	var moved [stripes]uint16
	for i, c := range n.strip {
		moved[min(i+by, stripes-1)] = uint16(min(math.MaxUint16, int(moved[min(i+by, stripes-1)])+int(c)))
	}
	n.strip = moved
}

func (n *tally) sum(o *tally) {
	n.last = max(n.last, o.last)
	n.queries += o.queries
	n.bits += o.bits
	n.uncommon += o.uncommon
	n.odd += o.odd
	n.addresses += o.addresses
	n.answered += o.answered
	n.loopback += o.loopback
	n.absent += o.absent
	n.visited += o.visited
	n.bytes += o.bytes
	n.length += o.length
	n.longest = max(n.longest, o.longest)
	for _, t := range o.types {
		if t != 0 {
			n.noteType(t)
		}
	}
	for i, c := range o.written {
		n.written[i] = uint16(min(math.MaxUint16, int(n.written[i])+int(c)))
	}
	for i, c := range o.strip {
		n.strip[i] = uint16(min(math.MaxUint16, int(n.strip[i])+int(c)))
	}
}

func saturate(c uint16) uint16 {
	if c == math.MaxUint16 {
		return c
	}
	return c + 1
}

func pairKey(src flow.Addr, zone uint64) uint64 {
	return detect.Mix(detect.HashAddr(src) ^ zone*0x9e3779b97f4a7c15)
}

// hash is FNV-1a over b, mixed: the same in every process, so that states merge.
func hash(b []byte) uint64 {
	h := uint64(14695981039346656037)
	for _, c := range b {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return detect.Mix(h)
}
