package detect

import (
	"cmp"
	"hash/maphash"
	"slices"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/slots"
)

// Sighting is a name or a certificate that was seen at an address.
type Sighting struct {
	Addr        flow.Addr
	Name        string       // empty for a certificate
	From        NameSource   // what showed the name
	Certificate *Certificate // nil for a name
	First, Last int64        // ns since 1970-01-01 UTC
	Count       int64        // times seen
}

// Certificate is what a server's certificate says, as the reader gave it: text of
// others, escape it.
type Certificate struct {
	Digest, Subject, Issuer string
	NotBefore, NotAfter     int64 // ns, 0 when unknown
}

// Past is what is known of a finding's destination.
type Past struct {
	Sightings []Sighting // oldest first, at most [MaxSightings]
	More      int        // left out: those seen least often
}

// MaxSightings is how many sightings are told of one destination.
const MaxSightings = 12

// ReportHistory is a [Config].History for a report: some 20 MB.
const ReportHistory = 1 << 18

// history remembers which address had which name and certificate, and when. Full
// buckets forget what was seen least and longest ago.
type history struct {
	seed  maphash.Seed
	seen  *slots.Table[sighting]
	certs map[uint64]*Certificate // by hash of the digest
}

// sighting is a Sighting as it is remembered.
type sighting struct {
	addr        flow.Addr
	first, last int64
	cert        uint64 // key of certs, 0 for a name
	name        NameID
	count       uint32
	from        NameSource
}

// maxCertificates bounds the certificates whose words are kept.
const maxCertificates = 20_000

func newHistory(n int) *history {
	return &history{
		seed: maphash.MakeSeed(), certs: map[uint64]*Certificate{},
		seen: slots.New(n, func(s *sighting) float64 { return float64(s.last) + float64(min(s.count, 64))*3600e9 }),
	}
}

// observe notes what e shows: the name that the exchange itself has, the addresses
// that an answer gave for a name, the certificate that a server showed.
func (h *history) observe(b *flow.Batch, e *Event) {
	r := e.Rec
	if e.DNS != nil {
		for _, a := range b.Answers[e.DNS.Answers.From:e.DNS.Answers.To] {
			if !a.Addr.IsZero() && e.Name != 0 {
				h.add(sighting{addr: a.Addr, name: e.Name, from: NameLookup, first: r.First})
			}
		}
		return
	}
	if e.Name != 0 && e.NameFrom != NameLookup && !r.Dst.IsZero() {
		h.add(sighting{addr: r.Dst, name: e.Name, from: e.NameFrom, first: r.First})
	}
	if t := e.TLS; t != nil && t.Digest.Len > 0 && !r.Dst.IsZero() {
		if key := h.certificate(b, t); key != 0 {
			h.add(sighting{addr: r.Dst, cert: key, first: r.First})
		}
	}
}

// certificate keeps the words of t's certificate; 0 when there is no more room.
func (h *history) certificate(b *flow.Batch, t *flow.TLS) uint64 {
	key := maphash.Bytes(h.seed, b.Bytes(t.Digest)) | 1
	if h.certs[key] == nil {
		if len(h.certs) >= maxCertificates {
			return 0
		}
		h.certs[key] = &Certificate{
			Digest: string(b.Bytes(t.Digest)), Subject: string(b.Bytes(t.Subject)), Issuer: string(b.Bytes(t.Issuer)),
			NotBefore: t.NotBefore, NotAfter: t.NotAfter,
		}
	}
	return key
}

func (h *history) add(s sighting) {
	e, fresh := h.seen.Put(Mix(HashAddr(s.addr)*7 ^ uint64(s.name)<<1 ^ Mix(s.cert)))
	if fresh {
		*e = s
		e.count = 0
	}
	e.first, e.last = min(e.first, s.first), max(e.last, s.first, s.last)
	e.from = min(e.from, s.from) // the exchange's own words before a look-up's
	e.count += max(s.count, 1)
}

// merge adds what o remembers, with its names translated.
func (h *history) merge(o *history, translate []NameID) {
	for _, e := range o.seen.All() {
		s := *e
		if s.name != 0 {
			if s.name = translate[s.name]; s.name == 0 {
				continue
			}
		}
		if s.cert != 0 {
			c := o.certs[s.cert]
			key := maphash.String(h.seed, c.Digest) | 1
			if h.certs[key] == nil && len(h.certs) >= maxCertificates {
				continue
			}
			h.certs[key], s.cert = c, key
		}
		h.add(s)
	}
}

// Pasts tells of each finding's destination which names and certificates its
// address had and which addresses its name had. It gives nothing when the engine
// was made without a history ([Config].History).
func (e *Engine) Pasts(found []Finding) []Past {
	out := make([]Past, len(found))
	if e.history == nil {
		return out
	}
	byAddr, byName := map[flow.Addr][]int{}, map[string][]int{}
	for i := range found {
		if !found[i].Dst.IsZero() {
			byAddr[found[i].Dst] = append(byAddr[found[i].Dst], i)
		}
		if found[i].Name != "" {
			byName[found[i].Name] = append(byName[found[i].Name], i)
		}
	}
	for _, s := range e.history.seen.All() {
		told := Sighting{Addr: s.addr, Name: e.names.Text(s.name), From: s.from, Certificate: e.history.certs[s.cert], First: s.first, Last: s.last, Count: int64(s.count)}
		about := byAddr[s.addr]
		if s.name != 0 {
			about = slices.Concat(about, byName[told.Name])
		}
		for _, i := range about {
			out[i].Sightings = append(out[i].Sightings, told)
		}
	}
	for i := range out {
		out[i].order()
	}
	return out
}

// order takes out doubles, leaves out what was seen least where there is too much,
// and puts the oldest first.
func (p *Past) order() {
	identity := func(a, b Sighting) int {
		return cmp.Or(slices.Compare(a.Addr[:], b.Addr[:]), cmp.Compare(a.Name, b.Name), cmp.Compare(a.digest(), b.digest()))
	}
	slices.SortFunc(p.Sightings, identity)
	p.Sightings = slices.CompactFunc(p.Sightings, func(a, b Sighting) bool { return identity(a, b) == 0 })
	if over := len(p.Sightings) - MaxSightings; over > 0 {
		slices.SortStableFunc(p.Sightings, func(a, b Sighting) int { return cmp.Compare(b.Count, a.Count) })
		p.Sightings, p.More = p.Sightings[:MaxSightings], over
	}
	slices.SortStableFunc(p.Sightings, func(a, b Sighting) int { return cmp.Compare(a.First, b.First) })
}

func (s *Sighting) digest() string {
	if s.Certificate == nil {
		return ""
	}
	return s.Certificate.Digest
}
