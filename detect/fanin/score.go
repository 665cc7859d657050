package fanin

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

const (
	// steadySigma is the spread of ln(gap) that a jitter of 90 % leaves (0.69), with
	// room for lost check-ins; few gaps get more room. Visitors of web sites were
	// seen above 2.
	steadySigma = 0.85
	// rigidSigma is the spread of a clock with at most 7 % of jitter.
	rigidSigma = 0.045
	bulk       = 11.5 // ln octets (100 kB) that no report of a bot has
	steadyGaps = 4    // gaps that a host's rhythm needs
	worthScore = 0.2
)

// crowd is what the hosts of one destination have in common.
type crowd struct {
	hosts  int // all that went there, estimated
	steady []*member
	sigma  float64 // middle spread of the steady hosts' ln(gap)
	out    moments // ln octets sent, over all steady hosts
	in     moments // and received
	period float64 // s, middle of the steady hosts' mean gap
	gaps   int
}

// Findings weighs every destination with enough hosts. It changes no state.
func (d *Detector) Findings(ctx *detect.Context) []detect.Finding {
	var out []detect.Finding
	for _, i := range d.nodes.index.All() {
		n := d.nodes.at(*i)
		k := n.key
		if n.hosts.Count() < d.cfg.MinHosts || int(n.members) < d.cfg.MinHosts*3/4 {
			continue
		}
		c := d.gather(n)
		if c.hosts < d.cfg.MinHosts || len(c.steady) < d.cfg.MinHosts*3/4 {
			continue
		}
		if s := c.score(ctx, k, n); s >= worthScore {
			out = append(out, finding(ctx, k, n, c, s))
		}
	}
	slices.SortFunc(out, func(a, b detect.Finding) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.ID(), b.ID()))
	})
	return out
}

// gather finds the steady hosts of n.
func (d *Detector) gather(n *node) crowd {
	c := crowd{hosts: n.hosts.Count()}
	var sigmas, periods []float64
	members := slices.Collect(d.each(n))
	slices.SortFunc(members, func(a, b *member) int { return cmp.Or(cmp.Compare(a.first, b.first), cmp.Compare(a.hash, b.hash)) })
	for _, m := range members {
		g := m.near
		if m.far.n >= steadyGaps && m.far.sigma() < m.near.sigma() {
			g = m.far
		}
		if g.n < steadyGaps || g.sigma() > steadySigma+1/math.Sqrt(float64(g.n)) {
			continue
		}
		c.steady = append(c.steady, m)
		c.gaps += int(g.n)
		sigmas, periods = append(sigmas, g.sigma()), append(periods, math.Exp(g.mean()))
		c.out.join(m.out)
		c.in.join(m.in)
	}
	if len(c.steady) > 0 {
		slices.Sort(sigmas)
		slices.Sort(periods)
		c.sigma, c.period = sigmas[len(sigmas)/2], periods[len(periods)/2]
	}
	return c
}

// score gives the calibrated probability; docs/spec/beacon.md holds the reasoning.
func (c crowd) score(ctx *detect.Context, k key, n *node) float64 {
	of := float64(len(c.steady)) / float64(n.members)
	w := -3 + min(2*math.Log2(float64(len(c.steady))/4), 5) + 5*(of-0.7)
	w += c.rhythm(k) + c.sizes() + c.share(ctx) + c.service(k, n)
	if k.name == 0 {
		w += 0.8
	} else if f := ctx.Names.Family(k.name); f >= 2 {
		w -= min(1.5*math.Log2(float64(f)), 4.5)
	}
	return 1 / (1 + math.Exp(-w))
}

// rhythm weighs how steady the hosts are. A timer without jitter and with a name
// is software that a few have.
func (c crowd) rhythm(k key) float64 {
	switch {
	case c.sigma < rigidSigma && k.name != 0:
		return -5
	case c.sigma < 0.5:
		return 1.5
	case c.sigma < 0.8:
		return 0.8
	}
	return 0
}

