package figures

import (
	"cmp"
	"errors"
	"slices"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// Span gives the entries of the periods that lie in a year: from the end of the period
// before, or from the log's beginning, to the end of the last. ok is false when there is
// none.
func (c *Counter) Span(origin string, from, until paper.Time) (first, last int64, ok bool) {
	bounds := []int64{0}
	for _, p := range c.periods {
		if p.report.Origin == origin && p.report.First == bounds[len(bounds)-1] && p.report.Last > p.report.First {
			bounds = append(bounds, p.report.Last)
		}
	}
	first = -1
	for i, b := range bounds {
		at, _ := slices.BinarySearchFunc(c.open, b, func(e entry, i int64) int { return cmp.Compare(e.index, i) })
		switch {
		case first < 0 && i < len(bounds)-1 && at < len(c.open) && c.open[at].index < bounds[i+1] && c.open[at].at >= from-SkewS:
			first = b
		case first >= 0 && at > 0 && c.open[at-1].at < until+SkewS:
			last, ok = b, true
		}
	}
	return first, last, ok
}

// Year gives what f was asked for, so that it can be added up again. Entries that were
// opened since, and those that only an inspector can open, change nothing in it.
func (f *Figures) Year() Year {
	y := Year{Origin: f.Origin, From: f.From, Until: f.Until, First: f.First, Last: f.Last, Items: f.Items, Shut: f.Shut}
	if y.Shut == nil {
		y.Shut = []Span{}
	}
	return y
}

// Same says whether the same log comes to f, bit for bit; the error is why it comes to
// nothing, or what exactly is left out: a [Flaw] where the log says so.
func (c *Counter) Same(f *Figures) (bool, error) {
	again, err := c.Figures(f.Year())
	if err != nil {
		return false, err
	}
	for i, o := range again.Outlines {
		if i >= len(f.Outlines) || f.Outlines[i].Index > o.Index {
			return false, &Flaw{"figures-outline", []any{"index", o.Index, "class", string(o.Class)}}
		}
		if f.Outlines[i].Index < o.Index {
			break
		}
	}
	is, err := paper.Marshal(f)
	if err != nil {
		return false, err
	}
	want, err := paper.Marshal(again)
	return string(is) == string(want), err
}

// Outside names what of the log lies on the wrong side of the year's bounds, by the
// entries' own times and, of those that are not open, by the witnesses': entries that are
// counted and lie outside, and entries that lie inside and are not counted. Entries from
// end on are not asked.
//
// Invariant 27: a year cannot be shortened, nor stretched, to another number.
func (c *Counter) Outside(f *Figures, end int64) (list []Flaw) {
	note := func(index int64, earliest, latest paper.Time) {
		code, at := f.astray(index, earliest, latest)
		if code == "" || slices.ContainsFunc(list, func(w Flaw) bool { return w.Code == code }) {
			return // the first of them is named
		}
		list = append(list, Flaw{code, []any{"index", index, "at", at.String(), "from", f.From.String(), "until", f.Until.String()}})
	}
	for _, e := range c.open {
		if e.index < end {
			note(e.index, e.at, e.at)
		}
	}
	if c.Around == nil {
		return list
	}
	// Of the others the witnesses know between which checkpoints they came; the outermost say it.
	for _, i := range []int64{f.First - 1, f.First, f.Last - 1, f.Last} {
		if i >= 0 && i < end {
			earliest, latest := c.Around(i)
			note(i, earliest, latest)
		}
	}
	return list
}

// astray says whether an entry that was written down between two instants lies on the
// wrong side of the year's bounds, and which instant shows it.
func (f *Figures) astray(index int64, earliest, latest paper.Time) (code string, at paper.Time) {
	switch {
	case index < f.First:
		if earliest >= f.From+SkewS {
			return "figures-left", earliest
		}
	case index >= f.Last:
		if latest < f.Until-SkewS {
			return "figures-left", latest
		}
	case latest < f.From-SkewS:
		return "figures-outside", latest
	case earliest >= f.Until+SkewS:
		return "figures-outside", earliest
	}
	return "", 0
}

// follows holds figures against the latest before them in the log: they go on where those
// ended, or are put in their place.
func (c *Counter) follows(f *Figures) *Flaw {
	if len(c.years) == 0 || slices.ContainsFunc(c.years, func(b *Figures) bool { return f.First == b.First && f.From == b.From }) {
		return nil
	}
	b := slices.MaxFunc(c.years, func(a, b *Figures) int { return cmp.Compare(a.Last, b.Last) })
	if f.First != b.Last || f.From != b.Until {
		return &Flaw{"figures-gap", []any{"first", f.First, "from", f.From.String(), "last", b.Last, "until", b.Until.String()}}
	}
	return nil
}

// left names the first item, or number of one, that the law asks for and figures do not have.
// The law's words and marks are not compared: they may be of another day.
//
// Invariant 27: nobody leaves out what the law asks for.
func (c *Counter) left(f *Figures) *Flaw {
	if c.Law == nil {
		return nil
	}
	var ids []paper.ID
	for _, e := range c.open {
		if e.index >= f.First && e.index < f.Last && e.instrument != "" && !in(f.Shut, e.index) && !slices.Contains(ids, e.instrument) {
			ids = append(ids, e.instrument)
		}
	}
	for _, want := range c.Law(ids) {
		has := func(t Item) bool {
			return t.ID == want.ID && t.Rules == want.Rules && !slices.ContainsFunc(want.Counts, func(w Count) bool {
				return !slices.ContainsFunc(t.Counts, func(n Count) bool { return n.Class == w.Class && n.Instrument == w.Instrument })
			})
		}
		if !slices.ContainsFunc(f.Items, has) {
			return &Flaw{"figures-item", []any{"item", string(want.ID), "rules", string(want.Rules)}}
		}
	}
	return nil
}

// Judge takes in the paper of an entry, recorded at an instant, for who verifies a log, and
// says what is wrong with it: nothing when the log bears it out.
func (c *Counter) Judge(index int64, e *proof.Entry, sealed *paper.Envelope, origin string) (list []Flaw) {
	if e.Class != proof.Figures {
		if err := c.Open(index, e.Class, sealed); err != nil {
			return []Flaw{{"paper", []any{"why", err}}}
		}
		return nil
	}
	var f Figures
	if err := sealed.Open(Type, &f); err != nil {
		return []Flaw{{"paper", []any{"why", err}}}
	}
	if f.Origin != origin || f.Last > index {
		var w *Flaw
		errors.As(uncounted(f.First, f.Last), &w)
		return []Flaw{*w}
	}
	same, err := c.Same(&f)
	var w *Flaw
	switch {
	case errors.As(err, &w):
		list = append(list, *w)
	case err != nil || !same:
		list = append(list, Flaw{"figures", []any{"first", f.First, "last", f.Last - 1}})
	}
	if w := c.left(&f); w != nil {
		list = append(list, *w)
	}
	if e.At < f.Until-SkewS {
		list = append(list, Flaw{"figures-early", []any{"at", e.At.String(), "until", f.Until.String()}})
	}
	list = append(list, c.Outside(&f, index)...)
	if w := c.follows(&f); w != nil {
		list = append(list, *w)
	}
	c.years = append(c.years, &f)
	return list
}
