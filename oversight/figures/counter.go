package figures

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/oversight/act"
)

// Counter takes in a log's open entries and reports of periods, in the order of the log.
// The zero one is empty; it is for one goroutine.
type Counter struct {
	// Content gives the paper of an open application by the digest of its bytes; nil when it
	// is not there. Without it no application is compared with another.
	Content func(paper.Digest) *paper.Envelope
	// Around gives the times between which an entry that is not open was written down; nil
	// when nobody can say.
	Around func(index int64) (from, until paper.Time)
	// Law gives the items that the law of some instruments asks for; nil when it is not at
	// hand, and nobody can say what is left out of it.
	Law func(instruments []paper.ID) []Item

	open     []entry // by rising index
	asked    []asked // the same
	outlines []Outline
	requests []request
	periods  []period
	years    []*Figures
	more     bool // outlines that were not kept
}

// entry is one that is open.
type entry struct {
	index      int64
	at         paper.Time
	instrument paper.ID
}

type period struct {
	report proof.PeriodReport
	digest paper.Digest
}

// Flaw is what is wrong with figures: a code of docs/spec/verify.md with its arguments.
type Flaw struct {
	Code string
	Args []any
}

func (f *Flaw) Error() string { return fmt.Sprint(f.Code, " ", f.Args) }

// Outlined says whether entries of the class have an outline.
func Outlined(c proof.Class) bool {
	return c == proof.Inspection || c == proof.BreachNotice || c == proof.Demand || c == proof.Recommendation
}

// Entry takes in an open entry, before its paper. Entries MUST come in the order of the
// log; those that do not come are not open.
func (c *Counter) Entry(index int64, e *proof.Entry) {
	c.open = append(c.open, entry{index, e.At, e.Instrument})
	if e.Class == proof.Application || e.Class == proof.Correction || e.Class == proof.ExtensionRequest {
		c.asked = append(c.asked, asked{index: index, instrument: e.Instrument, content: e.Content, paper: e.Paper})
	}
}

