package dnstunnel

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Evidence is counted in names: one fresh name that carries 140 bits in an address
// question (28 characters of base32) counts one. 30 such names from one host under
// one zone within a day are High.
const (
	fullName     = 140  // bits of a name that counts one
	mostPerName  = 3    // however long it is
	steepness    = 1.5  // short names count less than in proportion
	highEvidence = 30.0 // names for High
	keepEvidence = 15   // an ended window is remembered from here on
)

// Bounds of what look-alikes can score.
const (
	fewNames     = 0.45 // fewer distinct names than MinNames
	listLookup   = 0.70 // answers in 127/8, a single host
	listLookups  = 0.45 // the same by several hosts
	inboundScore = 0.70 // a foreign source asks a domestic server: not our host's tunnel
)

// evidence weighs a window with u distinct names.
func evidence(n *tally, u float64) float64 {
	if n.queries == 0 || u <= 0 {
		return 0
	}
	q := float64(n.queries)
	share := func(c uint32) float64 { return min(1, float64(c)/q) }
	e := u * min(mostPerName, math.Pow(float64(n.bits)/q/fullName, steepness))
	e *= 1 + 3*share(n.uncommon) + 5*share(n.odd)
	fresh := min(1, u/q)
	e *= fresh * fresh
	e *= 1 - 0.97*share(n.addresses)
	e *= 1 - 0.8*share(n.loopback)
	e *= 1 - 0.5*share(n.absent)
	e *= max(0.1, 1-2.7*float64(n.visited)/u)
	if minutes := float64(n.last-n.first) / 60e9; u >= 20 && u >= 20*minutes {
		e *= 1.3
	}
	return e
}

func scoreOf(e float64) float64 { return 1 - math.Exp(-math.Ln2*2/highEvidence*e) }

// worth is what a pair would be missed for: its evidence, less the longer it has
// been quiet.
func (d *Detector) worth(p *pair) float64 {
	w := float64(p.now.queries) / 1000
	if p.now.queries >= 3 {
		w = evidence(&p.now, p.distinct())
	}
	return w / (1 + float64(max(0, d.now-p.now.last))/float64(d.cfg.Window))
}

// zoneUse is how a zone is used by all sources together.
type zoneUse struct {
	hosts int
	asked map[flow.Addr]float64
}

// Findings gives one finding for each source and zone that carries something.
func (d *Detector) Findings(c *detect.Context) []detect.Finding {
	use := d.uses()
	var out []detect.Finding
	emit := func(p *past) {
		if f, ok := d.finding(p, use[p.zone], c); ok {
			out = append(out, f)
		}
	}
	seen := map[uint64]bool{}
	for key, p := range d.pairs.All() {
		now := p.summary()
		if old := d.past.Get(key); old != nil && old.evidence > now.evidence {
			now = *old
		}
		seen[key] = true
		emit(&now)
	}
	for key, p := range d.past.All() {
		if !seen[key] {
			emit(p)
		}
	}
	return out
}

func (p *pair) summary() past {
	u := p.distinct()
	return past{
		src: p.src, dst: p.dst, zone: p.zone, evidence: evidence(&p.now, u), distinct: u, tally: p.now,
		class: p.class, zoneless: p.zoneless, zoneLen: p.zoneLen, zoneName: p.zoneName,
	}
}

func (d *Detector) uses() map[uint64]*zoneUse {
	use := map[uint64]*zoneUse{}
	for _, p := range d.pairs.All() {
		z := use[p.zone]
		if z == nil {
			z = &zoneUse{asked: map[flow.Addr]float64{}}
			use[p.zone] = z
		}
		u := p.distinct()
		z.asked[p.dst] += u
		if u >= 3 {
			z.hosts++
		}
	}
	return use
}

// finding judges one pair; ok is false when it is not worth a line.
func (d *Detector) finding(p *past, use *zoneUse, c *detect.Context) (f detect.Finding, ok bool) {
	hosts := 1
	if use != nil {
		hosts = max(1, use.hosts)
		// The source is a forwarder and the ones behind it are seen asking it.
		if use.asked[p.src] >= p.distinct/2 {
			return f, false
		}
	}
	score := scoreOf(p.evidence * rarity(hosts, c.Hosts))
	n := &p.tally
	if p.distinct < float64(d.cfg.MinNames)-0.5 {
		score = min(score, fewNames)
	}
	if n.answered > 0 && n.loopback*5 >= n.answered*4 && n.loopback*2 >= n.queries {
		score = min(score, listLookup)
		if hosts >= 3 {
			score = min(score, listLookups)
		}
	}
	if p.class == direction.Inbound {
		score = min(score, inboundScore)
	}
	if score < 0.25 {
		return f, false
	}
	f = detect.Finding{
		Kind: detect.DNSTunnel, Score: score, Src: p.src, Port: 53, Class: p.class,
		First: n.first, Last: n.last, Count: int64(n.queries),
		Name:   string(p.zoneName[:p.zoneLen]),
		Attack: []string{"T1071.004", "T1572"},
		Strip:  strip(n, d.cfg.Window),
	}
	if p.zoneless {
		f.Name, f.Dst = "", p.dst
	}
	d.explain(&f, p, hosts)
	return f, true
}

