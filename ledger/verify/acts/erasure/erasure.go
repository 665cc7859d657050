package erasure

import (
	"slices"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/oversight/act"
)

// Claim is the entry in which a body says that it has erased.
type Claim struct {
	Origin string
	Rank   int // of its log
	Index  int64
	paper  act.Redress
}

// Flaw is what is wrong with a claim: a code of docs/spec/verify.md with its arguments.
type Flaw struct {
	Claim
	Code string
	Args []any
}

// Claims are those of an export. The zero one is empty; it is for one goroutine.
type Claims struct {
	list []Claim
	dead map[act.Place]death
	open map[act.Place]bool // of the places that claims name: whether the entry is open
}

type death struct {
	proof.KeyDeath
	body paper.ID
}

// Take notes what the paper of a redress claims, which stands in an entry.
func (c *Claims) Take(origin string, rank int, index int64, e *paper.Envelope) error {
	var r act.Redress
	if err := e.Open(act.RedressType, &r); err != nil {
		return err
	}
	if !r.Done || r.Remedy != act.Erasure {
		return nil
	}
	c.list = append(c.list, Claim{Origin: origin, Rank: rank, Index: index, paper: r})
	if c.open == nil {
		c.open = map[act.Place]bool{}
	}
	for _, at := range r.Disposals {
		if _, named := c.open[at]; !named {
			c.open[at] = false
		}
	}
	return nil
}

// Seen notes an open entry, whatever it is.
func (c *Claims) Seen(at act.Place) {
	if _, named := c.open[at]; named {
		c.open[at] = true
	}
}

// Dead notes a proof of disposal, whose signature is a key's of the body that keeps the log.
func (c *Claims) Dead(at act.Place, d proof.KeyDeath, body paper.ID) {
	if c.dead == nil {
		c.dead = map[act.Place]death{}
	}
	c.dead[at] = death{d, body}
}

// Judge says which claims the logs do not bear out. A proof that is not open to the reader
// proves nothing, and is no lie either, unless whole: then all must be open. late is by how
// many seconds clocks may differ.
//
// Invariant 8: whose data were to go is told by the proof, and not by who says so.
func (c *Claims) Judge(whole bool, late paper.Time) (list []Flaw) {
	for _, x := range c.list {
		left := slices.Clone(x.paper.Data)
		told := false // or nobody can tell
		for _, at := range x.paper.Disposals {
			d, ok := c.dead[at]
			switch {
			case !ok && !whole && !c.open[at]:
				told = true
				continue
			case !ok:
				list, told = append(list, Flaw{x, "erasure-none", []any{"index", at.Index, "log", at.Origin}}), true
				continue
			case d.body != x.paper.Body || d.At > x.paper.At+late:
				list, told = append(list, Flaw{x, "erasure-other", []any{"index", at.Index, "log", at.Origin}}), true
				continue
			}
			left = slices.DeleteFunc(left, func(w act.Data) bool { return w.Warrant == d.Warrant && w.Day == d.Day })
		}
		if len(left) > 0 && !told {
			list = append(list, Flaw{x, "erasure-left", []any{"day", left[0].Day, "warrant", string(left[0].Warrant)}})
		}
	}
	return list
}
