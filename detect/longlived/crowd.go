package longlived

import (
	"math"
	"slices"
	"time"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Bounds of a crowd: fewer machines say nothing together, a larger share of the
// population is a service of the place.
const (
	crowdLeast = 5
	crowdHosts = 50 // population below which a share says nothing
	crowdShare = 0.05
	crowdGain  = 1.0 // nats for so few, all of whom stay
)

// crowd weighs machines that all stay at one nameless place where hardly anybody
// else goes: bots at their server keep so. Alone each of them counts as having
// company; together they are judged as one. c holds stays at one address.
func crowd(c []*stay, ctx *detect.Context) (f detect.Finding, ok bool) {
	first := c[0]
	p := first.p
	c = slices.DeleteFunc(slices.Clone(c), func(s *stay) bool { return s.p.port != p.port || s.p.proto != p.proto })
	sources := make([]flow.Addr, 0, len(c))
	sum := stay{p: p, first: first.first, last: first.last, hosts: first.hosts, stays: first.stays}
	for _, s := range c {
		sources = append(sources, s.p.src)
		sum.run += s.run / int64(len(c))
		sum.covered += s.covered
		sum.longest = max(sum.longest, s.longest)
		sum.up, sum.down = sum.up+s.up, sum.down+s.down
		sum.pieces, sum.connections = sum.pieces+s.pieces, sum.connections+s.connections
		sum.first, sum.last = min(sum.first, s.first), max(sum.last, s.last)
		sum.hosts = max(sum.hosts, s.hosts)
		sum.open = sum.open || s.open
	}
	nats, most := sum.nature()
	n := len(sources)
	if n < crowdLeast || ctx.Hosts < crowdHosts || float64(sum.hosts) > crowdShare*float64(ctx.Hosts) || sum.hosts > 2*n+3 ||
		nats <= 0 || p.flags&(flagPrivate|flagDstDomestic) != 0 {
		return f, false
	}
	z := prior + perDoubled*math.Log2(float64(min(sum.run, int64(longest)))/float64(time.Hour)) + nats + crowdGain + sum.pace()
	score := min(1/(1+math.Exp(-z)), most)
	if score < detect.MediumScore {
		return f, false
	}
	f = sum.finding(ctx, score)
	f.Src, f.Sources = flow.Addr{}, sources
	f.Evidence = append(f.Evidence, detect.Fact{Name: "hosts_staying", Value: int64(n)})
	f.Why = i18n.Both("longlived.why.crowd", "n", n, "dst", p.dst.String(), "port", int(p.port), "span", time.Duration(sum.run).Round(time.Second), "hosts", ctx.Hosts)
	return f, true
}
