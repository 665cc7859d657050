package beacon

import (
	"cmp"
	"slices"
	"time"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/beacon/series"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Findings weighs every pair that keeps a rhythm. It changes no state.
func (d *Detector) Findings(ctx *detect.Context) []detect.Finding {
	var all []candidate
	for _, t := range []*table{d.byName, d.byAddress} {
		for i := range t.used {
			c := candidate{p: t.at(i), t: t}
			if int(c.p.count) < d.cfg.MinCheckIns || t == d.byAddress && d.spokenForByName(c.p) {
				continue
			}
			if d.measure(&c) {
				if all = append(all, c); len(all) >= 2*mostCandidates {
					all = clearest(all)
				}
			}
		}
	}
	peers := map[destination]int{}
	for i := range all {
		peers[all[i].destination()]++
	}
	crowds := d.strangers(all)
	var told []*candidate
	for i := range all {
		c := &all[i]
		c.peers, c.strangers = peers[c.destination()], crowds[c.p.src]
		if c.p.name != 0 {
			c.hosts, c.family = ctx.Names.Hosts(c.p.name), ctx.Names.Family(c.p.name)
		} else {
			c.hosts = ctx.Addrs.Hosts(c.p.dst)
		}
		if c.weigh(ctx); c.weight.score() >= worthScore {
			told = append(told, c)
		}
	}
	if len(told) > mostFindings {
		slices.SortStableFunc(told, func(a, b *candidate) int { return cmp.Compare(b.weight.total(), a.weight.total()) })
		told = told[:mostFindings]
	}
	var out []detect.Finding
	for _, c := range told {
		out = append(out, d.finding(c, ctx, c.weight.score()))
	}
	return out
}

// Bounds on what is weighed and told, so that a network made to look like a
// thousand clocks cannot take the memory; the clearest are kept.
const (
	mostCandidates = 50_000
	mostFindings   = 10_000
)

// clearest gives the mostCandidates of all whose rhythm is the clearest.
func clearest(all []candidate) []candidate {
	slices.SortStableFunc(all, func(a, b candidate) int {
		return cmp.Compare(b.rhythm.Evidence, a.rhythm.Evidence)
	})
	return all[:mostCandidates]
}

// strangers counts, for the sources of unnamed candidates, to how many unnamed
// destinations on unusual ports they turned: dozens are a peer-to-peer program, in
// whose crowd some pair always seems to keep time.
func (d *Detector) strangers(all []candidate) map[flow.Addr]int {
	n := map[flow.Addr]int{}
	for i := range all {
		if p := all[i].p; p.name == 0 && !usualPort(p.port) {
			n[p.src] = 0
		}
	}
	if len(n) == 0 {
		return n
	}
	for i := range d.byAddress.used {
		p := d.byAddress.at(i)
		if k, ok := n[p.src]; ok && p.count > 0 && p.name == 0 && !usualPort(p.port) && p.attempts < p.count {
			n[p.src] = k + 1
		}
	}
	return n
}

// worthScore is the score below which nothing is said.
const worthScore = 0.2

// destination is what peers share.
type destination struct {
	name detect.NameID
	dst  flow.Addr
	port uint16
}

func (c *candidate) destination() destination {
	if c.p.byAddress {
		return destination{dst: c.p.dst, port: c.p.port}
	}
	return destination{name: c.p.name, port: c.p.port}
}

// spokenForByName says that an address pair adds nothing to the pair by name: most
// of its contacts had one name, and that pair is remembered.
func (d *Detector) spokenForByName(p *pair) bool {
	if p.named*2 < p.count+p.same {
		return false
	}
	i, ok := d.byName.index.Get(hashName(p.src, p.name, p.port))
	return ok && d.byName.at(i).count*2 >= p.count
}

func (d *Detector) finding(c *candidate, ctx *detect.Context, score float64) detect.Finding {
	p := c.p
	name := ctx.Names.Text(p.name)
	f := detect.Finding{
		Kind: detect.Beacon, Score: score, Src: p.src, Dst: p.dst, Port: p.port, Proto: p.proto,
		Name: name, Class: p.class, First: c.since, Last: p.last, Count: c.count(),
		Attack: technique(p), Strip: c.strip(d), Gaps: c.gaps(d),
	}
	f.Evidence = []detect.Fact{
		{Name: "period_s", Value: round(c.rhythm.Period)}, {Name: "jitter", Value: round(c.rhythm.Jitter)},
		{Name: "timing_nats", Value: round(c.rhythm.Evidence)}, {Name: "inside", Value: round(c.rhythm.Inside)},
		{Name: "cover", Value: round(c.rhythm.Cover)},
		{Name: "src_bytes_median", Value: c.out.median}, {Name: "src_bytes_spread", Value: round(c.out.rel)},
		{Name: "dst_bytes_median", Value: c.in.median}, {Name: "dst_bytes_spread", Value: round(c.in.rel)},
		{Name: "src_bytes", Value: int64(p.bytesOut)}, {Name: "dst_bytes", Value: int64(p.bytesIn)},
		{Name: "unanswered", Value: int64(p.attempts)}, {Name: "hosts_same_rhythm", Value: int64(c.peers)},
		{Name: "names_of_site", Value: int64(c.family)},
	}
	if c.rhythm.Second > 0 {
		f.Evidence = append(f.Evidence, detect.Fact{Name: "second_period_s", Value: round(c.rhythm.Second)})
	}
	if c.rhythm.Burst > 1 {
		f.Evidence = append(f.Evidence, detect.Fact{Name: "connections_per_check_in", Value: int64(c.rhythm.Burst)})
	}
	f.Why = c.why(name)
	return f
}

// count is how many check-ins the finding rests on.
func (c *candidate) count() int64 {
	if c.rhythm.From > 0 {
		return int64(c.took)
	}
	return int64(c.p.count)
}

// technique gives the ATT&CK numbers that fit what was seen.
func technique(p *pair) []string {
	switch p.service {
	case flow.ServiceTLS, flow.ServiceQUIC:
		return []string{"T1071.001", "T1573"}
	case flow.ServiceHTTP:
		return []string{"T1071.001"}
	}
	if p.proto == 6 && !usualPort(p.port) {
		return []string{"T1571", "T1071"}
	}
	return []string{"T1071"}
}

// why says the finding in one plain sentence and what supports it.
func (c *candidate) why(name string) i18n.Text {
	p := c.p
	to := name
	if to == "" {
		to = p.dst.String()
	}
	text := i18n.Both("beacon.why.clock", "src", p.src.String(), "dst", to, "count", c.count(),
		"span", time.Duration(p.last-c.since).Round(time.Second), "period", seconds(c.rhythm.Period), "jitter", i18n.Share(round(c.rhythm.Jitter)))
	add := func(key string, args ...any) {
		t := i18n.Both(key, args...)
		text.JA += t.JA
		text.EN += " " + t.EN
	}
	if c.rhythm.From > 0 {
		add("beacon.why.latest")
	}
	if c.rhythm.Second > 0 {
		add("beacon.why.second", "period", seconds(c.rhythm.Second))
	}
	if c.rhythm.Burst > 1 {
		add("beacon.why.burst", "n", c.rhythm.Burst)
	}
	switch {
	case p.attempts*2 > p.count:
		add("beacon.why.unanswered")
	case c.out.rel < 0.2:
		add("beacon.why.constant", "bytes", int64(c.out.median))
	}
	switch {
	case c.peers == 1:
		add("beacon.why.alone")
	default:
		add("beacon.why.peers", "n", c.peers)
	}
	if c.weight.rarity <= -3 || c.weight.service <= -2.5 || c.weight.place <= -2 {
		add("beacon.why.doubt")
	}
	return text
}

func seconds(s float64) time.Duration {
	d := time.Duration(s * 1e9)
	if d > time.Minute {
		return d.Round(time.Second)
	}
	return d.Round(10 * time.Millisecond)
}

// round keeps three significant digits, enough for evidence.
func round(x float64) float64 { return detect.Round3(x) }

// strip counts the check-ins in equal slices of the pair's life.
func (c *candidate) strip(d *Detector) []uint16 {
	out := make([]uint16, detect.StripLen)
	since, span := (c.since-c.p.first)/series.Tick, max((c.p.last-c.since)/series.Tick, 1)
	put := func(at int64, n uint16) {
		if at < 0 {
			return
		}
		i := min(max(at, 0)*detect.StripLen/(span+1), detect.StripLen-1)
		out[i] = series.Sum(out[i], n)
	}
	if c.p.ring < 0 || c.rhythm.From > 0 {
		for _, x := range c.t.contacts(c.p, d.contacts[:0]) {
			put(int64(x.At)-since, 1)
		}
		return out
	}
	return c.t.rings.At(c.p.ring).Slices(span, detect.StripLen)
}
