package flaw

import (
	"cmp"
	"maps"
	"slices"

	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// None is the index of a flaw that is about no entry in particular.
const None = -1

// Flaw is one thing that is wrong.
type Flaw struct {
	Code  string      // its sentence is verify.flaw.CODE
	Log   string      // the log's origin; "" when it is about the whole export
	Rank  int         // of the log: the commission's before the hub's
	Index int64       // of the entry, or of the first entry that it may be; None for none
	Last  int64       // the last entry that it may be; Index when it is exactly one
	Class proof.Class // of the entry, where it is known
	File  string      // path in the export, where one file is at fault
	Args  []any       // name, value pairs for the sentence
	Unmet []unmet.Unmet
}

// Exact says whether the flaw is about one entry that it can name.
func (f *Flaw) Exact() bool { return f.Index >= 0 && f.Index == f.Last }

// Text says the flaw in both languages, without saying where.
func (f *Flaw) Text() i18n.Text { return i18n.Both("verify.flaw."+f.Code, words(f.Args)...) }

// compare orders flaws: those of the whole export first, then log by log those that
// touch its every entry, then by entry. A flaw that may be any of several entries
// stands after those that name one of them.
func compare(a, b *Flaw) int {
	return cmp.Or(
		cmp.Compare(a.Rank, b.Rank), cmp.Compare(a.Log, b.Log), cmp.Compare(a.Last, b.Last), cmp.Compare(b.Index, a.Index),
		cmp.Compare(a.Code, b.Code), cmp.Compare(a.File, b.File),
	)
}

// most is how many flaws are kept; all are counted.
const most = 1000

// List collects flaws. It is for one goroutine.
type List struct {
	kept  []*Flaw
	n     int64
	codes map[string]int64
	bad   map[place]bool
}

type place struct {
	log   string
	index int64
}

// Add notes a flaw.
func (l *List) Add(f Flaw) {
	if l.codes == nil {
		l.codes, l.bad = map[string]int64{}, map[place]bool{}
	}
	if f.Index < 0 {
		f.Index, f.Last = None, None
	}
	f.Last = max(f.Last, f.Index)
	l.n++
	l.codes[f.Code]++
	if f.Exact() && len(l.bad) < 1000*most {
		l.bad[place{f.Log, f.Index}] = true
	}
	l.kept = append(l.kept, &f)
	if len(l.kept) >= 2*most {
		slices.SortStableFunc(l.kept, compare)
		clear(l.kept[most:])
		l.kept = l.kept[:most]
	}
}

// N is how many flaws there are.
func (l *List) N() int64 { return l.n }

// Entries is how many entries are known to be bad.
func (l *List) Entries() int64 { return int64(len(l.bad)) }

// Codes counts the flaws by code, in the order of the codes.
func (l *List) Codes() (codes []string, n []int64) {
	codes = slices.Sorted(maps.Keys(l.codes))
	for _, c := range codes {
		n = append(n, l.codes[c])
	}
	return codes, n
}

// Sorted gives the first flaws in order, at most 1,000.
func (l *List) Sorted() []*Flaw {
	slices.SortStableFunc(l.kept, compare)
	l.kept = l.kept[:min(len(l.kept), most)]
	return l.kept
}
