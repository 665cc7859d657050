package table

import (
	"sort"
	"time"
)

// Header says where a table comes from.
type Header struct {
	Source      string    // what the source calls itself
	Version     string    // the source's own version
	Date        time.Time // day of the source, UTC
	Licence     string
	Attribution string
	Notice      string   // what a reader should know before relying on it
	Files       []string // names of the source's files: IPv4, then IPv6
}

// Table holds the rows of both families, each sorted and without overlap. It MUST
// NOT be changed once made: readers share it.
type Table struct {
	Header
	Countries []string // ISO 3166-1 alpha-2 codes; rows hold an index into it
	V4        Rows[uint32]
	V6        Rows[uint64]
}

// CountryOf gives the country of an IPv4 address (four) or of the upper half of an
// IPv6 address (six), empty for none.
func (t *Table) CountryOf(is4 bool, four uint32, six uint64) string {
	if is4 {
		if i := t.V4.Find(four); i >= 0 {
			return t.Countries[t.V4.Country[i]]
		}
	} else if i := t.V6.Find(six); i >= 0 {
		return t.Countries[t.V6.Country[i]]
	}
	return ""
}

// Rows are ranges of one family, inclusive at both ends. IPv4 ranges count
// addresses, IPv6 ranges count /64 networks (the upper half of the address). Row i
// stands in line i+1 of the source's file.
type Rows[N uint32 | uint64] struct {
	First, Last []N
	Country     []uint8
}

// Len is the number of rows.
func (r *Rows[N]) Len() int { return len(r.First) }

// Add appends the range first..last of the country with index c.
func (r *Rows[N]) Add(first, last N, c uint8) {
	r.First, r.Last, r.Country = append(r.First, first), append(r.Last, last), append(r.Country, c)
}

// Find gives the row that holds n, -1 when there is none.
func (r *Rows[N]) Find(n N) int {
	i := sort.Search(len(r.First), func(i int) bool { return r.First[i] > n }) - 1
	if i < 0 || r.Last[i] < n {
		return -1
	}
	return i
}
