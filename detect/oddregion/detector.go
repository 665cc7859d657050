package oddregion

import (
	"math/bits"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/slots"
)

// Places says in which country an address is (ISO 3166-1 alpha-2), empty when
// nobody knows. [direction.Table] does.
type Places interface {
	CountryOf(a flow.Addr) string
}

// code is a country: 1 + 26 · first letter + second; 0 is none.
type code uint16

func codeOf(s string) code {
	if len(s) != 2 || s[0] < 'A' || s[0] > 'Z' || s[1] < 'A' || s[1] > 'Z' {
		return 0
	}
	return 1 + 26*code(s[0]-'A') + code(s[1]-'A')
}

// String gives the two letters.
func (c code) String() string {
	if c == 0 {
		return ""
	}
	return string([]byte{'A' + byte((c-1)/26), 'A' + byte((c-1)%26)})
}

// Detector is the method of odd regions. It implements [detect.Detector].
type Detector struct {
	cfg    Config
	places Places
	hosts  [26*26 + 1]detect.Sketch // by country: hosts that have business there
	common [26*26 + 1]bool          // countries where many have business
	pairs  *slots.Table[pair]
	known  [1 << placeBits]place // countries of addresses asked for lately
	keys   []uint64              // of the events that Approach saw last
	glance uint64                // what it read; it means nothing
}

var _ detect.Detector = (*Detector)(nil)

// place is an address with its country.
type place struct {
	addr flow.Addr
	in   code
	ok   bool
}

// pair is one host's contacts with one country.
type pair struct {
	src         flow.Addr
	in          code
	class       direction.Class
	first, last int64
	count       uint32
	failed      uint32
	clocks      uint32 // contacts that services of time and names make
	unnamed     uint32
	sent, back  uint64
	hours       uint32 // different hours with a contact
	at          int64  // the latest of them
	days        uint64 // bitmap of days, by day of 64
	sites       uint64 // bitmap of sites and addresses, hashed
	leader      leader
	times       detect.Timeline
}

// leader is the destination that most contacts go to (Boyer and Moore).
type leader struct {
	dst   flow.Addr
	name  detect.NameID
	site  detect.NameID
	port  uint16
	proto uint8
	votes uint32
	count uint32 // contacts with it since it leads
}

// New makes a detector; cfg MUST be valid.
func New(cfg Config, places Places) *Detector {
	return &Detector{cfg: cfg, places: places, pairs: slots.New(cfg.Pairs, func(p *pair) float64 { return float64(p.hours) + float64(p.count)/1e6 })}
}

// Kind gives "odd-region".
func (d *Detector) Kind() detect.Kind { return detect.OddRegion }

// abroad says whether e is an inside host's turning to a country.
func abroad(e *detect.Event) bool {
	r := e.Rec
	return r.Kind != flow.KindDNS && r.Kind != flow.KindFacts && !r.Dst.IsZero() && e.SrcDomestic && !e.DstDomestic && !detect.IsReply(r)
}

// Approach implements [detect.Approacher].
func (d *Detector) Approach(events []detect.Event) {
	d.keys = d.keys[:0]
	for i := range events {
		if e := &events[i]; abroad(e) {
			if in := d.country(e.Rec.Dst, e.DstHash()); in != 0 && !d.common[in] {
				d.keys = append(d.keys, keyOf(e.SrcHash(), in))
			}
		}
	}
	d.glance += d.pairs.Approach(d.keys)
}

// Observe notes that an inside host turned to a country.
func (d *Detector) Observe(e *detect.Event) {
	if !abroad(e) {
		return
	}
	r := e.Rec
	in := d.country(r.Dst, e.DstHash())
	if in == 0 || d.common[in] {
		return
	}
	failed := detect.OutcomeOf(r) == detect.OutcomeFailed
	if !failed && !clock(r) {
		s := d.hosts[in]
		s.Add(e.SrcHash())
		if s != d.hosts[in] {
			d.hosts[in], d.common[in] = s, s.Count() >= many
		}
	}
	p, fresh := d.pairs.Put(keyOf(e.SrcHash(), in))
	if fresh {
		*p = pair{src: r.Src, in: in, class: e.Class, first: r.First, last: r.First}
	}
	p.note(e, failed)
}

