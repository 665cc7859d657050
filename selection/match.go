package selection

import (
	"encoding/binary"
	"math/bits"
	"sync/atomic"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/selection/set"
)

// Matcher is a compiled selector set. It does not change but for its counts; any number
// of goroutines may use it, each with its own [Hand].
type Matcher struct {
	number int64
	first  paper.Digest
	count  int

	nodes   []node
	entries []uint32 // of the fields in a node's alone, in their order: the first item
	items   []item
	hits    []atomic.Uint64 // records per item

	tops  []uint32 // by the upper 16 bits of an IPv4 address: lengths of prefixes there, bit n−1 for /n
	all4  bool     // there is a 0.0.0.0/0
	four  *table   // (address, 0, length) → node
	long  []mask6  // the lengths of IPv6 prefixes
	six   *table   // (upper, lower half, length) → node
	ports []uint32 // by port: node or none; nil for no selector of ports
	// protos, findings and what follows as ports.
	protos   []uint32
	findings []uint32 // by method<<2|level
	texts    *texts
	subtrees set256 // how many labels the names with "*." have
	lengths  set256 // of IPv6 prefixes, while the matcher is built
	exacts   bool   // there are names without "*."

	shapes []shape
	joined *table // (nodes of a shape) → index into joint
	joint  []uint32
}

// mask6 is the mask of an IPv6 prefix.
type mask6 struct {
	hi, lo uint64
	n      uint32
}

func maskOf(n int) mask6 {
	m := mask6{n: uint32(n)}
	switch {
	case n == 0:
	case n <= 64:
		m.hi = ^uint64(0) << (64 - n)
	default:
		m.hi, m.lo = ^uint64(0), ^uint64(0)<<(128-n)
	}
	return m
}

// Limits of the work for one record, however many values it has.
const (
	maxMet    = 256     // values of one field that meet something, for selectors of several terms
	maxProbes = 1 << 16 // combinations of them that are tried
	longName  = 255     // bytes; longer names meet nothing
)

// Hand is the working memory of one goroutine that matches. The zero value is ready.
type Hand struct {
	// Cut counts records of which not all combinations of values were tried: the limits
	// were reached. What was not tried selects nothing.
	Cut uint64

	best set.ID
	item uint32
	now  paper.Time
	have uint32 // fields in met that are not empty
	full bool
	met  [fields][]uint32 // nodes by field, for selectors of several terms
}

// Number is the number of the set.
func (m *Matcher) Number() int64 { return m.number }

// First is the digest of the first warrant of the chain under which the set stands.
func (m *Matcher) First() paper.Digest { return m.first }

// Count is how many selectors the matcher was made of.
func (m *Matcher) Count() int { return m.count }

// Match says which selector a record meets at an instant: the one with the smallest id
// of all that are met and not over. now MUST be the latest that the time can be. r must
// be of b; levels is what detectors hold of it. An end that is a pseudonym meets nothing.
// A record that meets a selector is counted for it.
//
// Invariant 9: one record is asked about, and the answer holds for it alone.
// Invariant 18: a selector is over at its expiry, whether or not a newer set has come.
func (m *Matcher) Match(h *Hand, b *flow.Batch, r *flow.Record, levels Levels, now paper.Time) (set.ID, bool) {
	h.best, h.item, h.now = ^set.ID(0), none, now
	for w := h.have; w != 0; w &= w - 1 {
		f := bits.TrailingZeros32(w)
		h.met[f] = h.met[f][:0]
	}
	h.have, h.full = 0, false
	m.ends(h, r)
	if m.texts.n > 0 {
		m.name(h, b.Bytes(r.Host), 1<<fHost|1<<fName)
	}
	if r.DNS != 0 {
		m.dns(h, b, b.DNSOf(r))
	}
	if r.TLS != 0 && m.texts.n > 0 {
		m.tls(h, b, b.TLSOf(r))
	}
	if levels != 0 && m.findings != nil {
		m.held(h, levels)
	}
	if h.have != 0 {
		m.combine(h)
	}
	if h.item == none {
		return 0, false
	}
	m.hits[h.item].Add(1)
	return h.best, true
}

