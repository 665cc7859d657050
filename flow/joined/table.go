package joined

import (
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
)

// table finds an entry by its key. Entries lie in a ring in the order in which they
// came: tail ≤ sent ≤ head are numbers that only grow; those before sent have gone out
// and are remembered. The index is open-addressed, with the hash above 1 + the number;
// removal shifts later places back, so that there are no gravestones.
type table struct {
	ring             []entry
	most             int
	tail, sent, head uint32
	index            []uint64
	seed             [3]uint64
}

const firstRing = 1 << 10

func (t *table) init(most int) {
	t.most = 1 << (bits.Len(uint(most)) - 1)
	t.ring = make([]entry, min(firstRing, t.most))
	t.index = make([]uint64, 2*len(t.ring))
	for i := range t.seed {
		t.seed[i] = rand.Uint64() | 1
	}
}

func (t *table) at(n uint32) *entry { return &t.ring[n&uint32(len(t.ring)-1)] }

// full says whether an entry must go before another comes.
func (t *table) full() bool {
	return int(t.head-t.tail) == len(t.ring) && len(t.ring) >= t.most
}

func (t *table) hash(k *key) uint32 {
	end := func(a []byte, port uint16) uint64 {
		hi, lo := bits.Mul64(binary.LittleEndian.Uint64(a)^t.seed[0], binary.LittleEndian.Uint64(a[8:])^uint64(port)<<47^t.seed[1])
		return hi ^ lo
	}
	hi, lo := bits.Mul64(end(k.low[:], k.lowPort)^t.seed[2], end(k.high[:], k.highPort)+uint64(k.proto))
	return uint32(hi^lo) ^ uint32((hi^lo)>>32)
}

// find gives the entry of k, nil for none. It is valid until the next add.
func (t *table) find(h uint32, k *key) *entry {
	mask := uint32(len(t.index) - 1)
	for at := h & mask; t.index[at] != 0; at = (at + 1) & mask {
		if x := t.index[at]; uint32(x>>32) == h {
			if e := t.at(uint32(x) - 1); e.key == *k {
				return e
			}
		}
	}
	return nil
}

// add makes an entry. The table MUST NOT be full, nor hold the key.
func (t *table) add(h uint32, k *key) *entry {
	if int(t.head-t.tail) == len(t.ring) {
		t.grow()
	}
	if t.head == 1<<32-1 { // numbers end: the place after the last is never reached
		t.renumber()
	}
	e := t.at(t.head)
	*e = entry{key: *k, hash: h}
	t.place(h, t.head)
	t.head++
	return e
}

func (t *table) place(h, n uint32) {
	mask := uint32(len(t.index) - 1)
	at := h & mask
	for t.index[at] != 0 {
		at = (at + 1) & mask
	}
	t.index[at] = uint64(h)<<32 | uint64(n+1)
}

func (t *table) grow() {
	old := t.ring
	t.ring = make([]entry, 2*len(old))
	for n := t.tail; n != t.head; n++ {
		*t.at(n) = old[n&uint32(len(old)-1)]
	}
	t.index = make([]uint64, 2*len(t.ring))
	t.reindex()
}

// renumber begins to count again, at the same places of the ring.
func (t *table) renumber() {
	by := t.tail &^ uint32(len(t.ring)-1)
	t.tail, t.sent, t.head = t.tail-by, t.sent-by, t.head-by
	clear(t.index)
	t.reindex()
}

func (t *table) reindex() {
	for n := t.tail; n != t.head; n++ {
		if e := t.at(n); !e.dead {
			t.place(e.hash, n)
		}
	}
}

// drop takes e out of the index; its place in the ring stays.
func (t *table) drop(e *entry) {
	mask := uint32(len(t.index) - 1)
	at := e.hash & mask
	for t.index[at] == 0 || t.at(uint32(t.index[at])-1) != e {
		at = (at + 1) & mask
	}
	for next := (at + 1) & mask; t.index[next] != 0; next = (next + 1) & mask {
		home := uint32(t.index[next]>>32) & mask
		if (next-home)&mask >= (next-at)&mask {
			t.index[at] = t.index[next]
			at = next
		}
	}
	t.index[at] = 0
	e.dead, e.waits = true, false
}

// removeOldest forgets the oldest entry, which MUST have gone out.
func (t *table) removeOldest() {
	if e := t.at(t.tail); !e.dead {
		t.drop(e)
	}
	t.tail++
}
