package direction

import "github.com/noroshi-acd/noroshi/flow"

// CountryOf gives the ISO 3166-1 alpha-2 code that the row deciding about a names,
// empty when it names none: special-purpose space, the user's lists, addresses that
// are served from many places. It costs a look-up in the table each time, but not the
// finding of the row's prefix, which only people want to know.
func (t *Table) CountryOf(a flow.Addr) string {
	p := pointOf(a)
	if t.builtin == nil || specialOf(p) != nil || t.lists.line.at(p) != clear {
		return t.Decide(a).Row.Country
	}
	b := t.builtin
	if p.is4() {
		if i := b.V4.Find(uint32(p.lo)); i >= 0 {
			return b.Countries[b.V4.Country[i]]
		}
	} else if i := b.V6.Find(p.hi); i >= 0 {
		return b.Countries[b.V6.Country[i]]
	}
	return ""
}