// Open takes in the paper of an open entry. What has no outline is passed over.
func (c *Counter) Open(index int64, class proof.Class, e *paper.Envelope) error {
	if class == proof.OpeningRequest {
		return c.opening(index, e)
	}
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

// Figures adds a year up. Errors about the log are a [Flaw]: they say which entries no
// period has counted, or which are not open that should be.
//
// Invariant 27: every number is a sum of numbers that both keepers have signed, or is
// worked out from open entries; the same log gives the same bytes.
func (c *Counter) Figures(y Year) (*Figures, error) {
	f := &Figures{
		From: y.From, Until: y.Until, First: y.First, Last: y.Last, Origin: y.Origin, Items: []Item{}, Outlines: []Outline{},
		Periods: []paper.Digest{}, Repeats: []Repeats{}, Sealed: []proof.Sealed{}, Shut: y.Shut, Withheld: []Withheld{},
	}
	list, err := c.within(f)
	if err != nil {
		return nil, err
	}
	if f.Shut == nil {
		f.Shut = c.shut(f.First, f.Last)
	}
	var counts []proof.PeriodCount
	for _, p := range list {
		if err := c.held(f, p.report); err != nil {
			return nil, err
		}
		counts = append(counts, p.report.Counts...)
	}
	for _, t := range y.Items {
		f.Items = append(f.Items, t.counted(counts))
	}
	for _, o := range c.outlines {
		if o.Index >= y.First && o.Index < y.Last && !in(f.Shut, o.Index) {
			f.Outlines = append(f.Outlines, o)
		}
	}
	if c.more || len(f.Outlines) > MaxOutlines {
		return nil, fmt.Errorf("figures have at most %d outlines", MaxOutlines)
	}
	f.Openings = c.openings(f)
	if f.Withheld, err = withheld(f, list); err != nil {
		return nil, err
	}
	if f.Repeats, err = c.repeats(f); err != nil {
		return nil, err
	}
	return f, f.Check()
}

// within adds the periods of the year up, which follow one another without a gap.
func (c *Counter) within(f *Figures) (list []period, err error) {
	next := f.First
	for _, p := range c.periods {
		if p.report.Origin != f.Origin || p.report.First < f.First || p.report.First >= f.Last {
			continue
		}
		if p.report.First != next || p.report.Last > f.Last {
			return nil, uncounted(next, f.Last)
		}
		next = p.report.Last
		list = append(list, p)
		f.Periods = append(f.Periods, p.digest)
		f.Disposed += p.report.Disposed
		f.Sealed = append(f.Sealed, p.report.Sealed...)
	}
	if next != f.Last {
		return nil, uncounted(next, f.Last)
	}
	f.Sealed = sum(f.Sealed)
	return list, nil
}

func uncounted(first, last int64) error {
	return &Flaw{"figures-uncounted", []any{"first", first, "last", last - 1}}
}

// shut gives the entries from first to before last that are not open.
func (c *Counter) shut(first, last int64) []Span {
	list := []Span{}
	at, _ := slices.BinarySearchFunc(c.open, first, func(e entry, i int64) int { return cmp.Compare(e.index, i) })
	for _, e := range c.open[at:] {
		if e.index >= last {
			break
		}
		if e.index > first {
			list = append(list, Span{first, e.index})
		}
		first = e.index + 1
	}
	if first < last {
		list = append(list, Span{first, last})
	}
	return list
}

// in says whether an entry lies in one of the spans.
func in(list []Span, index int64) bool {
	i, _ := slices.BinarySearchFunc(list, index, func(s Span, i int64) int {
		if s.Last <= i {
			return -1
		}
		return 1
	})
	return i < len(list) && list[i].First <= index
}

// held holds the entries of a period of which the figures say that they were not open
// against what its keepers have signed: so many are sealed or disposed of. Those that are
// not open now count too; so where nothing was opened since, not one that is open can be
// passed over.
func (c *Counter) held(f *Figures, r proof.PeriodReport) error {
	may := r.Disposed
	for _, s := range r.Sealed {
		may += s.N
	}
	var n int64
	now := c.shut(r.First, r.Last)
	for _, s := range now {
		n += s.Last - s.First
	}
	first := int64(-1) // of those that are open now
	for _, s := range f.Shut {
		from, last := max(s.First, r.First), min(s.Last, r.Last)
		if from >= last {
			continue
		}
		at, _ := slices.BinarySearchFunc(c.open, from, func(e entry, i int64) int { return cmp.Compare(e.index, i) })
		for ; at < len(c.open) && c.open[at].index < last; at++ {
			if n++; first < 0 {
				first = c.open[at].index
			}
		}
	}
	if n <= may {
		return nil
	}
	if first < 0 {
		return &Flaw{"figures-hidden", []any{"first", r.First, "last", r.Last - 1, "n", n, "may", may}}
	}
	return &Flaw{"figures-open", []any{"index", first, "n", n, "may", may}}
}

// withheld counts what has no outline, period by period.
func withheld(f *Figures, list []period) ([]Withheld, error) {
	type kind struct {
		class  proof.Class
		reason paper.ID
	}
	left := map[kind]int64{}
	for _, p := range list {
		told := map[proof.Class]int64{}
		for _, n := range p.report.Counts {
			if Outlined(n.Class) && n.Role == gone {
				left[kind{n.Class, Disposed}] += n.N
			} else if Outlined(n.Class) {
				told[n.Class] += n.N
			}
		}
		for _, o := range f.Outlines {
			if o.Index >= p.report.First && o.Index < p.report.Last {
				told[o.Class]--
			}
		}
		for class, n := range told {
			if n < 0 || n > 0 && len(p.report.Sealed) == 0 {
				return nil, &Flaw{"figures-untold", []any{"class", string(class), "first", p.report.First, "last", p.report.Last - 1}}
			}
			left[kind{class, reason(p.report.Sealed)}] += n
		}
	}
	out := []Withheld{}
	for k, n := range left {
		if n > 0 {
			out = append(out, Withheld{Class: k.class, N: n, Reason: k.reason})
		}
	}
	slices.SortFunc(out, func(a, b Withheld) int { return cmp.Or(cmp.Compare(a.Class, b.Class), cmp.Compare(a.Reason, b.Reason)) })
	return out, nil
}

// reason is the one for which a period has sealed entries.
func reason(list []proof.Sealed) paper.ID {
	if len(list) == 0 || slices.ContainsFunc(list, func(s proof.Sealed) bool { return s.Reason != list[0].Reason }) {
		return Several
	}
	return list[0].Reason
}

// gone is the role under which a period counts what was disposed of.
const gone paper.ID = "unknown"

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
