package direction

import "sort"

// index is a line made for look-ups: for each family the starts of its segments in
// plain arrays, and a table by the first 16 bits of an address that says which few
// of them to search. Where IPv6 is crowded a second table goes by the next 12 bits.
type index struct {
	bucket4 [1<<16 + 1]uint32 // first 16 bits → segment of the first such address
	start4  []uint32
	side4   []Side
	bucket6 [1<<16 + 1]bucket
	fine    []uint32 // tables of fineSlots + 1 entries, for the crowded buckets
	start6  []point
	side6   []Side
}

type bucket struct {
	first uint32 // segment of the bucket's first address
	fine  int32  // where its table begins in fine, -1 for none
}

const (
	fineBits  = 12
	fineSlots = 1 << fineBits
	crowded   = 4 // segments in one bucket
)

func newIndex(l line) *index {
	x := &index{}
	for i, s := range l {
		last := i+1 == len(l)
		if s.start.is4() || s.start.compare(point4(0)) < 0 && (last || l[i+1].start.compare(point4(0)) > 0) {
			start := uint32(0)
			if s.start.is4() {
				start = uint32(s.start.lo)
			}
			x.start4, x.side4 = append(x.start4, start), append(x.side4, Side(s.val))
		}
		if !s.start.is4() {
			x.start6, x.side6 = append(x.start6, s.start), append(x.side6, Side(s.val))
		} else if after, _ := point4(^uint32(0)).next(); last || l[i+1].start.compare(after) > 0 {
			x.start6, x.side6 = append(x.start6, after), append(x.side6, Side(s.val))
		}
	}
	for b := range 1 << 16 {
		x.bucket4[b] = uint32(sort.Search(len(x.start4), func(i int) bool { return x.start4[i] > uint32(b)<<16 }) - 1)
		x.bucket6[b] = bucket{x.segment6(uint64(b) << 48), -1}
	}
	x.bucket4[1<<16] = uint32(len(x.start4) - 1)
	x.bucket6[1<<16] = bucket{uint32(len(x.start6) - 1), -1}
	for b := range 1 << 16 {
		if x.bucket6[b+1].first-x.bucket6[b].first > crowded {
			x.bucket6[b].fine = int32(len(x.fine))
			for slot := range uint64(fineSlots) {
				x.fine = append(x.fine, x.segment6(uint64(b)<<48|slot<<(48-fineBits)))
			}
			x.fine = append(x.fine, x.bucket6[b+1].first)
		}
	}
	return x
}

// segment6 searches all IPv6 segments for the one that holds the point hi, 0.
func (x *index) segment6(hi uint64) uint32 {
	return uint32(sort.Search(len(x.start6), func(i int) bool { return x.start6[i].compare(point{hi, 0}) > 0 }) - 1)
}

// side gives the side of p in a few nanoseconds and without allocating.
func (x *index) side(p point) Side {
	if p.is4() {
		v := uint32(p.lo)
		lo, hi := x.bucket4[v>>16], x.bucket4[v>>16+1]
		for lo < hi { // the last start that is not after v
			mid := (lo + hi + 1) / 2
			if x.start4[mid] <= v {
				lo = mid
			} else {
				hi = mid - 1
			}
		}
		return x.side4[lo]
	}
	b := p.hi >> 48
	lo, hi := x.bucket6[b].first, x.bucket6[b+1].first
	if at := x.bucket6[b].fine; at >= 0 {
		slot := int(at) + int(p.hi>>(48-fineBits)&(fineSlots-1))
		lo, hi = x.fine[slot], x.fine[slot+1]
	}
	for lo < hi {
		mid := (lo + hi + 1) / 2
		if s := x.start6[mid]; s.hi < p.hi || s.hi == p.hi && s.lo <= p.lo {
			lo = mid
		} else {
			hi = mid - 1
		}
	}
	return x.side6[lo]
}
