package books

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/noroshi-acd/noroshi/authority/paper"
)

// Kind says in which way books are out of balance.
type Kind string

// The kinds of imbalance.
const (
	Unequal   Kind = "unequal"   // an equation does not hold; By records went missing (or, below 0, came from nowhere) in this minute
	Ahead     Kind = "ahead"     // a sheet counts what the one before it has not seen yet
	Behind    Kind = "behind"    // a sheet has not worked off what came in within its time
	Missing   Kind = "missing"   // a minute without its page, or a number that was left out
	Late      Kind = "late"      // a page was closed after Patience
	Backwards Kind = "backwards" // a counter fell, a minute came again, or a page follows the last one
	Twice     Kind = "twice"     // two different pages with one number: the party told two stories
	Withheld  Kind = "withheld"  // not one page of an account that is owed
	Early     Kind = "early"     // a page calls itself the last of an account that is owed beyond it
	Future    Kind = "future"    // a page of a minute that is not over, or closed after the check
)

// Skew is how far the clock of who closes a page may be ahead of the check's.
const Skew = 30 * time.Second

// Due is an account that is owed: windows were granted, so tap, edge and hub must give
// an account of each of their minutes, whatever came. Who would rather say nothing
// cannot choose to.
type Due struct {
	Warrant paper.Digest
	Link    paper.ID
	From    paper.Time // begin of the first window
	To      paper.Time // end of the last one
}

// minute is the one in which t lies.
func minute(t paper.Time) paper.Time { return t - t%60 }

// Imbalance is one place where the books do not balance.
type Imbalance struct {
	Kind     Kind
	Equation string // "" when the page itself is at fault
	Sheet    Sheet  // the sheet at fault, or the right side's
	Name     Name   // the counter that fell
	Warrant  paper.Digest
	Link     paper.ID
	Minute   paper.Time
	Number   int64 // of the page, when it is at fault
	Left     int64 // both sides of the equation since the beginning, in records
	Right    int64
	By       int64 // how much of the difference came in this minute
}

// String says it in English, for logs; people read it through their catalogue.
func (i Imbalance) String() string {
	at := fmt.Sprintf("warrant %s, link %s, %s", i.Warrant, i.Link, i.Minute)
	switch {
	case i.Equation != "":
		return fmt.Sprintf("%s: equation %s is %s: %d against %d, %+d in this minute", at, i.Equation, i.Kind, i.Left, i.Right, i.By)
	case i.Name != "":
		return fmt.Sprintf("%s: %s of sheet %s, page %d: %s", at, i.Name, i.Sheet, i.Number, i.Kind)
	}
	return fmt.Sprintf("%s: sheet %s, page %d: %s", at, i.Sheet, i.Number, i.Kind)
}

// account is the books of one warrant and link.
type account struct {
	warrant paper.Digest
	link    paper.ID
	sheets  map[Sheet][]Page // by number, faults noted and left out
	found   []Imbalance
	now     paper.Time
	due     *Due // nil: nothing says that the account is owed
}

// Invariant 4: every minute of every account is tried, and a page that is withheld is
// named like a record that is.
//
// Reconcile names every imbalance in pages, in the order of warrant, link, minute and
// the way of a record. now is the time of the check: a page that is not due yet is not
// missing. Pages may stand in any order, and the same page several times.
//
// due are the accounts that are owed: pages alone cannot show that all of an account is
// withheld, nor that all its sheets end too early. Several of one account count as one
// from the earliest to the latest instant.
//
// Each page must have passed its Check and its signature. The cost is that of sorting.
func Reconcile(pages []Page, now paper.Time, due ...Due) []Imbalance {
	type key struct {
		warrant paper.Digest
		link    paper.ID
	}
	accounts := map[key]*account{}
	of := func(warrant paper.Digest, link paper.ID) *account {
		k := key{warrant, link}
		if accounts[k] == nil {
			accounts[k] = &account{warrant: warrant, link: link, sheets: map[Sheet][]Page{}, now: now}
		}
		return accounts[k]
	}
	for _, p := range pages {
		a := of(p.Warrant, p.Link)
		a.sheets[p.Sheet] = append(a.sheets[p.Sheet], p)
	}
	for _, d := range due {
		if a := of(d.Warrant, d.Link); a.due == nil {
			a.due = &d
		} else {
			a.due.From, a.due.To = min(a.due.From, d.From), max(a.due.To, d.To)
		}
	}
	var found []Imbalance
	for _, k := range slices.SortedFunc(maps.Keys(accounts), func(a, b key) int {
		return cmp.Or(cmp.Compare(a.warrant, b.warrant), cmp.Compare(a.link, b.link))
	}) {
		a := accounts[k]
		for s := range a.sheets {
			a.order(s)
		}
		a.whole()
		for _, e := range Equations() {
			a.try(e)
		}
		slices.SortStableFunc(a.found, func(x, y Imbalance) int {
			return cmp.Or(cmp.Compare(x.Minute, y.Minute), cmp.Compare(rank(x), rank(y)), cmp.Compare(x.Number, y.Number))
		})
		found = append(found, a.found...)
	}
	return found
}

