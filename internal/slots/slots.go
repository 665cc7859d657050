package slots

import (
	"iter"
	"math"
	"math/bits"
)

// Ways is the number of entries of a bucket: those that compete for room.
const Ways = 8

// Table is a set-associative table. It has one owner.
type Table[E any] struct {
	keys    []uint64 // 0 is a free slot
	entries []E
	worth   func(*E) float64
	mask    uint64
	used    int
	Evicted uint64 // entries that went for others
	Refused uint64 // new entries that were worth less than all in their bucket
}

// New makes a table of at least n entries (the next power of two, at least
// [Ways]). worth says how much an entry would be missed; it MUST NOT change it.
func New[E any](n int, worth func(*E) float64) *Table[E] {
	size := max(Ways, 1<<bits.Len(uint(max(n, 1)-1)))
	return &Table[E]{
		keys:    make([]uint64, size),
		entries: make([]E, size),
		worth:   worth,
		mask:    uint64(size/Ways - 1),
	}
}

// Cap gives the number of entries the table can hold.
func (t *Table[E]) Cap() int { return len(t.keys) }

// Len gives the number of entries in use.
func (t *Table[E]) Len() int { return t.used }

// Crowded says whether most buckets are about to be full: new entries will push out
// others.
func (t *Table[E]) Crowded() bool { return 4*t.used >= 3*len(t.keys) }

// Get gives the entry of key, nil for none. The pointer is valid until the next
// Put. key is well mixed.
func (t *Table[E]) Get(key uint64) *E {
	key, at := t.place(key)
	for i := at; i < at+Ways; i++ {
		if t.keys[i] == key {
			return &t.entries[i]
		}
	}
	return nil
}

// Touch reads where key would stand, as [Index.Touch] does.
func (t *Table[E]) Touch(key uint64) uint64 {
	_, at := t.place(key)
	return t.keys[at]
}

// Approach reads what Get or Put will need for each of keys, so that they wait for
// memory side by side; see [Index.Touch].
func (t *Table[E]) Approach(keys []uint64) (seen uint64) {
	for _, k := range keys {
		seen += t.Touch(k)
	}
	for _, k := range keys {
		if e := t.Get(k); e != nil {
			seen += math.Float64bits(t.worth(e))
		}
	}
	return seen
}

// Put gives the entry of key, a zero one with fresh true when it is new. A new
// entry takes a free slot, else that of the bucket's entry of least worth.
func (t *Table[E]) Put(key uint64) (e *E, fresh bool) {
	e, fresh = t.Over(key)
	if fresh {
		var zero E
		*e = zero
	}
	return e, fresh
}

// Over is Put, but a fresh entry still holds what stood there, if anything: for who
// uses its memory again.
func (t *Table[E]) Over(key uint64) (e *E, fresh bool) {
	key, at := t.place(key)
	free := -1
	for i := at; i < at+Ways; i++ {
		switch t.keys[i] {
		case key:
			return &t.entries[i], false
		case 0:
			if free < 0 {
				free = i
			}
		}
	}
	if free < 0 {
		free = t.least(at)
		t.Evicted++
		t.used--
	}
	t.used++
	t.keys[free] = key
	return &t.entries[free], true
}

// Insert stores e under key, which the table does not hold yet, unless it is
// worth less than all that it would have to replace. It gives the place, nil
// when refused.
func (t *Table[E]) Insert(key uint64, e *E) *E {
	k, at := t.place(key)
	full := true
	for i := at; i < at+Ways; i++ {
		full = full && t.keys[i] != 0 && t.keys[i] != k
	}
	if full && t.worth(e) <= t.worth(&t.entries[t.least(at)]) {
		t.Refused++
		return nil
	}
	mine, _ := t.Put(key)
	*mine = *e
	return mine
}

// All walks the entries in the order of their slots.
func (t *Table[E]) All() iter.Seq2[uint64, *E] {
	return func(yield func(uint64, *E) bool) {
		for i, k := range t.keys {
			if k != 0 && !yield(k, &t.entries[i]) {
				return
			}
		}
	}
}

// place gives the stored form of key (never 0) and the first slot of its bucket.
func (t *Table[E]) place(key uint64) (stored uint64, at int) {
	if key == 0 {
		key = 1
	}
	return key, int(key>>32&t.mask) * Ways
}

func (t *Table[E]) least(at int) int {
	low, worth := at, t.worth(&t.entries[at])
	for i := at + 1; i < at+Ways; i++ {
		if w := t.worth(&t.entries[i]); w < worth {
			low, worth = i, w
		}
	}
	return low
}
