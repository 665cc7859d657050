package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/noroshi-acd/noroshi/web/ui"
)

//go:embed page.tmpl
var pageText string

//go:embed page.css
var pageLook string

// page is the template; it is made anew for each report, which is written once.
func page() (*template.Template, error) {
	return template.New("page").Funcs(template.FuncMap{
		"line": line, "draw": (*Chart).draw, "sign": sign,
		"class":  func(v Verdict) string { return strings.ReplaceAll(string(v), " ", "-") },
		"lasted": func(s float64) string { return time.Duration(s * 1e9).Round(time.Second / 10).String() },
		"gib":    func(mib int64) string { return fmt.Sprintf("%.1f GiB", float64(mib)/1024) },
		"quoted": func(s string) bool { return strings.Contains(s, "(quoted)") },
		"prose":  prose,
		"drawn":  drawn,
	}).Parse(pageText)
}

// HTML writes r as one self-contained page: no script, nothing to fetch.
func (r *Report) HTML(w io.Writer) error {
	t, err := page()
	if err != nil {
		return fmt.Errorf("reading the page's template: %w", err)
	}
	var missed []Figure
	for _, s := range r.Sections {
		for _, f := range s.Figures {
			if f.Verdict == NotMet {
				missed = append(missed, f)
			}
		}
	}
	type count struct {
		Verdict Verdict
		N       int
	}
	var counts []count
	for _, v := range []Verdict{Met, NotMet, Shown, Missing} {
		counts = append(counts, count{v, r.Count(v)})
	}
	return t.Execute(w, struct {
		*Report
		Look    template.CSS
		Summary string
		When    string
		Counts  []count
		Missed  []Figure
	}{r, template.CSS(ui.Look() + pageLook), r.summary(), r.Started.UTC().Format("2006-01-02 15:04 UTC"), counts, missed})
}

// prose escapes text and shows what stands between backquotes as code.
func prose(s string) template.HTML {
	parts := strings.Split(line(s), "`")
	for i := range parts {
		if parts[i] = template.HTMLEscapeString(parts[i]); i%2 == 1 && i < len(parts)-1 {
			parts[i] = "<code>" + parts[i] + "</code>"
		}
	}
	return template.HTML(strings.Join(parts, ""))
}

// drawn says whether any figure has a chart.
func drawn(all []Figure) bool {
	return slices.ContainsFunc(all, func(f Figure) bool { return f.Chart != nil })
}

// sign is a verdict's shape, so that colour alone says nothing.
func sign(v Verdict) string {
	switch v {
	case Met:
		return "●"
	case NotMet:
		return "▲"
	case Missing:
		return "–"
	}
	return "○"
}

// Shape of a chart, in user units.
const (
	chartWide = 280.0
	nameWide  = 66.0
	valueWide = 44.0
	barTall   = 16.0
	barStep   = 22.0
)

// draw gives the chart as SVG: a bar for each side from nought, and the target as a
// line. What is quoted has an outline only.
func (c *Chart) draw() template.HTML {
	if c == nil || len(c.Bars) == 0 {
		return ""
	}
	most := math.Max(c.Target, 0)
	for _, b := range c.Bars {
		most = math.Max(most, b.Value)
	}
	if most <= 0 || math.IsNaN(most) || math.IsInf(most, 0) {
		return ""
	}
	at := func(v float64) float64 {
		return nameWide + (chartWide-nameWide-valueWide)*math.Min(math.Max(v, 0)/most, 1)
	}
	top := 2.0
	if c.Target > 0 {
		top = 18
	}
	tall := top + barStep*float64(len(c.Bars)) + 2
	var b strings.Builder
	fmt.Fprintf(&b, `<svg viewBox="0 0 %.0f %.0f" role="img" aria-label="%s" xmlns="http://www.w3.org/2000/svg">`, chartWide, tall, escape(c.words()))
	var values strings.Builder // above all else
	for i, x := range c.Bars {
		y := top + barStep*float64(i)
		class := "theirs"
		switch {
		case x.Ours:
			class = "ours"
		case x.Quoted:
			class = "quoted"
		}
		fmt.Fprintf(&b, `<text class="end" x="%.1f" y="%.1f">%s</text>`, nameWide-8, y+12, escape(x.Who))
		fmt.Fprintf(&b, `<rect class="%s" x="%.1f" y="%.1f" width="%.1f" height="%.1f"/>`, class, nameWide, y, math.Max(at(x.Value)-nameWide, 1), barTall)
		fmt.Fprintf(&values, `<text class="value" x="%.1f" y="%.1f">%s</text>`, at(x.Value)+6, y+12, escape(amount(x.Value)))
	}
	if c.Target > 0 {
		x := at(c.Target)
		fmt.Fprintf(&b, `<line class="target" x1="%.1f" y1="14" x2="%.1f" y2="%.1f"/><text class="small middle" x="%.1f" y="10">%s</text>`, x, x, tall, x, escape(c.goal()))
	}
	b.WriteString(values.String() + "</svg>")
	return template.HTML(b.String())
}

// goal is the target in words.
func (c *Chart) goal() string {
	if c.Most {
		return "≤ " + amount(c.Target)
	}
	return "≥ " + amount(c.Target)
}

// words says what the chart shows.
func (c *Chart) words() string {
	var all []string
	for _, b := range c.Bars {
		s := fmt.Sprintf("%s %s %s", b.Who, amount(b.Value), c.Unit)
		if b.Quoted {
			s += " (quoted)"
		}
		all = append(all, s)
	}
	if c.Target > 0 {
		all = append(all, "asked "+c.goal())
	}
	return strings.Join(all, ", ")
}

// amount writes a number with three figures.
func amount(v float64) string {
	switch {
	case v >= 100 || v == math.Trunc(v):
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

// escape makes anybody's text safe in SVG.
func escape(s string) string { return template.HTMLEscapeString(line(s)) }
