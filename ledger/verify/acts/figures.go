package acts

import (
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/oversight/figures"
)

// outline takes in what an open entry is about, for the figures of its year.
func (j *Judge) outline(p *signed) {
	if err := j.log.counter.Open(p.Index, p.Class, p.envelope); err != nil {
		j.bad(p.Entry, "paper", "why", err)
	}
}

// figures judges a year's figures: the log comes to the same, bit for bit.
//
// Invariant 27: every figure of the report is one that anyone works out again.
func (j *Judge) figures(p *signed) {
	var f figures.Figures
	if err := p.envelope.Open(figures.Type, &f); err != nil {
		j.bad(p.Entry, "paper", "why", err)
		return
	}
	if !j.byBody(p, j.log.Body) {
		j.bad(p.Entry, "keeper")
		return
	}
	same, err := j.log.counter.Same(&f)
	switch {
	case f.Origin != j.log.Origin || err != nil:
		j.bad(p.Entry, "figures-uncounted", "first", f.First, "last", f.Last-1)
	case !same:
		j.bad(p.Entry, "figures", "first", f.First, "last", f.Last-1)
	}
}

// counted takes in a report of a period that was found right.
func (j *Judge) counted(p *signed, r *proof.PeriodReport) {
	j.log.counter.Period(*r, p.Paper)
}
