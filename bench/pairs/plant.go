package pairs

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/flow"
)

// threat is one planted machine.
type threat struct {
	kind     string
	host     flow.Addr
	server   flow.Addr // zero where there is none
	name     string
	accepted []detect.Kind // what finds it
}

// planter makes threats.
type planter struct {
	*world
	r      *rand.Rand
	border *direction.Table
	all    []threat
	events []event
}

// plant makes the threats of a world and their records, in the order of time.
func plant(r *rand.Rand, w *world, border *direction.Table) ([]threat, []event) {
	p := &planter{world: w, r: r, border: border}
	for i := range w.Planted {
		p.beacon(i%2 == 0)
	}
	few := max(w.Planted/10, 2)
	for range few {
		p.session()
		p.tunnel()
		p.generated()
		p.scanner()
	}
	slices.SortStableFunc(p.events, func(a, b event) int { return cmp.Compare(a.at, b.at) })
	return p.all, p.events
}

// add notes a threat on a host of its own.
func (p *planter) add(kind string, name string, accepted ...detect.Kind) *threat {
	p.all = append(p.all, threat{kind: kind, host: draw(p.r, p.border, direction.SideDomestic, 0), name: name, accepted: accepted,
		server: draw(p.r, p.border, direction.SideForeign, 0)})
	t := p.all[len(p.all)-1]
	return &t
}

func (p *planter) at(at int64, put func(b *flow.Batch, at int64)) {
	p.events = append(p.events, event{at, put})
}

// random makes letters.
func (p *planter) random(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = 'a' + byte(p.r.IntN(26))
	}
	return string(b)
}

// beacon plants a bot that calls its server by a clock: 60 s to an hour, up to a
// fifth of jitter.
func (p *planter) beacon(named bool) {
	name := ""
	if named {
		name = plain(p.r) + ".net"
	}
	t := p.add("beacon", name, detect.Beacon)
	period, jitter := 60*math.Pow(60, p.r.Float64()), p.r.Float64()*0.2
	out, in, port := 300+p.r.Uint64N(600), 200+p.r.Uint64N(400), uint16(443)
	if !named {
		port = []uint16{443, 8080, 8443, 4444}[p.r.IntN(4)]
	}
	for at := float64(begin) + period*1e9*p.r.Float64(); at < float64(begin+span); at += period * 1e9 * (1 + jitter*(2*p.r.Float64()-1)) {
		src, noise := 32768+uint16(p.r.IntN(28000)), p.r.Uint64N(24)
		p.at(int64(at), func(b *flow.Batch, at int64) {
			r := flow.Record{First: at, Last: at + 4e8, Src: t.host, Dst: t.server, SrcPort: src, DstPort: port, Proto: 6, SrcBytes: out + noise, DstBytes: in, SrcPackets: 6, DstPackets: 5,
				SrcFlags: flow.SYN | flow.ACK | flow.PSH | flow.FIN, DstFlags: flow.SYN | flow.ACK | flow.PSH | flow.FIN, State: flow.StateEstablished, Service: flow.ServiceTLS}
			if t.name != "" {
				r.TLS = b.AddTLS(flow.TLS{SNI: b.AddText([]byte(t.name)), Version: 0x0304})
			}
			b.Records = append(b.Records, r)
		})
	}
}

// session plants one connection that lasts for hours, reported every half hour.
func (p *planter) session() {
	t := p.add("long-lived", "", detect.LongLived)
	const piece = int64(1800e9)
	from, n := begin+p.r.Int64N(span/3), 12+p.r.IntN(18)
	src := 32768 + uint16(p.r.IntN(28000))
	for i := range n {
		kind := flow.KindPart
		if i == n-1 {
			kind = flow.KindFlow
		}
		p.at(from+int64(i)*piece, func(b *flow.Batch, at int64) {
			b.Records = append(b.Records, flow.Record{First: at, Last: at + piece - 1e6, Src: t.host, Dst: t.server, SrcPort: src, DstPort: 8443, Proto: 6, SrcBytes: 20_000, DstBytes: 18_000,
				SrcPackets: 200, DstPackets: 190, SrcFlags: flow.ACK | flow.PSH, DstFlags: flow.ACK | flow.PSH, State: flow.StateEstablished, Kind: kind})
		})
	}
}

