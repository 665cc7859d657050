package habit

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/beacon"
	"github.com/noroshi-acd/noroshi/detect/beacon/rhythm"
	"github.com/noroshi-acd/noroshi/detect/habit/indicator"
	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

const (
	worthScore = 0.2
	mostScore  = 0.97 // a habit alone is never quite sure
	candidates = 20_000
	fewest     = 20 // destinations that the prior counts at least
	alikeNats  = 4.0
	prior      = -0.5
)

// match is a pair that comes close to a habit.
type match struct {
	c     calls
	h     *indicator.Habit
	nats  float64 // log-likelihood ratio
	alike int     // other destinations that come as close
	score float64
}

// Findings compares every pair with every habit. It changes no state.
func (d *Detector) Findings(ctx *detect.Context) []detect.Finding {
	if len(d.habits) == 0 {
		return nil
	}
	back := background{index: map[uint64]struct{}{}}
	var close []calls
	var scratch []float64
	d.pairs.Pairs(d.cfg.MinContacts, func(v *beacon.View) bool {
		var c calls
		scratch = d.summary(&c, v, ctx, scratch)
		back.add(&c, ctx)
		if len(close) < candidates && c.eligible() && d.nearAny(&c) {
			close = append(close, c)
		}
		return true
	})
	best := map[uint64]match{} // by pair
	for i := range d.habits {
		h := &d.habits[i]
		for _, m := range d.matches(h, &back, close, ctx) {
			k := key(m.c.src, m.c.dst, m.c.port)
			if old, ok := best[k]; !ok || old.score < m.score || old.score == m.score && old.h.ID > h.ID {
				best[k] = m
			}
		}
	}
	out := d.tell(best, ctx)
	slices.SortFunc(out, func(a, b detect.Finding) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.ID(), b.ID()))
	})
	return out
}

// eligible leaves out what cannot be a bot at its server.
func (c *calls) eligible() bool {
	switch {
	case c.private && c.name == 0, c.class == direction.Inbound:
		return false
	case !c.domestic && c.failed > 0.6:
		return false // the noise of the Internet
	}
	return true
}

func (d *Detector) nearAny(c *calls) bool {
	for i := range d.habits {
		h := &d.habits[i]
		dist, sigma, cost := distances(h, c), sigmas(h, c.contacts), 0.0
		for j := range dist {
			cost += price(dist[j], sigma[j])
		}
		if cost <= near {
			return true
		}
	}
	return false
}

// matches gives the pairs among close that h is worth being said of.
func (d *Detector) matches(h *indicator.Habit, back *background, close []calls, ctx *detect.Context) []match {
	k := back.around(h, d)
	var all []match
	for i := range close {
		c := &close[i]
		nats, cost := k.likeness(c, d.tls(&c.facts))
		if cost <= near {
			all = append(all, match{c: *c, h: h, nats: nats})
		}
	}
	strongest := map[uint64]float64{} // by destination
	for i := range all {
		at := all[i].c.destination(ctx)
		if old, ok := strongest[at]; !ok || old < all[i].nats {
			strongest[at] = all[i].nats
		}
	}
	nats := slices.Sorted(maps.Values(strongest))
	kept := all[:0]
	for _, m := range all {
		below, _ := slices.BinarySearch(nats, m.nats-alikeNats)
		m.alike = len(nats) - below - 1 // without itself
		m.score = m.weigh(k, ctx)
		if m.score >= worthScore {
			kept = append(kept, m)
		}
	}
	return kept
}

// weigh gives the calibrated probability; docs/spec/habit.md holds the reasoning.
func (m *match) weigh(k *chance, ctx *detect.Context) float64 {
	w := prior + m.nats - math.Log(k.n+fewest)
	w -= 2 * math.Log1p(float64(m.alike)/2)
	w += m.c.place(ctx)
	return min(1/(1+math.Exp(-w)), mostScore)
}

