package slots

import (
	"iter"
	"math/bits"
	"math/rand/v2"
)

// Index finds values by 64-bit keys, well mixed, at the price of one cache line in
// most cases. It grows as it fills; whoever fills it bounds it. The zero value is
// ready. It has one owner. A secret number turns the keys, so that nobody outside can
// choose keys that crowd together.
type Index[V any] struct {
	cells []cell[V] // a power of two, at most three quarters of them used
	used  int
	shift uint8 // of a key times turn, to the number of its first cell
	turn  uint64
}

// cell keeps its key in two halves, so that with a number of 32 bits it takes twelve
// octets and not sixteen.
type cell[V any] struct {
	low, high uint32 // of the key; 0 is a free cell
	val       V
}

func (c *cell[V]) key() uint64 { return uint64(c.high)<<32 | uint64(c.low) }

func (c *cell[V]) free() bool { return c.low|c.high == 0 }

func (c *cell[V]) holds(key uint64) bool { return c.low == uint32(key) && c.high == uint32(key>>32) }

const leastCells = 64

// Len gives the number of values.
func (x *Index[V]) Len() int { return x.used }

// Ref gives the place of the value with key, nil for none. The pointer is valid
// until the next Put or Delete.
func (x *Index[V]) Ref(key uint64) *V {
	if x.used == 0 {
		return nil
	}
	if key == 0 {
		key = 1
	}
	for i := x.home(key); ; i = (i + 1) & (len(x.cells) - 1) {
		switch c := &x.cells[i]; {
		case c.holds(key):
			return &c.val
		case c.free():
			return nil
		}
	}
}

// Get gives the value with key; ok is false for none.
func (x *Index[V]) Get(key uint64) (v V, ok bool) {
	if p := x.Ref(key); p != nil {
		return *p, true
	}
	return v, false
}

// Put gives the place of the value with key, a zero one with fresh true when it is
// new. The pointer is valid until the next Put or Delete.
func (x *Index[V]) Put(key uint64) (v *V, fresh bool) {
	if 4*(x.used+1) > 3*len(x.cells) {
		x.grow(max(leastCells, 2*len(x.cells)))
	}
	if key == 0 {
		key = 1
	}
	for i := x.home(key); ; i = (i + 1) & (len(x.cells) - 1) {
		c := &x.cells[i]
		if c.holds(key) {
			return &c.val, false
		}
		if c.free() {
			c.low, c.high = uint32(key), uint32(key>>32)
			x.used++
			return &c.val, true
		}
	}
}

// Delete takes out the value with key, if there is one.
func (x *Index[V]) Delete(key uint64) {
	if x.used == 0 {
		return
	}
	if key == 0 {
		key = 1
	}
	mask, i := len(x.cells)-1, x.home(key)
	for !x.cells[i].holds(key) {
		if x.cells[i].free() {
			return
		}
		i = (i + 1) & mask
	}
	// What follows without a gap moves up, unless it would come before its home.
	for j := (i + 1) & mask; !x.cells[j].free(); j = (j + 1) & mask {
		if home := x.home(x.cells[j].key()); (j-home)&mask >= (j-i)&mask {
			x.cells[i] = x.cells[j]
			i = j
		}
	}
	x.cells[i] = cell[V]{}
	x.used--
}

// Reserve makes room for n values at once.
func (x *Index[V]) Reserve(n int) {
	if need := 1 << bits.Len(uint(n+n/3)); need > len(x.cells) {
		x.grow(max(leastCells, need))
	}
}

// Clear takes out all values and keeps the room.
func (x *Index[V]) Clear() {
	clear(x.cells)
	x.used = 0
}

// All walks the values in no order that means anything.
func (x *Index[V]) All() iter.Seq2[uint64, *V] {
	return func(yield func(uint64, *V) bool) {
		for i := range x.cells {
			if c := &x.cells[i]; !c.free() && !yield(c.key(), &c.val) {
				return
			}
		}
	}
}

// Touch reads the first cell of key, so that it is near when it is asked for soon:
// many touches in a row wait for memory side by side. The result means nothing; who
// uses it keeps the read from being left out.
func (x *Index[V]) Touch(key uint64) uint64 {
	if len(x.cells) == 0 {
		return 0
	}
	return uint64(x.cells[x.home(key)].low)
}

func (x *Index[V]) home(key uint64) int { return int(key * x.turn >> x.shift) }

func (x *Index[V]) grow(size int) {
	old := x.cells
	if x.turn == 0 {
		x.turn = rand.Uint64() | 1
	}
	x.cells, x.used, x.shift = make([]cell[V], size), 0, uint8(64-bits.Len(uint(size-1)))
	for i := range old {
		if !old[i].free() {
			v, _ := x.Put(old[i].key())
			*v = old[i].val
		}
	}
}
