package joined

import (
	"encoding/binary"
	"math/bits"
	"math/rand/v2"

	"github.com/noroshi-acd/noroshi/flow"
)

// table finds an entry by its key. Entries lie in a ring in the order in which they
// came: tail ≤ sent ≤ head are numbers that only grow; those before sent have gone out
// and are remembered. Those whose hashes share a place of the index form a chain, the
// newest first, which ends at the first number before tail: what is forgotten needs not
// be taken out.
type table struct {
	ring             []entry
	sides            [][2]side // by place in ring, where the entry says so
	next             []uint64  // by place in ring: who comes after it in its chain
	index            []uint64  // chains; like next, the hash above 1 + the number
	most             int
	tail, sent, head uint32
	seed             [3]uint64
}

const firstRing = 1 << 10

func (t *table) init(most int) {
	t.most = 1 << (bits.Len(uint(most)) - 1)
	t.size(min(firstRing, t.most))
	for i := range t.seed {
		t.seed[i] = rand.Uint64() | 1
	}
}

// size makes room for n entries.
func (t *table) size(n int) {
	t.ring, t.sides = make([]entry, n), make([][2]side, n)
	t.next, t.index = make([]uint64, n), make([]uint64, 2*n)
}

func (t *table) place(n uint32) int { return int(n) & (len(t.ring) - 1) }

func (t *table) at(n uint32) *entry { return &t.ring[t.place(n)] }

// chain gives where the number of a chain's first entry stands.
func (t *table) chain(h uint32) *uint64 { return &t.index[int(h)&(len(t.index)-1)] }

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

// find gives the entry of k and its number; nil for none. It is valid until the next add.
func (t *table) find(h uint32, k *key) (*entry, uint32) {
	for x := *t.chain(h); uint32(x) > t.tail; x = t.next[t.place(uint32(x)-1)] {
		if uint32(x>>32) == h {
			if e := t.at(uint32(x) - 1); e.is(k) {
				return e, uint32(x) - 1
			}
		}
	}
	return nil, 0
}

// add makes an entry for r, whose key has hash h, and gives its number. The table MUST
// NOT be full, nor hold the key.
func (t *table) add(h uint32, r *flow.Record) (*entry, uint32) {
	if int(t.head-t.tail) == len(t.ring) {
		t.grow()
	}
	if t.head == 1<<32-1 { // numbers end: the place after the last is never reached
		t.renumber()
	}
	n := t.head
	e := t.at(n)
	e.rec, e.hash, e.since = *r, h, 0
	e.waits, e.dead, e.covers = false, false, false
	t.link(h, n)
	t.head++
	return e, n
}

// link makes entry n the first of its chain.
func (t *table) link(h, n uint32) {
	first := t.chain(h)
	t.next[t.place(n)] = *first
	*first = uint64(h)<<32 | uint64(n+1)
}

// side gives what is known of the sides of e, whose number is n.
func (t *table) side(e *entry, n uint32) *[2]side {
	s := &t.sides[t.place(n)]
	if !e.covers {
		*s = [2]side{}
		_, lower := keyOf(&e.rec)
		cover(s, &e.rec, lower)
		e.covers = true
	}
	return s
}

func (t *table) grow() {
	old, sides := t.ring, t.sides
	t.size(2 * len(old))
	for n := t.tail; n != t.head; n++ {
		from := int(n) & (len(old) - 1)
		e := t.at(n)
		if *e = old[from]; e.covers {
			t.sides[t.place(n)] = sides[from]
		}
	}
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
			t.link(e.hash, n)
		}
	}
}

// drop takes entry n out of its chain; its place in the ring stays.
func (t *table) drop(e *entry, n uint32) {
	at := t.chain(e.hash)
	for uint32(*at) != n+1 {
		at = &t.next[t.place(uint32(*at)-1)]
	}
	*at = t.next[t.place(n)]
	e.dead, e.waits = true, false
}

// removeOldest forgets the oldest entry, which MUST have gone out.
func (t *table) removeOldest() { t.tail++ }
