package tally

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// row is a kind of entries in the order of a report.
var rows = []proof.PeriodCount{
	{Class: proof.Books, Role: "acquirer"}, {Class: proof.Query, Role: "acquirer"}, {Class: proof.Query, Instrument: "lab/query", Role: "acquirer"},
	{Class: proof.Query, Role: "unit"}, {Class: proof.Result, Role: "acquirer"},
}

// TestInvariant27_TheSlowCountAgrees: a report passes if and only if a slow count gives the same rows in the same
// order, entries that are not opened taken for any.
func TestInvariant27_TheSlowCountAgrees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kinds := rapid.SliceOfN(rapid.IntRange(0, len(rows)-1), 1, 40).Draw(t, "kinds")
		hide := rapid.Bool().Draw(t, "some sealed")
		var tally Tally
		hidden, opened, all := int64(0), make([]int64, len(rows)), make([]int64, len(rows))
		for _, k := range kinds {
			all[k]++
			if hide && rapid.Bool().Draw(t, "sealed") {
				tally.Sealed(1)
				hidden++
				continue
			}
			opened[k]++
			tally.Opened(&proof.Entry{Class: rows[k].Class, Instrument: rows[k].Instrument, Role: rows[k].Role})
		}
		r := proof.PeriodReport{Last: int64(len(kinds))}
		for k, n := range all {
			if c := rows[k]; n > 0 {
				c.N = n
				r.Counts = append(r.Counts, c)
			}
		}
		if !InForm(&r) {
			t.Fatalf("an honest report is not in form: %+v", r.Counts)
		}
		// Move a few from one row to another: the sum stays.
		if len(r.Counts) > 1 && rapid.Bool().Draw(t, "lie") {
			i, k := rapid.IntRange(0, len(r.Counts)-1).Draw(t, "from"), rapid.IntRange(0, len(r.Counts)-1).Draw(t, "to")
			n := rapid.Int64Range(0, r.Counts[i].N).Draw(t, "n")
			r.Counts[i].N -= n
			r.Counts[k].N += n
		}
		want := true
		for k, n := range opened {
			said := int64(0)
			for _, c := range r.Counts {
				if c.Class == rows[k].Class && c.Instrument == rows[k].Instrument && c.Role == rows[k].Role {
					said = c.N
				}
			}
			want = want && n <= said && (hidden > 0 || n == said)
		}
		if got := tally.Report(&r); (got == nil) != want {
			t.Fatalf("%+v against %v opened and %d not: %+v, want right %v", r.Counts, opened, hidden, got, want)
		}
		if tally.From() != r.Last || tally.Reaches(r.Last+1) {
			t.Fatal("the next period does not begin where this one ends")
		}
	})
}

func TestInForm(t *testing.T) {
	for name, change := range map[string]func(c []proof.PeriodCount) []proof.PeriodCount{
		"out of order": func(c []proof.PeriodCount) []proof.PeriodCount { c[1], c[2] = c[2], c[1]; return c },
		"twice":        func(c []proof.PeriodCount) []proof.PeriodCount { c[1] = c[0]; return c },
		"an empty row": func(c []proof.PeriodCount) []proof.PeriodCount { c[4].N = 0; return c },
		"by role last": func(c []proof.PeriodCount) []proof.PeriodCount {
			c[2], c[3] = c[3], c[2]
			return c
		},
	} {
		var c []proof.PeriodCount
		for _, r := range rows {
			r.N = 1
			c = append(c, r)
		}
		if !InForm(&proof.PeriodReport{Counts: c}) {
			t.Fatal("the rows are not in form")
		}
		if InForm(&proof.PeriodReport{Counts: change(c)}) {
			t.Errorf("%s: in form", name)
		}
	}
}
