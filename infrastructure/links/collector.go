package links

import (
	"hash/maphash"
	"math"
	"math/bits"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/infrastructure"
	"github.com/noroshi-acd/noroshi/internal/slots"
)

// Kind is how a collector names itself; it makes no findings.
const Kind detect.Kind = "infrastructure"

// Collector remembers who turned to whom. It implements [detect.Detector], so that an
// engine can feed it beside the methods, or alone in a second reading.
type Collector struct {
	cfg      infrastructure.Config
	links    *slots.Table[Link]
	stations *slots.Table[station]
	seeds    []infrastructure.Seed
	watched  map[flow.Addr]bool   // seeds, and addresses that seeds' names had
	names    map[string]bool      // seeds that are names
	near     []uint64             // bitmap of hashed addresses: those that touched a watched one
	told     map[flow.Addr]string // watched addresses that DNS gave for a seed's name
	certs    maphash.Seed
}

var _ detect.Detector = (*Collector)(nil)

// Link is what is remembered of one machine that turned to another.
type Link struct {
	src, dst    flow.Addr
	First, Last int64   // ns
	Bytes       uint64  // both ways
	up, down    moments // log2 of octets each way, of answered exchanges
	slices      uint64  // quarters of an hour with exchanges, modulo 64
	Cert        uint64  // hash of the certificate that the destination showed, 0 for none
	Name        detect.NameID
	Count       uint32 // exchanges
	Answered    uint32 // of them
	Passed      uint32 // of them, those that follow something alike that the source received
	Flood       uint64 // octets sent that nobody answered
	srcPort     uint16 // of the latest exchange
	Port        uint16 // of the first answered exchange, else of the first
	proto       uint8
	interest    uint8 // 2 touches a watched machine, 1 one that touched one
}

// moments are a running sum and sum of squares.
type moments struct{ sum, sq float32 }

func (m *moments) add(x float32) { m.sum += x; m.sq += x * x }

// station is the latest that a machine received.
type station struct {
	latest [8]received
	next   uint32
	count  uint32
}

type received struct {
	at       int64
	up, down float32 // log2 of octets
}

// nearBits is the size of the bitmap of machines near a seed.
const nearBits = 1 << 20

// maxTold bounds the addresses that DNS may add to the seeds.
const maxTold = 256

// New makes a collector that will be asked to grow a graph from seeds, which may be
// more when it is asked: those given here are what it forgets last. cfg MUST be valid.
func New(cfg infrastructure.Config, seeds []infrastructure.Seed) *Collector {
	c := &Collector{
		cfg: cfg, seeds: seeds, watched: map[flow.Addr]bool{}, names: map[string]bool{}, told: map[flow.Addr]string{},
		near: make([]uint64, nearBits/64), certs: maphash.MakeSeed(),
		links:    slots.New(cfg.Links, (*Link).worth),
		stations: slots.New(cfg.Stations, func(s *station) float64 { return float64(s.count) }),
	}
	for _, s := range seeds {
		if s.Name != "" {
			c.names[s.Name] = true
		}
		if !s.Addr.IsZero() {
			c.watched[s.Addr] = true
		}
	}
	return c
}

// worth puts what is near a seed first, then what lasts.
func (l *Link) worth() float64 {
	return float64(l.interest)*1000 + float64(min(l.Count, 200)) + 4*float64(bits.OnesCount64(l.slices))
}

// Kind gives [Kind].
func (c *Collector) Kind() detect.Kind { return Kind }

// Findings gives none: what was collected is asked for by [Collector.View].
func (c *Collector) Findings(*detect.Context) []detect.Finding { return nil }

// Observe notes that e's source turned to e's destination.
func (c *Collector) Observe(e *detect.Event) {
	r := e.Rec
	if e.DNS != nil {
		c.answers(e)
		return
	}
	if r.Dst.IsZero() || r.Src == r.Dst || Everybody(r) && !c.watched[r.Dst] {
		return
	}
	src, dst := detect.HashAddr(r.Src), detect.HashAddr(r.Dst)
	l, fresh := c.links.Put(detect.Mix(src ^ dst*7))
	if fresh {
		l.src, l.dst, l.First, l.Last, l.Port, l.proto = r.Src, r.Dst, r.First, r.First, r.DstPort, r.Proto
	}
	c.certificate(e, l)
	if r.Kind == flow.KindFacts {
		return
	}
	l.interest = max(l.interest, c.interest(r.Src, r.Dst, src, dst))
	again := r.Proto == 6 && r.SrcPort != 0 && r.SrcPort == l.srcPort && l.Count > 0
	l.note(r, again)
	if e.Name != 0 {
		l.Name = e.Name
	}
	if !again && Answered(r) {
		c.pass(r, l, src, dst)
	}
}

// Everybody says that r is of a service that every machine needs and that tells
// nothing: names and time.
func Everybody(r *flow.Record) bool {
	return r.Service == flow.ServiceDNS || r.Service == flow.ServiceNTP || r.DstPort == 53 || r.DstPort == 123 || r.DstPort == 853 || r.Proto == 1 || r.Proto == 58
}

