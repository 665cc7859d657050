package figures

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/oversight/act"
)

// Type is the payload type of figures.
const Type = paper.TypePrefix + "figures" + paper.TypeSuffix

// MaxOutlines is how many outlines figures have at most, and MaxItems how many items.
const (
	MaxOutlines = 5000
	MaxItems    = 1000
)

// Figures is what a year comes to.
type Figures struct {
	Disposed int64          `json:"disposed"` // entries whose content is gone, with proof
	First    int64          `json:"first"`    // index of the first entry
	From     paper.Time     `json:"from"`     // of the year
	Items    []Item         `json:"items"`
	Last     int64          `json:"last"` // index after the last entry
	Origin   string         `json:"origin"`
	Outlines []Outline      `json:"outlines"` // of what is open, in the order of the log
	Periods  []paper.Digest `json:"periods"`  // the reports that were added up, in the order of the log
	Sealed   []proof.Sealed `json:"sealed"`   // entries that stay sealed, by reason and day
	Until    paper.Time     `json:"until"`    // the year's end
}

// Item is one item of the law.
type Item struct {
	Counts []Count     `json:"counts"`
	ID     paper.ID    `json:"id"` // of the item in the rules: 1 to 6
	Rules  paper.ID    `json:"rules"`
	Says   paper.Words `json:"says"`
}

// Count is one number of an item.
type Count struct {
	Class      proof.Class `json:"class"`
	Instrument paper.ID    `json:"instrument,omitempty"` // absent: of any
	N          int64       `json:"n"`
}

// Outline is what one open entry is about.
type Outline struct {
	Class proof.Class `json:"class"`
	Index int64       `json:"index"`
	Text  string      `json:"text"`
}

// Year says what is asked for. The items are those of the rules; their counts are
// worked out.
type Year struct {
	Origin      string
	From, Until paper.Time
	First, Last int64 // from the first entry of a period to the end of one
	Items       []Item
	Open        []int64 // of the entries that were open when it was added up; nil: all that are
}

// Check says whether f can be what a log comes to.
func (f Figures) Check() error {
	switch {
	case f.Until <= f.From || f.First < 0 || f.Last <= f.First || f.Origin == "":
		return errors.New("a year has a beginning, an end and entries")
	case len(f.Items) > MaxItems || len(f.Outlines) > MaxOutlines || len(f.Periods) == 0 || len(f.Periods) > MaxItems:
		return fmt.Errorf("figures have a period, at most %d items and %d outlines", MaxItems, MaxOutlines)
	}
	if !slices.IsSortedFunc(f.Outlines, func(a, b Outline) int { return cmp.Or(cmp.Compare(a.Index, b.Index), -1) }) {
		return errors.New("outlines stand in the order of the log, none twice")
	}
	for _, t := range f.Items {
		if slices.ContainsFunc(t.Counts, func(c Count) bool { return c.N < 0 || c.N > f.Last-f.First }) {
			return errors.New("a number is not below 0, and not above the number of entries")
		}
	}
	return nil
}

// Items lists what the reports of some rules ask for, with numbers to be worked out. A
// figure that several instruments of a regime ask for stands once for each.
func Items(list ...*rules.Rules) []Item {
	var items []Item
	for _, r := range list {
		for _, p := range r.Reports {
			for _, i := range p.Items {
				t := Item{ID: i.ID, Rules: r.ID, Says: i.Says, Counts: []Count{}}
				for _, c := range i.Counts {
					t.Counts = append(t.Counts, Count{Class: proof.Class(c.Class), Instrument: c.Instrument})
				}
				if len(t.Counts) > 0 {
					items = append(items, t)
				}
			}
		}
	}
	slices.SortStableFunc(items, func(a, b Item) int {
		if a.ID != b.ID {
			return strings.Compare(string(a.ID), string(b.ID))
		}
		return strings.Compare(string(a.Rules), string(b.Rules))
	})
	return items
}

// Counter takes in a log's open entries and reports of periods, in the order of the log.
// The zero one is empty; it is for one goroutine.
type Counter struct {
	outlines []Outline
	periods  []period
	more     bool // outlines that were not kept
}

type period struct {
	report proof.PeriodReport
	digest paper.Digest
}

// Outlined says whether entries of the class have an outline.
func Outlined(c proof.Class) bool {
	return c == proof.Inspection || c == proof.BreachNotice || c == proof.Demand || c == proof.Recommendation
}

// Open takes in an open entry. What has no outline is passed over.
func (c *Counter) Open(index int64, class proof.Class, e *paper.Envelope) error {
	if !Outlined(class) {
		return nil
	}
	text, err := outline(class, e)
	if err != nil {
		return err
	}
	if len(c.outlines) >= 4*MaxOutlines {
		c.more = true
		return nil
	}
	c.outlines = append(c.outlines, Outline{Class: class, Index: index, Text: text})
	return nil
}

func outline(class proof.Class, e *paper.Envelope) (string, error) {
	switch class {
	case proof.Inspection:
		var p act.Inspection
		err := e.Open(act.InspectionType, &p)
		return p.Outline, err
	case proof.BreachNotice:
		var p act.Notice
		err := e.Open(act.NoticeType, &p)
		return p.Outline, err
	case proof.Demand:
		var p act.Demand
		err := e.Open(act.DemandType, &p)
		return p.Outline, err
	}
	var p act.Recommendation
	err := e.Open(act.RecommendationType, &p)
	return p.Outline, err
}

