//go:build linux && cgo

package duckdb

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flowstore"
	"github.com/noroshi-acd/noroshi/flowstore/keep"
)

// bounds is a query as numbers.
type bounds struct {
	flowstore.Query
	time  keep.Span // of the beginnings, ns since 1970, both ends inside
	named bool      // an address or a prefix restricts it
	none  bool      // nothing can meet it
	hi    keep.Reach
	lo    keep.Reach
}

func boundsOf(q flowstore.Query) bounds {
	first, last, named, ok := q.Ends()
	b := bounds{
		Query: q, named: named, none: !ok,
		time: keep.Span{From: q.From.Time().UnixNano(), To: q.To.Time().UnixNano() - 1},
		hi:   keep.Reach{From: binary.BigEndian.Uint64(first[:8]), To: binary.BigEndian.Uint64(last[:8])},
		lo:   keep.Reach{From: binary.BigEndian.Uint64(first[8:]), To: binary.BigEndian.Uint64(last[8:])},
	}
	return b
}

// end is the condition on one end's address: where its upper half varies, the lower one
// is free, because what varies is an address's tail.
//
// A pseudonym is no address: it is found as one alone.
func (b *bounds) end(o keep.Order) string {
	bit, is := flow.PseudonymSrc, uint8(0)
	if o == keep.ByDestination {
		bit = flow.PseudonymDst
	}
	if b.Pseudonym {
		is = bit
	}
	return fmt.Sprintf("(%s AND pseudonyms & %d = %d)", b.address(o), bit, is)
}

func (b *bounds) address(o keep.Order) string {
	if b.hi.From == b.hi.To {
		return fmt.Sprintf("(%[1]s_hi = %[2]d::UBIGINT AND %[1]s_lo BETWEEN %[3]d::UBIGINT AND %[4]d::UBIGINT)", o, b.hi.From, b.lo.From, b.lo.To)
	}
	return fmt.Sprintf("(%[1]s_hi BETWEEN %[2]d::UBIGINT AND %[3]d::UBIGINT)", o, b.hi.From, b.hi.To)
}

// where is the condition of all but the addresses. Numbers are written by us; a name, the
// one text that somebody else wrote, is an argument. via is the link's number in the
// group, -1 where the group has none of that name.
func (b *bounds) where(via int) (text string, args []any) {
	parts := []string{fmt.Sprintf("first BETWEEN %d AND %d", b.time.From, b.time.To)}
	if b.Port != 0 {
		parts = append(parts, fmt.Sprintf("(src_port = %[1]d OR dst_port = %[1]d)", b.Port))
	}
	if b.Link != "" {
		parts = append(parts, fmt.Sprintf("via = %d", via))
	}
	if b.Name != "" {
		parts = append(parts, "contains(names, ?)")
		args = append(args, "\n"+b.Name+"\n")
		if b.NameTree {
			parts[len(parts)-1] = "(contains(names, ?) OR contains(names, ?))"
			args = append(args, "."+b.Name+"\n")
		}
	}
	return strings.Join(parts, " AND "), args
}

// either is the condition that one of the ends is meant; "true" where none is named.
func (b *bounds) either() string {
	if !b.named {
		return "true"
	}
	return "(" + b.end(keep.BySource) + " OR " + b.end(keep.ByDestination) + ")"
}

func meet[N int64 | uint64](from, to, a, b N) bool { return from <= b && a <= to }

func (b *bounds) during(s keep.Span) bool { return meet(b.time.From, b.time.To, s.From, s.To) }

// may says whether a cell can hold an answer. A cell of records by destination is looked
// at only for a named end: the others have them all.
func (b *bounds) may(c *keep.Cell) bool {
	switch {
	case b.none || !b.during(c.First):
		return false
	case !b.named:
		return c.Order == keep.BySource
	}
	if !meet(b.hi.From, b.hi.To, c.Hi.From, c.Hi.To) {
		return false
	}
	return c.Hi.From != c.Hi.To || b.hi.From != b.hi.To || meet(b.lo.From, b.lo.To, c.Lo.From, c.Lo.To)
}

// load is what is deciphered together: cells of one order.
type load struct {
	order keep.Order
	cells []held
}

type held struct {
	part *keep.Part
	cell *keep.Cell
}

// budget is how many bytes of cells are deciphered together.
const budget = 192 << 20

// loads lists the cells of a group that can hold an answer, in pieces that fit in memory.
// whole asks for records by source alone, whatever is named.
func (b *bounds) loads(g *keep.View, whole bool) []load {
	var out []load
	for _, o := range []keep.Order{keep.BySource, keep.ByDestination} {
		size := int64(budget)
		for _, p := range g.Parts {
			for i := range p.Cells {
				c := &p.Cells[i]
				if c.Order != o || whole && (o != keep.BySource || b.none || !b.during(c.First)) || !whole && !b.may(c) {
					continue
				}
				if size+c.Frame.Size > budget {
					out, size = append(out, load{order: o}), 0
				}
				last := &out[len(out)-1]
				last.cells, size = append(last.cells, held{p, c}), size+c.Frame.Size
			}
		}
	}
	return out
}

// meant is the condition on addresses for a load: each record counts in one order only.
func (b *bounds) meant(o keep.Order) string {
	switch {
	case !b.named:
		return "true"
	case o == keep.BySource:
		return b.end(keep.BySource)
	}
	return b.end(keep.ByDestination) + " AND NOT " + b.end(keep.BySource)
}

// via gives the number of the query's link in a group.
func (b *bounds) via(g *keep.View) int { return slices.Index(g.Links, b.Link) }
