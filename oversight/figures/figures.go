package figures

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime/fact"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// Type is the payload type of figures.
const Type = paper.TypePrefix + "figures" + paper.TypeSuffix

// MaxOutlines is how many outlines figures have at most, MaxItems how many items, MaxSpans
// how many spans of entries that are not open, and MaxAsked how many applications are
// compared with one another.
const (
	MaxOutlines = 5000
	MaxItems    = 1000
	MaxSpans    = 20_000
	MaxAsked    = 20_000
)

// SkewS is how far, in seconds, an entry's time may lie outside the year that counts it: as
// far as clocks may differ.
const SkewS = 30

// Figures is what a year comes to.
type Figures struct {
	Disposed int64          `json:"disposed"` // entries whose content is gone, with proof
	First    int64          `json:"first"`    // index of the first entry
	From     paper.Time     `json:"from"`     // of the year
	Items    []Item         `json:"items"`
	Last     int64          `json:"last"`               // index after the last entry
	Openings []Openings     `json:"openings,omitempty"` // who had entries opened to everybody, in the order of the members
	Origin   string         `json:"origin"`
	Outlines []Outline      `json:"outlines"` // of what is open, in the order of the log
	Periods  []paper.Digest `json:"periods"`  // the reports that were added up, in the order of the log
	Repeats  []Repeats      `json:"repeats"`  // in the order of the instruments
	Sealed   []proof.Sealed `json:"sealed"`   // entries that stay sealed, by reason and day
	Shut     []Span         `json:"shut"`     // entries that were not open, in the order of the log
	Until    paper.Time     `json:"until"`    // the year's end
	Withheld []Withheld     `json:"withheld"` // what has no outline, by class and reason
}

// Span is the entries from First to before Last.
type Span struct {
	First int64 `json:"first"`
	Last  int64 `json:"last"`
}

// Repeats is how many of an instrument's open applications, corrections and requests for
// an extension repeat, word by word, their own reasons or those of an earlier open one of
// the year, as package repeat tells it.
type Repeats struct {
	Instrument paper.ID `json:"instrument"`
	N          int64    `json:"n"`
	Of         int64    `json:"of"` // so many were open, and were compared
}

// Withheld is how many entries of a class that has outlines have none here: sealed for the
// period's reason, or disposed of.
type Withheld struct {
	Class  proof.Class `json:"class"`
	N      int64       `json:"n"`
	Reason paper.ID    `json:"reason"`
}

// The reasons that are no period's own.
const (
	Disposed paper.ID = "disposed" // with proof
	Several  paper.ID = "several"  // the period has several reasons, and does not say which
)

// Item is one item of the law.
type Item struct {
	Cite   fact.Cites  `json:"cite,omitempty"` // of the law that asks for it
	Counts []Count     `json:"counts"`
	ID     paper.ID    `json:"id"`             // of the item in the rules: 1 to 6
	Mark   fact.Mark   `json:"mark,omitempty"` // how sure the rules are of it
	Name   paper.Words `json:"name,omitempty"` // of the instrument that the rules are of
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
	Shut        []Span // entries that were not open when it was added up; nil: those that are not now
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
	end := f.First - 1
	for _, s := range f.Shut {
		if s.First <= end || s.Last <= s.First || s.Last > f.Last || len(f.Shut) > MaxSpans {
			return fmt.Errorf("spans lie in the year, in the order of the log and apart, at most %d", MaxSpans)
		}
		end = s.Last
	}
	return errors.Join(f.once(), f.numbers())
}

// once says whether each item stands once, and each number of it.
func (f *Figures) once() error {
	for i, t := range f.Items {
		if slices.ContainsFunc(f.Items[:i], func(o Item) bool { return o.ID == t.ID && o.Rules == t.Rules && o.Says == t.Says }) {
			return errors.New("an item stands once")
		}
		for j, c := range t.Counts {
			if slices.ContainsFunc(t.Counts[:j], func(o Count) bool { return o.Class == c.Class && o.Instrument == c.Instrument }) {
				return errors.New("an item has each number once")
			}
		}
	}
	return nil
}

// numbers says whether there can be so many.
func (f *Figures) numbers() error {
	can := func(n, least, most int64) bool { return n >= least && n <= most }
	all := f.Last - f.First
	right := true
	for _, t := range f.Items {
		for _, c := range t.Counts {
			right = right && can(c.N, 0, all)
		}
	}
	for _, r := range f.Repeats {
		right = right && can(r.Of, 1, all) && can(r.N, 0, r.Of)
	}
	for _, w := range f.Withheld {
		right = right && can(w.N, 1, all) && Outlined(w.Class)
	}
	if !right {
		return errors.New("a number is not below 0, and not above the number of entries")
	}
	return nil
}

// Asked lists what the law asks of who acted under some instruments: the items of all rules
// of their jurisdictions, but for overlays, which count nothing of their own.
func Asked(all []*rules.Rules, instruments []paper.ID) []Item {
	jurisdictions := map[paper.ID]bool{}
	for _, r := range all {
		if slices.Contains(instruments, r.ID) {
			jurisdictions[r.Jurisdiction] = true
		}
	}
	list := slices.DeleteFunc(slices.Clone(all), func(r *rules.Rules) bool { return !jurisdictions[r.Jurisdiction] || r.OverlayOf != "" })
	slices.SortFunc(list, func(a, b *rules.Rules) int { return strings.Compare(string(a.ID), string(b.ID)) })
	return Items(list...)
}

// Items lists what the reports of some rules ask for, with numbers to be worked out. A
// figure that several instruments of a regime ask for stands once for each.
func Items(list ...*rules.Rules) []Item {
	var items []Item
	for _, r := range list {
		for _, p := range r.Reports {
			for _, i := range p.Items {
				t := Item{Cite: p.Cite, ID: i.ID, Mark: p.Mark, Name: r.Name, Rules: r.ID, Says: i.Says, Counts: []Count{}}
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
