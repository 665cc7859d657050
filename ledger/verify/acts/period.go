package acts

import (
	"slices"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/ledger/verify/flaw"
	"github.com/noroshi-acd/noroshi/ledger/verify/opened"
)

// kind is by what a period counts.
type kind struct {
	class      proof.Class
	instrument paper.ID
	role       paper.ID
}

// periods is what a log's entries are, by number of their kind, 0 for those that are not
// opened; from is the index of the first.
type periods struct {
	from   int64
	kinds  []uint16
	number map[kind]uint16
}

// mostKinds is how many different kinds are told apart.
const mostKinds = 60000

func (p *periods) sealed(n int64) { p.kinds = append(p.kinds, make([]uint16, n)...) }

func (p *periods) opened(e *opened.Entry) {
	if p.number == nil {
		p.number = map[kind]uint16{}
	}
	k := kind{e.Class, e.Instrument, e.Role}
	n, ok := p.number[k]
	if !ok {
		n = uint16(min(len(p.number)+1, mostKinds))
		p.number[k] = n
	}
	p.kinds = append(p.kinds, n)
}

// reported is one period of a log.
type reported struct {
	origin      string
	first, last int64
}

// period judges a report: its keeper signed it, it follows the one before, its counts
// are those of the entries, and both logs tell the same of it.
func (j *Judge) period(p *signed) {
	var r proof.PeriodReport
	if err := p.envelope.Open(proof.PeriodType, &r); err != nil {
		j.bad(p.Entry, "paper", "why", err.Error())
		return
	}
	log, ok := p.view.Log(r.Origin)
	if !ok || !j.byBody(p, log.Body) {
		j.bad(p.Entry, "keeper")
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
	l := &j.log.periods
	if r.First != l.from || r.Last > p.Index || r.Last-r.First > int64(len(l.kinds)) {
		j.bad(p.Entry, "period-gap", "first", r.First, "want", l.from)
		return
	}
	j.counts(p.Entry, &r)
	said := r.Disposed
	for _, s := range r.Sealed {
		said += s.N
	}
	if closed := j.log.within(r.First, r.Last); closed != said {
		j.bad(p.Entry, "period-sealed", "n", said, "found", closed)
		return // and what is not opened is told by itself
	}
	j.log.explain(r.First, r.Last)
	j.log.credit = max(0, j.log.credit-r.Disposed)
}

// counts holds the counts of a report against the entries of its period: what is
// opened of a kind is not more than it says, and the rest is what is not opened.
func (j *Judge) counts(e *opened.Entry, r *proof.PeriodReport) {
	l := &j.log.periods
	n := int(r.Last - r.First)
	found := make([]int64, len(l.number)+1)
	for _, k := range l.kinds[:n] {
		found[k]++
	}
	l.kinds, l.from = append([]uint16(nil), l.kinds[n:]...), r.Last
	for _, c := range r.Counts {
		number, ok := l.number[kind{c.Class, c.Instrument, c.Role}]
		var f int64
		if ok {
			f, found[number] = found[number], 0
		}
		if f > c.N || found[0] == 0 && f != c.N {
			j.bad(e, "period-count", "class", string(c.Class), "n", c.N, "found", f)
			return
		}
	}
	for i, f := range found[1:] {
		if f > 0 {
			j.bad(e, "period-count", "class", string(l.name(i+1)), "n", 0, "found", f)
			return
		}
	}
}

func (p *periods) name(number int) proof.Class {
	for k, n := range p.number {
		if int(n) == number {
			return k.class
		}
	}
	return ""
}

// within counts the entries from first to before last that are not opened.
func (l *Log) within(first, last int64) (n int64) {
	for _, s := range l.sealed {
		n += max(0, min(s.end, last)-max(s.first, first))
	}
	return n
}

// explain forgets unopened entries that a report accounts for.
func (l *Log) explain(first, last int64) {
	var rest []span
	for _, s := range l.sealed {
		if s.first < first {
			rest = append(rest, span{s.first, min(s.end, first)})
		}
		if s.end > last {
			rest = append(rest, span{max(s.first, last), s.end})
		}
	}
	l.sealed = rest
}

// unsealed tells entries that nobody opened and no report accounts for.
func (j *Judge) unsealed() {
	if !j.strict {
		return
	}
	if j.log.within(0, 1<<62) <= j.log.credit {
		return // so many were disposed of
	}
	for _, s := range j.log.sealed {
		if slices.ContainsFunc(j.log.reports, func(i int64) bool { return i >= s.end }) {
			continue // what accounts for them may be an entry that is told to be wrong itself
		}
		j.lost += s.end - s.first
		j.tell(flaw.Flaw{Code: "sealed", Log: j.log.Origin, Rank: j.log.Rank, Index: s.first, Last: s.first, Args: []any{"n", s.end - s.first}})
	}
}
