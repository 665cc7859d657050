package beacon

import (
	"slices"
	"time"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/beacon/rhythm"
	"github.com/noroshi-acd/noroshi/detect/beacon/series"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/conf"
)

// Config is the detector's part of the configuration.
type Config struct {
	// Pairs is how many host-destination pairs are remembered, by address and by
	// name each. One costs about 150 bytes; a tenth of them may have a memory of more
	// than six contacts, which costs 1.2 KB. When all are taken, eight times as many by
	// address and four times as many by name wait in 32 bytes each.
	Pairs int `toml:"pairs" say:"beacon.config.pairs"`
	// MinCheckIns is how many check-ins a finding needs.
	MinCheckIns int `toml:"min_check_ins" say:"beacon.config.min_check_ins"`
}

// DefaultConfig remembers half a million pairs of each sort.
func DefaultConfig() Config { return Config{Pairs: 500_000, MinCheckIns: 6} }

// Validate gives every value that cannot be.
func (c Config) Validate() []conf.Problem {
	return slices.Concat(
		conf.Between("pairs", c.Pairs, 1000, 1<<30),
		conf.Between("min_check_ins", c.MinCheckIns, rhythm.MinIntervals+1, 1000),
	)
}

// Detector is the beacon method. It implements [detect.Detector].
type Detector struct {
	cfg       Config
	byAddress *table
	byName    *table
	sawFlow   bool
	scratch   rhythm.Scratch
	times     []float64
	contacts  []series.Contact
	sizes     []float64
	keys      []keys  // of the events that Approach saw last
	rings     []int32 // and the long memories of their pairs, two for each
	glance    uint64  // what it read; it means nothing
}

var _ detect.Detector = (*Detector)(nil)

// New makes a detector; cfg MUST be valid.
func New(cfg Config) *Detector {
	return &Detector{cfg: cfg, byAddress: newTable(cfg.Pairs, 8*cfg.Pairs), byName: newTable(cfg.Pairs, 4*cfg.Pairs)}
}

// Kind gives "beacon".
func (d *Detector) Kind() detect.Kind { return detect.Beacon }

// Approach implements [detect.Approacher]: first the indices, then the pairs.
func (d *Detector) Approach(events []detect.Event) {
	d.keys = d.keys[:0]
	seen := uint64(0)
	for i := range events {
		e := &events[i]
		k := keys{}
		if e.Rec.Kind != flow.KindDNS {
			if e.Rec.Kind != flow.KindFacts && !e.Rec.Dst.IsZero() {
				k.address = addressKey(e.SrcHash(), e.DstHash(), e.Rec.DstPort, e.Rec.Proto)
				seen += d.byAddress.glance(k.address)
			}
			if e.Name != 0 {
				k.name = nameKey(e.SrcHash(), e.Name, e.Rec.DstPort)
				seen += d.byName.glance(k.name)
			}
		}
		d.keys = append(d.keys, k)
	}
	d.rings = d.rings[:0]
	for _, k := range d.keys {
		d.rings = append(d.rings, d.byAddress.touch(k.address, &seen), d.byName.touch(k.name, &seen))
	}
	for i, r := range d.rings {
		switch {
		case r < 0:
		case i%2 == 0:
			seen += d.byAddress.rings.At(r).Glance()
		default:
			seen += d.byName.rings.At(r).Glance()
		}
	}
	d.glance += seen
}

// keys are the hashes of an event's pairs, 0 for none.
type keys struct{ address, name uint64 }

// glance reads where the pair with hash h will be looked for.
func (t *table) glance(h uint64) uint64 { return t.index.Touch(h) + uint64(t.room.Touch(h)) }

// touch reads the pair with hash h, or its seat, into seen; it gives the pair's long
// memory, -1 for none.
func (t *table) touch(h uint64, seen *uint64) int32 {
	if h == 0 {
		return -1
	}
	if p := t.find(h); p != nil {
		*seen += uint64(p.last) + uint64(p.count) + uint64(p.short[shortLen-1].At) // three cache lines
		return p.ring
	}
	*seen += t.room.Look(h)
	return -1
}

// Observe notes the contact that e is, by address and, when a name is known, by
// name. Where the input holds lookups only, a lookup is the contact.
func (d *Detector) Observe(e *detect.Event) {
	r := e.Rec
	switch r.Kind {
	case flow.KindDNS:
		if !d.sawFlow && e.Name != 0 {
			d.note(d.byName, e, nameKey(e.SrcHash(), e.Name, 0), 0)
		}
		return
	case flow.KindFacts:
	default:
		d.sawFlow = true
		if !r.Dst.IsZero() && !multicast(r.Dst) && !detect.IsReply(r) {
			d.note(d.byAddress, e, addressKey(e.SrcHash(), e.DstHash(), r.DstPort, r.Proto), r.DstPort)
		}
	}
	if e.Name != 0 {
		d.note(d.byName, e, nameKey(e.SrcHash(), e.Name, r.DstPort), r.DstPort)
	}
}

