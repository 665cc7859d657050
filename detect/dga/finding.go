package dga

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// least is the score below which a host is not worth a finding.
const least = 0.3

// Findings gives one finding per host whose lookups were, at their worst, likely a
// program's, and one per address that a host turned to under several made-up names,
// the surest first.
func (d *Detector) Findings(c *detect.Context) []detect.Finding {
	var all []detect.Finding
	people := d.all(c)
	for _, h := range d.hosts.All() {
		if p := d.best(*h, people); p.score >= least {
			all = append(all, (*h).finding(&p))
		}
	}
	for _, e := range d.endpoints.All() {
		if n := e.sites(d.people, people); n >= endpointNames {
			all = append(all, e.finding(n, d.people.Shared(detect.HashAddr(e.dst))))
		}
	}
	slices.SortFunc(all, func(a, b detect.Finding) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), bytes.Compare(a.Src[:], b.Src[:]), bytes.Compare(a.Dst[:], b.Dst[:]))
	})
	return all
}

func (h *host) finding(p *peak) detect.Finding {
	f := detect.Finding{
		Kind: detect.DGA, Score: p.score, Src: h.addr, Class: h.class,
		First: p.first, Last: max(p.last, p.first), Count: h.strip.total,
		Attack: []string{"T1568.002"},
	}
	f.First = min(f.First, h.firstBad)
	f.Last = max(f.Last, min(h.firstBad+h.strip.width*detect.StripLen, h.last))
	f.Strip = slices.Clone(h.strip.of[:])
	if p.answer.len > 0 {
		f.Name, f.Dst = p.answer.text(), p.answer.addr
	}
	f.Evidence = []detect.Fact{
		{Name: "names", Value: int64(p.names)}, {Name: "nxdomain", Value: int64(p.dead)},
		{Name: "unanswered", Value: int64(p.silent)}, {Name: "resolved_alike", Value: int64(p.share)},
		{Name: "mean_log_odds", Value: detect.Round3(p.mean)}, {Name: "share_of_domains", Value: detect.Round3(p.part)},
		{Name: "suffixes", Value: int64(p.suffixes)},
		{Name: "label_min", Value: int64(p.shortest)}, {Name: "label_max", Value: int64(p.longest)},
		{Name: "window_s", Value: detect.Round3(float64(p.last-p.first) / 1e9)},
		{Name: "by_letters", Value: !p.words},
		{Name: "samples", Value: p.samples()},
	}
	if p.answer.len > 0 {
		f.Evidence = append(f.Evidence, detect.Fact{Name: "answered", Value: p.answer.text()})
	}
	f.Why = h.why(p)
	return f
}

// text is safe to show: other than printable ASCII is written as an escape.
func (s *sample) text() string {
	t := i18n.Escape(string(s.of[:s.len]))
	if s.len == textLen {
		t += "…"
	}
	return t
}

func (p *peak) samples() string {
	var names []string
	for i := range p.sample {
		if p.sample[i].len > 0 {
			names = append(names, p.sample[i].text())
		}
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

// why says the finding in one plain sentence and what supports it.
func (h *host) why(p *peak) i18n.Text {
	key := "dga.why.letters"
	if p.words {
		key = "dga.why.words"
	}
	span := max(time.Duration(p.last-p.first).Round(time.Second), time.Second)
	text := i18n.Both(key, "src", h.addr.String(), "n", p.names, "span", span)
	add := func(key string, args ...any) {
		t := i18n.Both(key, args...)
		text.JA += t.JA
		text.EN += " " + t.EN
	}
	if !p.words && p.dead > 0 {
		add("dga.why.dead", "n", p.dead)
	}
	if p.share >= sharers {
		add("dga.why.alike", "n", p.share)
	}
	names := p.samples()
	add("dga.why.samples", "names", i18n.Text{JA: strings.ReplaceAll(names, " ", "、"), EN: strings.ReplaceAll(names, " ", ", ")})
	if p.answer.len > 0 {
		add("dga.why.answered", "name", p.answer.text(), "dst", p.answer.addr.String())
	}
	if p.words {
		add("dga.why.doubt")
	}
	return text
}
