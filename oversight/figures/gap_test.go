package figures_test

import (
	"testing"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/oversight/figures"
)

// TestInvariant27_PeriodsWithoutAGap: a year is added up from periods that follow one another
// from its first entry to its last; entries that no period has counted, or two have, and a
// period that lies on both sides of the year's end make no figures.
func TestInvariant27_PeriodsWithoutAGap(t *testing.T) {
	for name, c := range map[string]struct {
		bounds [][2]int64
		ok     bool
	}{
		"one after another":    {[][2]int64{{0, 10}, {10, 30}}, true},
		"one":                  {[][2]int64{{0, 30}}, true},
		"a gap":                {[][2]int64{{0, 10}, {20, 30}}, false},
		"a gap at the start":   {[][2]int64{{1, 30}}, false},
		"a gap at the end":     {[][2]int64{{0, 10}, {10, 29}}, false},
		"counted twice":        {[][2]int64{{0, 20}, {10, 30}}, false},
		"over the year's end":  {[][2]int64{{0, 10}, {10, 31}}, false},
		"another year's after": {[][2]int64{{0, 30}, {30, 40}}, true},
	} {
		x := &figures.Counter{Content: func(paper.Digest) *paper.Envelope { return nil }}
		for i := range int64(40) {
			x.Entry(i, &proof.Entry{Class: proof.Build, Role: "registrar"})
		}
		for _, b := range c.bounds {
			r := proof.PeriodReport{
				Origin: "log.example", First: b[0], Last: b[1], Counts: []proof.PeriodCount{{Class: proof.Build, N: b[1] - b[0], Role: "registrar"}}, Sealed: []proof.Sealed{},
			}
			x.Period(r, paper.DigestOf([]byte{byte(b[0]), byte(b[1])}))
		}
		f, err := x.Figures(figures.Year{
			Origin: "log.example", From: 1764547200, Until: 1796083200, First: 0, Last: 30,
			Items: []figures.Item{{ID: "1", Rules: "lab/collection", Says: paper.Words{EN: "programs", JA: "件"}, Counts: []figures.Count{{Class: proof.Build}}}},
		})
		if (err == nil) != c.ok {
			t.Errorf("%s: %+v %v", name, f, err)
			continue
		}
		if c.ok && f.Items[0].Counts[0].N != 30 {
			t.Errorf("%s: %d of 30 entries are counted", name, f.Items[0].Counts[0].N)
		}
	}
}