// rank orders imbalances of one minute: pages first, then the way of a record.
func rank(i Imbalance) int {
	if i.Equation == "" {
		return slices.Index(Sheets(), i.Sheet)
	}
	return 100 + slices.IndexFunc(Equations(), func(e Equation) bool { return e.ID == i.Equation })
}

func (a *account) note(i Imbalance) {
	i.Warrant, i.Link = a.warrant, a.link
	a.found = append(a.found, i)
}

// order sorts a sheet, and notes what is wrong with the row of its pages.
func (a *account) order(s Sheet) {
	pages := a.sheets[s]
	slices.SortStableFunc(pages, func(x, y Page) int {
		return cmp.Or(cmp.Compare(x.Number, y.Number), cmp.Compare(x.Minute, y.Minute))
	})
	var kept []Page
	holes := 0
	for _, p := range pages {
		page := func(k Kind, name Name, minute paper.Time) {
			a.note(Imbalance{Kind: k, Sheet: s, Name: name, Minute: minute, Number: p.Number})
		}
		if a.future(&p) {
			page(Future, "", p.Minute) // and it bears nothing out
			continue
		}
		if p.At > p.Minute+60+paper.Time(Patience.Seconds()) {
			page(Late, "", p.Minute)
		}
		if len(kept) == 0 {
			if p.Number != 1 {
				page(Missing, "", p.Minute)
			}
			kept = append(kept, p)
			continue
		}
		before := kept[len(kept)-1]
		switch {
		case same(p, before):
			continue
		case p.Number == before.Number:
			page(Twice, "", p.Minute)
			continue
		case p.Minute <= before.Minute || before.Last:
			page(Backwards, "", p.Minute)
			continue
		}
		for _, m := range gap(before.Minute, p.Minute, maxGap+1-holes) {
			page(Missing, "", m)
			holes++
		}
		if p.Number != before.Number+1 && p.Minute == before.Minute+60 {
			page(Missing, "", p.Minute)
		}
		for _, name := range fallen(before, p) {
			page(Backwards, name, p.Minute)
		}
		kept = append(kept, p)
	}
	a.sheets[s] = kept
}

// future says whether p is of a minute that is not over at the check, or closed after it.
func (a *account) future(p *Page) bool {
	return max(p.At, p.Minute+60) > a.now+paper.Time(Skew.Seconds())
}

// gap lists the minutes between two, at most as many as most and always the first.
func gap(from, to paper.Time, most int) (list []paper.Time) {
	for m := from + 60; m < to; m += 60 {
		if list = append(list, m); len(list) >= most {
			break
		}
	}
	return list
}

// maxGap bounds, in minutes, how many missing pages of a sheet are named one by one: after
// a day of them each hole is told by its first minute.
const maxGap = 24 * 60

// fallen lists the counters that are less than on the page before and must not be.
func fallen(before, p Page) (names []Name) {
	for i, c := range p.Counts {
		if c.N < before.Counts[i].N && !slices.Contains(levels, c.Name) {
			names = append(names, c.Name)
		}
	}
	return names
}

func same(a, b Page) bool {
	return a.Number == b.Number && a.At == b.At && a.Minute == b.Minute && a.Last == b.Last && slices.Equal(a.Counts, b.Counts)
}

// whole notes sheets that begin after the others or after what is owed, that are not
// there, and that stop before now or before what is owed.
func (a *account) whole() {
	last := a.now - 60 - paper.Time(Patience.Seconds()) // the latest minute whose page is due
	first, some := a.begins()
	if a.due != nil && minute(a.due.From) <= last && (!some || minute(a.due.From) < first) {
		first = minute(a.due.From)
	} else if !some {
		return // nothing is due yet
	}
	for _, s := range Sheets() {
		pages := a.sheets[s]
		switch {
		case !some:
			a.note(Imbalance{Kind: Withheld, Sheet: s, Minute: first, Number: 1})
			continue
		case len(pages) == 0:
			a.note(Imbalance{Kind: Missing, Sheet: s, Minute: first, Number: 1})
			continue
		case pages[0].Minute > first:
			a.note(Imbalance{Kind: Missing, Sheet: s, Minute: first, Number: 1})
		}
		a.ends(s, &pages[len(pages)-1], last)
	}
}

