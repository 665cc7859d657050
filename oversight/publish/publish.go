package publish

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"html/template"
	"io"
	"strconv"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/oversight/figures"
)

// CSV writes one line for each number: item, rules, class, instrument, number, and what
// is sealed, with the names of the columns in the language.
func CSV(w io.Writer, f *figures.Figures, l i18n.Lang) error {
	out := csv.NewWriter(w)
	say := func(key string) string { return i18n.Say(l, "publish.column."+key) }
	lines := [][]string{{say("item"), say("rules"), say("class"), say("instrument"), say("n"), say("name")}}
	for _, t := range f.Items {
		for _, c := range t.Counts {
			lines = append(lines, []string{string(t.ID), string(t.Rules), string(c.Class), string(c.Instrument), strconv.FormatInt(c.N, 10), in(t.Says, l)})
		}
	}
	for _, s := range f.Sealed {
		lines = append(lines, []string{"sealed", "", "", "", strconv.FormatInt(s.N, 10), string(s.Reason) + " " + s.Until})
	}
	lines = append(lines, []string{"disposed", "", "", "", strconv.FormatInt(f.Disposed, 10), ""})
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
	Lang, Title, From, Until, Digest, Origin string
	First, Last                              string
	Columns                                  map[string]string
	Says                                     map[string]string
	Items                                    []item
	Outlines                                 []line
	Sealed                                   []line
	Disposed                                 string
	Picture                                  template.HTML
}

type item struct {
	ID, Rules, Says string
	Lines           []line
}

type line struct{ What, Of, N string }

// HTML writes a page that stands by itself: no script, nothing from elsewhere, and the
// picture's numbers are in the table beside it.
func HTML(w io.Writer, f *figures.Figures, l i18n.Lang) error {
	digest, err := paper.DigestAs(figures.Type, f)
	if err != nil {
		return unwritten(err)
	}
	say := func(key string, args ...any) string { return i18n.Say(l, "publish."+key, args...) }
	p := page{
		Lang: string(l), Title: say("title", "from", f.From.Day(), "until", f.Until.Day()), From: f.From.Day(), Until: f.Until.Day(), Digest: string(digest),
		Origin: f.Origin, First: i18n.Count(f.First), Last: i18n.Count(f.Last - 1), Disposed: i18n.Count(f.Disposed), Columns: map[string]string{}, Says: map[string]string{},
	}
	for _, k := range []string{"item", "rules", "class", "instrument", "n", "name"} {
		p.Columns[k] = say("column." + k)
	}
	for _, k := range []string{"picture", "outlines", "none", "sealed", "disposed", "recompute", "any"} {
		p.Says[k] = say(k)
	}
	p.Says["basis"] = say("basis", "first", i18n.Count(f.First), "last", i18n.Count(f.Last-1), "origin", f.Origin, "periods", len(f.Periods))
	for _, t := range f.Items {
		x := item{ID: string(t.ID), Rules: string(t.Rules), Says: in(t.Says, l)}
		for _, c := range t.Counts {
			x.Lines = append(x.Lines, line{What: i18n.Say(l, "verify.class."+string(c.Class)), Of: string(c.Instrument), N: i18n.Count(c.N)})
		}
		p.Items = append(p.Items, x)
	}
	for _, o := range f.Outlines {
		p.Outlines = append(p.Outlines, line{What: i18n.Say(l, "verify.class."+string(o.Class)), Of: i18n.Count(o.Index), N: o.Text})
	}
	for _, s := range f.Sealed {
		p.Sealed = append(p.Sealed, line{What: string(s.Reason), Of: s.Until, N: i18n.Count(s.N)})
	}
	p.Picture = template.HTML(picture(f, l)) //nolint:gosec // made below of escaped text and numbers
	var out bytes.Buffer
	if err := pages().Execute(&out, p); err != nil {
		return unwritten(err)
	}
	if _, err := w.Write(out.Bytes()); err != nil {
		return unwritten(err)
	}
	return nil
}

// The picture's measures, in its own units.
const (
	rowHeight = 26
	barStart  = 330
	barWidth  = 420
	wide      = 840
)

// picture draws one bar for each number, all on one scale.
func picture(f *figures.Figures, l i18n.Lang) string {
	type bar struct {
		label string
		n     int64
	}
	var bars []bar
	most := int64(1)
	for _, t := range f.Items {
		for _, c := range t.Counts {
			label := fmt.Sprintf("%s %s", t.ID, i18n.Say(l, "verify.class."+string(c.Class)))
			if c.Instrument != "" {
				label += " (" + string(c.Instrument) + ")"
			}
			bars = append(bars, bar{i18n.Cut(label, 44), c.N})
			most = max(most, c.N)
		}
	}
	var b bytes.Buffer
	high := len(bars)*rowHeight + 10
	fmt.Fprintf(&b, `<svg viewBox="0 0 %d %d" role="img" aria-labelledby="picture-title"><title id="picture-title">%s</title>`, wide, high, template.HTMLEscapeString(i18n.Say(l, "publish.picture")))
	for i, x := range bars {
		y := i*rowHeight + 5
		long := int64(0)
		if x.n > 0 {
			long = max(2, x.n*barWidth/most)
		}
		fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="end">%s</text><rect x="%d" y="%d" width="%d" height="%d"/><text x="%d" y="%d">%s</text>`,
			barStart-10, y+16, template.HTMLEscapeString(x.label), barStart, y, long, rowHeight-8, barStart+int(long)+8, y+16, i18n.Count(x.n))
	}
	b.WriteString("</svg>")
	return b.String()
}
