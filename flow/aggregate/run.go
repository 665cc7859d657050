package aggregate

import (
	"hash/maphash"

	"github.com/noroshi-acd/noroshi/flow"
)

// stride is how many records are looked up side by side: their groups lie far apart in
// memory, and waiting for one while the next is on its way halves the cost.
const stride = 64

// AddAll counts all records of b, as Add does one.
func (t *Table) AddAll(b *flow.Batch) {
	if len(t.codes) != 1 || t.codes[0] > dstKey || t.o.By[0].Bits != 0 || t.o.Bin > 0 {
		for i := range b.Records {
			t.Add(b, &b.Records[i])
		}
		return
	}
	for at := 0; at < len(b.Records); at += stride {
		t.addresses(b, b.Records[at:min(at+stride, len(b.Records))], t.codes[0] == dstKey)
	}
}

// addresses counts records by one whole address.
func (t *Table) addresses(b *flow.Batch, all []flow.Record, dst bool) {
	var slots [stride]uint32
	var found [stride]int32
	of := func(r *flow.Record) *flow.Addr {
		if dst {
			return &r.Dst
		}
		return &r.Src
	}
	for i := range all {
		slots[i] = uint32(maphash.Bytes(t.seed, of(&all[i])[:]) % nearby)
	}
	for i := range all {
		found[i] = t.near[slots[i]] - 1
	}
	for i := range all {
		if g := found[i]; g >= 0 && t.groups[g].short != *of(&all[i]) {
			found[i] = -1
		}
	}
	for i := range all {
		r := &all[i]
		// A group that came meanwhile may have taken the place of another.
		if g := found[i]; g >= 0 && t.heap == nil {
			t.groups[g].count(r)
			continue
		}
		t.count(b, r, false)
	}
}
