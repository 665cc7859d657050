package selection

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math/bits"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/selection/set"
)

// fieldOf numbers the fields, as bits of a node's masks. It is [set.Fields]' order.
type fieldOf = uint8

const (
	fAddress fieldOf = iota
	fSrc
	fDst
	fAnswerAddr
	fPort
	fSrcPort
	fDstPort
	fProto
	fName
	fHost
	fQuestion
	fAnswerName
	fSNI
	fCertName
	fDigest
	fJA3
	fJA4
	fFinding
	fields
)

// MaxShapes is how many combinations of fields the selectors of a set may have; the cost
// of a record grows by them, not by the selectors.
const MaxShapes = 32

// node is a value that selectors name: which fields they name it in.
type node struct {
	alone uint32 // fields of selectors that have this one term
	with  uint32 // fields of selectors that have others too
	base  uint32 // index of the first of alone's entries
}

// item is a selector as the matcher needs it. Those with the same terms lie one after
// another by rising id, and only where a later one lives longer than all before it.
type item struct {
	expires paper.Time
	id      set.ID
	more    uint32 // how many follow with the same terms
}

// shape is a combination of fields.
type shape struct {
	mask   uint32
	fields []fieldOf // rising
}

// claim is one selector at one place while the matcher is built.
type claim struct {
	place   uint64 // node<<5|field; with joint set, index of the combination
	expires paper.Time
	id      set.ID
}

const joint = 1 << 63

// Builder makes a matcher, one selector after another. It is one goroutine's.
type Builder struct {
	m      *Matcher
	claims []claim
	ids    set.ID // the highest id so far
}

// NewBuilder begins a matcher for the set of that number under a warrant (the one that
// liveness names: the first of its chain).
func NewBuilder(number int64, first paper.Digest) *Builder {
	mix := newMixer()
	return &Builder{m: &Matcher{
		number: number, first: first,
		four: newTable(mix, 4), six: newTable(mix, 4), joined: newTable(mix, 4), texts: newTexts(mix, 4),
	}}
}

// Add takes a selector whose form was found right by package set. What this program does
// not know (a method, a level) or cannot hold is a *set.Refusal.
func (b *Builder) Add(s *set.Selector) error {
	bad := func(code set.Code, field set.Field, why string) error {
		return &set.Refusal{Code: code, Page: -1, Index: -1, ID: s.ID, Field: string(field), Why: why}
	}
	if s.ID <= b.ids {
		return bad(set.BadOrder, "id", "ids rise")
	}
	if s.Expires <= 0 {
		return bad(set.BadExpiry, "expires", "no end is given")
	}
	var nodes [set.MaxTerms]uint32
	var at [set.MaxTerms]fieldOf
	if len(s.Terms) == 0 || len(s.Terms) > set.MaxTerms {
		return bad(set.BadTerms, "terms", "")
	}
	for i, t := range s.Terms {
		f := slices.Index(set.Fields(), t.Field)
		if f < 0 {
			return bad(set.BadField, t.Field, "")
		}
		n, err := b.node(t)
		if err != nil {
			return bad(set.BadValue, t.Field, err.Error())
		}
		nodes[i], at[i] = n, fieldOf(f)
	}
	place, ok := b.place(nodes[:len(s.Terms)], at[:len(s.Terms)])
	if !ok {
		return bad(set.BadTerms, "terms", fmt.Sprintf("the set has more than %d combinations of fields", MaxShapes))
	}
	b.ids = s.ID
	b.m.count++
	b.claims = append(b.claims, claim{place, s.Expires, s.ID})
	return nil
}

// place is where a selector of these terms is looked up.
func (b *Builder) place(nodes []uint32, at []fieldOf) (uint64, bool) {
	m := b.m
	if len(nodes) == 1 {
		m.nodes[nodes[0]].alone |= 1 << at[0]
		return uint64(nodes[0])<<5 | uint64(at[0]), true
	}
	order := make([]int, len(at))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return cmp.Compare(at[i], at[j]) })
	s := shape{}
	var key [set.MaxTerms]uint32
	for i, o := range order {
		s.mask |= 1 << at[o]
		s.fields = append(s.fields, at[o])
		key[i] = nodes[o]
		m.nodes[nodes[o]].with |= 1 << at[o]
	}
	k := slices.IndexFunc(m.shapes, func(x shape) bool { return x.mask == s.mask })
	if k < 0 {
		if k = len(m.shapes); k == MaxShapes {
			return 0, false
		}
		m.shapes = append(m.shapes, s)
	}
	x, y, z := jointKey(key, k)
	return joint | uint64(m.joined.put(x, y, z, func() uint32 { return uint32(m.joined.n) })), true
}

// jointKey is the key of a combination of nodes; unused ones are 0.
func jointKey(key [set.MaxTerms]uint32, shape int) (a, b uint64, c uint32) {
	return uint64(key[0])<<32 | uint64(key[1]), uint64(key[2])<<32 | uint64(key[3]), uint32(shape)
}

// fresh makes a node.
func (b *Builder) fresh() uint32 {
	b.m.nodes = append(b.m.nodes, node{})
	return uint32(len(b.m.nodes) - 1)
}