// many is how many hosts with business in a country make it nobody's oddity, however
// large the population is.
const many = 100

func keyOf(src uint64, in code) uint64 { return detect.Mix(src ^ uint64(in)<<40) }

// placeBits is how many addresses' countries are remembered, as a power of two.
const placeBits = 16

// country gives the country of a, whose hash is h, from memory where it can.
func (d *Detector) country(a flow.Addr, h uint64) code {
	p := &d.known[h&(1<<placeBits-1)]
	if !p.ok || p.addr != a {
		*p = place{a, codeOf(d.places.CountryOf(a)), true}
	}
	return p.in
}

// clock says whether r is of a service that lies all over the world by its nature.
func clock(r *flow.Record) bool {
	switch r.Service {
	case flow.ServiceNTP, flow.ServiceDNS:
		return true
	}
	return r.DstPort == 123 || r.DstPort == 53 || r.DstPort == 853 || r.Proto != 6 && r.Proto != 17
}

const hour = int64(3600e9)

func (p *pair) note(e *detect.Event, failed bool) {
	r := e.Rec
	p.last = max(p.last, r.First)
	p.count++
	p.failed += one(failed)
	p.clocks += one(clock(r))
	p.unnamed += one(e.Name == 0)
	p.sent, p.back = p.sent+r.SrcBytes, p.back+r.DstBytes
	if at := r.First / hour; at != p.at || p.hours == 0 {
		p.at = at
		p.hours++
	}
	p.days |= 1 << (r.First / (24 * hour) & 63)
	site := uint64(e.Site) << 32
	if e.Name == 0 {
		site = e.DstHash()
	}
	p.sites |= 1 << (detect.Mix(site) & 63)
	p.leader.vote(e)
	p.times.Add(r.First)
}

func one(b bool) uint32 {
	if b {
		return 1
	}
	return 0
}

func (l *leader) vote(e *detect.Event) {
	r := e.Rec
	switch {
	case l.site == e.Site && (e.Site != 0 || l.dst == r.Dst):
		l.votes++
		l.count++
		l.dst = r.Dst
	case l.votes == 0:
		*l = leader{dst: r.Dst, name: e.Name, site: e.Site, port: r.DstPort, proto: r.Proto, votes: 1, count: 1}
	default:
		l.votes--
	}
}

// variety is about how many destinations there were, at most 64.
func (p *pair) variety() int { return bits.OnesCount64(p.sites) }

// Merge adds what other, which MUST be a *Detector, has seen.
func (d *Detector) Merge(other detect.Detector, c *detect.Context) {
	o := other.(*Detector)
	for i := range d.hosts {
		d.hosts[i].Union(&o.hosts[i])
		d.common[i] = d.hosts[i].Count() >= many
	}
	for k, p := range o.pairs.All() {
		moved := *p
		if c.Translate != nil {
			moved.leader.name, moved.leader.site = c.Translate(p.leader.name), c.Translate(p.leader.site)
		}
		if mine := d.pairs.Get(k); mine != nil {
			mine.merge(&moved)
		} else {
			d.pairs.Insert(k, &moved)
		}
	}
}

func (p *pair) merge(o *pair) {
	p.times.Merge(&o.times)
	p.first = min(p.first, o.first)
	if o.leader.votes > p.leader.votes {
		p.leader = o.leader
	}
	p.last = max(p.last, o.last)
	p.count, p.failed, p.clocks, p.unnamed = p.count+o.count, p.failed+o.failed, p.clocks+o.clocks, p.unnamed+o.unnamed
	p.sent, p.back = p.sent+o.sent, p.back+o.back
	p.hours += o.hours
	p.days |= o.days
	p.sites |= o.sites
}
