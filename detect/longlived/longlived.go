package longlived

import (
	"time"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/slots"
)

// Detector is the long-connection method. It implements [detect.Detector].
type Detector struct {
	cfg   Config
	pairs *slots.Table[pair]
	now   int64

	glance uint64 // what Approach read; it means nothing
}

var _ detect.Detector = (*Detector)(nil)

// New makes a detector; cfg MUST be valid.
func New(cfg Config) *Detector {
	d := &Detector{cfg: cfg}
	d.pairs = slots.New(cfg.Pairs, func(p *pair) float64 { return p.worth(d.now) })
	return d
}

// Kind gives "long-lived".
func (d *Detector) Kind() detect.Kind { return detect.LongLived }

// longestRecord bounds what one record may claim to last.
const longestRecord = int64(366 * 24 * time.Hour)

// Approach implements [detect.Approacher].
func (d *Detector) Approach(events []detect.Event) {
	for i := range events {
		if e := &events[i]; candidate(e.Rec) {
			d.glance += d.pairs.Touch(hash(e))
		}
	}
}

// Observe notes e when it can be a piece of a stay.
func (d *Detector) Observe(e *detect.Event) {
	r := e.Rec
	d.now = e.Now
	if !candidate(r) {
		return
	}
	length := r.Last - r.First
	if length < 0 || length > longestRecord {
		return
	}
	key := hash(e)
	brief := r.Kind == flow.KindFlow && closed(r) && length < int64(d.cfg.Piece)
	if brief {
		// A whole short connection is no stay; the last piece of a longer one is.
		if p := d.pairs.Get(key); p == nil || !p.follows(r, int64(d.cfg.Stitch)) {
			return
		}
	}
	p, fresh := d.pairs.Put(key)
	if fresh {
		p.src, p.dst, p.port, p.proto, p.class = r.Src, r.Dst, r.DstPort, r.Proto, e.Class
		if e.SrcDomestic {
			p.flags |= flagSrcDomestic
		}
		if e.DstDomestic {
			p.flags |= flagDstDomestic
		}
		if e.DstPrivate {
			p.flags |= flagPrivate
		}
	}
	p.note(e, &d.cfg)
}

// candidate says whether r can be a piece of a stay: an exchange that was
// answered, of a protocol that keeps connections.
func candidate(r *flow.Record) bool {
	switch r.Kind {
	case flow.KindDNS, flow.KindFacts:
		return false
	}
	if (r.State == flow.StateAttempt || r.State == flow.StateRefused) && r.DstPackets < 2 {
		return false // a connection whose beginning was not seen may bear these labels too
	}
	switch r.Service {
	case flow.ServiceNTP, flow.ServiceDNS, flow.ServiceDHCP, flow.ServiceSNMP:
		return r.Proto == 6
	}
	if r.Dst.IsZero() || r.Src.IsZero() || group(r.Dst) {
		return false
	}
	return r.Proto != 17 || r.DstPackets > 0 && r.DstPort != 53 && r.DstPort != 123
}

// group says whether a is a multicast or broadcast address.
func group(a flow.Addr) bool {
	if a.Is4() {
		return a[12]>>4 == 0xe || a[12] == 0xff
	}
	return a[0] == 0xff
}

// follows says whether r continues a connection that p knows.
func (p *pair) follows(r *flow.Record, stitch int64) bool {
	for i := range p.threads {
		if t := &p.threads[i]; t.used && t.port == r.SrcPort && !t.closed && r.First <= t.to+stitch && r.Last >= t.from-stitch {
			return true
		}
	}
	return false
}

func hash(e *detect.Event) uint64 {
	r := e.Rec
	return detect.Mix(e.SrcHash()*3 ^ e.DstHash()*5 ^ uint64(r.DstPort)<<8 ^ uint64(r.Proto))
}

// Merge adds the pairs of other, which MUST be a *Detector that saw other records.
func (d *Detector) Merge(other detect.Detector, c *detect.Context) {
	o := other.(*Detector)
	d.now = max(d.now, o.now)
	for key, p := range o.pairs.All() {
		moved := *p
		if c.Translate != nil {
			moved.name, moved.site = c.Translate(p.name), c.Translate(p.site)
		}
		if mine := d.pairs.Get(key); mine != nil {
			mine.absorb(&moved, &d.cfg)
		} else {
			d.pairs.Insert(key, &moved)
		}
	}
}
