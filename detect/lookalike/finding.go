package lookalike

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/lookalike/brand"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Weights in nats and bounds; docs/spec/look-alike.md holds the reasoning.
const (
	worthScore = 0.2
	fewHosts   = 4  // machines up to which a name is a matter of few
	population = 20 // clients from which a share says something
	kids       = 6  // names under one domain from which it is somebody's service
	youngName  = int64(14 * 24 * time.Hour)
	oldName    = int64(365 * 24 * time.Hour)
)

// Findings weighs every contact with an imitating name. It changes no state.
func (d *Detector) Findings(ctx *detect.Context) []detect.Finding {
	var out []detect.Finding
	for _, c := range d.contacts.All() {
		if f, ok := d.finding(ctx, c); ok {
			out = append(out, f)
		}
	}
	slices.SortFunc(out, func(a, b detect.Finding) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.ID(), b.ID()))
	})
	return out
}

// wayWeight is how much a way of imitating says, in nats.
var wayWeight = map[brand.Way]float64{
	brand.Script: 2.2, brand.Front: 1.2, brand.Visual: 1.2, brand.Bait: 0.2, brand.Typo: 0.4, brand.Suffix: -1, brand.Part: -2, brand.Beside: -1.8,
}

// weight says in nats how much the name alone says.
func weight(m brand.Match, everyday bool) float64 {
	w := wayWeight[m.Way] + 0.7*float64(min(m.Baits, 2))
	switch {
	case m.Way == brand.Typo:
		w += 0.6 - 1.1*m.Cost + 0.1*float64(min(len(m.Word), 12)-6)
	case m.Hosted && m.Way == brand.Front && m.Baits == 0:
		w -= 0.8
	case m.Hosted && m.Way == brand.Suffix:
		w -= 0.6
	}
	if m.Young && !m.Hosted {
		w += 0.6
	}
	if everyday && m.Way != brand.Script && m.Way != brand.Front {
		w -= 1.5
	}
	return w
}

// finding judges one contact; ok is false when it is not worth a line.
func (d *Detector) finding(ctx *detect.Context, c *contact) (f detect.Finding, ok bool) {
	m := &d.matches[c.match]
	b := d.book.Brand(m.Brand)
	name := ctx.Names.Text(c.name)
	hosts := max(ctx.Names.Hosts(c.name), ctx.Names.Hosts(ctx.Names.Site(c.name)))
	w := weight(m.Match, b.Everyday)
	if c.visited == 0 {
		w -= 0.5
	}
	w += d.against(ctx, c, hosts) + d.age(name, c.first)
	score := 1 / (1 + math.Exp(-w))
	if score < worthScore {
		return f, false
	}
	f = detect.Finding{
		Kind: detect.LookAlike, Score: score, Src: c.src, Dst: c.dst, Port: c.port, Proto: c.proto, Name: name, Class: c.class,
		First: c.first, Last: c.last, Count: int64(c.asked) + int64(c.visited), Attack: []string{"T1583.001", "T1566.002"}, Strip: c.line.Strip(c.first, c.last),
	}
	f.Evidence = []detect.Fact{
		{Name: "imitated", Value: b.Name.EN}, {Name: "imitated_word", Value: m.Word}, {Name: "way", Value: m.Way.String()},
		{Name: "baits", Value: int64(m.Baits)}, {Name: "visits", Value: int64(c.visited)}, {Name: "lookups", Value: int64(c.asked)},
		{Name: "src_bytes", Value: int64(c.sent)}, {Name: "hosts_to_dst", Value: int64(hosts)},
	}
	if m.Way == brand.Typo {
		f.Evidence = append(f.Evidence, detect.Fact{Name: "slips", Value: detect.Round3(m.Cost)})
	}
	if m.Seen != "" {
		f.Evidence = append(f.Evidence, detect.Fact{Name: "seen_as", Value: m.Seen})
	}
	f.Why = d.why(c, name)
	return f, true
}

// against weighs what speaks for an honest name: many who use it, a family of
// names, and an alias of the brand itself.
func (d *Detector) against(ctx *detect.Context, c *contact, hosts int) (w float64) {
	if hosts > fewHosts {
		w -= min(math.Log2(float64(hosts)/fewHosts), 4)
	}
	if ctx.Hosts >= population && hosts > fewHosts && 10*hosts >= ctx.Hosts {
		w -= 2
	}
	if n := ctx.Names.Family(c.name); n >= kids {
		w -= min(0.8*math.Log2(float64(n)/3), 4)
	}
	if at := d.vouched.Get(d.matches[c.match].site); at != nil {
		w -= 5
	}
	return w
}

// age weighs when the name was first seen by others, where that is known.
func (d *Detector) age(name string, first int64) float64 {
	if d.past == nil {
		return 0
	}
	seen, ok := d.past.FirstSeen(name)
	switch {
	case !ok:
		return 0
	case first-seen < youngName:
		return 0.8
	case first-seen > oldName:
		return -1.5
	}
	return 0
}

// why says the finding in one plain sentence and what supports it.
func (d *Detector) why(c *contact, name string) i18n.Text {
	m := &d.matches[c.match]
	b := d.book.Brand(m.Brand)
	key := "lookalike.why.asked"
	if c.visited > 0 {
		key = "lookalike.why.visited"
	}
	text := i18n.Both(key, "src", c.src.String(), "name", name, "brand", b.Name, "times", int64(c.asked)+int64(c.visited))
	add := func(key string, args ...any) {
		t := i18n.Both(key, args...)
		text.JA += t.JA
		text.EN += " " + t.EN
	}
	add("lookalike.way."+m.Way.String(), "word", m.Word)
	if m.Seen != "" {
		add("lookalike.why.seen", "name", m.Seen)
	}
	if m.Baits > 0 && m.Way != brand.Bait {
		add("lookalike.why.bait")
	}
	if c.visited == 0 {
		add("lookalike.why.only")
	}
	return text
}
