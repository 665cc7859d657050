package direction

import "github.com/noroshi-acd/noroshi/flow"

// CountryOf gives the ISO 3166-1 alpha-2 code that the row deciding about a names,
// empty when it names none: special-purpose space, the user's lists, addresses that
// are served from many places. Unlike Decide it does not find the row's prefix.
func (t *Table) CountryOf(a flow.Addr) string {
	p := pointOf(a)
	if t.builtin == nil || specialOf(p) != nil || t.lists.line.at(p) != clear {
		return t.Decide(a).Row.Country
	}
	return t.builtin.CountryOf(p.is4(), uint32(p.lo), p.hi)
}