// rarity lowers the evidence of zones that a good part of the network uses in the
// same way: reputation services are on every host, tunnels on few.
func rarity(hosts, all int) float64 {
	if hosts < 5 {
		return 1
	}
	if share := float64(hosts) / float64(max(all, hosts)); share > 0.2 {
		return math.Pow(0.2/share, 1.5)
	}
	return 1
}

func (d *Detector) explain(f *detect.Finding, p *past, hosts int) {
	n := &p.tally
	q := float64(n.queries)
	unique := min(roughly(p.distinct), q)
	carried := int64(p.distinct * float64(n.bits) / q / 8)
	length := float64(n.length) / q
	written := n.alphabet()
	f.Evidence = []detect.Fact{
		{Name: "queries", Value: int64(n.queries)},
		{Name: "unique_names", Value: int64(unique)},
		{Name: "unique_share", Value: math.Round(100*min(1, unique/q)) / 100},
		{Name: "carried_bytes", Value: carried},
		{Name: "mean_name_length", Value: math.Round(length)},
		{Name: "longest_name", Value: int64(n.longest)},
		{Name: "types", Value: n.typeNames()},
		{Name: "encoding", Value: written.String()},
		{Name: "zone_hosts", Value: int64(hosts)},
		{Name: "names_per_hour", Value: math.Round(unique / max(1, float64(n.last-n.first)/3600e9))},
	}
	if n.bytes > 0 {
		f.Evidence = append(f.Evidence, detect.Fact{Name: "dns_bytes", Value: int64(n.bytes)})
	}
	key, zone := "dnstunnel.why.zone", f.Name
	if p.zoneless {
		key, zone = "dnstunnel.why.server", p.dst.String()
	}
	f.Why = i18n.Both(key,
		"zone", zone, "names", int64(unique), "queries", int64(n.queries),
		"length", int64(math.Round(length)), "bytes", carried,
		"during", time.Duration(n.last-n.first),
		"encoding", i18n.Both("dnstunnel.encoding."+written.String()), "types", i18n.Text{JA: strings.ReplaceAll(n.typeNames(), " ", "、"), EN: strings.ReplaceAll(n.typeNames(), " ", ", ")})
}

// roughly rounds what the sketch estimates to two figures from 100 on: it knows no
// more.
func roughly(u float64) float64 {
	step := 1.0
	for u/step >= 100 {
		step *= 10
	}
	return math.Round(u/step) * step
}

// alphabet is the one most names are written in, words apart when there is another.
func (n *tally) alphabet() alphabet {
	most := wordy
	for a := decimal; a < alphabets; a++ {
		if n.written[a] > n.written[most] || most == wordy && n.written[a]*2 > n.written[wordy] {
			most = a
		}
	}
	return most
}

func (n *tally) typeNames() string {
	var names []string
	for _, t := range n.types {
		if t != 0 {
			names = append(names, typeName(t))
		}
	}
	return strings.Join(names, " ")
}

func typeName(t uint16) string {
	names := map[uint16]string{
		typeA: "A", typeNS: "NS", typeCNAME: "CNAME", typeSOA: "SOA", typeNULL: "NULL", typePTR: "PTR", typeMX: "MX",
		typeTXT: "TXT", typeKEY: "KEY", typeAAAA: "AAAA", typeSRV: "SRV", typeNAPTR: "NAPTR", typeDS: "DS", typeDNSKEY: "DNSKEY",
		typeTLSA: "TLSA", typeSVCB: "SVCB", typeHTTPS: "HTTPS", typeCAA: "CAA",
	}
	if s := names[t]; s != "" {
		return s
	}
	return "TYPE" + strconv.Itoa(int(t))
}

// strip gives the part of the window's strip that lies between first and last.
func strip(n *tally, window time.Duration) []uint16 {
	last := int((n.last - n.first) * stripes / int64(window))
	last = min(max(last, 0), stripes-1)
	return append([]uint16(nil), n.strip[:last+1]...)
}