// ends looks at both ends and the protocol.
func (m *Matcher) ends(h *Hand, r *flow.Record) {
	if r.Pseudonyms&flow.PseudonymSrc == 0 {
		m.addr(h, &r.Src, 1<<fSrc|1<<fAddress)
	}
	if r.Pseudonyms&flow.PseudonymDst == 0 {
		m.addr(h, &r.Dst, 1<<fDst|1<<fAddress)
	}
	if m.ports != nil && r.Proto != icmp && r.Proto != icmp6 {
		if n := m.ports[r.SrcPort]; n != none {
			m.meet(h, n, 1<<fSrcPort|1<<fPort)
		}
		if n := m.ports[r.DstPort]; n != none {
			m.meet(h, n, 1<<fDstPort|1<<fPort)
		}
	}
	if m.protos != nil {
		if n := m.protos[r.Proto]; n != none {
			m.meet(h, n, 1<<fProto)
		}
	}
}

// IANA protocol numbers whose "ports" are type and code.
const (
	icmp  = 1
	icmp6 = 58
)

func (m *Matcher) dns(h *Hand, b *flow.Batch, d *flow.DNS) {
	named := m.texts.n > 0
	if named {
		m.name(h, b.Bytes(d.Question), 1<<fQuestion|1<<fName)
	}
	for i := d.Answers.From; i < d.Answers.To; i++ {
		a := &b.Answers[i]
		if a.Pseudonym == 0 {
			m.addr(h, &a.Addr, 1<<fAnswerAddr)
		}
		if named {
			m.name(h, b.Bytes(a.Name), 1<<fAnswerName|1<<fName)
		}
	}
}

func (m *Matcher) tls(h *Hand, b *flow.Batch, t *flow.TLS) {
	m.name(h, b.Bytes(t.SNI), 1<<fSNI|1<<fName)
	for i := t.Names.From; i < t.Names.To; i++ {
		m.name(h, b.Bytes(b.Names[i]), 1<<fCertName|1<<fName)
	}
	m.word(h, b.Bytes(t.Digest), aDigest, 1<<fDigest)
	m.word(h, b.Bytes(t.JA3), aJA3, 1<<fJA3)
	m.word(h, b.Bytes(t.JA4), aJA4, 1<<fJA4)
}

// addr meets all prefixes in which a lies.
func (m *Matcher) addr(h *Hand, a *flow.Addr, as uint32) {
	lo := binary.BigEndian.Uint64(a[8:])
	hi := binary.BigEndian.Uint64(a[:8])
	if hi == 0 && lo>>32 == 0xffff {
		m.addr4(h, uint32(lo), as)
		return
	}
	if hi|lo == 0 {
		return // not known
	}
	for i := range m.long {
		x := &m.long[i]
		if n := m.six.get(hi&x.hi, lo&x.lo, x.n); n != none {
			m.meet(h, n, as)
		}
	}
}

func (m *Matcher) addr4(h *Hand, a, as uint32) {
	if m.tops == nil {
		return
	}
	for lengths := m.tops[a>>16]; lengths != 0; lengths &= lengths - 1 {
		n := uint32(bits.TrailingZeros32(lengths)) + 1
		if x := m.four.get(uint64(a&(^uint32(0)<<(32-n))), 0, n); x != none {
			m.meet(h, x, as)
		}
	}
	if m.all4 {
		m.meet(h, m.four.get(0, 0, 0), as)
	}
}

// name meets the name s and all names with "*." above it, in one pass from its end.
func (m *Matcher) name(h *Hand, s []byte, as uint32) {
	if len(s) == 0 || len(s) > longName {
		return
	}
	t := m.texts
	hash, labels := t.start(), 1
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] == '.' {
			if i > 0 && m.subtrees.has(labels) {
				if n := t.get(t.close(hash, len(s)-1-i, subtree), s[i+1:], subtree); n != none {
					m.meet(h, n, as)
				}
			}
			labels++
		}
		hash = t.mix.step(hash, s[i])
	}
	if m.exacts {
		if n := t.get(t.close(hash, len(s), exactName), s, exactName); n != none {
			m.meet(h, n, as)
		}
	}
}

