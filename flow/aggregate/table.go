package aggregate

import (
	"cmp"
	"encoding/binary"
	"hash/maphash"
	"math/bits"
	"slices"
	"time"

	"github.com/noroshi-acd/noroshi/flow"
)

// Sum is what is added up.
type Sum int

// The sums. Flows counts records of exchanges, Records all, those of names too.
const (
	Bytes Sum = iota
	Packets
	Flows
	Records
	SrcBytes
	DstBytes
	SrcPackets
	DstPackets
	numSums
)

// Sums lists the names of sums, in order.
func Sums() []string {
	return []string{"bytes", "packets", "flows", "records", "src-bytes", "dst-bytes", "src-packets", "dst-packets"}
}

// ParseSum reads the name of a sum.
func ParseSum(s string) (Sum, bool) {
	i := slices.Index(Sums(), s)
	return Sum(i), i >= 0
}

// DefaultMost is how many groups are kept when nothing else is asked for: some 100 MB.
const DefaultMost = 500_000

// Options say what is added up.
type Options struct {
	By      []Key
	Bin     time.Duration // groups by time too, 0 for not
	Order   Sum           // by which groups are ranked
	Most    int           // groups kept; DefaultMost by default
	Classes []string      // the words of directions
	Class   func(src, dst flow.Addr) int
}

// group is one row in the making.
type group struct {
	short [shortKey]byte // key, when it is as long: an address, at hand
	sums  [numSums]uint64
	key   string
	over  uint64 // of sums[Order], inherited
	heap  int32  // place in the heap, once there is one
}

// Row is one group.
type Row struct {
	Labels []string        // the bin if there is one, then by Options.By
	Sums   [numSums]uint64 // by Sum
	// Over is by how much the sum that ranks may be too high; the others are then what
	// was counted since the group was taken up, and may be too low.
	Over uint64
}

// Table adds up. It has one owner.
type Table struct {
	o       Options
	index   map[string]int32
	near    []int32 // 1 + a group whose key has this hash, 0 for none; asked before index
	seed    maphash.Seed
	groups  []group
	heap    []int32 // the smallest first; nil while all groups have room
	buf     []byte
	codes   []code // of o.By
	hosts   bool   // a key is "host": each record counts for both ends
	Dropped uint64
}

// New makes an empty table.
func New(o Options) *Table {
	if o.Most <= 0 {
		o.Most = DefaultMost
	}
	isHost := func(k Key) bool { return k.Name == "host" }
	return &Table{o: o, index: map[string]int32{}, near: make([]int32, nearby), seed: maphash.MakeSeed(), codes: codes(o.By), hosts: slices.ContainsFunc(o.By, isHost)}
}

// Groups is how many groups are kept. Dropped is how many gave way to others.
func (t *Table) Groups() int { return len(t.groups) }

// Add counts record r of b.
func (t *Table) Add(b *flow.Batch, r *flow.Record) {
	t.count(b, r, false)
	if t.hosts && r.Src != r.Dst {
		t.count(b, r, true)
	}
}

func (t *Table) count(b *flow.Batch, r *flow.Record, dst bool) {
	t.buf = t.buf[:0]
	if bin := int64(t.o.Bin); bin > 0 {
		at := r.First - (r.First%bin+bin)%bin
		t.buf = binary.BigEndian.AppendUint64(t.buf, uint64(at))
	}
	for i, c := range t.codes {
		t.buf = t.append(t.buf, c, &t.o.By[i], b, r, dst)
	}
	g := &t.groups[t.find()]
	g.count(r)
	if t.heap != nil {
		t.down(int(g.heap))
	}
}

// nearby is how many groups can be found by the hash of their key alone.
const nearby = 1 << 17

// find gives the group whose key is in buf.
func (t *Table) find() int32 {
	near := &t.near[maphash.Bytes(t.seed, t.buf)%nearby]
	if i := *near - 1; i >= 0 && t.groups[i].is(t.buf) {
		return i
	}
	i, ok := t.index[string(t.buf)]
	if !ok {
		i = t.fresh(string(t.buf))
	}
	*near = i + 1
	return i
}