// question plants one DNS question; no answer means that the name does not exist.
func (p *planter) question(t *threat, at int64, name string, kind uint16, answered bool) {
	src, resolver := 32768+uint16(p.r.IntN(28000)), p.resolvers[p.r.IntN(len(p.resolvers))]
	p.at(at, func(b *flow.Batch, at int64) {
		d := flow.DNS{Question: b.AddText([]byte(name)), Type: kind}
		if !answered {
			d.Rcode = 3
		}
		b.Records = append(b.Records, flow.Record{First: at, Last: at + 2e7, Src: t.host, Dst: resolver, SrcPort: src, DstPort: 53, Proto: 17, SrcBytes: 90 + uint64(len(name)), DstBytes: 180,
			SrcPackets: 1, DstPackets: 1, Kind: flow.KindDNS, Service: flow.ServiceDNS, State: flow.StateEstablished, DNS: b.AddDNS(d)})
	})
}

// tunnel plants a host that sends data as names below its own zone.
func (p *planter) tunnel() {
	zone := p.random(9) + ".com"
	t := p.add("dns-tunnel", "", detect.DNSTunnel)
	at := begin + p.r.Int64N(span/2)
	for range 600 {
		p.question(t, at, fmt.Sprintf("%s.%s.%s", p.random(40), p.random(30), zone), 16, true)
		at += p.r.Int64N(8e9)
	}
}

// generated plants a host that asks for names that a program makes up.
func (p *planter) generated() {
	t := p.add("dga", "", detect.DGA)
	at := begin + p.r.Int64N(span/2)
	for range 80 {
		p.question(t, at, p.random(12+p.r.IntN(8))+[]string{".com", ".net", ".biz"}[p.r.IntN(3)], 1, false)
		at += p.r.Int64N(20e9)
	}
}

// scanner plants a host that knocks at many doors.
func (p *planter) scanner() {
	t := p.add("scan", "", detect.Scan)
	at := begin + p.r.Int64N(span/2)
	for range 400 {
		to := draw(p.r, p.border, direction.SideForeign, 0)
		p.at(at, func(b *flow.Batch, at int64) {
			b.Records = append(b.Records, flow.Record{First: at, Last: at, Src: t.host, Dst: to, SrcPort: 40000, DstPort: 23, Proto: 6, SrcBytes: 60, SrcPackets: 1, SrcFlags: flow.SYN, State: flow.StateAttempt})
		})
		at += p.r.Int64N(2e9)
	}
}

// tally counts findings about planted threats.
type tally struct {
	Kind                string
	Planted             int
	Medium, High        int // of the planted, at this level or above
	FalseHigh, FalseMed int // findings of the kinds that find it about others
}

// judge counts what was found, kind by kind.
func judge(all []threat, found []detect.Finding) []tally {
	best := surest(found)
	var out []tally
	planted := map[flow.Addr]bool{}
	for _, t := range all {
		planted[t.host] = true
		i := slices.IndexFunc(out, func(x tally) bool { return x.Kind == t.kind })
		if i < 0 {
			i, out = len(out), append(out, tally{Kind: t.kind})
		}
		score := 0.0
		for _, k := range t.accepted {
			score = max(score, best[t.host][k])
		}
		out[i].Planted++
		if score >= detect.MediumScore {
			out[i].Medium++
		}
		if score >= detect.HighScore {
			out[i].High++
		}
	}
	others := about(found, planted)
	for i := range out {
		if o := others[detect.Kind(out[i].Kind)]; o != nil {
			out[i].FalseHigh, out[i].FalseMed = o.FalseHigh, o.FalseMed
			delete(others, detect.Kind(o.Kind))
		}
	}
	for _, o := range others {
		out = append(out, *o)
	}
	slices.SortFunc(out, func(a, b tally) int { return cmp.Or(cmp.Compare(b.Planted, a.Planted), cmp.Compare(a.Kind, b.Kind)) })
	return out
}

// surest gives the greatest score of every kind about every host.
func surest(found []detect.Finding) map[flow.Addr]map[detect.Kind]float64 {
	best := map[flow.Addr]map[detect.Kind]float64{}
	for i := range found {
		f := &found[i]
		for _, h := range append(slices.Clone(f.Sources), f.Src) {
			if best[h] == nil {
				best[h] = map[detect.Kind]float64{}
			}
			best[h][f.Kind] = max(best[h][f.Kind], f.Score)
		}
	}
	return best
}

// about counts, by kind, the findings that are about none of the planted.
func about(found []detect.Finding, planted map[flow.Addr]bool) map[detect.Kind]*tally {
	others := map[detect.Kind]*tally{}
	for i := range found {
		f := &found[i]
		if len(f.Sources) > 0 && planted[f.Sources[0]] || planted[f.Src] || f.Score < detect.MediumScore {
			continue
		}
		if others[f.Kind] == nil {
			others[f.Kind] = &tally{Kind: string(f.Kind)}
		}
		others[f.Kind].FalseMed++
		if f.Score >= detect.HighScore {
			others[f.Kind].FalseHigh++
		}
	}
	return others
}
