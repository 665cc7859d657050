package acts

import (
	"strconv"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/books"
	"github.com/noroshi-acd/noroshi/ledger/verify/account"
	"github.com/noroshi-acd/noroshi/ledger/verify/flaw"
	"github.com/noroshi-acd/noroshi/ledger/verify/trusted"
)

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
		j.bad(p.Entry, "paper", "why", flaw.Because("page"))
		return
	}
	b := *page
	if p.Warrant != "" && p.Warrant != b.Warrant || p.At < b.At-Skew {
		j.bad(p.Entry, "paper-differs")
	}
	keys := j.accounts[account.Of{Warrant: b.Warrant, Link: b.Link}]
	if keys == nil {
		j.bad(p.Entry, "page-account", "link", string(b.Link))
		return
	}
	key := map[paper.ID]paper.PublicKey{"tap": keys.tap, "edge": keys.edge, "hub": keys.hub}[b.Sheet.Party()]
	if j.known.Signed(p.content, p.envelope, []paper.PublicKey{key}) != 1 {
		j.bad(p.Entry, "page-signature", "party", string(b.Sheet.Party())) // and it is no missing page
	}
	j.count.Pages++
	j.books.Page(b, j.place(p.Entry))
	j.balanced = max(j.balanced, j.log.Stamps.Latest())
}
