package figures

import (
	"cmp"
	"slices"

	"github.com/noroshi-acd/noroshi/authority/application"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/repeat"
)

// asked is an open entry that asks for a warrant.
type asked struct {
	index          int64
	instrument     paper.ID
	content, paper paper.Digest
}

// repeats compares the year's open applications as the desk does that takes them in, in
// the order of the log, and counts by instrument those of which it warns. One that asked on
// sealed papers is not among them, nor was it compared with any.
//
// Invariant 16: repetition is counted, and the number is one that anyone works out again.
func (c *Counter) repeats(f *Figures) ([]Repeats, error) {
	memory, before := repeat.NewMemory(), map[paper.Digest]paper.Digest{}
	out, n := []Repeats{}, 0
	for _, x := range c.asked {
		if x.index < f.First || x.index >= f.Last || in(f.Shut, x.index) || c.Content == nil {
			continue
		}
		a := c.application(x.content)
		if a == nil {
			continue // no paper that could be compared
		}
		if n++; n > MaxAsked {
			return nil, &Flaw{"figures-asked", []any{"most", MaxAsked}}
		}
		var renewed *application.Application
		if p := a.Previous; p != nil && p.Reason == application.Renewal && before[p.Digest] != "" {
			renewed = c.application(before[p.Digest])
		}
		before[x.paper] = x.content
		warnings := repeat.Warn(a, renewed, memory.Repetitions(a, x.paper))
		memory.Remember(a, x.paper)
		i, ok := slices.BinarySearchFunc(out, x.instrument, func(r Repeats, id paper.ID) int { return cmp.Compare(r.Instrument, id) })
		if !ok {
			out = slices.Insert(out, i, Repeats{Instrument: x.instrument})
		}
		if out[i].Of++; len(warnings) > 0 {
			out[i].N++
		}
	}
	return out, nil
}

// application reads an application; nil when there is none.
func (c *Counter) application(content paper.Digest) *application.Application {
	e := c.Content(content)
	if e == nil {
		return nil
	}
	a, err := application.Parse(e)
	if err != nil {
		return nil
	}
	return a
}
