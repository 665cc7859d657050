package set

import (
	"errors"
	"fmt"

	"github.com/noroshi-acd/noroshi/authority/paper"
)

// The payload types.
const (
	Type     = paper.TypePrefix + "selector-set" + paper.TypeSuffix
	PageType = paper.TypePrefix + "selector-page" + paper.TypeSuffix
)

// Limits of a set.
const (
	MaxSelectors = 1 << 22
	MaxPages     = 1 << 13
	MaxTerms     = 4
)

// ID is a selector's number: 1 to 2^32−1, in all sets of a warrant given to one selector
// only. A selector that changes gets another one.
type ID uint32

// Set is the head of a numbered set: what is signed and recorded. A set without
// selectors is a set too; nothing is kept under it.
type Set struct {
	At      paper.Time   `json:"at"`
	Count   int64        `json:"count"`   // selectors on all pages
	Number  int64        `json:"number"`  // 1 or more; every later set of the warrant has a higher one
	Pages   []PageEntry  `json:"pages"`   // in the order of their ids
	Warrant paper.Digest `json:"warrant"` // in whose criteria the selectors lie
}

// PageEntry names one page.
type PageEntry struct {
	Digest paper.Digest `json:"digest"` // as [Page.Digest] gives it
	First  ID           `json:"first"`  // id of the first selector
	Last   ID           `json:"last"`
	N      int64        `json:"n"` // selectors
}

// Page is a run of selectors in the order of their ids.
type Page struct {
	Selectors []Selector `json:"selectors"`
}

// Selector is one condition: a record is kept when it meets all terms, before the expiry.
//
// Invariant 18: without reason, owner and expiry there is no selector.
type Selector struct {
	Expires paper.Time `json:"expires"` // the first instant at which it is over
	ID      ID         `json:"id"`
	Owner   paper.ID   `json:"owner"` // the person who answers for it
	Reason  string     `json:"reason"`
	Terms   []Term     `json:"terms"` // 1 to MaxTerms, in the order of their fields, none twice
}

// Term is one field with the one value that it must have.
type Term struct {
	Field Field  `json:"field"`
	Value string `json:"value"`
}

// Check says whether s can be a set by itself.
func (s Set) Check() error {
	switch {
	case s.Number < 1:
		return errors.New("sets are numbered from 1")
	case s.Count < 0 || s.Count > MaxSelectors:
		return fmt.Errorf("a set has at most %d selectors", MaxSelectors)
	case len(s.Pages) > MaxPages:
		return fmt.Errorf("a set has at most %d pages", MaxPages)
	}
	var before ID
	left := s.Count
	for i, p := range s.Pages {
		if p.First <= before || p.Last < p.First || p.N < 1 || p.N > left || p.N > int64(p.Last-p.First)+1 {
			return fmt.Errorf("page %d does not follow the one before it, or does not fit the count", i)
		}
		before, left = p.Last, left-p.N
	}
	if left != 0 {
		return fmt.Errorf("the pages have %d selectors fewer than the set", left)
	}
	return nil
}

// Marshal writes the page in its one form and gives the entry that names it. Selectors
// that lack something are not refused here but by [Verify].
func (p Page) Marshal() ([]byte, PageEntry, error) {
	if len(p.Selectors) == 0 {
		return nil, PageEntry{}, errors.New("a page has a selector at least")
	}
	data, err := paper.Marshal(p)
	if err != nil {
		return nil, PageEntry{}, err
	}
	return data, PageEntry{
		Digest: Digest(data), First: p.Selectors[0].ID, Last: p.Selectors[len(p.Selectors)-1].ID, N: int64(len(p.Selectors)),
	}, nil
}

// Digest is what a page is called by: SHA-256 over its type and its bytes, as of any paper.
func Digest(page []byte) paper.Digest { return paper.DigestOf(paper.PAE(PageType, page)) }

// roomy is how large pages are made, bytes: well below what a paper may have.
const roomy = paper.MaxSize * 3 / 4

// Paginate lays selectors, in the order of their ids, on pages. An error is of the paper's
// form: text that cannot stand on paper, or a single selector larger than a page.
func Paginate(selectors []Selector) (pages [][]byte, entries []PageEntry, err error) {
	for len(selectors) > 0 {
		n, size := 0, 0
		for n < len(selectors) && size < roomy {
			size += selectors[n].size()
			n++
		}
		data, entry, err := Page{selectors[:n]}.Marshal()
		if err != nil {
			return nil, nil, fmt.Errorf("laying selectors from %d on a page: %w", selectors[0].ID, err)
		}
		pages, entries = append(pages, data), append(entries, entry)
		selectors = selectors[n:]
	}
	return pages, entries, nil
}

// size is about how many bytes a selector takes on a page; text at most doubles.
func (s *Selector) size() int {
	n := 100 + len(s.Owner) + 2*len(s.Reason)
	for _, t := range s.Terms {
		n += 30 + len(t.Field) + len(t.Value)
	}
	return n
}

// New makes a set of selectors, in the order of their ids, with its pages. The holder of
// the warrant seals it: paper.Seal(Type, s, signer).
func New(number int64, at paper.Time, warrant paper.Digest, selectors []Selector) (*Set, [][]byte, error) {
	pages, entries, err := Paginate(selectors)
	if err != nil {
		return nil, nil, err
	}
	s := &Set{At: at, Count: int64(len(selectors)), Number: number, Pages: entries, Warrant: warrant}
	if s.Pages == nil {
		s.Pages = []PageEntry{}
	}
	return s, pages, s.Check()
}