// Answered says that both sides of r spoke, as far as one can tell.
func Answered(r *flow.Record) bool {
	o := detect.OutcomeOf(r)
	return o == detect.OutcomeAnswered || o == detect.OutcomeUnknown && r.Proto == 6
}

// interest says how near a seed the two machines are, and notes who touched one.
func (c *Collector) interest(a, b flow.Addr, ha, hb uint64) uint8 {
	touch := func(h uint64) (*uint64, uint64) { return &c.near[h%nearBits/64], 1 << (h & 63) }
	wa, ba := touch(ha)
	wb, bb := touch(hb)
	switch {
	case c.watched[a] || c.watched[b]:
		*wa |= ba
		*wb |= bb
		return 2
	case *wa&ba != 0 || *wb&bb != 0:
		return 1
	}
	return 0
}

// note adds r; again means that it is a further part of the latest exchange.
func (l *Link) note(r *flow.Record, again bool) {
	l.Last = max(l.Last, r.First)
	l.First = min(l.First, r.First)
	scale := uint64(max(r.Sampling, 1))
	l.Bytes += (r.SrcBytes + r.DstBytes) * scale
	l.slices |= 1 << (uint64(r.First/900e9) & 63)
	l.srcPort = r.SrcPort
	if again {
		return
	}
	l.Count++
	if !Answered(r) {
		l.Flood += r.SrcBytes * scale
		return
	}
	if l.Answered++; l.Answered == 1 {
		l.Port, l.proto = r.DstPort, r.Proto
	}
	l.up.add(log2(r.SrcBytes))
	l.down.add(log2(r.DstBytes))
}

func log2(n uint64) float32 { return float32(math.Log2(float64(n) + 1)) }

// passWithin is within what time something is passed on at once, ns; alike is how far
// the sizes may differ, in doublings.
const (
	passWithin = int64(20e9)
	alike      = 0.5
)

// pass looks whether r's source passes on what it received, and notes what r's
// destination receives.
func (c *Collector) pass(r *flow.Record, l *Link, src, dst uint64) {
	now := received{at: r.First, up: log2(r.SrcBytes), down: log2(r.DstBytes)}
	if s := c.stations.Get(src); s != nil {
		for i := range s.latest {
			x := &s.latest[i]
			if x.at != 0 && now.at >= x.at && now.at-x.at <= passWithin && near(x.up, now.up) && near(x.down, now.down) {
				l.Passed++
				x.at = 0
				break
			}
		}
	}
	s, _ := c.stations.Put(dst)
	s.latest[s.next%uint32(len(s.latest))] = now
	s.next++
	s.count++
}

func near(a, b float32) bool { return a-b <= alike && b-a <= alike }

// certificate notes which certificate l's destination showed.
func (c *Collector) certificate(e *detect.Event, l *Link) {
	if t := e.TLS; t != nil && t.Digest.Len > 0 {
		l.Cert = maphash.Bytes(c.certs, e.Batch.Bytes(t.Digest)) | 1
	}
}

// answers watches the addresses that DNS gives for a seed's name.
func (c *Collector) answers(e *detect.Event) {
	if len(c.names) == 0 || !c.names[string(e.Batch.Bytes(e.DNS.Question))] {
		return
	}
	name := string(e.Batch.Bytes(e.DNS.Question))
	for _, a := range e.Batch.Answers[e.DNS.Answers.From:e.DNS.Answers.To] {
		if !a.Addr.IsZero() && len(c.told) < maxTold {
			c.watched[a.Addr], c.told[a.Addr] = true, name
		}
	}
}

// Merge adds the state of other, which MUST be a *Collector.
func (c *Collector) Merge(other detect.Detector, ctx *detect.Context) {
	o := other.(*Collector)
	for a, name := range o.told {
		if len(c.told) < maxTold {
			c.watched[a], c.told[a] = true, name
		}
	}
	for key, l := range o.links.All() {
		x := *l
		if x.Name != 0 && ctx.Translate != nil {
			x.Name = ctx.Translate(x.Name)
		}
		x.Cert = 0 // hashed by the other's own seed
		mine := c.links.Get(key)
		if mine == nil {
			c.links.Insert(key, &x)
			continue
		}
		mine.join(&x)
	}
}

func (l *Link) join(o *Link) {
	l.First, l.Last, l.Bytes, l.slices = min(l.First, o.First), max(l.Last, o.Last), l.Bytes+o.Bytes, l.slices|o.slices
	l.up, l.down = moments{l.up.sum + o.up.sum, l.up.sq + o.up.sq}, moments{l.down.sum + o.down.sum, l.down.sq + o.down.sq}
	if l.Answered == 0 {
		l.Port, l.proto = o.Port, o.proto
	}
	l.Count, l.Answered, l.Passed, l.Flood = l.Count+o.Count, l.Answered+o.Answered, l.Passed+o.Passed, l.Flood+o.Flood
	l.interest = max(l.interest, o.interest)
	if l.Name == 0 {
		l.Name = o.Name
	}
}
