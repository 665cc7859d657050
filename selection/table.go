package selection

import (
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
)

// mixer hashes under a seed that is drawn for each matcher, so that who writes selectors
// or sends records cannot choose what falls together.
type mixer struct{ a, b uint64 }

func newMixer() mixer { return mixer{rand.Uint64(), rand.Uint64() | 1} }

// two mixes two words.
func (m mixer) two(x, y uint64) uint64 {
	hi, lo := bits.Mul64(x^m.a, y^m.b)
	hi, lo = bits.Mul64(hi^lo^m.b, 0x9e3779b97f4a7c15)
	return hi ^ lo
}

// step takes one more byte into the hash of a text.
func (m mixer) step(h uint64, c byte) uint64 { return (h ^ uint64(c)) * m.b }

// filter is three bits in one word for each key, 16 to 32 bits of room for each: most of
// what no selector names ends here, after one look that is mostly near, and without a
// look into the table.
type filter []uint64

func newFilter(n int) filter { return make(filter, 1<<bits.Len64(uint64(max(n, 4)/2-1))) }

// pick is the three bits of a hash.
func pick(h uint64) uint64 { return 1<<(h&63) | 1<<(h>>58) | 1<<(h>>52&63) }

func (f filter) add(h uint64)      { f[h>>6&uint64(len(f)-1)] |= pick(h) }
func (f filter) has(h uint64) bool { p := pick(h); return f[h>>6&uint64(len(f)-1)]&p == p }

// none is no node, and no entry.
const none = ^uint32(0)

// slots is how many slots a table of n keys has: a power of two, at most half full.
func slots(n int) int { return 1 << bits.Len64(uint64(max(n, 4)*2-1)) }

// slot is a key of three words with its value; a free one has the value none.
type slot struct {
	a, b  uint64
	c     uint32
	value uint32
}

// table is an open hash table of keys of three words: what they mean, its user knows.
type table struct {
	mix    mixer
	filter filter
	slots  []slot
	n      int
}

func newTable(m mixer, n int) *table {
	t := &table{mix: m, filter: newFilter(n), slots: make([]slot, slots(n))}
	for i := range t.slots {
		t.slots[i].value = none
	}
	return t
}

func (t *table) hash(a, b uint64, c uint32) uint64 {
	return t.mix.two(a+uint64(c)*0x9e3779b97f4a7c15, b)
}

// get gives the value of a key, none when there is none.
func (t *table) get(a, b uint64, c uint32) uint32 {
	h := t.hash(a, b, c)
	if !t.filter.has(h) {
		return none
	}
	return t.find(h, a, b, c).value
}

// find gives the slot of a key, or the free one where it would stand.
func (t *table) find(h, a, b uint64, c uint32) *slot {
	for i := h >> 32; ; i++ {
		s := &t.slots[i&uint64(len(t.slots)-1)]
		if s.value == none || s.a == a && s.b == b && s.c == c {
			return s
		}
	}
}

// put gives the value of a key, a new one when it has none yet.
func (t *table) put(a, b uint64, c uint32, fresh func() uint32) uint32 {
	if 2*(t.n+1) > len(t.slots) {
		t.grow()
	}
	h := t.hash(a, b, c)
	s := t.find(h, a, b, c)
	if s.value == none {
		*s = slot{a, b, c, fresh()}
		t.n++
		t.filter.add(h)
	}
	return s.value
}

func (t *table) grow() {
	old := t.slots
	*t = *newTable(t.mix, t.n+1)
	for _, s := range old {
		if s.value != none {
			h := t.hash(s.a, s.b, s.c)
			*t.find(h, s.a, s.b, s.c) = s
			t.filter.add(h)
			t.n++
		}
	}
}

// texts is a table of texts, each with a kind beside it. A text is its hash, its length
// and where its bytes lie; the bytes decide.
type texts struct {
	mix    mixer
	filter filter
	slots  []textSlot
	bytes  []byte
	n      int
}

type textSlot struct {
	hash  uint64
	at    uint32
	value uint32
}

func newTexts(m mixer, n int) *texts {
	t := &texts{mix: m, filter: newFilter(n), slots: make([]textSlot, slots(n))}
	for i := range t.slots {
		t.slots[i].value = none
	}
	return t
}

// Kinds of text.
const (
	exactName byte = iota
	subtree        // "*." and the text: all names below it
	aDigest
	aJA3
	aJA4
)

// start begins the hash of a text, which is taken in from its end.
func (t *texts) start() uint64 { return t.mix.a }

// close ends the hash of a text of n bytes.
func (t *texts) close(h uint64, n int, kind byte) uint64 {
	return t.mix.two(h, uint64(n)<<8|uint64(kind))
}

// word is the hash of a whole text.
func (t *texts) word(s []byte, kind byte) uint64 {
	h := t.start()
	for i := len(s) - 1; i >= 0; i-- {
		h = t.mix.step(h, s[i])
	}
	return t.close(h, len(s), kind)
}

// get gives the value of a text of that hash.
func (t *texts) get(h uint64, s []byte, kind byte) uint32 {
	if !t.filter.has(h) {
		return none
	}
	return t.find(h, s, kind).value
}

func (t *texts) find(h uint64, s []byte, kind byte) *textSlot {
	for i := h >> 32; ; i++ {
		x := &t.slots[i&uint64(len(t.slots)-1)]
		if x.value == none || x.hash == h && t.same(x.at, s, kind) {
			return x
		}
	}
}

// same says whether the bytes at a place are those of a text: kind, length, text.
func (t *texts) same(at uint32, s []byte, kind byte) bool {
	if t.bytes[at] != kind || int(binary.LittleEndian.Uint16(t.bytes[at+1:])) != len(s) {
		return false
	}
	return string(t.bytes[at+3:int(at)+3+len(s)]) == string(s)
}

func (t *texts) put(s []byte, kind byte, fresh func() uint32) uint32 {
	if 2*(t.n+1) > len(t.slots) {
		t.grow()
	}
	h := t.word(s, kind)
	x := t.find(h, s, kind)
	if x.value == none {
		*x = textSlot{h, uint32(len(t.bytes)), fresh()}
		t.bytes = append(binary.LittleEndian.AppendUint16(append(t.bytes, kind), uint16(len(s))), s...)
		t.n++
		t.filter.add(h)
	}
	return x.value
}

func (t *texts) grow() {
	old, bytes := t.slots, t.bytes
	*t = *newTexts(t.mix, t.n+1)
	t.bytes = bytes
	for _, s := range old {
		if s.value == none {
			continue
		}
		i := s.hash >> 32
		for t.slots[i&uint64(len(t.slots)-1)].value != none {
			i++
		}
		t.slots[i&uint64(len(t.slots)-1)] = s
		t.filter.add(s.hash)
		t.n++
	}
}
