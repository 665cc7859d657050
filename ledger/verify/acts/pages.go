package acts

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/books"
	"github.com/noroshi-acd/noroshi/ledger/verify/opened"
	"github.com/noroshi-acd/noroshi/ledger/verify/trusted"
)

// pageAt is a page of the books and where it stands.
type pageAt struct {
	books.Page
	entry opened.Entry
	log   *Log
}

func number64(n int64) string { return strconv.FormatInt(n, 10) }

// page judges the signature of a page and keeps it for the balance.
func (j *Judge) page(p *signed) {
	page := trusted.Remember(j.known, func() *books.Page {
		b := new(books.Page)
		if p.envelope.Open(books.PageType, b) != nil {
			return nil
		}
		return b
	}, "page", string(p.content))
	if page == nil {
		j.bad(p.Entry, "paper", "why", "books-page")
		return
	}
	b := *page
	if p.Warrant != "" && p.Warrant != b.Warrant || p.At < b.At-Skew {
		j.bad(p.Entry, "paper-differs")
	}
	keys := j.accounts[account{b.Warrant, b.Link}]
	if keys == nil {
		j.bad(p.Entry, "page-account", "link", string(b.Link))
		return
	}
	key := map[paper.ID]paper.PublicKey{"tap": keys.tap, "edge": keys.edge, "hub": keys.hub}[b.Sheet.Party()]
	if j.known.Signed(p.content, p.envelope, []paper.PublicKey{key}) != 1 {
		j.bad(p.Entry, "page-signature", "party", string(b.Sheet.Party())) // and it is no missing page
	}
	j.count.Pages++
	j.pages = append(j.pages, pageAt{b, *p.Entry, j.log})
}

// balance holds the books of all parties against one another, and what tap and edge
// signed at the close of each window against their books.
//
// Invariant 4: an outsider subtracts.
func (j *Judge) balance() {
	pages := make([]books.Page, len(j.pages))
	var end paper.Time
	for i, p := range j.pages {
		pages[i], end = p.Page, max(end, p.log.end())
	}
	for _, i := range books.Reconcile(pages, end) {
		j.imbalance(i)
	}
	j.windows()
}

// imbalance tells an imbalance at the page where it shows.
func (j *Judge) imbalance(i books.Imbalance) {
	at := j.place(i)
	j.log = at.log
	code := "books-page"
	if i.Equation != "" {
		code = "books-equation"
	}
	j.bad(&at.entry, code, "kind", string(i.Kind), "equation", i.Equation, "sheet", string(i.Sheet), "link", string(i.Link),
		"minute", i.Minute.String(), "left", i.Left, "right", i.Right, "by", i.By)
}

// place gives the page where an imbalance shows: the page itself; of a missing one, the
// next of its sheet; else the last there is.
func (j *Judge) place(i books.Imbalance) *pageAt {
	var before, after, account *pageAt
	for k := range j.pages {
		p := &j.pages[k]
		if p.Warrant != i.Warrant || p.Link != i.Link {
			continue
		}
		account = cmp.Or(account, p)
		switch {
		case p.Sheet != i.Sheet:
		case p.Minute == i.Minute && (i.Number == 0 || p.Number == i.Number):
			return p
		case p.Minute >= i.Minute && (after == nil || p.Minute < after.Minute):
			after = p
		case p.Minute < i.Minute && (before == nil || p.Minute >= before.Minute):
			before = p
		}
	}
	return cmp.Or(after, before, account)
}

// windows holds the counts of closes against the pages of their minutes.
func (j *Judge) windows() {
	type row struct {
		account
		sheet books.Sheet
	}
	rows := map[row][]*pageAt{}
	for i := range j.pages {
		p := &j.pages[i]
		if p.Sheet == books.Tap || p.Sheet == books.EdgeIn {
			r := row{account{p.Warrant, p.Link}, p.Sheet}
			rows[r] = append(rows[r], p)
		}
	}
	for _, a := range j.grants.accountsInOrder() {
		for _, sheet := range []books.Sheet{books.Tap, books.EdgeIn} {
			list := rows[row{a, sheet}]
			slices.SortStableFunc(list, func(x, y *pageAt) int { return cmp.Compare(x.Minute, y.Minute) })
			for i, p := range list {
				var before *books.Page
				if i > 0 {
					before = &list[i-1].Page
				}
				j.window(a, p, before)
			}
		}
	}
}

// window holds one page against the close of its minute.
func (j *Judge) window(a account, p *pageAt, before *books.Page) {
	counts := j.grants.closed[a][p.Minute]
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
			j.log = p.log
			j.bad(&p.entry, "books-close", "name", string(c.Name), "link", string(a.link), "minute", p.Minute.String(), "n", n, "said", said)
			return
		}
	}
}
