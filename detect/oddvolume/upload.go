package oddvolume

import (
	"math/bits"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/flow"
)

const hour = int64(3600e9)

// host is what a host uploads at all: exchanges in which twice as much goes out as
// comes back.
type host struct {
	first     int64 // ns, first seen
	last      int64
	at        int64  // the latest hour with traffic, since 1970
	hours     uint32 // hours with traffic
	sent      uint64 // octets uploaded
	strangers uint64 // bitmap of unnamed destinations that got an upload, hashed
}

func (h *host) note(e *detect.Event, n uint64) {
	r := e.Rec
	h.first, h.last = min(h.first, r.First), max(h.last, r.First)
	if at := r.First / hour; at > h.at || h.hours == 0 {
		h.at = at
		h.hours++
	}
	if !oneWay(r) {
		return
	}
	h.sent += n
	if e.Name == 0 && n >= 64*smallest {
		h.strangers |= 1 << (e.DstHash() & 63)
	}
}

func (h *host) merge(o *host) {
	h.first, h.last = min(h.first, o.first), max(h.last, o.last)
	h.at = max(h.at, o.at)
	h.hours = max(h.hours, o.hours)
	h.sent += o.sent
	h.strangers |= o.strangers
}

// pair is what one host sends to one site or address.
type pair struct {
	src, dst       flow.Addr // dst: where most of it went lately
	name, site     detect.NameID
	port           uint16
	proto          uint8
	service        flow.Service
	class          direction.Class
	domestic       bool   // the destination is
	first, last    int64  // ns
	since          int64  // ns, when the host was first seen
	sent, received uint64 // octets
	count          uint32
	largest        uint64 // octets of the largest upload
	days           uint64 // bitmap of days with an upload, by day of 64
	hours          uint32 // hours with an upload
	clock          uint32 // bitmap of hours of the day with an upload
	sampling       uint32 // the coarsest: one of so many packets was seen
	at             int64  // the latest of them
	times          detect.Timeline
}

func (p *pair) begin(e *detect.Event) {
	r := e.Rec
	p.src, p.name, p.site, p.class, p.domestic = r.Src, e.Name, e.Site, e.Class, e.DstDomestic
	p.first, p.last = r.First, r.First
}

func (p *pair) note(e *detect.Event, n uint64) {
	r := e.Rec
	p.sent += n
	p.received += sampled(r.DstBytes, r)
	p.count++
	p.sampling = max(p.sampling, r.Sampling)
	if n >= p.largest {
		p.largest, p.dst, p.port, p.proto, p.service = n, r.Dst, r.DstPort, r.Proto, r.Service
		if e.Name != 0 {
			p.name = e.Name
		}
	}
	p.last = max(p.last, r.First)
	p.times.Add(r.First)
	if at := r.First / hour; at != p.at {
		p.at = at
		p.hours++
	}
	p.days |= 1 << (r.First / (24 * hour) & 63)
	p.clock |= 1 << ((r.First/hour%24 + 24) % 24)
}

// active is on how many days an upload was made.
func (p *pair) active() int { return bits.OnesCount64(p.days) }

// scheduled says that the uploads of three days and more all fell into the same two
// hours of the day.
func (p *pair) scheduled() bool {
	if p.active() < 3 {
		return false
	}
	for h := range 24 {
		two := uint32(1<<h | 1<<((h+1)%24))
		if p.clock&^two == 0 {
			return true
		}
	}
	return false
}

func (p *pair) merge(o *pair) {
	if o.largest > p.largest {
		p.largest, p.dst, p.port, p.proto, p.service, p.name = o.largest, o.dst, o.port, o.proto, o.service, o.name
	}
	p.times.Merge(&o.times)
	p.first = min(p.first, o.first)
	p.last, p.since = max(p.last, o.last), min(p.since, o.since)
	p.sent, p.received, p.count = p.sent+o.sent, p.received+o.received, p.count+o.count
	p.days |= o.days
	p.clock |= o.clock
	p.sampling = max(p.sampling, o.sampling)
	p.hours = max(p.hours, o.hours)
}