// count adds r to the sums of g.
func (g *group) count(r *flow.Record) {
	flows := uint64(0)
	if r.Kind <= flow.KindSnapshot {
		flows = 1
	}
	g.add(Bytes, add(r.SrcBytes, r.DstBytes))
	g.add(Packets, add(r.SrcPackets, r.DstPackets))
	g.add(Flows, flows)
	g.add(Records, 1)
	g.add(SrcBytes, r.SrcBytes)
	g.add(DstBytes, r.DstBytes)
	g.add(SrcPackets, r.SrcPackets)
	g.add(DstPackets, r.DstPackets)
}

// shortKey is the length of the most usual key.
const shortKey = len(flow.Addr{})

// is says whether the key of g is key.
func (g *group) is(key []byte) bool {
	if len(key) == shortKey {
		return g.short == [shortKey]byte(key) && len(g.key) == shortKey
	}
	return g.key == string(key)
}

// newGroup makes an empty group.
func newGroup(key string) group {
	g := group{key: key}
	if len(key) == shortKey {
		g.short = [shortKey]byte([]byte(key))
	}
	return g
}

func (g *group) add(s Sum, n uint64) { g.sums[s] = add(g.sums[s], n) }

// add adds without passing the greatest number.
func add(a, b uint64) uint64 {
	s, carry := bits.Add64(a, b, 0)
	return s | -carry
}

// fresh makes room for a new group.
func (t *Table) fresh(key string) int32 {
	if len(t.groups) < t.o.Most {
		t.groups = append(t.groups, newGroup(key))
		i := int32(len(t.groups) - 1)
		t.index[key] = i
		return i
	}
	if t.heap == nil {
		t.heap = make([]int32, len(t.groups))
		for i := range t.groups {
			t.heap[i], t.groups[i].heap = int32(i), int32(i)
		}
		for i := len(t.heap)/2 - 1; i >= 0; i-- {
			t.down(i)
		}
	}
	i := t.heap[0]
	g := &t.groups[i]
	delete(t.index, g.key)
	t.index[key] = i
	least := g.sums[t.o.Order]
	*g = newGroup(key)
	g.over = least
	g.sums[t.o.Order] = least
	t.Dropped++
	return i
}

// down moves an entry of the heap that grew to its place.
func (t *Table) down(i int) {
	size := func(i int) uint64 { return t.groups[t.heap[i]].sums[t.o.Order] }
	for {
		kid := 2*i + 1
		if kid >= len(t.heap) {
			return
		}
		if kid+1 < len(t.heap) && size(kid+1) < size(kid) {
			kid++
		}
		if size(i) <= size(kid) {
			return
		}
		t.heap[i], t.heap[kid] = t.heap[kid], t.heap[i]
		t.groups[t.heap[i]].heap, t.groups[t.heap[kid]].heap = int32(i), int32(kid)
		i = kid
	}
}

// Top gives the n greatest groups, all for n 0: with a bin in the order of time, the
// greatest first within it; equal ones in the order of their keys.
func (t *Table) Top(n int) []Row {
	order := make([]int32, len(t.groups))
	for i := range order {
		order[i] = int32(i)
	}
	bySize := func(a, b int32) int {
		x, y := &t.groups[a], &t.groups[b]
		return cmp.Or(cmp.Compare(y.sums[t.o.Order], x.sums[t.o.Order]), cmp.Compare(x.key, y.key))
	}
	slices.SortFunc(order, bySize)
	if n > 0 && n < len(order) {
		order = order[:n]
	}
	if t.o.Bin > 0 {
		bin := func(i int32) int64 { return int64(binary.BigEndian.Uint64([]byte(t.groups[i].key[:8]))) }
		slices.SortStableFunc(order, func(a, b int32) int { return cmp.Compare(bin(a), bin(b)) })
	}
	rows := make([]Row, len(order))
	for i, g := range order {
		rows[i] = Row{Labels: t.labels(t.groups[g].key), Sums: t.groups[g].sums, Over: t.groups[g].over}
	}
	return rows
}
