package account

import (
	"cmp"
	"maps"
	"slices"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/books"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/ledger/verify/flaw"
)

// Of names the books of a warrant and link.
type Of struct {
	Warrant paper.Digest
	Link    paper.ID
}

func (a Of) compare(b Of) int {
	return cmp.Or(cmp.Compare(a.Warrant, b.Warrant), cmp.Compare(a.Link, b.Link))
}

// Place is where an entry stands.
type Place struct {
	Log   string // the origin
	Rank  int    // of the log
	Index int64
	Class proof.Class
}

// Books are all pages of an export and the counts of closes. They are for one goroutine.
type Books struct {
	tell   func(flaw.Flaw)
	pages  []page
	owed   map[Of]*owed
	closed map[Of]map[paper.Time]map[paper.ID]int64
}

// owed is an account that is owed, and where its first window was opened.
type owed struct {
	books.Due
	at Place
}

// page is a page of the books and where it stands.
type page struct {
	books.Page
	at Place
}

// New makes empty ones; what is wrong is told to tell.
func New(tell func(flaw.Flaw)) *Books {
	return &Books{tell: tell, owed: map[Of]*owed{}, closed: map[Of]map[paper.Time]map[paper.ID]int64{}}
}

// Page adds a page.
func (b *Books) Page(p books.Page, at Place) { b.pages = append(b.pages, page{p, at}) }

// Owed notes that a window from one instant to before another was opened, so that its
// minutes must be accounted for.
func (b *Books) Owed(a Of, from, to paper.Time, at Place) {
	o := b.owed[a]
	if o == nil {
		o = &owed{books.Due{Warrant: a.Warrant, Link: a.Link, From: from, To: to}, at}
		b.owed[a] = o
	}
	if from < o.From {
		o.From, o.at = from, at
	}
	o.To = max(o.To, to)
}

// Closed adds the counts of the close of a window that began in a minute, by party and
// name ("tap/copied").
func (b *Books) Closed(a Of, minute paper.Time, counts map[paper.ID]int64) {
	if b.closed[a] == nil {
		b.closed[a] = map[paper.Time]map[paper.ID]int64{}
	}
	b.closed[a][minute] = counts
}

// Balance holds the books of all parties against one another and against what is owed,
// and what tap and edge signed at the close of each window against their books. end is
// the latest time at which witnesses saw a log with pages; as many pages as unread may
// be entries that cannot be read, of which was told.
//
// Invariant 4: an outsider subtracts, and silence is no account.
func (b *Books) Balance(end paper.Time, unread int64) {
	pages := make([]books.Page, len(b.pages))
	for i, p := range b.pages {
		pages[i] = p.Page
	}
	var due []books.Due
	for _, a := range slices.SortedFunc(maps.Keys(b.owed), Of.compare) {
		due = append(due, b.owed[a].Due)
	}
	found := books.Reconcile(pages, end, due...)
	var silent int64
	for _, i := range found {
		if i.Kind == books.Withheld {
			silent++
		}
	}
	for _, i := range found {
		if i.Kind != books.Withheld || silent > unread {
			b.imbalance(i)
		}
	}
	b.windows()
}

// bad tells a flaw at a place.
func (b *Books) bad(at Place, code string, args ...any) {
	b.tell(flaw.Flaw{Code: code, Log: at.Log, Rank: at.Rank, Index: at.Index, Class: at.Class, Args: args})
}

// imbalance tells an imbalance at the page where it shows.
func (b *Books) imbalance(i books.Imbalance) {
	code := "books-page"
	if i.Equation != "" {
		code = "books-equation"
	}
	b.bad(b.place(i), code, "kind", string(i.Kind), "equation", i.Equation, "sheet", string(i.Sheet), "link", string(i.Link),
		"minute", i.Minute.String(), "left", i.Left, "right", i.Right, "by", i.By)
}

// place gives the page where an imbalance shows: the page itself; of a missing one, the
// next of its sheet; else the last there is; of an account without a page, its first
// window.
func (b *Books) place(i books.Imbalance) Place {
	var before, after, first *page
	for k := range b.pages {
		p := &b.pages[k]
		if p.Warrant != i.Warrant || p.Link != i.Link {
			continue
		}
		first = cmp.Or(first, p)
		switch {
		case p.Sheet != i.Sheet:
		case p.Minute == i.Minute && (i.Number == 0 || p.Number == i.Number):
			return p.at
		case p.Minute >= i.Minute && (after == nil || p.Minute < after.Minute):
			after = p
		case p.Minute < i.Minute && (before == nil || p.Minute >= before.Minute):
			before = p
		}
	}
	if p := cmp.Or(after, before, first); p != nil {
		return p.at
	}
	return b.owed[Of{i.Warrant, i.Link}].at // it is in books only by what is owed
}

// windows holds the counts of closes against the pages of their minutes.
func (b *Books) windows() {
	type row struct {
		Of
		sheet books.Sheet
	}
	rows := map[row][]*page{}
	for i := range b.pages {
		p := &b.pages[i]
		if p.Sheet == books.Tap || p.Sheet == books.EdgeIn {
			r := row{Of{p.Warrant, p.Link}, p.Sheet}
			rows[r] = append(rows[r], p)
		}
	}
	for _, a := range slices.SortedFunc(maps.Keys(b.closed), Of.compare) {
		for _, sheet := range []books.Sheet{books.Tap, books.EdgeIn} {
			list := rows[row{a, sheet}]
			slices.SortStableFunc(list, func(x, y *page) int { return cmp.Compare(x.Minute, y.Minute) })
			for i, p := range list {
				var before *books.Page
				if i > 0 {
					before = &list[i-1].Page
				}
				b.window(a, p, before)
			}
		}
	}
}

// window holds one page against the close of its minute.
func (b *Books) window(a Of, p *page, before *books.Page) {
	counts := b.closed[a][p.Minute]
	if counts == nil || before != nil && before.Minute != p.Minute-60 {
		return
	}
	for _, c := range p.Counts {
		said, ok := counts[p.Sheet.Party()+"/"+paper.ID(c.Name)]
		n := c.N
		if before != nil {
			n -= before.N(c.Name)
		}
		if ok && said != n {
			b.bad(p.at, "books-close", "name", string(c.Name), "link", string(a.Link), "minute", p.Minute.String(), "n", n, "said", said)
			return
		}
	}
}
