package direction

import (
	"net/netip"
	"time"
)

// Side says on which side of the border an address is.
type Side uint8

// The sides. The zero value is SideUnknown: a caller from whom something could
// leave MUST treat it as domestic.
const (
	SideUnknown Side = iota
	SideDomestic
	SideForeign
)

// String gives the side's identifier.
func (s Side) String() string { return [...]string{"unknown", "domestic", "foreign"}[s] }

// stricter gives the side that lets less out: domestic before unknown before
// foreign.
func stricter(a, b Side) Side {
	switch {
	case a == SideDomestic || b == SideDomestic:
		return SideDomestic
	case a == SideUnknown || b == SideUnknown:
		return SideUnknown
	}
	return SideForeign
}

// Source is the kind of table that a row stands in.
type Source uint8

// The kinds of table.
const (
	SourceNone     Source = iota // no table has a row for the address
	SourceSpecial                // IANA's special-purpose registries
	SourceDomestic               // a list of domestic prefixes that the user gave
	SourceForeign                // a list of foreign prefixes that the user gave
	SourceAnycast                // a list of prefixes that are served from many places
	SourceMMDB                   // a country database that the user gave
	SourceBuiltin                // the table that ships with the program
)

// String gives the source's identifier.
func (s Source) String() string {
	return [...]string{"none", "special", "domestic-list", "foreign-list", "anycast-list", "mmdb", "builtin"}[s]
}

// Row is the table row that made a decision: enough to find it again.
type Row struct {
	Source  Source
	Table   string       // file, or what the table calls itself
	Date    time.Time    // day of the table, zero when it has none
	Prefix  netip.Prefix // the largest prefix around the address that the row covers wholly
	Country string       // ISO 3166-1 alpha-2, empty when the row names none
	Line    int64        // from 1, 0 when the table has no lines
	Note    string       // the row's comment, or the document that reserves the prefix
	meaning string       // key of what a special-purpose prefix is
}

// Decision is the answer for one address.
type Decision struct {
	Side Side
	Row  Row
	Via  netip.Addr // the IPv4 address inside an IPv6 one that decided; invalid when the address decided itself
}

// Counts holds how many exchanges each class has had, indexed by [Class].
type Counts [Classes]uint64

// Add counts one exchange of class c.
func (n *Counts) Add(c Class) { n[c]++ }

// Merge adds the counts of o.
func (n *Counts) Merge(o *Counts) {
	for c := range n {
		n[c] += o[c]
	}
}

// Total is the number of exchanges in all classes.
func (n *Counts) Total() uint64 {
	var sum uint64
	for _, k := range n {
		sum += k
	}
	return sum
}
