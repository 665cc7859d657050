package direction

import "github.com/noroshi-acd/noroshi/flow"

// CountryOf gives the ISO 3166-1 alpha-2 code that the row deciding about a names,
// empty when it names none: special-purpose space, the user's lists, addresses that
// are served from many places. It costs a look-up in the table each time.
func (t *Table) CountryOf(a flow.Addr) string { return t.Decide(a).Row.Country }
