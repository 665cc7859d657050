package dga

import (
	"math/bits"
	"slices"
	"time"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/dga/lexical"
	"github.com/noroshi-acd/noroshi/detect/dga/population"
	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/internal/slots"
)

// endpoint is an address that one host turned to under made-up names: the server
// behind the names, or what defenders put in its place.
type endpoint struct {
	src, dst flow.Addr
	names    uint64          // made-up sites, one bit each by hash
	site     [siteLen]uint64 // and the first of them
	sitesLen uint8
	first    int64
	last     int64
	contacts int64
	bytesOut uint64
	bytesIn  uint64
	sample   sample
	port     uint16
	proto    uint8
	class    direction.Class
	strip    strip
}

// endpointNames is how many made-up sites at one address a finding needs. Each is
// surer than one in two hundred honest names, so that four by chance at one
// address are a rare thing even on shared hosts.
const endpointNames = 4

const (
	siteLen    = 12  // made-up sites beyond which no more are weighed
	sharedMark = 0.5 // of the score, for an address to which honest names lead too
)

func worthEndpoint(e *endpoint) float64 {
	return float64(e.last)/1e9 + float64(bits.OnesCount64(e.names))*3600
}

// call notes that e was called by a made-up site.
func (e *endpoint) call(site uint64) {
	e.names |= 1 << (site & 63)
	if int(e.sitesLen) < siteLen && !slices.Contains(e.site[:e.sitesLen], site) {
		e.site[e.sitesLen] = site
		e.sitesLen++
	}
}

func newEndpoints(hosts int) *slots.Table[endpoint] { return slots.New(hosts, worthEndpoint) }

// contact notes that e's source turned to e's destination under a name which the
// exchange itself showed and which looks made up.
func (d *Detector) contact(e *detect.Event) {
	r := e.Rec
	var name []byte
	switch e.NameFrom {
	case detect.NameSNI:
		name = e.Batch.Bytes(e.TLS.SNI)
	case detect.NameHost:
		name = e.Batch.Bytes(r.Host)
	default:
		return
	}
	if e.DstPrivate || r.Dst.IsZero() {
		return // a proxy: its address says nothing
	}
	v := d.memo.of(e.Name, name)
	if !v.ok {
		return
	}
	d.meet(v, e.SrcHash(), e.DstHash())
	if v.private || v.z < lexical.Sure {
		return
	}
	p, fresh := d.endpoints.Put(detect.Mix(e.SrcHash()*3 ^ e.DstHash()))
	if fresh || p.src != r.Src || p.dst != r.Dst {
		*p = endpoint{src: r.Src, dst: r.Dst, first: r.First, port: r.DstPort, proto: r.Proto, class: e.Class}
	}
	p.call(v.site)
	p.last = max(p.last, r.First)
	p.contacts++
	p.bytesOut += r.SrcBytes
	p.bytesIn += r.DstBytes
	if p.sample.len == 0 || float32(v.z) > p.sample.z {
		p.sample.z = float32(v.z)
		p.sample.len = uint8(copy(p.sample.of[:], name[v.from:]))
	}
	p.strip.add(r.First - p.first)
}

// sites estimates how many made-up sites e was called by, without those that many
// of all hosts use.
func (e *endpoint) sites(people *population.Population, all int) int {
	mine := 0
	for _, site := range e.site[:e.sitesLen] {
		if !people.Popular(site, all) {
			mine++
		}
	}
	if e.sitesLen == 0 || mine < int(e.sitesLen) && e.sitesLen < siteLen {
		return mine
	}
	return max(population.Linear(e.names)*mine/int(e.sitesLen), mine)
}

// finding is what n made-up sites at one address say; shared, that honest names
// lead there too.
func (e *endpoint) finding(n int, shared bool) detect.Finding {
	score := sigmoid(0.2 + 0.5*float64(min(n, siteLen)-endpointNames))
	if shared {
		score *= sharedMark
	}
	f := detect.Finding{
		Kind: detect.DGA, Score: score, Src: e.src, Dst: e.dst, Port: e.port, Proto: e.proto, Class: e.class,
		First: e.first, Last: e.last, Count: e.contacts, Attack: []string{"T1568.002", "T1071.001"},
		Strip: slices.Clone(e.strip.of[:]),
		Evidence: []detect.Fact{
			{Name: "names", Value: int64(n)}, {Name: "contacts", Value: e.contacts},
			{Name: "src_bytes", Value: int64(e.bytesOut)}, {Name: "dst_bytes", Value: int64(e.bytesIn)},
			{Name: "shared_address", Value: shared}, {Name: "samples", Value: e.sample.text()},
		},
	}
	span := max(time.Duration(e.last-e.first).Round(time.Second), time.Second)
	f.Why = i18n.Both("dga.why.endpoint", "src", e.src.String(), "dst", e.dst.String(), "n", n, "count", e.contacts, "span", span, "name", e.sample.text())
	if shared {
		more := i18n.Both("dga.why.shared")
		f.Why.JA += more.JA
		f.Why.EN += " " + more.EN
	}
	return f
}

// mergeEndpoints adds the endpoints of o.
func (d *Detector) mergeEndpoints(o *Detector) {
	for key, e := range o.endpoints.All() {
		p := d.endpoints.Get(key)
		if p == nil {
			d.endpoints.Insert(key, e)
			continue
		}
		if p.src != e.src || p.dst != e.dst {
			continue // two pairs with one key: the one at hand stays
		}
		if e.first < p.first {
			p.strip, p.first = e.strip.with(&p.strip, p.first-e.first), e.first
		} else {
			p.strip = p.strip.with(&e.strip, e.first-p.first)
		}
		for _, site := range e.site[:e.sitesLen] {
			p.call(site)
		}
		p.names |= e.names
		p.last = max(p.last, e.last)
		p.contacts += e.contacts
		p.bytesOut += e.bytesOut
		p.bytesIn += e.bytesIn
		if e.sample.z > p.sample.z {
			p.sample = e.sample
		}
	}
}