// vote keeps the name that most contacts of an address pair had (Boyer and Moore's
// majority vote).
func (p *pair) vote(name detect.NameID) {
	switch {
	case p.name == name:
		p.votes = min(p.votes, 1<<16-2) + 1
	case p.votes == 0:
		p.name, p.votes = name, 1
	default:
		p.votes--
	}
}

func multicast(a flow.Addr) bool {
	if a.Is4() {
		return a[12]>>4 == 0xe || a[12] == 0xff
	}
	return a[0] == 0xff
}

// note counts the contact of e for the pair with hash h.
func (d *Detector) note(t *table, e *detect.Event, h uint64, port uint16) {
	r := e.Rec
	p, fresh := t.find(h), false
	if p == nil {
		var s *series.Seat
		if t.full() {
			if s = t.room.Wait(h, r); s == nil {
				return
			}
		}
		known := series.Seat{}
		if s != nil {
			known = *s
		}
		p, fresh = t.get(h)
		p.begin(e, port, t == d.byAddress)
		if s != nil {
			t.enter(p, &known, e)
		}
	}
	p.learn(e)
	// The same source port again is the same exchange, where it is TCP, cut by a
	// timeout or kept alive and not seen to begin anew, or a slice of a longer
	// one: not a new check-in.
	if !fresh && r.SrcPort == p.srcPort && (r.Kind == flow.KindPart || r.Proto == 6 && r.SrcPort != 0 && !p.anew(r)) {
		p.same++
		return
	}
	if r.First < p.first {
		t.rebase(p, r.First)
	}
	p.srcPort = r.SrcPort
	if series.Failed(r) {
		p.attempts++
	}
	at := (r.First - p.first) / series.Tick
	t.add(p, series.ContactOf(r, series.InTicks(at)))
	p.last = max(p.last, r.First)
	t.weigh(p)
}

// anew says whether r, from the source port that p saw last, is another connection:
// its beginning was seen, and lies beyond those counted so far.
func (p *pair) anew(r *flow.Record) bool {
	const apart = int64(time.Second)
	return r.Kind == flow.KindFlow && r.SrcFlags&flow.SYN != 0 && (r.First > p.last+apart || r.First < p.first-apart)
}

// begin fills a fresh pair from its first contact.
func (p *pair) begin(e *detect.Event, port uint16, byAddress bool) {
	r := e.Rec
	p.src, p.port, p.proto, p.service, p.class = r.Src, port, r.Proto, r.Service, e.Class
	p.first, p.last, p.byAddress = r.First, r.First, byAddress
	if !byAddress {
		p.name = e.Name
	}
	p.flags = flagTinyUDP
	if e.SrcDomestic {
		p.flags |= flagSrcDomestic
	}
}

// learn notes what every contact shows, a new check-in or not.
func (p *pair) learn(e *detect.Event) {
	r := e.Rec
	p.dst = r.Dst
	p.bytesOut += r.SrcBytes
	p.bytesIn += r.DstBytes
	if p.service == flow.ServiceUnknown {
		p.service = r.Service
	}
	if e.DstPrivate {
		p.flags |= flagPrivateDst
	}
	if r.Proto != 17 || r.SrcBytes > 128*max(r.SrcPackets, 1) || r.SrcPackets > 2 || r.DstPackets > 2 {
		p.flags &^= flagTinyUDP
	}
	if p.byAddress && e.Name != 0 {
		p.named++
		p.vote(e.Name)
		p.sites |= 1 << (detect.Mix(uint64(e.Site)) & 31)
	}
}

// Merge adds the pairs of other, which MUST be a *Detector whose records came
// from other hosts or other times. Those that still wait for a place begin anew.
func (d *Detector) Merge(other detect.Detector, c *detect.Context) {
	o := other.(*Detector)
	d.sawFlow = d.sawFlow || o.sawFlow
	for _, ts := range [][2]*table{{d.byAddress, o.byAddress}, {d.byName, o.byName}} {
		for i := range ts[1].used {
			p := ts[1].at(i)
			if p.count > 0 {
				ts[0].merge(ts[1], p, c)
			}
		}
	}
}

// merge adds pair p of table o to t.
func (t *table) merge(o *table, p *pair, c *detect.Context) {
	moved := *p
	if c.Translate != nil {
		moved.name = c.Translate(p.name)
	}
	q, fresh := t.get(moved.hash())
	if fresh {
		*q = moved
		q.ring, q.count = -1, 0
	} else {
		q.bytesOut += p.bytesOut
		q.bytesIn += p.bytesIn
		q.attempts += p.attempts
		q.same += p.same
		q.named += p.named
		q.sites |= p.sites
		q.flags = q.flags&p.flags&flagTinyUDP | (q.flags|p.flags)&^flagTinyUDP
	}
	shift := int64(0)
	if !fresh {
		if p.first < q.first {
			t.rebase(q, p.first)
		}
		shift = (p.first - q.first) / series.Tick
		q.last = max(q.last, p.last)
	}
	total := q.count + p.count
	for _, x := range o.contacts(p, nil) {
		x.At = series.InTicks(int64(x.At) + shift)
		t.add(q, x)
	}
	q.count = total
	t.weigh(q)
}
