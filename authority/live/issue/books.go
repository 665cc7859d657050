package issue

import (
	"sync"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/books"
)

// Received notes which pages of the books have come in. It may be used by several
// goroutines. After a restart it must be told the pages again: until then links are late.
type Received struct {
	mu   sync.Mutex
	next map[account]map[books.Sheet]paper.Time // the first minute whose page is missing
}

type account struct {
	warrant paper.Digest
	link    paper.ID
}

// NewReceived knows of no page.
func NewReceived() *Received {
	return &Received{next: map[account]map[books.Sheet]paper.Time{}}
}

// Page notes a page. The caller MUST have verified its signature. Pages come in the
// order of their minutes; one after a gap does not count before the gap is filled.
func (r *Received) Page(p books.Page) {
	r.mu.Lock()
	defer r.mu.Unlock()
	k := account{p.Warrant, p.Link}
	if r.next[k] == nil {
		r.next[k] = map[books.Sheet]paper.Time{}
	}
	next, known := r.next[k][p.Sheet]
	if p.Check() == nil && (p.Minute == next || !known && p.Number == 1) {
		r.next[k][p.Sheet] = p.Minute + 60
	}
}

// Missing gives the first minute of which not every sheet has its page; 0 when one
// sheet has none at all.
func (r *Received) Missing(warrant paper.Digest, link paper.ID) paper.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	first := paper.Time(0)
	for i, s := range books.Sheets() {
		next := r.next[account{warrant, link}][s]
		if i == 0 || next < first {
			first = next
		}
	}
	return first
}