// place weighs who else goes there and what the destination is for.
func (c *calls) place(ctx *detect.Context) float64 {
	w := 0.0
	if share := float64(c.visited) / float64(max(ctx.Hosts, 1)); ctx.Hosts >= 20 && c.domestic && share > 0.10 {
		w -= 6
	}
	if c.visited > 8 {
		w -= 1.8 * math.Log2(float64(c.visited)/8)
	}
	switch c.service {
	case flow.ServiceNTP, flow.ServiceDNS, flow.ServiceDHCP, flow.ServiceSNMP, flow.ServiceKerberos, flow.ServiceLDAP:
		w -= 4
	}
	return w
}

// tell makes the findings, looking once more at the pairs for their rhythm.
func (d *Detector) tell(best map[uint64]match, ctx *detect.Context) []detect.Finding {
	var out []detect.Finding
	var scratch rhythm.Scratch
	if len(best) == 0 {
		return nil
	}
	d.pairs.Pairs(d.cfg.MinContacts, func(v *beacon.View) bool {
		m, ok := best[key(v.Src, v.Dst, v.Port)]
		if ok && m.c.name == v.Name {
			out = append(out, m.finding(d, ctx, rhythm.Find(v.Times, &scratch), strip(v)))
		}
		return true
	})
	return out
}

func (m *match) finding(d *Detector, ctx *detect.Context, r rhythm.Rhythm, strip []uint16) detect.Finding {
	c := &m.c
	f := detect.Finding{
		Kind: detect.Habit, Score: m.score, Src: c.src, Dst: c.dst, Port: c.port, Proto: c.proto, Name: ctx.Names.Text(c.name),
		Class: c.class, First: c.first, Last: c.last, Count: int64(c.count), Attack: []string{"T1071"}, Strip: strip,
	}
	if c.service == flow.ServiceTLS || c.service == flow.ServiceQUIC {
		f.Attack = []string{"T1071.001", "T1573"}
	}
	same := m.same(d)
	f.Evidence = []detect.Fact{
		{Name: "habit", Value: m.h.ID}, {Name: "likeness_nats", Value: detect.Round3(m.nats)}, {Name: "destinations_alike", Value: int64(m.alike)},
		{Name: "period_s", Value: detect.Round3(cmp.Or(r.Period, c.gaps.Median()))}, {Name: "jitter", Value: detect.Round3(r.Jitter)},
		{Name: "habit_period_s", Value: m.h.Rhythm.Period}, {Name: "habit_jitter", Value: m.h.Rhythm.Jitter},
		{Name: "src_bytes_median", Value: detect.Round3(c.sent.Median())}, {Name: "dst_bytes_median", Value: detect.Round3(c.received.Median())},
		{Name: "same_handshake", Value: same}, {Name: "hosts_to_dst", Value: int64(c.visited)},
	}
	to := f.Name
	if to == "" {
		to = c.dst.String()
	}
	f.Why = i18n.Both("habit.why.same", "src", c.src.String(), "dst", to, "habit", m.h.ID, "period", seconds(m.h.Rhythm.Period),
		"out", int64(c.sent.Median()), "in", int64(c.received.Median()))
	if same {
		join(&f.Why, i18n.Both("habit.why.handshake"))
	}
	if m.alike == 0 {
		join(&f.Why, i18n.Both("habit.why.alone"))
	} else {
		join(&f.Why, i18n.Both("habit.why.others", "n", m.alike))
	}
	return f
}

func join(t *i18n.Text, more i18n.Text) {
	t.JA += more.JA
	t.EN += " " + more.EN
}

// same says whether the client's fingerprint or the certificate's make agrees.
func (m *match) same(d *Detector) bool {
	t, h := d.tls(&m.c.facts), m.h.TLS
	if t == nil || h == nil {
		return false
	}
	return h.JA4 != "" && h.JA4 == t.JA4 || h.Certificate != nil && t.Certificate != nil && h.Certificate.Alike(t.Certificate)
}

// strip counts the contacts that v shows in equal slices.
func strip(v *beacon.View) []uint16 {
	out := make([]uint16, detect.StripLen)
	span := max(float64(v.Last-v.First)/1e9, 1e-9)
	for _, t := range v.Times {
		out[min(max(int(t/span*detect.StripLen), 0), detect.StripLen-1)]++
	}
	return out
}

func seconds(s float64) time.Duration {
	d := time.Duration(s * 1e9)
	if d > time.Minute {
		return d.Round(time.Second)
	}
	return d.Round(10 * time.Millisecond)
}
