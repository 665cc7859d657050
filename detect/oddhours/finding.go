package oddhours

import (
	"cmp"
	"fmt"
	"math"
	"math/bits"
	"slices"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

const (
	worthScore = 0.2
	mostScore  = 0.88 // somebody may have come at night
)

// Findings weighs every pair that moved enough at odd hours. It changes no state.
func (d *Detector) Findings(ctx *detect.Context) []detect.Finding {
	var out []detect.Finding
	for _, p := range d.pairs.All() {
		if p.sent+p.received < d.cfg.MinOctets {
			continue
		}
		visited := ctx.Addrs.Hosts(p.dst)
		if p.site != 0 {
			visited = ctx.Names.Hosts(p.site)
		}
		if s := p.score(ctx, visited); s >= worthScore {
			out = append(out, p.finding(ctx, visited, s))
		}
	}
	slices.SortFunc(out, func(a, b detect.Finding) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.ID(), b.ID()))
	})
	return out
}

// others is how many different ends the host turned to at the same hours, by octets.
func (p *pair) others() float64 {
	return max(float64(p.company)/max(float64((p.sent+p.received)/1024), 1)-1, 0)
}

// share is the part of what was moved that fell on odd hours.
func (p *pair) share() float64 {
	odd := float64(p.sent + p.received)
	return odd / (odd + float64(p.usual))
}

// score gives the calibrated probability; docs/spec/oddhours.md holds the reasoning.
func (p *pair) score(ctx *detect.Context, visited int) float64 {
	w := -3.0 + p.rarity(ctx, visited) + p.place(ctx)
	w += clamp(0.5*math.Log(float64(p.sent+p.received)/(1<<20)), 0, 2.5)
	if p.sent > p.received {
		w += 0.5
	}
	switch share := p.share(); {
	case share > 0.95:
		w++
	case share < 0.5:
		w -= 3
	default:
		w--
	}
	switch awake := p.others() / max(float64(p.busiest), 1); {
	case awake > 0.45:
		w -= 4 // somebody is at the machine: night work, another time zone
	case awake < 0.2:
		w += 0.7
	}
	nights, could := bits.OnesCount64(p.nights), float64(p.last-p.since)/float64(24*hour)
	switch {
	case bits.OnesCount64(p.before) >= 2 && p.hours&^p.around() == 0:
		w -= 4.5 // it has always done so at this hour
	case nights >= 4 && float64(nights) > 0.8*could:
		w -= 1.5 // every night: a timetable
	case nights >= 2:
		w += 0.5
	}
	return min(1/(1+math.Exp(-w)), mostScore)
}

// around is the hours of the time before the host was judged, and their neighbours.
func (p *pair) around() uint32 {
	h := p.hoursBefore
	return h | h<<1 | h>>1 | h>>23&1 | h<<23&(1<<23)
}

// rarity weighs who else knows the end.
func (p *pair) rarity(ctx *detect.Context, visited int) float64 {
	switch share := float64(visited) / float64(max(ctx.Hosts, visited, 1)); {
	case ctx.Hosts < 10:
		return 0
	case share > 0.05 && visited > 1:
		return -5
	case visited <= 1:
		return 1
	case visited > 3:
		return -1.5 * math.Log2(float64(visited)/3)
	}
	return 0
}

// place weighs what the end is for.
func (p *pair) place(ctx *detect.Context) float64 {
	w := 0.0
	if p.domestic {
		w -= 2
	}
	if p.name == 0 {
		return w + 0.4
	}
	if f := ctx.Names.Family(p.name); f > 2 {
		w -= min(1.2*math.Log2(float64(f)/2), 4)
	}
	return w
}

func clamp(x, lo, hi float64) float64 { return max(lo, min(hi, x)) }

func (p *pair) finding(ctx *detect.Context, visited int, score float64) detect.Finding {
	f := detect.Finding{
		Kind: detect.OddHours, Score: score, Src: p.src, Dst: p.dst, Port: p.port, Proto: p.proto, Name: ctx.Names.Text(p.name),
		Class: p.class, First: p.first, Last: p.last, Count: int64(p.count), Attack: []string{"T1029"}, Strip: p.times.Strip(p.first, p.last),
	}
	f.Evidence = []detect.Fact{
		{Name: "hours_local", Value: p.clock()}, {Name: "nights", Value: int64(bits.OnesCount64(p.nights))},
		{Name: "src_bytes", Value: int64(p.sent)}, {Name: "dst_bytes", Value: int64(p.received)}, {Name: "odd_share", Value: detect.Round3(p.share())},
		{Name: "ends_beside", Value: detect.Round3(p.others())}, {Name: "ends_busiest_hour", Value: detect.Round3(float64(p.busiest))},
		{Name: "hosts_to_dst", Value: int64(visited)},
	}
	to := f.Name
	if to == "" {
		to = p.dst.String()
	}
	f.Why = i18n.Both("oddhours.why.rest", "src", p.src.String(), "dst", to, "octets", detect.Round3(float64(p.sent+p.received)/1e6), "hours", p.clock(),
		"nights", bits.OnesCount64(p.nights))
	add := i18n.Both("oddhours.why.company", "n", visited)
	if visited <= 1 {
		add = i18n.Both("oddhours.why.alone")
	}
	f.Why.JA += add.JA
	f.Why.EN += " " + add.EN
	return f
}

// clock writes the local hours as ranges: "22-24, 1-4".
func (p *pair) clock() string {
	text := ""
	for h := 0; h < 24; h++ {
		if p.hours>>h&1 == 0 {
			continue
		}
		end := h
		for end < 24 && p.hours>>end&1 != 0 {
			end++
		}
		if text != "" {
			text += ", "
		}
		text += fmt.Sprintf("%d-%d", h, end)
		h = end
	}
	return text
}