// node gives the node of a term's value.
func (b *Builder) node(t set.Term) (uint32, error) {
	switch t.Field.Form() {
	case set.Addresses:
		p, err := set.Prefix(t.Value)
		if err != nil {
			return 0, err
		}
		return b.prefix(p), nil
	case set.Numbers:
		n, err := t.Field.Number(t.Value)
		if err != nil {
			return 0, err
		}
		if t.Field == set.Proto {
			return b.number(&b.m.protos, 256, n), nil
		}
		return b.number(&b.m.ports, 65536, n), nil
	case set.Names:
		if below, ok := strings.CutPrefix(t.Value, "*."); ok {
			b.m.subtrees.set(strings.Count(below, ".") + 1)
			return b.m.texts.put([]byte(below), subtree, b.fresh), nil
		}
		b.m.exacts = true
		return b.m.texts.put([]byte(t.Value), exactName, b.fresh), nil
	case set.Words:
		kind := map[set.Field]byte{set.Digest256: aDigest, set.JA3: aJA3, set.JA4: aJA4}[t.Field]
		return b.m.texts.put([]byte(t.Value), kind, b.fresh), nil
	}
	return b.finding(t.Value)
}

func (b *Builder) prefix(p netip.Prefix) uint32 {
	m := b.m
	if p.Addr().Is4() {
		a := binary.BigEndian.Uint32(p.Addr().AsSlice())
		if m.tops == nil {
			m.tops = make([]uint32, 1<<16)
		}
		n := p.Bits()
		if n == 0 {
			m.all4 = true
		} else {
			from, to := a>>16, a>>16
			if n < 16 {
				to = from | (1<<16-1)>>n
			}
			for i := from; i <= to; i++ {
				m.tops[i] |= 1 << (n - 1)
			}
		}
		return m.four.put(uint64(a), 0, uint32(n), b.fresh)
	}
	raw := p.Addr().As16()
	m.lengths.set(p.Bits())
	return m.six.put(binary.BigEndian.Uint64(raw[:8]), binary.BigEndian.Uint64(raw[8:]), uint32(p.Bits()), b.fresh)
}

func (b *Builder) number(to *[]uint32, size int, n uint16) uint32 {
	if *to == nil {
		*to = slices.Repeat([]uint32{none}, size)
	}
	if (*to)[n] == none {
		(*to)[n] = b.fresh()
	}
	return (*to)[n]
}

func (b *Builder) finding(value string) (uint32, error) {
	method, level, err := set.Statement(value)
	if err != nil {
		return 0, err
	}
	i := slices.Index(methods(), detect.Kind(method))
	l, ok := detect.ParseLevel(level)
	if i < 0 || !ok {
		return 0, fmt.Errorf("%q is no method and level that this program knows", value)
	}
	if b.m.findings == nil {
		b.m.findings = slices.Repeat([]uint32{none}, len(methods())<<2)
	}
	n := &b.m.findings[i<<2|int(l)]
	if *n == none {
		*n = b.fresh()
	}
	return *n, nil
}

// Done gives the matcher. The builder must not be used afterwards.
func (b *Builder) Done() *Matcher {
	m := b.m
	slices.SortFunc(b.claims, func(x, y claim) int { return cmp.Or(cmp.Compare(x.place, y.place), cmp.Compare(x.id, y.id)) })
	m.items = make([]item, 0, len(b.claims))
	m.joint = make([]uint32, m.joined.n)
	for i := 0; i < len(b.claims); {
		from, place := len(m.items), b.claims[i].place
		var until paper.Time
		for ; i < len(b.claims) && b.claims[i].place == place; i++ {
			if c := &b.claims[i]; c.expires > until {
				m.items, until = append(m.items, item{expires: c.expires, id: c.id}), c.expires
			}
		}
		for k := from; k < len(m.items); k++ {
			m.items[k].more = uint32(len(m.items) - 1 - k)
		}
		if place&joint != 0 {
			m.joint[place&^joint] = uint32(from)
			continue
		}
		n := &m.nodes[place>>5]
		if n.alone&(1<<(place&31)-1) == 0 { // the first of its fields
			n.base = uint32(len(m.entries))
		}
		m.entries = append(m.entries, uint32(from))
	}
	m.lengths.each(func(n int) { m.long = append(m.long, maskOf(n)) })
	m.hits = make([]atomic.Uint64, len(m.items))
	b.claims, b.m = nil, nil
	return m
}

// set256 is a set of small numbers.
type set256 [4]uint64

func (s *set256) set(n int)      { s[n>>6&3] |= 1 << (n & 63) }
func (s *set256) has(n int) bool { return s[n>>6&3]>>(n&63)&1 != 0 }

// each calls f with each number of s.
func (s *set256) each(f func(n int)) {
	for i, w := range s {
		for ; w != 0; w &= w - 1 {
			f(i<<6 | bits.TrailingZeros64(w))
		}
	}
}

// methods are the detectors' methods in the order of [Levels].
func methods() []detect.Kind {
	return []detect.Kind{
		detect.Beacon, detect.LongLived, detect.DNSTunnel, detect.DGA, detect.Scan, detect.Spread, detect.KnownBad, detect.FanIn,
		detect.Habit, detect.OddHours, detect.OddVolume, detect.OddRegion, detect.FastFlux, detect.OddTLS, detect.LookAlike,
	}
}

// Levels is what detectors hold about the pair or name of a record now: for each method
// none, or a level. The zero value is: nothing.
type Levels uint64

// With gives l with a method's finding; of two levels of a method the higher stays. A
// method that is not known changes nothing.
func (l Levels) With(method detect.Kind, level detect.Level) Levels {
	i := slices.Index(methods(), method)
	if i < 0 || level > detect.Critical {
		return l
	}
	shift := 4 * i
	if uint64(level)+1 > uint64(l)>>shift&15 {
		l = l&^(15<<shift) | Levels(level+1)<<shift
	}
	return l
}

// of gives a method's level plus one, 0 for none.
func (l Levels) of(i int) int { return int(l >> (4 * i) & 15) }