// Period takes in a report of a period of the log.
func (c *Counter) Period(r proof.PeriodReport, digest paper.Digest) {
	if !slices.ContainsFunc(c.periods, func(p period) bool { return p.digest == digest }) {
		c.periods = append(c.periods, period{r, digest})
	}
}

// Periods gives the spans that were counted without a gap from an index on: where each
// ends.
func (c *Counter) Periods(first int64) (ends []int64) {
	for _, p := range c.periods {
		if p.report.First == first {
			ends, first = append(ends, p.report.Last), p.report.Last
		}
	}
	return ends
}

// Figures adds a year up. Errors say which entries no period has counted.
//
// Invariant 27: every number is a sum of numbers that both keepers have signed, and the
// same log gives the same bytes.
func (c *Counter) Figures(y Year) (*Figures, error) {
	f := &Figures{From: y.From, Until: y.Until, First: y.First, Last: y.Last, Origin: y.Origin, Items: []Item{}, Outlines: []Outline{}, Periods: []paper.Digest{}, Sealed: []proof.Sealed{}}
	counts, err := c.within(f)
	if err != nil {
		return nil, err
	}
	for _, t := range y.Items {
		f.Items = append(f.Items, t.counted(counts))
	}
	for _, o := range c.outlines {
		if o.Index >= y.First && o.Index < y.Last && (y.Open == nil || slices.Contains(y.Open, o.Index)) {
			f.Outlines = append(f.Outlines, o)
		}
	}
	if c.more || len(f.Outlines) > MaxOutlines {
		return nil, fmt.Errorf("figures have at most %d outlines", MaxOutlines)
	}
	return f, f.Check()
}

// within adds the periods of the year up, which follow one another without a gap.
func (c *Counter) within(f *Figures) (counts []proof.PeriodCount, err error) {
	next := f.First
	for _, p := range c.periods {
		if p.report.Origin != f.Origin || p.report.First < f.First || p.report.First >= f.Last {
			continue
		}
		if p.report.First != next || p.report.Last > f.Last {
			return nil, fmt.Errorf("no report counts the entries from %d on as part of the year", next)
		}
		next = p.report.Last
		counts = append(counts, p.report.Counts...)
		f.Periods = append(f.Periods, p.digest)
		f.Disposed += p.report.Disposed
		f.Sealed = append(f.Sealed, p.report.Sealed...)
	}
	if next != f.Last {
		return nil, fmt.Errorf("no report counts the entries from %d to before %d", next, f.Last)
	}
	f.Sealed = sum(f.Sealed)
	return counts, nil
}

// counted works out the numbers of an item.
func (t Item) counted(counts []proof.PeriodCount) Item {
	t.Counts = slices.Clone(t.Counts)
	for i := range t.Counts {
		t.Counts[i].N = 0
		for _, n := range counts {
			if n.Class == t.Counts[i].Class && (t.Counts[i].Instrument == "" || t.Counts[i].Instrument == n.Instrument) {
				t.Counts[i].N += n.N
			}
		}
	}
	return t
}

// sum adds up what is sealed for one reason until one day.
func sum(list []proof.Sealed) []proof.Sealed {
	out := []proof.Sealed{}
	for _, s := range list {
		i := slices.IndexFunc(out, func(o proof.Sealed) bool { return o.Reason == s.Reason && o.Until == s.Until })
		if i < 0 {
			out = append(out, s)
			continue
		}
		out[i].N += s.N
	}
	slices.SortFunc(out, func(a, b proof.Sealed) int {
		return strings.Compare(a.Until+" "+string(a.Reason), b.Until+" "+string(b.Reason))
	})
	return slices.DeleteFunc(out, func(s proof.Sealed) bool { return s.N == 0 })
}

// Year gives what f was asked for, so that it can be added up again. Entries that were
// opened since, and those that only an inspector can open, change nothing in it.
func (f *Figures) Year() Year {
	y := Year{Origin: f.Origin, From: f.From, Until: f.Until, First: f.First, Last: f.Last, Items: f.Items, Open: []int64{}}
	for _, o := range f.Outlines {
		y.Open = append(y.Open, o.Index)
	}
	return y
}

// Same says whether the same log comes to f, bit for bit; the error is why it comes to
// nothing.
func (c *Counter) Same(f *Figures) (bool, error) {
	again, err := c.Figures(f.Year())
	if err != nil {
		return false, err
	}
	is, err := paper.Marshal(f)
	if err != nil {
		return false, err
	}
	want, err := paper.Marshal(again)
	return string(is) == string(want), err
}

// Judge takes in an entry for who verifies a log, and says what is wrong with it: a code
// of docs/spec/verify.md with its arguments, empty when nothing is.
func (c *Counter) Judge(index int64, class proof.Class, e *paper.Envelope, origin string) (code string, args []any) {
	if class != proof.Figures {
		if err := c.Open(index, class, e); err != nil {
			return "paper", []any{"why", err}
		}
		return "", nil
	}
	var f Figures
	if err := e.Open(Type, &f); err != nil {
		return "paper", []any{"why", err}
	}
	same, err := c.Same(&f)
	switch {
	case f.Origin != origin || err != nil:
		return "figures-uncounted", []any{"first", f.First, "last", f.Last - 1}
	case !same:
		return "figures", []any{"first", f.First, "last", f.Last - 1}
	}
	return "", nil
}
