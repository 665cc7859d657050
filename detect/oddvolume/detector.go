package oddvolume

import (
	"cmp"
	"slices"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/slots"
)

// Detector is the method of odd volume. It implements [detect.Detector].
type Detector struct {
	cfg     Config
	pairs   *slots.Table[pair]
	hosts   *slots.Table[host]
	targets *slots.Table[target]

	keys, sources []uint64 // of the events that Approach saw last
	glance        uint64   // what it read; it means nothing
}

var _ detect.Detector = (*Detector)(nil)

// New makes a detector; cfg MUST be valid.
func New(cfg Config) *Detector {
	return &Detector{
		cfg:     cfg,
		pairs:   slots.New(cfg.Pairs, func(p *pair) float64 { return float64(p.sent) }),
		hosts:   slots.New(cfg.Hosts, func(h *host) float64 { return float64(h.sent) }),
		targets: slots.New(cfg.Targets, func(t *target) float64 { return t.worth() }),
	}
}

// Kind gives "odd-volume".
func (d *Detector) Kind() detect.Kind { return detect.OddVolume }

// Approach implements [detect.Approacher].
func (d *Detector) Approach(events []detect.Event) {
	d.keys, d.sources = d.keys[:0], d.sources[:0]
	for i := range events {
		e := &events[i]
		if r := e.Rec; r.Kind != flow.KindDNS && e.SrcDomestic && !e.DstPrivate && sampled(r.SrcBytes, r) >= smallest {
			d.keys, d.sources = append(d.keys, pairKey(e)), append(d.sources, e.SrcHash())
		}
	}
	d.glance += d.pairs.Approach(d.keys) + d.hosts.Approach(d.sources)
}

// Observe notes what e's exchange moved.
func (d *Detector) Observe(e *detect.Event) {
	r := e.Rec
	if r.Kind == flow.KindDNS || r.Kind == flow.KindFacts || r.Dst.IsZero() {
		return
	}
	d.flood(e)
	if r.Kind == flow.KindSnapshot || e.DstPrivate || !e.SrcDomestic || r.SrcBytes == 0 {
		return // an open connection is counted when it closes
	}
	n := sampled(r.SrcBytes, r)
	if n < smallest {
		return
	}
	h, fresh := d.hosts.Put(e.SrcHash())
	if fresh {
		h.first = r.First
	}
	h.note(e, n)
	key := pairKey(e)
	if !oneWay(r) {
		// More comes back than goes out: it matters where something is uploaded too.
		if p := d.pairs.Get(key); p != nil {
			p.note(e, n)
		}
		return
	}
	p, fresh := d.pairs.Put(key)
	if fresh {
		p.begin(e)
		p.since = h.first
	}
	p.note(e, n)
}

// oneWay says whether at least twice as much goes out as comes back.
func oneWay(r *flow.Record) bool { return r.SrcBytes/2 > r.DstBytes }

// smallest is the octets of an exchange below which it is no upload worth
// remembering: half of all requests.
const smallest = 2048

func sampled(n uint64, r *flow.Record) uint64 { return n * uint64(max(r.Sampling, 1)) }

// estimated says that amounts were estimated from a sample, if they were.
func estimated(sampling uint32) []detect.Fact {
	if sampling <= 1 {
		return nil
	}
	return []detect.Fact{{Name: "sampling", Value: int64(sampling)}}
}

// pairKey is by registrable domain where a name is known, else by address.
func pairKey(e *detect.Event) uint64 {
	if e.Name != 0 {
		return detect.Mix(e.SrcHash()*3 ^ uint64(e.Site)<<20)
	}
	return detect.Mix(e.SrcHash()*5 ^ e.DstHash())
}

// key is that of pairKey, from what p remembers.
func (p *pair) key() uint64 {
	if p.name != 0 {
		return detect.Mix(detect.HashAddr(p.src)*3 ^ uint64(p.site)<<20)
	}
	return detect.Mix(detect.HashAddr(p.src)*5 ^ detect.HashAddr(p.dst))
}

// Findings weighs uploads and floods. It changes no state.
func (d *Detector) Findings(ctx *detect.Context) []detect.Finding {
	out := append(d.uploads(ctx), d.floods(ctx)...)
	slices.SortFunc(out, func(a, b detect.Finding) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.ID(), b.ID()))
	})
	return out
}

// Merge adds what other, which MUST be a *Detector, has seen.
func (d *Detector) Merge(other detect.Detector, c *detect.Context) {
	o := other.(*Detector)
	for k, h := range o.hosts.All() {
		if mine := d.hosts.Get(k); mine != nil {
			mine.merge(h)
		} else {
			d.hosts.Insert(k, h)
		}
	}
	for _, p := range o.pairs.All() {
		moved := *p
		if c.Translate != nil {
			moved.name, moved.site = c.Translate(p.name), c.Translate(p.site)
		}
		k := moved.key()
		if mine := d.pairs.Get(k); mine != nil {
			mine.merge(&moved)
		} else {
			d.pairs.Insert(k, &moved)
		}
	}
	for k, t := range o.targets.All() {
		if mine := d.targets.Get(k); mine != nil {
			mine.merge(t)
		} else {
			d.targets.Insert(k, t)
		}
	}
}
