package habit

import (
	"cmp"
	"math"
	"slices"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/beacon"
	"github.com/noroshi-acd/noroshi/detect/beacon/rhythm"
	"github.com/noroshi-acd/noroshi/detect/habit/indicator"
	"github.com/noroshi-acd/noroshi/flow"
)

// pooled bounds how many contacts one habit is learnt from.
const pooled = 4096

// pool gathers the contacts of all bots of one server.
type pool struct {
	finding              *detect.Finding
	pairs                int
	gaps, sent, received []float64
	hours                [24]float64
	contacts, failed     float64
	longest              []float64 // times of the pair with most contacts
	view                 beacon.View
	facts                facts
}

// target is a pair that a finding speaks about: by name, or by address and port.
type target struct {
	src  flow.Addr
	name string
	dst  flow.Addr
}

// server is what pools are kept by.
type server struct {
	name string
	dst  flow.Addr
	port uint16
}

// Learn writes down the habits of the servers that findings at high or above speak
// about, one for each server, sorted by ID. found is what the engine of the pairs
// says. Findings about servers that were called too seldom give none.
func (d *Detector) Learn(ctx *detect.Context, found []detect.Finding) []indicator.Habit {
	spoken := map[target]*detect.Finding{}
	for i := range found {
		f := &found[i]
		if detect.LevelOf(f.Score) < detect.High || !aboutServer(f.Kind) || f.Name == "" && f.Dst.IsZero() {
			continue
		}
		for _, src := range append(f.Sources[:len(f.Sources):len(f.Sources)], f.Src) {
			t := target{src: src, name: f.Name}
			if f.Name == "" {
				t.dst = f.Dst
			}
			if old := spoken[t]; old == nil || old.Score < f.Score {
				spoken[t] = f
			}
		}
	}
	pools := map[server]*pool{}
	d.pairs.Pairs(d.cfg.MinContacts, func(v *beacon.View) bool {
		t := target{src: v.Src, name: ctx.Names.Text(v.Name)}
		if v.Name == 0 {
			t.dst = v.Dst
		}
		if f := spoken[t]; f != nil {
			s := server{t.name, t.dst, v.Port}
			if pools[s] == nil {
				pools[s] = &pool{}
			}
			pools[s].add(v, f, d.of(v), d.cfg.MinContacts)
		}
		return true
	})
	var all []indicator.Habit
	for _, p := range pools {
		if len(p.gaps) >= d.cfg.MinContacts-1 {
			all = append(all, p.habit(d))
		}
	}
	slices.SortFunc(all, indicator.ByID)
	return all
}

// aboutServer says whether findings of this kind name a server that is called.
func aboutServer(k detect.Kind) bool {
	switch k {
	case detect.Scan, detect.Spread, detect.DNSTunnel:
		return false
	}
	return true
}

// add takes in the contacts of v from the finding's beginning on.
func (p *pool) add(v *beacon.View, f *detect.Finding, x *facts, least int) {
	from := 0
	if f.Kind == detect.Beacon {
		since := float64(f.First-v.First)/1e9 - 0.02
		from, _ = slices.BinarySearch(v.Times, since)
	}
	times := v.Times[from:]
	if len(times) < least || len(p.sent)+len(times) > pooled {
		return
	}
	if p.finding == nil || f.Score > p.finding.Score {
		p.finding = f
	}
	if len(times) > len(p.longest) {
		p.longest = append(p.longest[:0], times...)
		p.view = *v
		p.view.Times, p.view.Sent, p.view.Received = nil, nil, nil
	}
	p.pairs++
	p.sent, p.received = append(p.sent, v.Sent[from:]...), append(p.received, v.Received[from:]...)
	p.gaps = gaps(times, p.gaps)
	for _, t := range times {
		hour := math.Mod((float64(v.First)/1e9+t)/3600, 24)
		p.hours[min(int(max(hour, 0)), 23)]++
	}
	p.contacts += float64(v.Count)
	p.failed += float64(v.Attempts)
	if x != nil {
		p.facts.n, p.facts.sum, p.facts.sq = p.facts.n+x.n, p.facts.sum+x.sum, p.facts.sq+x.sq
		p.facts.ja4, p.facts.ja3 = or(p.facts.ja4, x.ja4), or(p.facts.ja3, x.ja3)
		p.facts.pattern = or(p.facts.pattern, x.pattern)
	}
}

// gaps appends the gaps between sorted times, in s.
func gaps(times, into []float64) []float64 {
	for i := 1; i < len(times); i++ {
		into = append(into, times[i]-times[i-1])
	}
	return into
}

// habit writes p down.
func (p *pool) habit(d *Detector) indicator.Habit {
	var scratch rhythm.Scratch
	r := rhythm.Find(p.longest, &scratch)
	for _, s := range [][]float64{p.gaps, p.sent, p.received} {
		slices.Sort(s)
	}
	h := indicator.Habit{
		Source: indicator.Source{
			Finding: p.finding.ID(), Kind: string(p.finding.Kind), Score: detect.Round3(p.finding.Score),
			Hosts: p.pairs, CheckIns: len(p.sent),
		},
		Rhythm: indicator.Rhythm{
			Period: short(cmp.Or(r.Period, indicator.SpreadOf(p.gaps).Median())), Jitter: short(r.Jitter), Second: short(r.Second), PerWake: max(r.Burst, 1),
			Gaps: spread(p.gaps), HoursUTC: make([]float64, 24),
		},
		Exchange: indicator.Exchange{
			Port: p.view.Port, Protocol: p.view.Proto, Service: indicator.ServiceName(p.view.Service), Named: p.view.Name != 0,
			Failed: short(p.failed / max(p.contacts, 1)), Sent: spread(p.sent), Received: spread(p.received),
		},
		TLS: d.tls(&p.facts),
	}
	for i, n := range p.hours {
		h.Rhythm.HoursUTC[i] = short(n / float64(len(p.sent)))
	}
	if m := p.facts.duration(); m != nil {
		h.Exchange.Duration = &indicator.Measure{Median: short(m.Median), Spread: short(m.Spread)}
	}
	h.ID = h.Digest()
	return h
}

// short keeps four significant digits: a habit is no record.
func short(x float64) float64 {
	if x == 0 {
		return 0
	}
	scale := math.Pow(10, 3-math.Floor(math.Log10(math.Abs(x))))
	return math.Round(x*scale) / scale
}

// spread is the spread of sorted, short.
func spread(sorted []float64) indicator.Spread {
	s := indicator.SpreadOf(sorted)
	for i := range s {
		s[i] = short(s[i])
	}
	return s
}
