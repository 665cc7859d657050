package publish

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime/fact"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/oversight/figures"
)

// CSV writes one line for each number: item, rules, class, instrument, number, what it is
// and how sure the law's side of it is; then repetitions, what has no outline, what is
// sealed, with the names of the columns in the language.
func CSV(w io.Writer, f *figures.Figures, l i18n.Lang) error {
	out := csv.NewWriter(w)
	say := func(key string) string { return i18n.Say(l, "publish.column."+key) }
	lines := [][]string{{say("item"), say("rules"), say("class"), say("instrument"), say("n"), say("name"), say("mark")}}
	for _, t := range f.Items {
		for _, c := range t.Counts {
			lines = append(lines, []string{string(t.ID), string(t.Rules), string(c.Class), string(c.Instrument), strconv.FormatInt(c.N, 10), in(t.Says, l), string(t.Mark)})
		}
	}
	for _, r := range f.Repeats {
		lines = append(lines, []string{"compared", "", "application", string(r.Instrument), strconv.FormatInt(r.Of, 10), say("compared"), ""},
			[]string{"repeats", "", "application", string(r.Instrument), strconv.FormatInt(r.N, 10), say("repeats"), ""})
	}
	for _, x := range f.Withheld {
		lines = append(lines, []string{"withheld", "", string(x.Class), "", strconv.FormatInt(x.N, 10), string(x.Reason), ""})
	}
	for _, s := range f.Sealed {
		lines = append(lines, []string{"sealed", "", "", "", strconv.FormatInt(s.N, 10), string(s.Reason) + " " + s.Until, ""})
	}
	for _, o := range f.Openings {
		lines = append(lines, []string{"opened", "", "opening-request", "", strconv.FormatInt(o.Entries, 10), string(o.Member), ""})
	}
	lines = append(lines, []string{"disposed", "", "", "", strconv.FormatInt(f.Disposed, 10), "", ""})
	for _, line := range lines {
		for i := range line {
			line[i] = plain(line[i])
		}
		if err := out.Write(line); err != nil {
			return unwritten(err)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return unwritten(err)
	}
	return nil
}

// plain keeps a cell from being taken for a formula.
func plain(cell string) string {
	if cell != "" && (cell[0] == '=' || cell[0] == '+' || cell[0] == '-' || cell[0] == '@') {
		return "'" + cell
	}
	return cell
}

func in(w paper.Words, l i18n.Lang) string { return i18n.Text{EN: w.EN, JA: w.JA}.In(l) }

func unwritten(err error) error {
	return fault.Said(fault.Error{Kind: fault.Internal, Place: fault.Place{Offset: -1}, Err: err}, i18n.Both("publish.op"), i18n.Both("publish.unwritten"), i18n.Both("publish.unwritten-hint"))
}

// page is what the template shows.
type page struct {
	Lang, Title, Digest string
	Says                map[string]string
	Items               []item
	Repeats             []line
	Outlines            []line
	Withheld            []string
	Openings            []string
	Sealed              []string
	Marks               []string // what the marks on this page mean
	Doubts              []string // why the figures could not stand in the log now
}

// item is one figure of the law, once, for all instruments whose rules ask for the same.
type item struct {
	Says, By string
	Lines    []line
	Of       bool // lines are of several instruments, and each names its own
}

type line struct {
	What, Of, N, Rest string
	Bar               template.HTML
}

// writer writes the page of figures in a language.
type writer struct {
	*figures.Figures
	lang  i18n.Lang
	names map[paper.ID]string // of instruments
	most  int64               // the largest number of an item
	cite  func([]string) string
}

func (w *writer) say(key string, args ...any) string {
	return i18n.Say(w.lang, "publish."+key, args...)
}

// HTML writes a page that stands by itself: no script, nothing from elsewhere; each bar has
// its number beside it, and all bars have one scale. cite writes articles as readers of the
// language do; nil leaves them as they are. Doubts say why the figures are provisional: a page
// that has some says so before anything else.
func HTML(to io.Writer, f *figures.Figures, l i18n.Lang, cite func([]string) string, doubts ...i18n.Text) error {
	digest, err := paper.DigestAs(figures.Type, f)
	if err != nil {
		return unwritten(err)
	}
	w := &writer{Figures: f, lang: l, names: map[paper.ID]string{}, most: 1, cite: cite}
	if cite == nil {
		w.cite = func(list []string) string { return strings.Join(list, ", ") }
	}
	for _, t := range f.Items {
		if name := in(t.Name, l); name != "" {
			w.names[t.Rules] = name
		}
		for _, c := range t.Counts {
			w.most = max(w.most, c.N)
		}
	}
	from, last := f.From.Day(), (f.Until - 1).Day()
	p := page{Lang: string(l), Title: w.say("title", "from", from, "last", last), Digest: string(digest), Says: map[string]string{}, Items: w.items(), Marks: w.marks()}
	for _, k := range []string{"lead", "scale", "outlines", "outlines_lead", "none", "withheld", "openings", "sealed", "sealed_lead", "repeats", "repeats_lead", "openings_lead", "recompute", "how", "marks"} {
		p.Says[k] = w.say(k)
	}
	for _, k := range []string{"class", "instrument", "n", "picture", "compared", "repeats"} {
		p.Says["column_"+k] = w.say("column." + k)
	}
	p.Says["basis"] = w.say("basis", "first", i18n.Nominal(f.First), "last", i18n.Nominal(f.Last-1), "n", f.Last-f.First, "origin", f.Origin, "periods", len(f.Periods))
	p.Says["head"], p.Says["span"], p.Says["unready"] = w.say("head"), w.say("span", "from", from, "last", last), w.say("unready")
	for _, d := range doubts {
		p.Doubts = append(p.Doubts, d.In(l))
	}
	if f.Disposed > 0 {
		p.Says["disposed"] = w.say("disposed", "n", f.Disposed)
	}
	w.lists(&p)
	var out bytes.Buffer
	if err := pages().Execute(&out, p); err != nil {
		return unwritten(err)
	}
	if _, err := to.Write(out.Bytes()); err != nil {
		return unwritten(err)
	}
	return nil
}

func (w *writer) class(c string) string { return i18n.Say(w.lang, "verify.class."+c) }

// name is what people call an instrument; its id where the figures do not say.
func (w *writer) name(id paper.ID) string {
	if id == "" {
		return w.say("any")
	}
	if name := w.names[id]; name != "" {
		return name
	}
	return string(id)
}

// reason says the reasons that everybody has; another is the keeper's own word.
func (w *writer) reason(id paper.ID) string {
	switch id {
	case figures.Disposed, figures.Several, "investigation", "security":
		return w.say("reason." + string(id))
	}
	return string(id)
}

// items joins the figures that several instruments ask for in the same words and numbers.
func (w *writer) items() (list []item) {
	for i, t := range w.Items {
		same := func(o figures.Item) bool { return o.ID == t.ID && o.Says == t.Says && slices.Equal(o.Counts, t.Counts) }
		if slices.ContainsFunc(w.Items[:i], same) {
			continue
		}
		x := item{Says: in(t.Says, w.lang)}
		var asking []figures.Item
		for _, o := range w.Items[i:] {
			if same(o) {
				asking = append(asking, o)
			}
		}
		x.By = w.say("by", "list", w.asked(asking))
		for _, c := range t.Counts {
			x.Lines = append(x.Lines, line{What: w.class(string(c.Class)), Of: w.name(c.Instrument), N: i18n.Count(c.N), Bar: bar(c.N, w.most)})
			x.Of = x.Of || c.Instrument != "" && c.Instrument != t.Rules
		}
		list = append(list, x)
	}
	return list
}

// asked names the instruments whose rules ask for a figure, with where they say so and the
// mark of whoever is not sure; what follows on one another from one article cites it once.
func (w *writer) asked(list []figures.Item) string {
	var parts []string
	for i, t := range list {
		text := w.name(t.Rules)
		last := i == len(list)-1 || !slices.Equal(list[i+1].Cite, t.Cite) || list[i+1].Mark != t.Mark
		if last && len(t.Cite) > 0 {
			text += w.say("cite", "cite", w.cite(t.Cite))
		}
		if last && uncertain(t.Mark) {
			text += " [" + string(t.Mark) + "]"
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, w.say("and"))
}

func uncertain(m fact.Mark) bool { return m != "" && m != fact.Seen }

// marks says what the marks of the page mean.
func (w *writer) marks() (list []string) {
	for _, m := range []fact.Mark{fact.Remembered, fact.Uncertain, fact.Quoted} {
		if slices.ContainsFunc(w.Items, func(t figures.Item) bool { return t.Mark == m }) {
			list = append(list, w.say("mark."+string(m)))
		}
	}
	return list
}

// lists fills what the page says below the figures of the law.
func (w *writer) lists(p *page) {
	f := w.Figures
	for _, r := range f.Repeats {
		p.Repeats = append(p.Repeats, line{What: w.name(r.Instrument), Of: i18n.Count(r.Of), N: i18n.Count(r.N), Bar: bar(r.N, max(r.Of, 1))})
	}
	for _, o := range f.Outlines {
		p.Outlines = append(p.Outlines, line{What: w.class(string(o.Class)), Of: w.say("entry", "index", i18n.Nominal(o.Index)), N: o.Text})
	}
	for _, x := range f.Withheld {
		p.Withheld = append(p.Withheld, w.say("withheld_line", "class", w.class(string(x.Class)), "n", x.N, "reason", w.reason(x.Reason)))
	}
	for _, o := range f.Openings {
		p.Openings = append(p.Openings, w.say("openings_line", "member", string(o.Member), "n", o.Entries, "requests", o.Requests))
	}
	for _, s := range f.Sealed {
		p.Sealed = append(p.Sealed, w.say("sealed_line", "n", s.N, "reason", w.reason(s.Reason), "until", s.Until))
	}
}

// barWidth is the longest bar, in units of the picture.
const barWidth = 240

// bar draws a number; the number itself stands beside it.
func bar(n, most int64) template.HTML {
	long := int64(0)
	if n > 0 {
		long = max(2, n*barWidth/most)
	}
	return template.HTML(fmt.Sprintf(`<svg viewBox="0 0 %d 14" preserveAspectRatio="none" aria-hidden="true"><rect width="%d" height="14"/></svg>`, barWidth, long)) //nolint:gosec // numbers alone
}
