package report

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/share"
	"github.com/noroshi-acd/noroshi/web/ui"
)

//go:embed page.tmpl
var pageText string

var pages = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("page").Funcs(template.FuncMap{"prose": ui.Prose}).Parse(pageText))
})

// maxDetailed is how many findings are told at length; the rest stand in the list.
const maxDetailed = 60

// maxListed is how many findings stand in the list.
const maxListed = 500

// page is the whole file.
type page struct {
	Lang    i18n.Lang // that shows first
	Title   string
	Marking share.Marking
	Policy  string
	Look    template.CSS
	Parts   []part // one for each language
}

// part is the page in one language.
type part struct {
	Lang     i18n.Lang
	Result   *share.Result
	Summary  summary
	Figures  []ui.Figure // direction, and where there are findings timeline and tiers
	Infra    *ui.Figure  // nil when no infrastructure was mapped
	Steps    []term      // what one does first about its nodes
	Ranked   []ranked
	Unlisted int
	Findings []finding
	Untold   int // findings in the list but not told at length
	Inputs   ui.Table
	Faults   []string
	Terms    []term
	Methods  []method // those that found something
}

// term is one entry of the appendix.
type term struct{ Name, Meaning string }

// method is one way of finding, explained.
type method struct{ Name, How, Guards string }

// Write makes the page of r. An error is w's.
func Write(w io.Writer, r *share.Result) error {
	sum := sha256.Sum256([]byte(ui.Look()))
	p := page{
		Lang: i18n.EN, Marking: r.Marking, Look: template.CSS(ui.Look()),
		Policy: "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'",
	}
	if r.Lang == i18n.JA {
		p.Lang = i18n.JA
	}
	p.Title = i18n.Say(p.Lang, "report.title")
	for _, l := range []i18n.Lang{i18n.JA, i18n.EN} {
		p.Parts = append(p.Parts, newPart(l, r))
	}
	var b strings.Builder
	if err := pages().Execute(&b, p); err != nil {
		return err
	}
	return plain(w, b.String())
}

// plain writes the page with every character escaped that would not show as itself,
// wherever it came from.
func plain(w io.Writer, page string) error {
	for line := range strings.Lines(page) {
		text, end := strings.CutSuffix(line, "\n")
		if text = i18n.Escape(text); end {
			text += "\n"
		}
		if _, err := io.WriteString(w, text); err != nil {
			return err
		}
	}
	return nil
}

func newPart(l i18n.Lang, r *share.Result) part {
	p := part{Lang: l, Result: r, Figures: []ui.Figure{directions(l, r)}}
	p.Summary = summarise(l, r)
	told := r.Findings[:min(len(r.Findings), maxDetailed)]
	if len(told) > 0 {
		p.Figures = append(p.Figures, timeline(l, r), tiers(l, r))
	}
	if g := r.Graph; g != nil {
		f := infra(l, g)
		p.Infra, p.Steps = &f, steps(l, g)
	}
	for i := range told {
		p.Findings = append(p.Findings, newFinding(l, &told[i]))
	}
	listed := r.Findings[:min(len(r.Findings), maxListed)]
	for i := range listed {
		p.Ranked = append(p.Ranked, newRanked(l, &listed[i], i < len(told)))
	}
	p.Untold, p.Unlisted = len(listed)-len(told), len(r.Findings)-len(listed)
	p.inputs()
	p.terms()
	p.methods()
	return p
}

// T gives a sentence of the report's catalogue, with pairs of names and values.
func (p part) T(key string, args ...any) string { return i18n.Say(p.Lang, "report."+key, args...) }

// Made is when the report was made.
func (p part) Made() string { return i18n.Time(p.Result.Made) }

// Allowed tells what allow-lists hid.
func (p part) Allowed() []string {
	var out []string
	for _, a := range p.Result.Allowed {
		out = append(out, a.Text.In(p.Lang))
	}
	return out
}

// inputs lists what was read and what was wrong with it.
func (p *part) inputs() {
	p.Inputs = ui.Table{Head: []string{p.T("inputs.path"), p.T("inputs.format"), p.T("inputs.records"), p.T("inputs.skipped")}, Numeric: []bool{false, false, true, true}}
	for _, in := range p.Result.Inputs {
		p.Inputs.Rows = append(p.Inputs.Rows, []string{in.Path, in.Format, i18n.Count(int64(in.Records)), i18n.Count(int64(in.Skipped))})
		for _, e := range in.Errors {
			p.Faults = append(p.Faults, i18n.Escape(e.In(p.Lang)))
		}
	}
	for _, k := range []*share.Lists{p.Result.KnownBad, p.Result.Unused} {
		if k == nil {
			continue
		}
		for _, e := range k.Errors {
			p.Faults = append(p.Faults, i18n.Escape(e.In(p.Lang)))
		}
	}
}

// Exporters lists who exported the flows of captures and what is missing of it.
func (p part) Exporters() ui.Table {
	word := func(key string) string { return p.T("exporters." + key) }
	t := ui.Table{Head: []string{word("who"), word("protocol"), word("datagrams"), word("flows"), word("missing")}, Numeric: []bool{false, false, true, true}, Text: true}
	for i := range p.Result.Exporters {
		x := &p.Result.Exporters[i]
		missing := word("whole")
		if !x.Whole() || x.Units == share.NotTold {
			missing = x.Text().In(p.Lang)
		}
		t.Rows = append(t.Rows, []string{x.Addr, x.Protocol, i18n.Count(int64(x.Messages)), i18n.Count(int64(x.Flows)), missing})
	}
	return t
}

// terms fills the appendix.
func (p *part) terms() {
	for _, k := range []string{"finding", "score", "levels", "strip", "histogram", "timeline", "tiers", "infrastructure", "direction", "machine", "nats", "attack", "marking"} {
		p.Terms = append(p.Terms, term{p.T("terms." + k + ".name"), p.T("terms." + k + ".meaning")})
	}
}

// moment writes a time as people read it, to the minute.
func moment(ns int64) string { return time.Unix(0, ns).UTC().Format("2006-01-02 15:04 UTC") }

// methods explains each method that found something, in the order of its best.
func (p *part) methods() {
	seen := map[detect.Kind]bool{}
	for i := range p.Result.Findings {
		k := p.Result.Findings[i].Kind
		if seen[k] {
			continue
		}
		seen[k] = true
		p.Methods = append(p.Methods, method{i18n.Say(p.Lang, "cli.kind."+string(k)), i18n.Say(p.Lang, "detectors."+string(k)+".how"), i18n.Say(p.Lang, "detectors."+string(k)+".guards")})
	}
}

// told is a finding with the part that it stands in.
type told struct {
	Part    part
	Finding finding
}

// With hands a finding to the template together with p.
func (p part) With(f finding) told { return told{p, f} }
