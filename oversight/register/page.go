package register

import (
	"context"
	"fmt"
	"slices"

	"github.com/noroshi-acd/noroshi/authority/docket"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/books"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/store"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// MostPages is how many pages of one warrant are held against one another at most.
const MostPages = 20_000

// page takes in a page of the books, from the party that keeps its sheet: the tap that the
// warrant names for the link, an edge of the trust root, or the warrant's holder. Two
// pages of one number are both evidence; a third says nothing new.
//
// Invariant 4: the account of each party comes to those who inspect.
func (g *Register) page(e *paper.Envelope, k *kind) error {
	var p books.Page
	err := e.Open(books.PageType, &p)
	k.class, k.at, k.warrant, k.role = proof.Books, p.At, p.Warrant, g.config.Role
	k.change.Follows, k.change.ID = p.Warrant, paper.ID(fmt.Sprintf("%s/%s/%d", p.Link, p.Sheet, p.Number))
	var w *warrant.Warrant
	k.signed = func(g *Register, e *paper.Envelope, at paper.Time) bool {
		if w == nil && g.permitted(p.Warrant, &w) != nil {
			return false
		}
		h, ok := keeper(g.config.View(), e, w, &p, at)
		k.change.About = h
		return ok
	}
	k.checks = append(k.checks, func(t *store.Tx) error {
		if p.Minute+60 <= w.NotBefore {
			return wrong(fault.Invalid, "page-early", "minute", "minute", p.Minute.String())
		}
		same, err := several(t, "WHERE follows = $1 AND class = $2 AND id = $3", string(p.Warrant), string(proof.Books), string(k.change.ID))
		if err == nil && len(same) >= 2 {
			err = wrong(fault.Limit, "pages", "number", "number", p.Number, "link", string(p.Link))
		}
		return err
	})
	return err
}

// permitted finds a warrant that the desk has issued.
func (g *Register) permitted(d paper.Digest, to **warrant.Warrant) error {
	var e *paper.Envelope
	err := g.config.Store.View(context.Background(), func(t *store.Tx) (err error) {
		e, err = docket.Warrant(t, d)
		return err
	})
	if err != nil {
		return err
	}
	w := new(warrant.Warrant)
	if err := e.Open(warrant.Type, w); err != nil {
		return err
	}
	*to = w
	return nil
}

// keeper says whose key has signed a page, where it is the one that keeps the sheet, and
// that the trust root lists at an instant.
func keeper(v *trust.View, e *paper.Envelope, w *warrant.Warrant, p *books.Page, at paper.Time) (paper.ID, bool) {
	link := slices.IndexFunc(w.Scope.Links, func(l warrant.Link) bool { return l.ID == p.Link })
	if link < 0 {
		return "", false
	}
	party := p.Sheet.Party()
	holds := party == "hub" && len(paper.Signers(e, []paper.PublicKey{w.Holder})) > 0 // the warrant itself names its key
	for _, b := range v.Bodies() {
		for _, x := range b.Keys {
			fits := x.From <= at && at < x.Until
			switch party {
			case "tap":
				fits = fits && x.Key.ID() == w.Scope.Links[link].Tap
			case "edge":
				fits = fits && slices.Contains(x.Roles, party)
			default:
				fits = holds && x.Key.Same(w.Holder)
			}
			if fits && len(paper.Signers(e, []paper.PublicKey{x.Key})) > 0 {
				return b.ID, true
			}
		}
	}
	return "", holds
}

// Balance is what the books of a warrant come to.
type Balance struct {
	Pages      int // on record, of which at most MostPages are looked at
	Whole      bool
	Imbalances []books.Imbalance
}

// Books holds the pages of a warrant against one another, as they are on record now.
func (g *Register) Books(ctx context.Context, w paper.Digest) (*Balance, error) {
	b := &Balance{Whole: true}
	var pages []books.Page
	err := g.config.Store.View(ctx, func(t *store.Tx) error {
		pages, b.Pages, b.Whole = nil, 0, true
		list, err := several(t, "WHERE follows = $1 AND class = $2 ORDER BY place LIMIT $3", string(w), string(proof.Books), int64(MostPages+1))
		if err != nil {
			return err
		}
		if b.Pages = len(list); b.Pages > MostPages {
			list, b.Whole = list[:MostPages], false
		}
		for _, x := range list {
			var p books.Page
			e, err := paper.ParseEnvelope(x.Body)
			if err == nil {
				err = e.Open(books.PageType, &p)
			}
			if err != nil {
				return err
			}
			pages = append(pages, p)
		}
		return nil
	})
	if err != nil || len(pages) == 0 {
		return b, err
	}
	b.Imbalances = books.Reconcile(pages, paper.TimeOf(g.config.Clock()))
	return b, nil
}
