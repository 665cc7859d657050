package knownbad

import "math/bits"

// filter says fast of most things that they are not in a set (Bloom, 1970, with one
// hash): 16 bits for each member leave some 6 % of the others to be looked up.
type filter struct {
	words []uint64
	mask  uint64
}

func newFilter(members int) filter {
	n := 1 << bits.Len(uint(max(members, 64)*16-1))
	return filter{make([]uint64, n/64), uint64(n - 1)}
}

// add takes in a well-mixed hash.
func (f *filter) add(h uint64) { f.words[h&f.mask>>6] |= 1 << (h & 63) }

// has says whether h may have been added; false is certain.
func (f *filter) has(h uint64) bool { return f.words[h&f.mask>>6]>>(h&63)&1 != 0 }