func (m *Matcher) word(h *Hand, s []byte, kind byte, as uint32) {
	if len(s) == 0 || len(s) > longName {
		return
	}
	if n := m.texts.get(m.texts.word(s, kind), s, kind); n != none {
		m.meet(h, n, as)
	}
}

// held meets what detectors hold, at each level up to theirs.
func (m *Matcher) held(h *Hand, levels Levels) {
	for i := range len(m.findings) >> 2 {
		for l := range min(levels.of(i), 4) {
			if n := m.findings[i<<2|l]; n != none {
				m.meet(h, n, 1<<fFinding)
			}
		}
	}
}

// meet takes note of a value that selectors name, found in these fields.
func (m *Matcher) meet(h *Hand, at, as uint32) {
	n := &m.nodes[at]
	for w := n.alone & as; w != 0; w &= w - 1 {
		before := n.alone & (w&-w - 1)
		m.take(h, m.entries[n.base+uint32(bits.OnesCount32(before))])
	}
	for w := n.with & as; w != 0; w &= w - 1 {
		f := bits.TrailingZeros32(w)
		if len(h.met[f]) == maxMet {
			h.cut()
			continue
		}
		h.met[f] = append(h.met[f], at)
		h.have |= 1 << f
	}
}

func (h *Hand) cut() {
	if !h.full {
		h.full = true
		h.Cut++
	}
}

// take keeps the first living selector from item at on, if its id is smaller than the
// best. Later ones live longer, so the first that lives is found by halving.
func (m *Matcher) take(h *Hand, at uint32) {
	x := &m.items[at]
	if x.id >= h.best {
		return
	}
	if x.expires <= h.now {
		from, to := at+1, at+x.more+1
		for from < to {
			if mid := from + (to-from)/2; m.items[mid].expires <= h.now {
				from = mid + 1
			} else {
				to = mid
			}
		}
		if from > at+x.more || m.items[from].id >= h.best {
			return
		}
		at = from
	}
	h.best, h.item = m.items[at].id, at
}

// combine looks up the combinations of values that selectors of several terms name.
func (m *Matcher) combine(h *Hand) {
	left := maxProbes
	for k := range m.shapes {
		s := &m.shapes[k]
		if s.mask&^h.have != 0 {
			continue
		}
		var at [set.MaxTerms]int
		for {
			if left--; left < 0 {
				h.cut()
				return
			}
			var key [set.MaxTerms]uint32
			for i, f := range s.fields {
				key[i] = h.met[f][at[i]]
			}
			a, b, c := jointKey(key, k)
			if x := m.joined.get(a, b, c); x != none {
				m.take(h, m.joint[x])
			}
			if !next(&at, s.fields, h) {
				break
			}
		}
	}
}

// next goes on to the next combination; false after the last.
func next(at *[set.MaxTerms]int, of []fieldOf, h *Hand) bool {
	for i, f := range of {
		if at[i]++; at[i] < len(h.met[f]) {
			return true
		}
		at[i] = 0
	}
	return false
}

// Counts gives each selector that records have met, with how many, in no order. It may be
// asked at any time; selectors with equal terms count at the one that was answered.
func (m *Matcher) Counts(each func(id set.ID, n uint64)) {
	for i := range m.hits {
		if n := m.hits[i].Load(); n > 0 {
			each(m.items[i].id, n)
		}
	}
}

// Size is about how many bytes the matcher holds.
func (m *Matcher) Size() int {
	n := 12*len(m.nodes) + 4*len(m.entries) + 16*len(m.items) + 8*len(m.hits) + 24*len(m.long)
	n += 4 * (len(m.tops) + len(m.ports) + len(m.protos) + len(m.findings) + len(m.joint))
	for _, t := range []*table{m.four, m.six, m.joined} {
		n += 24*len(t.slots) + 8*len(t.filter)
	}
	return n + 16*len(m.texts.slots) + 8*len(m.texts.filter) + cap(m.texts.bytes)
}
