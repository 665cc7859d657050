package direction

import (
	"cmp"
	"encoding/binary"
	"net/netip"
	"slices"
	"sort"

	"github.com/noroshi-acd/noroshi/flow"
)

// point is an address as a number. IPv4 addresses stand in their mapped form, so
// that one line of points holds both families.
type point struct{ hi, lo uint64 }

func pointOf(a flow.Addr) point {
	return point{binary.BigEndian.Uint64(a[:8]), binary.BigEndian.Uint64(a[8:])}
}

func (p point) compare(q point) int {
	if c := cmp.Compare(p.hi, q.hi); c != 0 {
		return c
	}
	return cmp.Compare(p.lo, q.lo)
}

// next is the point after p; false at the end of the line.
func (p point) next() (point, bool) {
	p.lo++
	if p.lo == 0 {
		p.hi++
	}
	return p, p != point{}
}

// bounds gives the first and last point of a prefix, IPv4 mapped.
func bounds(p netip.Prefix) (first, last point) {
	n := p.Bits()
	if p.Addr().Is4() {
		n += 96
	}
	first = pointOf(flow.AddrFrom(p.Masked().Addr()))
	last = first
	if n < 64 {
		last.hi |= ^uint64(0) >> n
		last.lo = ^uint64(0)
	} else if n < 128 {
		last.lo |= ^uint64(0) >> (n - 64)
	}
	return first, last
}

// segment gives val to every point from start up to the next segment's start. A
// line of segments begins at the zero point and leaves nothing out.
type segment struct {
	start point
	val   int32
}

// clear is the val of a segment through which the line below shows.
const clear int32 = -1

// line builds a line of segments from left to right.
type line []segment

// put begins a segment; one that changes nothing is left out.
func (l *line) put(start point, val int32) {
	s := *l
	if n := len(s); n > 0 && s[n-1].start == start {
		s = s[:n-1]
	}
	if n := len(s); n == 0 || s[n-1].val != val {
		s = append(s, segment{start, val})
	}
	*l = s
}

// span puts val from first to last, and after them rest.
func (l *line) span(first, last point, val, rest int32) {
	l.put(first, val)
	if after, more := last.next(); more {
		l.put(after, rest)
	}
}

// at gives the val at p.
func (l line) at(p point) int32 {
	i := sort.Search(len(l), func(i int) bool { return l[i].start.compare(p) > 0 })
	return l[i-1].val
}

// flatten makes a line of prefixes: the more specific wins, and where none is the
// line is clear. valOf gives each prefix's value; of equal prefixes the first wins.
// An IPv6 prefix says nothing about the mapped addresses inside it: those are IPv4.
func flatten(prefixes []netip.Prefix, valOf func(i int) int32) line {
	type span struct {
		first, last point
		i           int
	}
	spans := make([]span, 0, len(prefixes)+1)
	for i, p := range prefixes {
		first, last := bounds(p)
		spans = append(spans, span{first, last, i})
	}
	spans = append(spans, span{point4(0), point4(^uint32(0)), len(prefixes)})
	val := func(i int) int32 {
		if i == len(prefixes) {
			return clear
		}
		return valOf(i)
	}
	slices.SortStableFunc(spans, func(a, b span) int {
		if c := a.first.compare(b.first); c != 0 {
			return c
		}
		return b.last.compare(a.last) // the wider first, so that the narrower lies on top
	})
	l := line{{val: clear}}
	var open []span // the prefixes around the current point, innermost last
	closeBefore := func(p point, all bool) {
		for n := len(open); n > 0 && (all || open[n-1].last.compare(p) < 0); n = len(open) {
			after, more := open[n-1].last.next()
			open = open[:n-1]
			outer := clear
			if n > 1 {
				outer = val(open[n-2].i)
			}
			if more {
				l.put(after, outer)
			}
		}
	}
	for _, s := range spans {
		closeBefore(s.first, false)
		if n := len(open); n > 0 && open[n-1].first == s.first && open[n-1].last == s.last {
			continue
		}
		open = append(open, s)
		l.put(s.first, val(s.i))
	}
	closeBefore(point{}, true)
	return l
}

// over lays top on l: where top is clear, l shows.
func (l line) over(top line) line {
	out := make(line, 0, len(l)+len(top))
	below, above := int32(0), clear
	for i, j := 0, 0; i < len(l) || j < len(top); {
		var at point
		fromTop := i == len(l) || j < len(top) && top[j].start.compare(l[i].start) <= 0
		if fromTop {
			at, above = top[j].start, top[j].val
			if i < len(l) && l[i].start == at {
				below = l[i].val
				i++
			}
			j++
		} else {
			at, below = l[i].start, l[i].val
			i++
		}
		if above != clear {
			out.put(at, above)
		} else {
			out.put(at, below)
		}
	}
	return out
}

// within gives the largest prefix around p that lies between first and last.
func within(p, first, last point) netip.Prefix {
	for n := 0; n <= 128; n++ {
		a, b := bounds(netip.PrefixFrom(p.addr(), n))
		if a.compare(first) >= 0 && b.compare(last) <= 0 {
			if p.is4() && n >= 96 {
				return netip.PrefixFrom(p.addr().Unmap(), n-96).Masked()
			}
			return netip.PrefixFrom(p.addr(), n).Masked()
		}
	}
	return netip.Prefix{}
}

func (p point) is4() bool { return p.hi == 0 && p.lo>>32 == 0xffff }

// addr is p as an IPv6 address, IPv4 still mapped.
func (p point) addr() netip.Addr {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], p.hi)
	binary.BigEndian.PutUint64(b[8:], p.lo)
	return netip.AddrFrom16(b)
}