// begins is the minute of the account's first page; false when it has none.
func (a *account) begins() (first paper.Time, some bool) {
	for _, pages := range a.sheets {
		if len(pages) > 0 && (!some || pages[0].Minute < first) {
			first, some = pages[0].Minute, true
		}
	}
	return first, some
}

// ends notes a sheet whose end page comes too early for what is owed, or by the last
// minute that is due.
func (a *account) ends(s Sheet, end *Page, last paper.Time) {
	switch {
	case end.Last && a.due != nil && end.Minute < minute(a.due.To-1):
		a.note(Imbalance{Kind: Early, Sheet: s, Minute: end.Minute, Number: end.Number})
	case !end.closes() && end.Minute+60 <= last:
		a.note(Imbalance{Kind: Missing, Sheet: s, Minute: end.Minute + 60, Number: end.Number + 1})
	}
}

// closes says whether the books of the sheet end with p: it says so, and nothing waits.
// Where something does, a page must follow.
func (p *Page) closes() bool {
	return p.Last && !slices.ContainsFunc(p.Counts, func(c Count) bool { return c.N > 0 && slices.Contains(levels, c.Name) })
}

// sum adds up terms on the pages of a minute; false when one of the pages is not there.
func (a *account) sum(terms []Term, minute paper.Time) (int64, bool) {
	var n int64
	for _, t := range terms {
		p := a.page(t.Sheet, minute)
		if p == nil {
			return 0, false
		}
		n += p.N(t.Name)
	}
	return n, true
}

// page finds the page of a minute; after the last page of an account, that one.
func (a *account) page(s Sheet, minute paper.Time) *Page {
	pages := a.sheets[s]
	i, ok := slices.BinarySearchFunc(pages, minute, func(p Page, m paper.Time) int { return cmp.Compare(p.Minute, m) })
	switch {
	case ok:
		return &pages[i]
	case i == len(pages) && i > 0 && pages[i-1].Last:
		return &pages[i-1]
	}
	return nil
}

// try goes through the minutes of an equation and notes each in which the difference
// of its sides changes: a record lost at noon is told at noon, and not every minute after.
func (a *account) try(e Equation) {
	var known int64 // the difference so far
	for _, minute := range a.minutes(e) {
		left, okLeft := a.sum(e.Left, minute)
		right, okRight := a.sum(e.Right, minute)
		if e.Lag > 0 {
			if okLeft && okRight {
				known = a.tryLate(e, minute, left, right, known)
			}
			continue
		}
		if !okLeft || !okRight || left-right == known {
			continue
		}
		a.note(Imbalance{
			Kind: Unequal, Equation: e.ID, Sheet: e.Right[0].Sheet, Minute: minute,
			Left: left, Right: right, By: left - right - known,
		})
		known = left - right
	}
}

// minutes gives the minutes of both sides' pages: after the last page of one side the
// other may still count, and must not.
func (a *account) minutes(e Equation) []paper.Time {
	var list []paper.Time
	for _, s := range []Sheet{e.Left[0].Sheet, e.Right[0].Sheet} {
		for _, p := range a.sheets[s] {
			list = append(list, p.Minute)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// tryLate tries an equation whose right side may follow some minutes later. What the
// left side had by this minute, the right side must have within the lag; and it cannot
// have what the left side does not have a minute later.
func (a *account) tryLate(e Equation, minute paper.Time, left, right, known int64) int64 {
	note := func(k Kind, l, r, difference int64) int64 {
		if difference != known {
			a.note(Imbalance{Kind: k, Equation: e.ID, Sheet: e.Right[0].Sheet, Minute: minute, Left: l, Right: r, By: difference - known})
		}
		return difference
	}
	if next, ok := a.sum(e.Left, minute+60); ok && right > next {
		return note(Ahead, next, right, next-right)
	}
	if later, ok := a.sum(e.Right, minute+paper.Time(60*e.Lag)); ok && later < left {
		return note(Behind, left, later, left-later)
	}
	return 0
}
