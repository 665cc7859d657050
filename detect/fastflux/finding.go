package fastflux

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Weights in nats and bounds; docs/spec/fast-flux.md holds the reasoning.
const (
	prior      = -5.0
	perDoubled = 1.6 // for each doubling of the networks beyond four
	mostSpread = 6.0
	flowing    = 0.2  // share of new addresses from which a name flows
	standing   = 0.05 // and below which it has come to an end
	worthScore = 0.2
	manyHosts  = 8  // machines from which a share of the population counts
	population = 20 // and the population from which it does
	doubleNets = 5  // networks of a name server that flows itself
)

// look is what one asker's view of a name says.
type look struct {
	e       *entry
	a       *asker
	nets    float64
	spread  float64 // share of far-apart networks among the networks
	servers int     // networks of the zone's name servers, 0 when they stand still
	shared  float64 // share of the domain's addresses that also serve domains at rest
	hosts   int
}

// Findings weighs every name with enough networks. It changes no state.
func (d *Detector) Findings(ctx *detect.Context) []detect.Finding {
	double := d.doubles()
	var moving []look
	sites := map[detect.NameID]bool{}
	for _, e := range d.names.All() {
		l := e.look()
		if l.a == nil || l.nets < float64(d.cfg.Networks) || l.a.rounds < 2 {
			continue
		}
		moving = append(moving, l)
		sites[ctx.Names.Site(e.name)] = true
	}
	shared := d.shares(sites)
	var out []detect.Finding
	for i := range moving {
		l := &moving[i]
		e := l.e
		l.shared = shared[ctx.Names.Site(e.name)]
		l.servers = double[hash([]byte(ctx.Names.Text(ctx.Names.Site(e.name))))]
		if s := l.score(ctx); s >= worthScore {
			out = append(out, l.findings(ctx, s)...)
		}
	}
	slices.SortFunc(out, func(a, b detect.Finding) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.ID(), b.ID()))
	})
	return out
}

// shares gives, for each domain that may flow, the share of its addresses that also
// serve domains at rest: machines of a cloud or a content network do, machines taken
// over do not.
func (d *Detector) shares(moving map[detect.NameID]bool) map[detect.NameID]float64 {
	all, with := map[detect.NameID]int{}, map[detect.NameID]int{}
	for _, s := range d.serving.All() {
		rest := false
		for _, site := range s.sites {
			rest = rest || site != 0 && !moving[site]
		}
		for _, site := range s.sites {
			if moving[site] {
				all[site]++
				if rest {
					with[site]++
				}
			}
		}
	}
	out := map[detect.NameID]float64{}
	for site, n := range all {
		out[site] = float64(with[site]) / float64(n)
	}
	return out
}

// doubles gives, by zone, how many networks its name servers' addresses lie in where
// those change too.
func (d *Detector) doubles() map[uint64]int {
	found := map[uint64]int{}
	for _, e := range d.names.All() {
		s := d.servers.Get(e.text)
		if s == nil {
			continue
		}
		if l := e.look(); l.a != nil && l.nets >= doubleNets && l.a.recent >= standing {
			found[s.zone] = max(found[s.zone], int(l.nets))
		}
	}
	return found
}

// look chooses the asker that saw the most networks.
func (e *entry) look() look {
	l := look{e: e, hosts: e.hosts.Count()}
	for i := range e.askers {
		if a := &e.askers[i]; a.hash != 0 {
			if n := float64(min(a.nets.Count(), a.addrs.Count())); n > l.nets {
				l.a, l.nets = a, n
			}
		}
	}
	if l.a != nil {
		l.spread = min(1, float64(l.a.far.Count())/min(l.nets, 100))
	}
	return l
}

// score gives the calibrated probability.
func (l *look) score(ctx *detect.Context) float64 {
	w := prior + l.width() + l.life() + l.novelty() + l.service() + l.popularity(ctx)
	if l.servers > 0 {
		w += 1.5
	}
	switch {
	case l.shared >= 0.3:
		w -= 5
	case l.shared >= 0.1:
		w -= 2
	}
	return 1 / (1 + math.Exp(-w))
}

// width weighs how many networks there are and how far apart. A cloud has many
// networks in few corners of the address space; homes lie everywhere.
func (l *look) width() float64 {
	w := min(perDoubled*math.Log2(min(l.nets, 1.5*float64(l.a.far.Count()))/4), mostSpread)
	switch {
	case l.spread >= 0.75:
		w++
	case l.spread < 0.5:
		w -= 3
	}
	if addrs := float64(l.a.addrs.Count()); l.nets < 0.4*addrs {
		w -= 2 // several addresses in each network: somebody's own
	}
	return w
}

