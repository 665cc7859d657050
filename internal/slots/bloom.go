package slots

const bloomBits = 1 << 21

// Bloom remembers keys for good or for long, four bits each in two generations of 256 KiB; when one
// is a quarter full the older is forgotten.
type Bloom struct {
	young, old []uint64
	set        int
}

// NewBloom makes an empty one of half a megabyte.
func NewBloom() Bloom {
	return Bloom{young: make([]uint64, bloomBits/64), old: make([]uint64, bloomBits/64)}
}

// Add notes h, well mixed.
func (b *Bloom) Add(h uint64) {
	for i := range 4 {
		w, bit := place(h, i)
		if b.young[w]&bit == 0 {
			b.young[w] |= bit
			b.set++
		}
	}
	if b.set > bloomBits/4 {
		b.young, b.old, b.set = b.old, b.young, 0
		clear(b.young)
	}
}

// Has says whether h was added lately; it may say so of one that was not.
func (b *Bloom) Has(h uint64) bool {
	young, old := true, true
	for i := range 4 {
		w, bit := place(h, i)
		young = young && b.young[w]&bit != 0
		old = old && b.old[w]&bit != 0
	}
	return young || old
}

// Merge adds what o holds.
func (b *Bloom) Merge(o *Bloom) {
	for i := range b.young {
		b.old[i] |= o.old[i] | o.young[i]
	}
}

func place(h uint64, i int) (word, bit uint64) {
	x := h*(2*uint64(i)+1) + h>>32*uint64(i)
	x = x >> 20 % bloomBits
	return x / 64, 1 << (x % 64)
}
