package acts

import (
	"slices"

	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/ledger/verify/flaw"
	"github.com/noroshi-acd/noroshi/ledger/verify/tally"
)

// reported is one period of a log.
type reported struct {
	origin      string
	first, last int64
}

// period judges a report: one who speaks for its keeper signed it, it follows the one
// before, its counts are those of the entries, and both logs tell the same of it.
func (j *Judge) period(p *signed) {
	var r proof.PeriodReport
	if err := p.envelope.Open(proof.PeriodType, &r); err != nil {
		j.bad(p.Entry, "paper", "why", err)
		return
	}
	log, ok := p.view.Log(r.Origin)
	if !ok || !j.bySpeaker(p, log.Body) {
		j.bad(p.Entry, "speaker", "body", string(log.Body))
		return
	}
	key := reported{r.Origin, r.First, r.Last}
	if before, ok := j.reports[key]; ok && before != p.Paper {
		j.bad(p.Entry, "period-differs", "first", r.First, "last", r.Last-1)
	}
	j.reports[key] = p.Paper
	if r.Origin != j.log.Origin {
		return // the other log's, countersigned here
	}
	t := &j.log.tally
	if r.First != t.From() || r.Last > p.Index || !t.Reaches(r.Last) {
		j.bad(p.Entry, "period-gap", "first", r.First, "want", t.From())
		return
	}
	if d := t.Report(&r); d != nil {
		j.bad(p.Entry, "period-count", "class", string(d.Class), "n", d.Said, "found", d.Found)
	}
	if !tally.InForm(&r) {
		j.bad(p.Entry, "period-form")
	}
	said := r.Disposed
	for _, s := range r.Sealed {
		said += s.N
	}
	if closed := j.log.sealed.Within(r.First, r.Last); closed > said {
		// Less is no lie: entries may be opened later, and inspectors open more.
		j.bad(p.Entry, "period-sealed", "n", said, "found", closed)
		return // and what is not opened is told by itself
	}
	j.log.counter.Period(r, p.Paper)
	j.log.sealed.Forget(r.First, r.Last)
	j.log.credit = max(0, j.log.credit-r.Disposed)
}

// unsealed tells entries that nobody opened and no report accounts for.
func (j *Judge) unsealed() {
	if !j.strict {
		return
	}
	if j.log.sealed.Within(0, 1<<62) <= j.log.credit {
		return // so many were disposed of
	}
	for _, s := range j.log.sealed {
		if slices.ContainsFunc(j.log.reports, func(i int64) bool { return i >= s.End }) {
			continue // what accounts for them may be an entry that is told to be wrong itself
		}
		j.lost += s.End - s.First
		j.pages += s.End - s.First
		j.tell(flaw.Flaw{Code: "sealed", Log: j.log.Origin, Rank: j.log.Rank, Index: s.First, Last: s.First, Args: []any{"n", s.End - s.First}})
	}
}