// sizes weighs how alike the hosts' contacts are.
func (c crowd) sizes() float64 {
	w := 0.0
	switch s := c.out.sigma(); {
	case c.out.n == 0: // never answered, or no counters
	case s < 0.3:
		w = 1.5
	case s < 0.6:
		w = 0.5
	case s > 0.7:
		w = -3
	}
	if c.in.n > 0 && c.in.sigma() > 1 {
		w -= 1.5 // what comes back varies as content does
	}
	if c.out.mean() > bulk {
		w -= 2
	}
	return w
}

// share weighs how large a part of the population knows the destination.
func (c crowd) share(ctx *detect.Context) float64 {
	share := float64(c.hosts) / float64(max(ctx.Hosts, c.hosts))
	switch {
	case c.hosts > ctx.Hosts:
		return -8 // more sources than clients: strangers at a public door
	case ctx.Hosts < 50: // too few to call anything rare
		return -clamp(10*share, 0, 6)
	case share > 0.10:
		return -8
	case share > 0.05 && c.hosts > 60:
		return -6
	case share > 0.05:
		return -4
	}
	return 0
}

// service weighs destinations that keep time by their nature or stand at home.
func (c crowd) service(k key, n *node) float64 {
	w := 0.0
	switch {
	case n.service == flow.ServiceNTP, n.service == flow.ServiceDNS, n.proto == 17 && k.port == 123, k.port == 853:
		w -= 8
	case n.service == flow.ServiceMail, n.service == flow.ServiceSMTP, mailPort(k.port):
		w -= 3
	case n.service == flow.ServiceDHCP, n.service == flow.ServiceSNMP, n.service == flow.ServiceSIP,
		n.service == flow.ServiceKerberos, n.service == flow.ServiceLDAP, n.service == flow.ServiceSMB:
		w -= 4
	}
	switch {
	case n.private:
		w -= 5
	case n.class == direction.Domestic:
		w -= 3
	case n.class == direction.Inbound:
		w -= 4 // many outsiders at one domestic door: a public server
	}
	return w
}

func mailPort(port uint16) bool {
	switch port {
	case 25, 110, 143, 465, 587, 993, 995:
		return true
	}
	return false
}

func finding(ctx *detect.Context, k key, n *node, c crowd, score float64) detect.Finding {
	f := detect.Finding{
		Kind: detect.FanIn, Score: score, Dst: n.at, Port: k.port, Proto: n.proto, Name: ctx.Names.Text(k.name),
		Class: n.class, First: n.first, Last: n.last, Count: int64(n.count), Attack: []string{"T1071", "T1583"},
	}
	strip := make([]uint16, detect.StripLen)
	for _, m := range c.steady {
		f.Sources = append(f.Sources, m.src)
		i := (m.first - n.first) * detect.StripLen / (n.last - n.first + 1)
		strip[min(max(i, 0), detect.StripLen-1)]++
	}
	slices.SortFunc(f.Sources, func(a, b flow.Addr) int { return slices.Compare(a[:], b[:]) })
	f.Strip = strip
	f.Evidence = []detect.Fact{
		{Name: "hosts", Value: int64(c.hosts)}, {Name: "steady_hosts", Value: int64(len(c.steady))},
		{Name: "population", Value: int64(ctx.Hosts)}, {Name: "period_s", Value: detect.Round3(c.period)},
		{Name: "gap_sigma", Value: detect.Round3(c.sigma)}, {Name: "src_bytes_median", Value: detect.Round3(math.Exp(c.out.mean()))},
		{Name: "src_bytes_sigma", Value: detect.Round3(c.out.sigma())}, {Name: "gaps", Value: int64(c.gaps)},
	}
	to := f.Name
	if to == "" {
		to = f.Dst.String()
	}
	f.Why = i18n.Both("fanin.why.crowd", "n", len(c.steady), "dst", to, "population", ctx.Hosts, "hosts", c.hosts,
		"period", time.Duration(c.period*1e9).Round(time.Second))
	return f
}

func clamp(x, lo, hi float64) float64 { return max(lo, min(hi, x)) }
