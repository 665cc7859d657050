package tally

import (
	"cmp"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// kind is by what a period counts.
type kind struct {
	class      proof.Class
	instrument paper.ID
	role       paper.ID
}

// Tally is what a log's entries are, by number of their kind, 0 for those that are not
// opened. The zero one is empty; it is for one goroutine.
type Tally struct {
	from   int64 // index of the first entry that no report has counted
	kinds  []uint16
	number map[kind]uint16
}

// mostKinds is how many different kinds are told apart.
const mostKinds = 60000

// Sealed counts the next n entries, which are not opened.
func (t *Tally) Sealed(n int64) { t.kinds = append(t.kinds, make([]uint16, n)...) }

// Opened counts the next entry.
func (t *Tally) Opened(e *proof.Entry) {
	if t.number == nil {
		t.number = map[kind]uint16{}
	}
	k := kind{e.Class, e.Instrument, e.Role}
	n, ok := t.number[k]
	if !ok {
		n = uint16(min(len(t.number)+1, mostKinds))
		t.number[k] = n
	}
	t.kinds = append(t.kinds, n)
}

// From is the index of the first entry that no report has counted.
func (t *Tally) From() int64 { return t.from }

// Reaches says whether all entries before last were counted.
func (t *Tally) Reaches(last int64) bool { return last-t.from <= int64(len(t.kinds)) }

// Difference is a class of which a report says another number than there is.
type Difference struct {
	Class       proof.Class
	Said, Found int64
}

// InForm says whether a report has its rows in their one order, by class, role and
// instrument, none twice and none empty: then what can be counted again is the same to
// the last byte.
func InForm(r *proof.PeriodReport) bool {
	for i, c := range r.Counts {
		if c.N == 0 {
			return false
		}
		if i == 0 {
			continue
		}
		b := r.Counts[i-1]
		if cmp.Or(cmp.Compare(b.Class, c.Class), cmp.Compare(b.Role, c.Role), cmp.Compare(b.Instrument, c.Instrument)) >= 0 {
			return false
		}
	}
	return true
}

// Report holds the counts of a report, which begins at From and ends before what
// Reaches, against the entries of its period: what is opened of a kind is not more than
// it says, and the rest is what is not opened. It gives the first difference, nil when
// there is none; the next report begins where this one ends.
//
// Invariant 27: an outsider counts again.
func (t *Tally) Report(r *proof.PeriodReport) *Difference {
	n := int(r.Last - r.First)
	found := make([]int64, len(t.number)+1)
	for _, k := range t.kinds[:n] {
		found[k]++
	}
	t.kinds, t.from = append([]uint16(nil), t.kinds[n:]...), r.Last
	for _, c := range r.Counts {
		number, ok := t.number[kind{c.Class, c.Instrument, c.Role}]
		var f int64
		if ok {
			f, found[number] = found[number], 0
		}
		if f > c.N || found[0] == 0 && f != c.N {
			return &Difference{c.Class, c.N, f}
		}
	}
	for i, f := range found[1:] {
		if f > 0 {
			return &Difference{t.name(i + 1), 0, f}
		}
	}
	return nil
}

func (t *Tally) name(number int) proof.Class {
	for k, n := range t.number {
		if int(n) == number {
			return k.class
		}
	}
	return ""
}
