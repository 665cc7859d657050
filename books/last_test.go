package books

import (
	"slices"
	"testing"

	"github.com/noroshi-acd/noroshi/authority/paper"
)

// TestInvariant04_ALastPageHidesNothing: who ends a sheet early cannot hide what the
// others count afterwards, nor what still waits.
func TestInvariant04_ALastPageHidesNothing(t *testing.T) {
	still := func(string, int64) int64 { return 1 }
	for _, c := range []struct {
		left, right Sheet // left ends early, right counts on
		name        Name
		equation    string
		kind        Kind
	}{
		{Tap, EdgeIn, Seen, "tap-edge", Unequal},
		{EdgeIn, EdgeOut, Taken, "edge", Ahead},
		{EdgeOut, HubIn, Stored, "edge-hub", Unequal},
		{HubIn, HubKept, Stored, "hub", Ahead},
	} {
		pages := run(still, 12, nil)
		pages = slices.DeleteFunc(pages, func(p Page) bool { return p.Sheet == c.left && p.Number > 6 })
		for i := range pages {
			pages[i].Last = pages[i].Last || pages[i].Sheet == c.left && pages[i].Number == 6
		}
		found := slices.ContainsFunc(Reconcile(pages, start+12*60), func(i Imbalance) bool {
			return i.Equation == c.equation && i.Kind == c.kind && i.Minute > start+5*60
		})
		if !found {
			t.Errorf("sheet %s ended early and %s counted on: %s says nothing", c.left, c.right, c.equation)
		}
	}
	for _, c := range []struct {
		sheet       Sheet
		level, from Name
	}{{EdgeOut, InSpool, Taken}, {HubKept, Held, Stored}} {
		counts := map[Name]int64{c.level: 3, c.from: 3}
		p := NewPage(c.sheet, warrant, "l", 1, start, start+60, counts)
		p.Last = true
		missing := func(p Page, now paper.Time) bool {
			return slices.ContainsFunc(Reconcile([]Page{p}, now), func(i Imbalance) bool {
				return i.Kind == Missing && i.Sheet == c.sheet && i.Number == 2
			})
		}
		if !missing(p, start+3600) {
			t.Errorf("a last page with %s above 0 closed the books", c.level)
		}
		if missing(p, start+60) {
			t.Errorf("the page after %s is missing before it is due", c.level)
		}
		p.Counts = slices.Clone(p.Counts)
		for i := range p.Counts {
			p.Counts[i].N = 0
		}
		if missing(p, start+3600) {
			t.Errorf("a last page of %s with nothing left does not close the books", c.sheet)
		}
	}
}

// TestHolesAreBounded: a party that leaves many holes cannot make a reader name minutes
// without end.
func TestHolesAreBounded(t *testing.T) {
	var pages []Page
	for n := range int64(300) {
		minute := start + paper.Time(n)*60*maxGap
		pages = append(pages, NewPage(Tap, warrant, "l", n+1, minute, minute+60, nil))
	}
	got := Reconcile(pages, pages[len(pages)-1].At)
	if most := maxGap + 2*len(pages) + 10; len(got) > most {
		t.Errorf("%d pages gave %d imbalances, the most is %d", len(pages), len(got), most)
	}
	holes := map[paper.Time]bool{}
	for _, i := range got {
		if i.Kind == Missing && i.Sheet == Tap {
			holes[i.Minute] = true
		}
	}
	for _, p := range pages[:len(pages)-1] {
		if !holes[p.Minute+60] {
			t.Fatalf("the hole after %s is not told", p.Minute)
		}
	}
}