// life weighs how long answers may be kept.
func (l *look) life() float64 {
	switch t := l.e.ttl; {
	case t <= 300:
		return 1.2
	case t <= 600:
		return 0.8
	case t <= 1800:
		return 0
	}
	return -1.5
}

// novelty weighs whether new addresses keep coming, and how often it was tried.
func (l *look) novelty() float64 {
	w := 0.0
	switch r := float64(l.a.recent); {
	case r >= 0.5:
		w = 2
	case r >= flowing:
		w = 1
	case r >= standing:
	case l.nets >= 24 && l.spread >= 0.75:
		w = -1 // all of a small botnet has been seen
	default:
		w = -2.5
	}
	switch {
	case l.a.rounds < 3:
		w -= 2
	case l.a.rounds < 6:
		w--
	}
	return w
}

// service weighs what the name is used for. Pools of volunteers' clocks and the
// seeds of peer-to-peer networks flow too.
func (l *look) service() float64 {
	e := l.e
	switch {
	case e.clock > 0 && 2*e.clock >= e.contacts:
		return -8
	case float64(l.a.given) >= 16*float64(l.a.rounds) && e.contacts > 0 && !web(e.port):
		return -4
	case float64(l.a.given) >= 16*float64(l.a.rounds):
		return -2
	case e.contacts > 0 && !web(e.port):
		return -0.5
	}
	return 0
}

func web(port uint16) bool {
	return port == 443 || port == 80 || port == 8080 || port == 8443 || port == 53
}

// popularity weighs how large a part of all machines asks for the name.
func (l *look) popularity(ctx *detect.Context) float64 {
	if l.hosts < manyHosts || ctx.Hosts < population {
		return 0
	}
	switch share := float64(l.hosts) / float64(ctx.Hosts); {
	case share >= 0.2:
		return -6
	case share >= 0.05:
		return -3
	case share >= 0.02:
		return -1
	}
	return 0
}

// findings words one name: one finding a machine when few asked, else one for all
// that are known.
func (l *look) findings(ctx *detect.Context, score float64) []detect.Finding {
	e := l.e
	f := detect.Finding{
		Kind: detect.FastFlux, Score: score, Dst: e.dst, Port: e.port, Proto: e.proto, Name: ctx.Names.Text(e.name), Class: e.class,
		First: e.first, Last: e.last, Count: int64(e.answers), Attack: []string{"T1568.001"}, Strip: e.news.Strip(e.first, e.last),
	}
	f.Evidence = []detect.Fact{
		{Name: "addresses", Value: int64(l.a.addrs.Count())}, {Name: "networks", Value: int64(l.nets)},
		{Name: "networks_far_apart", Value: int64(l.a.far.Count())}, {Name: "ttl_s", Value: int64(e.ttl)},
		{Name: "answers", Value: int64(l.a.rounds)}, {Name: "new_share", Value: detect.Round3(float64(l.a.recent))},
		{Name: "hosts_asking", Value: int64(l.hosts)}, {Name: "contacts", Value: int64(e.contacts)},
		{Name: "shared_share", Value: detect.Round3(l.shared)},
	}
	if l.servers > 0 {
		f.Evidence = append(f.Evidence, detect.Fact{Name: "server_networks", Value: int64(l.servers)})
	}
	f.Why = l.why(&f)
	var hosts []flow.Addr
	for i := range e.askers {
		if e.askers[i].hash != 0 {
			hosts = append(hosts, e.askers[i].host)
		}
	}
	if l.hosts > sampleAskers {
		slices.SortFunc(hosts, func(a, b flow.Addr) int { return slices.Compare(a[:], b[:]) })
		f.Sources = hosts
		return []detect.Finding{f}
	}
	out := make([]detect.Finding, 0, len(hosts))
	for _, h := range hosts {
		one := f
		one.Src = h
		out = append(out, one)
	}
	return out
}

// why says the finding in one plain sentence and what supports it.
func (l *look) why(f *detect.Finding) i18n.Text {
	text := i18n.Both("fastflux.why.one", "name", f.Name, "addresses", int64(l.a.addrs.Count()), "networks", int64(l.nets),
		"during", time.Duration(f.Last-f.First).Round(time.Second), "ttl", int64(l.e.ttl))
	add := func(key string, args ...any) {
		t := i18n.Both(key, args...)
		text.JA += t.JA
		text.EN += " " + t.EN
	}
	if l.a.recent >= flowing {
		add("fastflux.why.flowing", "share", int64(math.Round(100*float64(l.a.recent))))
	}
	if l.servers > 0 {
		add("fastflux.why.double", "networks", int64(l.servers))
	}
	if l.hosts > sampleAskers {
		add("fastflux.why.hosts", "n", int64(l.hosts))
	}
	return text
}
