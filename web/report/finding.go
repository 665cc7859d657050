package report

import (
	"fmt"
	"html/template"
	"math"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/share"
	"github.com/noroshi-acd/noroshi/web/ui"
)

// label is a level as a page shows it: sign and word.
type label struct {
	ID, Name string
	Sign     template.HTML
}

func newLabel(l i18n.Lang, level detect.Level) label {
	id := level.String()
	return label{id, i18n.Say(l, "report.level."+id), ui.Mark(id)}
}

// ranked is one row of the list.
type ranked struct {
	Rank      int
	Level     label
	Kind      string
	Who, Whom string
	Sure      string
	Since     string
	Link      string // id of its section, empty when it has none
}

func newRanked(l i18n.Lang, f *share.Finding, told bool) ranked {
	r := ranked{
		Rank: f.Rank, Level: newLabel(l, f.Level), Kind: i18n.Say(l, "cli.kind."+string(f.Kind)),
		Who: who(l, f), Whom: whom(l, f), Sure: sure(l, f.Score), Since: moment(f.First),
	}
	if told {
		r.Link = place(l, f)
	}
	return r
}

// sure writes a score without more digits than it deserves; only what is all but
// sure keeps them, so that nothing is called certain.
func sure(l i18n.Lang, score float64) string {
	if score = min(score, 0.9999); score < 0.99 {
		score = math.Round(score*100) / 100
	}
	return i18n.Say(l, "ui.value", "v", i18n.Share(score))
}

// place is the id of f's section.
func place(l i18n.Lang, f *share.Finding) string { return fmt.Sprintf("%s-finding-%d", l, f.Rank) }

func who(l i18n.Lang, f *share.Finding) string {
	switch m := f.Machines(); len(m) {
	case 0:
		return i18n.Say(l, "cli.analyze.several")
	case 1:
		return m[0]
	default:
		return i18n.Say(l, "cli.analyze.sources", "n", len(m))
	}
}

func whom(l i18n.Lang, f *share.Finding) string {
	if to := f.Whom(); to != "" {
		return to
	}
	return i18n.Say(l, "cli.analyze.several")
}

// finding is one finding told at length.
type finding struct {
	ranked
	ID       string // of the section
	Minor    bool   // below high: paper shows less of it
	Quote    string // the finding's own id, to be quoted
	Why, How string
	Guards   string
	Next     string
	Facts    []term
	Machines []string // where there are several
	Figures  []ui.Figure
	Past     ui.Table
	PastMore int
	Evidence ui.Table
	Attack   []technique
}

// technique is an ATT&CK technique.
type technique struct{ Number, Name string }

func newFinding(l i18n.Lang, f *share.Finding) finding {
	word := func(key string, args ...any) string { return i18n.Say(l, "report."+key, args...) }
	k := "detectors." + string(f.Kind)
	x := finding{
		ranked: newRanked(l, f, true), ID: place(l, f), Minor: f.Level < detect.High, Quote: f.ID, Why: f.Why.In(l),
		How: i18n.Say(l, k+".how"), Guards: i18n.Say(l, k+".guards"), Next: i18n.Say(l, k+".next"), PastMore: f.PastMore,
	}
	add := func(key, value string) {
		if value != "" {
			x.Facts = append(x.Facts, term{word("finding." + key), value})
		}
	}
	add("sure", x.Sure)
	add("direction", i18n.Say(l, "cli.direction."+f.Class.String()))
	if f.Name != "" {
		add("address", f.Dst)
	}
	add("proto", f.Proto)
	add("count", i18n.Count(f.Count))
	add("first", moment(f.First))
	add("last", moment(f.Last))
	if m := f.Machines(); len(m) > 1 {
		x.Machines = m
	}
	if busy(f.Strip) {
		x.Figures = append(x.Figures, ui.Strip(l, x.ID+"-strip", f.First, f.Last, f.Strip))
	}
	if len(f.Gaps) > 0 {
		x.Figures = append(x.Figures, ui.Histogram(l, x.ID+"-gaps", bins(f.Gaps)))
	}
	x.Past = past(l, f.Past)
	x.Evidence = ui.Table{Head: []string{word("finding.figure"), word("finding.value")}, Numeric: []bool{false, true}}
	for _, e := range f.Evidence {
		x.Evidence.Rows = append(x.Evidence.Rows, []string{i18n.Say(l, "evidence."+e.Name), ui.Value(l, e.Value)})
	}
	for _, n := range f.Attack {
		x.Attack = append(x.Attack, technique{n, share.TechniqueName(n)})
	}
	return x
}

func busy(strip []uint16) bool {
	for _, n := range strip {
		if n > 0 {
			return true
		}
	}
	return false
}

func bins(gaps []detect.GapCount) []ui.Bin {
	out := make([]ui.Bin, len(gaps))
	for i, g := range gaps {
		out[i] = ui.Bin(g)
	}
	return out
}

// past tells a destination's names and certificates.
func past(l i18n.Lang, seen []share.Sighting) ui.Table {
	word := func(key string, args ...any) string { return i18n.Say(l, "report.past."+key, args...) }
	t := ui.Table{Head: []string{word("what"), word("address"), word("shown_by"), word("first"), word("last"), word("times")}, Numeric: []bool{false, false, false, false, false, true}}
	for _, s := range seen {
		what, by := s.Name, word("by_lookup")
		switch s.From {
		case detect.NameSNI:
			by = word("by_sni")
		case detect.NameHost:
			by = word("by_host")
		}
		if c := s.Certificate; c != nil {
			what, by = certificate(l, c), word("by_certificate")
		}
		t.Rows = append(t.Rows, []string{what, s.Addr, by, moment(s.First), moment(s.Last), i18n.Count(s.Count)})
	}
	return t
}

// certificate names a certificate by what it says of itself.
func certificate(l i18n.Lang, c *detect.Certificate) string {
	key := "report.past.certificate"
	if c.Subject == "" {
		key = "report.past.certificate_bare"
	}
	text := i18n.Say(l, key, "subject", c.Subject, "issuer", c.Issuer, "digest", c.Digest[:min(len(c.Digest), 16)])
	if c.NotAfter != 0 {
		text += gap(l) + i18n.Say(l, "report.past.valid", "from", day(c.NotBefore), "to", day(c.NotAfter))
	}
	return text
}

func day(ns int64) string { return moment(ns)[:10] }
