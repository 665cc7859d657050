package fastflux

import (
	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/slots"
)

// DNS types that matter here (IANA).
const (
	typeNS = 2
	// longTTL is the time to live, in s, above which a name's addresses do not flow.
	longTTL = 3600
)

// Detector is the fast-flux method. It implements [detect.Detector].
type Detector struct {
	cfg   Config
	names *slots.Table[entry]
	// servers remembers which zone a name serves, by the hash of the server's name.
	servers *slots.Table[server]
	// serving remembers for which domains an address was given.
	serving *slots.Table[serving]
	glance  uint64 // what Approach read; it means nothing
}

// serving is an address with the domains that it was given for, the first few.
type serving struct {
	sites [3]detect.NameID
	last  int64
}

// add notes a domain.
func (s *serving) add(site detect.NameID) {
	for i, have := range s.sites {
		if have == site || site == 0 {
			return
		}
		if have == 0 {
			s.sites[i] = site
			return
		}
	}
}

// server says that a name was given as the name server of a zone.
type server struct {
	zone uint64
	last int64
}

var _ detect.Detector = (*Detector)(nil)

// New makes a detector; cfg MUST be valid.
func New(cfg Config) *Detector {
	return &Detector{
		cfg: cfg, names: slots.New(cfg.Names, (*entry).worth),
		servers: slots.New(max(64, cfg.Names/8), func(s *server) float64 { return float64(s.last) }),
		serving: slots.New(4*cfg.Names, func(s *serving) float64 { return float64(s.last) }),
	}
}

// Kind gives "fast-flux".
func (d *Detector) Kind() detect.Kind { return detect.FastFlux }

// Approach implements [detect.Approacher].
func (d *Detector) Approach(events []detect.Event) {
	for i := range events {
		d.glance += d.names.Touch(key(events[i].Name))
	}
}

// Observe takes the addresses of a DNS answer, or notes what a name is used for.
func (d *Detector) Observe(e *detect.Event) {
	if e.DNS != nil {
		d.answered(e)
		return
	}
	if e.Name == 0 || e.Rec.Dst.IsZero() {
		return
	}
	n := d.names.Get(key(e.Name))
	if n == nil {
		return
	}
	r := e.Rec
	n.contacts++
	if r.DstPort == 123 || r.Service == flow.ServiceNTP {
		n.clock++
	}
	n.class, n.placed, n.dst, n.port, n.proto = e.Class, true, r.Dst, r.DstPort, r.Proto
	n.last = max(n.last, r.First)
}

func (d *Detector) answered(e *detect.Event) {
	all := e.Batch.Answers[e.DNS.Answers.From:e.DNS.Answers.To]
	question := e.Batch.Bytes(e.DNS.Question)
	x := answer{at: e.Rec.First, addrs: all}
	usable := false
	for i := range all {
		switch a := &all[i]; {
		case a.Type == typeNS && a.Name.Len > 0:
			s, _ := d.servers.Put(hash(e.Batch.Bytes(a.Name)))
			s.zone, s.last = hash(question), e.Now
		case public(a.Addr):
			usable = true
			x.ttl = max(x.ttl, a.TTL)
			h := detect.HashAddr(a.Addr)
			x.set += h // a sum: the order does not matter
			s, _ := d.serving.Put(h)
			s.last = e.Now
			s.add(e.Site)
		}
	}
	if !usable || e.Name == 0 || x.ttl > longTTL {
		return
	}
	n, fresh := d.names.Put(key(e.Name))
	if fresh {
		n.name, n.text, n.first, n.last = e.Name, hash(question), x.at, x.at
	}
	if !n.placed {
		n.class = e.Class
	}
	n.answers++
	n.first, n.last = min(n.first, x.at), max(n.last, x.at)
	n.ttl = max(n.ttl, x.ttl)
	n.hosts.Add(e.SrcHash())
	if a := n.asker(e.Rec.Src); a != nil {
		if a.take(&x) > 0 {
			n.news.Add(x.at)
		}
	}
}

// Merge adds the state of other, which MUST be a *Detector. What both saw of one
// asker is added up: the share of new addresses is then that of the two halves.
func (d *Detector) Merge(other detect.Detector, c *detect.Context) {
	o := other.(*Detector)
	for k, s := range o.servers.All() {
		if mine := d.servers.Get(k); mine == nil {
			d.servers.Insert(k, s)
		} else if mine.last < s.last {
			*mine = *s
		}
	}
	for k, theirs := range o.serving.All() {
		mine, _ := d.serving.Put(k)
		mine.last = max(mine.last, theirs.last)
		for _, site := range theirs.sites {
			if c.Translate != nil {
				site = c.Translate(site)
			}
			mine.add(site)
		}
	}
	for _, theirs := range o.names.All() {
		n := *theirs
		if c.Translate != nil {
			if n.name = c.Translate(n.name); n.name == 0 {
				continue
			}
		}
		if mine := d.names.Get(key(n.name)); mine != nil {
			mine.merge(&n)
		} else {
			d.names.Insert(key(n.name), &n)
		}
	}
}

func key(n detect.NameID) uint64 { return detect.Mix(uint64(n) * 0x9e3779b97f4a7c15) }

// hash is FNV-1a over b, mixed: the same in every process, so that states merge.
func hash(b []byte) uint64 {
	h := uint64(14695981039346656037)
	for _, c := range b {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return detect.Mix(h)
}
