package books

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/authority/paper"
)

// granted are the windows of the twelve minutes that run works through.
func granted() []Due {
	return []Due{{warrant, "carrier-a/1", start + 5*60, start + 12*60}, {warrant, "carrier-a/1", start, start + 60}}
}

// owing is an account that is owed, of which the pages are meddled with.
type owing struct {
	name   string
	due    []Due
	now    paper.Time
	meddle func([]Page) []Page
	want   []Imbalance
}

func each(kind Kind, minute paper.Time, number int64, sheets ...Sheet) (list []Imbalance) {
	for _, s := range sheets {
		list = append(list, Imbalance{Kind: kind, Sheet: s, Warrant: warrant, Link: "carrier-a/1", Minute: minute, Number: number})
	}
	return list
}

func owed() []owing {
	end := start + 12*60
	same := func(p []Page) []Page { return p }
	none := func([]Page) []Page { return nil }
	return []owing{
		{"owed and given", granted(), end, same, nil},
		{"an account is withheld", granted(), end, none, each(Withheld, start, 1, Sheets()...)},
		{"an account is not due yet", granted(), start + 60 + 299, none, nil},
		{"an account is just due", granted(), start + 60 + 300, none, each(Withheld, start, 1, Sheets()...)},
		{"a party keeps no sheet", granted(), end, func(p []Page) []Page {
			return slices.DeleteFunc(p, func(p Page) bool { return p.Sheet.Party() == "hub" })
		}, each(Missing, start, 1, HubIn, HubKept)},
		{"the first windows are left out", granted(), end, func(p []Page) []Page {
			p = slices.DeleteFunc(p, func(p Page) bool { return p.Number <= 3 })
			for i := range p {
				p[i].Number -= 3
			}
			return p
		}, each(Missing, start, 1, Sheets()...)},
		{"all sheets end too early", granted(), end + 600, func(p []Page) []Page {
			p = slices.DeleteFunc(p, func(p Page) bool { return p.Number > 6 })
			for i := range p {
				p[i].Last = p[i].Number == 6
			}
			return p
		}, each(Early, start+5*60, 6, Sheets()...)},
		{"pages of minutes to come", granted(), start + 5*60, same, func() (list []Imbalance) {
			for m := paper.Time(5); m < 12; m++ {
				list = append(list, each(Future, start+m*60, int64(m)+1, Sheets()...)...)
			}
			return list
		}()},
	}
}

// TestInvariant04_WhatIsOwedIsNamed: what must be accounted for follows from the grants;
// who says nothing, stops early or accounts for minutes that have not been is named.
func TestInvariant04_WhatIsOwedIsNamed(t *testing.T) {
	none := func(string, int64) int64 { return 0 }
	for _, c := range owed() {
		got := Reconcile(c.meddle(run(none, 12, nil)), c.now, c.due...)
		// What is held waits for its end, and so for a page: another matter.
		got = slices.DeleteFunc(got, func(i Imbalance) bool { return i.Kind == Missing && i.Number > 1 })
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: -want +got\n%s", c.name, diff)
		}
	}
}

// TestDue: by a slow count, an account is in order if and only if each sheet has a page
// of each minute that is owed and over for as long as patience lasts.
func TestDue(t *testing.T) {
	none := func(string, int64) int64 { return 0 }
	rapid.Check(t, func(t *rapid.T) {
		pages := run(none, 12, nil)
		for i := range pages {
			pages[i].Last = false
			for k := range pages[i].Counts {
				pages[i].Counts[k].N = 0
			}
		}
		from, length := rapid.IntRange(-3, 12).Draw(t, "from"), rapid.IntRange(1, 8).Draw(t, "length")
		d := Due{warrant, "carrier-a/1", start + paper.Time(60*from+rapid.IntRange(0, 59).Draw(t, "second")), 0}
		d.To = d.From + paper.Time(60*length)
		first, last := rapid.IntRange(1, 12).Draw(t, "first"), rapid.IntRange(1, 12).Draw(t, "last")
		pages = slices.DeleteFunc(pages, func(p Page) bool { return p.Number < int64(first) || p.Number > int64(last) })
		for i := range pages {
			pages[i].Number -= int64(first - 1)
			pages[i].Last = pages[i].Minute == start+paper.Time(60*(last-1))
		}
		now := start + paper.Time(60*rapid.IntRange(12, 40).Draw(t, "now"))
		right := true
		for m := minute(d.From); m < d.To; m += 60 {
			there := slices.ContainsFunc(pages, func(p Page) bool { return p.Minute == m })
			over := m+60+300 <= now
			// A last page before what is owed is wrong at once: no page may follow it.
			right = right && (there || !over && (len(pages) == 0 || m < pages[0].Minute))
		}
		if got := Reconcile(pages, now, d); (len(got) == 0) != right {
			t.Fatalf("owed %v to %v, pages %d to %d, now %v: %v, want right %v", d.From, d.To, first, last, now, got, right)
		}
	})
}
