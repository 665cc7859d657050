package oddregion

import (
	"cmp"
	"math"
	"math/bits"
	"slices"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

const (
	worthScore = 0.2
	mostScore  = 0.7 // a country alone proves nothing: medium at most
	smallest   = 10  // hosts below which no country is rare
	passing    = 5   // contacts below which a host is only passing
)

// Findings weighs every pair of host and country. It changes no state.
func (d *Detector) Findings(ctx *detect.Context) []detect.Finding {
	if ctx.Hosts < smallest {
		return nil
	}
	scattered := map[flow.Addr]int{} // by host: rare countries that it turned to
	for _, p := range d.pairs.All() {
		if !d.common[p.in] && p.count >= passing {
			scattered[p.src]++
		}
	}
	var out []detect.Finding
	for _, p := range d.pairs.All() {
		if d.common[p.in] || int(p.count) < d.cfg.MinContacts || int(p.hours) < d.cfg.MinHours {
			continue
		}
		hosts := max(d.hosts[p.in].Count(), 1)
		visited := ctx.Addrs.Hosts(p.leader.dst)
		if p.leader.site != 0 {
			visited = ctx.Names.Hosts(p.leader.site)
		}
		if s := p.score(ctx, hosts, visited, scattered[p.src]); s >= worthScore {
			out = append(out, p.finding(ctx, hosts, visited, s))
		}
	}
	slices.SortFunc(out, func(a, b detect.Finding) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.ID(), b.ID()))
	})
	return out
}

// score gives the calibrated probability; docs/spec/oddregion.md holds the
// reasoning.
func (p *pair) score(ctx *detect.Context, hosts, visited, countries int) float64 {
	n := float64(p.count)
	w := -3.2 + p.rarity(ctx, hosts) + clamp(0.4*math.Log(n/20), 0, 1)
	w += clamp(0.5*math.Log2(float64(p.hours)/6), 0, 1.5) + clamp(0.3*float64(bits.OnesCount64(p.days)-1), 0, 0.9)
	if countries > 2 {
		w -= 1.5 * math.Log2(float64(countries)/2) // a peer-to-peer program, a traveller
	}
	switch lead := float64(p.leader.count) / n; {
	case lead > 0.8:
		w++ // a program, not a reader
	case p.variety() >= 6:
		w -= 1.2 * math.Log2(float64(p.variety())/4) // somebody reads, travels, has a family there
	}
	switch {
	case visited > 3:
		w -= 2.5
	case visited > 1:
		w-- // what a maker's things have in common
	}
	if float64(p.unnamed) > 0.8*n {
		w += 0.5
		if p.variety() >= 12 {
			w -= 3 // a peer-to-peer program
		}
	}
	if float64(p.failed) > 0.5*n {
		w -= 2
	}
	if float64(p.clocks) > 0.5*n {
		w -= 5
	}
	return min(1/(1+math.Exp(-w)), mostScore)
}

// rarity weighs how few hosts have business in the country.
func (p *pair) rarity(ctx *detect.Context, hosts int) float64 {
	share := float64(hosts) / float64(max(ctx.Hosts, hosts))
	if hosts > 3 && share > 0.03 {
		return -5
	}
	return clamp(-0.6*math.Log(share)-1.6, -3, 2)
}

func clamp(x, lo, hi float64) float64 { return max(lo, min(hi, x)) }

func (p *pair) finding(ctx *detect.Context, hosts, visited int, score float64) detect.Finding {
	l := &p.leader
	f := detect.Finding{
		Kind: detect.OddRegion, Score: score, Src: p.src, Dst: l.dst, Port: l.port, Proto: l.proto, Name: ctx.Names.Text(l.name),
		Class: p.class, First: p.first, Last: p.last, Count: int64(p.count), Attack: []string{"T1071"}, Strip: p.times.Strip(p.first, p.last),
	}
	f.Evidence = []detect.Fact{
		{Name: "country", Value: p.in.String()}, {Name: "hosts_in_country", Value: int64(hosts)}, {Name: "population", Value: int64(ctx.Hosts)},
		{Name: "hours_active", Value: int64(p.hours)}, {Name: "days_active", Value: int64(bits.OnesCount64(p.days))}, {Name: "ends", Value: int64(p.variety())},
		{Name: "leading_share", Value: detect.Round3(float64(l.count) / float64(p.count))}, {Name: "hosts_to_dst", Value: int64(visited)},
		{Name: "src_bytes", Value: int64(p.sent)}, {Name: "dst_bytes", Value: int64(p.back)}, {Name: "unanswered", Value: int64(p.failed)},
	}
	to := f.Name
	if to == "" {
		to = l.dst.String()
	}
	f.Why = i18n.Both("oddregion.why.rare", "src", p.src.String(), "country", p.in.String(), "count", int64(p.count), "hours", int64(p.hours), "dst", to)
	more := i18n.Both("oddregion.why.others", "n", hosts-1, "hosts", ctx.Hosts)
	if hosts <= 1 {
		more = i18n.Both("oddregion.why.alone", "hosts", ctx.Hosts)
	}
	f.Why.JA += more.JA
	f.Why.EN += " " + more.EN
	return f
}
