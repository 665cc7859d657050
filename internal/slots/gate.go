package slots

// Gate says of a key whether it came lately: who must be stingy with room lets only
// those in that come again (Einziger et al., TinyLFU, 2017: the doorkeeper). It is
// two generations of bits; when a quarter of the young one is set the old one is
// forgotten. A key in sixteen at most is taken for another that came.
type Gate struct {
	young, old []uint64
	set        int
}

// NewGate makes one of at least n bits, twice.
func NewGate(n int) *Gate {
	words := max(1, n/64)
	for words&(words-1) != 0 {
		words += words & -words
	}
	return &Gate{young: make([]uint64, words), old: make([]uint64, words)}
}

// Again notes key, well mixed, and says whether it came before.
func (g *Gate) Again(key uint64) bool {
	mask := uint64(len(g.young) - 1)
	w1, b1 := key>>6&mask, uint64(1)<<(key&63)
	w2, b2 := w1^1&mask, uint64(1)<<(key>>58) // its neighbour: the same cache line
	if g.young[w1]&b1 != 0 && g.young[w2]&b2 != 0 {
		return true
	}
	before := g.old[w1]&b1 != 0 && g.old[w2]&b2 != 0
	g.young[w1] |= b1
	g.young[w2] |= b2
	if g.set += 2; g.set > len(g.young)*64/4 {
		g.young, g.old, g.set = g.old, g.young, 0
		clear(g.young)
	}
	return before
}
