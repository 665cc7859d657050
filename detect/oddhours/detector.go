package oddhours

import (
	"math/bits"
	"time"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/slots"
)

// Detector is the method of odd hours. It implements [detect.Detector].
type Detector struct {
	cfg    Config
	zone   *time.Location
	weeks  *slots.Table[week]
	pairs  *slots.Table[pair]
	from   int64 // UTC hour, ns, for which offset holds
	offset int64 // ns east of UTC
	known  bool
	keys   []uint64 // of the events that Approach saw last
	glance uint64   // what it read; it means nothing
}

var _ detect.Detector = (*Detector)(nil)

// pair is what one host moved to one end at hours at which it rests.
type pair struct {
	src, dst       flow.Addr
	name, site     detect.NameID
	port           uint16
	proto          uint8
	service        flow.Service
	class          direction.Class
	domestic       bool  // the destination is
	first, last    int64 // ns, of the contacts at odd hours
	sent, received uint64
	count          uint32
	usual          uint64 // octets moved at other hours since
	company        uint64 // different ends that the host turned to at the same hour, times octets / 1024
	busiest        float32
	nights         uint64 // bitmap of local days, by day of 64
	hours          uint32 // bitmap of local hours of the day
	before         uint64 // days on which much moved before the host was judged
	hoursBefore    uint32 // and at which hours
	since          int64  // ns, when the host began to be judged
	times          detect.Timeline
}

// New makes a detector; cfg MUST be valid. The machines' people live in zone; nil
// means Japan.
func New(cfg Config, zone *time.Location) *Detector {
	if zone == nil {
		zone = time.FixedZone("JST", 9*3600)
	}
	return &Detector{
		cfg: cfg, zone: zone,
		weeks: slots.New(cfg.Hosts, func(w *week) float64 { return float64(w.last-w.first) + float64(w.last)/1e6 }),
		pairs: slots.New(cfg.Pairs, func(p *pair) float64 { return float64(p.sent+p.received) + float64(bits.OnesCount64(p.before))*1e6 }),
	}
}

// Kind gives "odd-hours".
func (d *Detector) Kind() detect.Kind { return detect.OddHours }

// Approach implements [detect.Approacher].
func (d *Detector) Approach(events []detect.Event) {
	d.keys = d.keys[:0]
	for i := range events {
		if e := &events[i]; e.SrcDomestic && telling(e.Rec) {
			d.keys = append(d.keys, e.SrcHash())
		}
	}
	d.glance += d.weeks.Approach(d.keys)
}

// Observe notes when e's source turned to whom.
func (d *Detector) Observe(e *detect.Event) {
	r := e.Rec
	if !e.SrcDomestic || !telling(r) {
		return
	}
	w, fresh := d.weeks.Put(e.SrcHash())
	if fresh {
		w.first, w.last = r.First, r.First
	}
	w.last = max(w.last, r.First)
	w.tick(d.local(r.First), d.cfg.MinDays)
	end := endOf(e)
	w.ends |= 1 << (end & 63)
	if e.DstPrivate || r.Kind == flow.KindSnapshot {
		return
	}
	key := detect.Mix(e.SrcHash()*3 ^ end)
	if w.watched() < float64(d.cfg.MinDays) {
		if r.SrcBytes+r.DstBytes >= d.cfg.MinOctets/4 { // what it did before it is judged
			p := d.pair(key, e, w)
			p.before |= 1 << uint(floor(w.at, 24)&63)
			p.hoursBefore |= 1 << ((w.at%24 + 24) % 24)
		}
		return
	}
	if w.rest == [2]uint32{} {
		return
	}
	if !w.odd() {
		if p := d.pairs.Get(key); p != nil {
			p.usual += r.SrcBytes + r.DstBytes
		}
		return
	}
	d.pair(key, e, w).note(e, w)
}

// telling says whether r says anything of what a host is used for: services of time
// and names run by themselves.
func telling(r *flow.Record) bool {
	switch {
	case r.Kind == flow.KindDNS, r.Kind == flow.KindFacts, r.Dst.IsZero():
		return false
	case r.DstPort == 123, r.DstPort == 53:
		return false
	}
	return r.Proto == 6 || r.Proto == 17
}

// pair finds or makes the pair of e.
func (d *Detector) pair(key uint64, e *detect.Event, w *week) *pair {
	p, fresh := d.pairs.Put(key)
	if fresh {
		*p = pair{src: e.Rec.Src, dst: e.Rec.Dst, name: e.Name, site: e.Site, class: e.Class, domestic: e.DstDomestic, since: w.first + int64(d.cfg.MinDays)*24*hour}
	}
	return p
}

// local gives the local time of a moment, as ns since 1970 there.
func (d *Detector) local(at int64) int64 {
	if from := floor(at, hour) * hour; !d.known || from != d.from {
		_, east := time.Unix(0, at).In(d.zone).Zone()
		d.from, d.offset, d.known = from, int64(east)*1e9, true
	}
	return at + d.offset
}

func (p *pair) note(e *detect.Event, w *week) {
	r := e.Rec
	octets := r.SrcBytes + r.DstBytes
	p.dst, p.port, p.proto = r.Dst, r.DstPort, r.Proto
	if r.Service != flow.ServiceUnknown {
		p.service = r.Service
	}
	if p.count == 0 || r.First < p.first {
		p.first = r.First
	}
	p.last = max(p.last, r.First)
	p.sent, p.received = p.sent+r.SrcBytes, p.received+r.DstBytes
	p.count++
	p.company += octets / 1024 * uint64(bits.OnesCount64(w.ends))
	p.busiest = w.busiest
	p.nights |= 1 << uint(floor(w.at, 24)&63)
	p.hours |= 1 << ((w.at%24 + 24) % 24)
	p.times.Add(r.First)
}

// Merge adds what other, which MUST be a *Detector, has seen.
func (d *Detector) Merge(other detect.Detector, c *detect.Context) {
	o := other.(*Detector)
	for k, w := range o.weeks.All() {
		if mine := d.weeks.Get(k); mine != nil {
			mine.merge(w)
			mine.learn()
		} else {
			d.weeks.Insert(k, w)
		}
	}
	for _, p := range o.pairs.All() {
		moved := *p
		if c.Translate != nil {
			moved.name, moved.site = c.Translate(p.name), c.Translate(p.site)
		}
		end := detect.HashAddr(moved.dst)
		if moved.site != 0 {
			end = detect.Mix(uint64(moved.site) << 32)
		}
		k := detect.Mix(detect.HashAddr(moved.src)*3 ^ end)
		if mine := d.pairs.Get(k); mine != nil {
			mine.merge(&moved)
		} else {
			d.pairs.Insert(k, &moved)
		}
	}
}

func (p *pair) merge(o *pair) {
	p.times.Merge(&o.times)
	if p.count == 0 || o.count > 0 && o.first < p.first {
		p.first = o.first
	}
	p.before |= o.before
	p.hoursBefore |= o.hoursBefore
	p.last, p.since = max(p.last, o.last), min(p.since, o.since)
	p.sent, p.received, p.count = p.sent+o.sent, p.received+o.received, p.count+o.count
	p.usual, p.company = p.usual+o.usual, p.company+o.company
	p.busiest = max(p.busiest, o.busiest)
	p.nights |= o.nights
	p.hours |= o.hours
}
