package growth

import (
	"cmp"
	"math"
	"math/bits"
	"slices"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/slots"
)

// view is all links as a graph over numbered machines.
type view struct {
	addrs  []flow.Addr
	number map[flow.Addr]int32
	links  []*link
	ends   [][2]int32 // of each link: source, destination
	outs   [][]int32  // of each machine: its links as a source
	ins    [][]int32  // as a destination
	active int        // machines that turn to others
	certs  map[uint64]int
	tools  map[int32]bool // links known to be of a machine that treats everybody alike, or not
}

func newView(t *slots.Table[link]) *view {
	v := &view{number: map[flow.Addr]int32{}, tools: map[int32]bool{}, certs: map[uint64]int{}}
	for _, l := range t.All() {
		v.links = append(v.links, l)
	}
	// The table's order comes from hashes: a graph must not depend on it.
	slices.SortFunc(v.links, func(a, b *link) int {
		return cmp.Or(slices.Compare(a.src[:], b.src[:]), slices.Compare(a.dst[:], b.dst[:]))
	})
	for _, l := range v.links {
		v.ends = append(v.ends, [2]int32{v.node(l.src), v.node(l.dst)})
	}
	outs, ins := make([]int32, len(v.addrs)), make([]int32, len(v.addrs))
	for _, e := range v.ends {
		outs[e[0]]++
		ins[e[1]]++
	}
	v.outs, v.ins = rooms(outs, len(v.ends)), rooms(ins, len(v.ends))
	shown := map[[2]uint64]bool{}
	for i, e := range v.ends {
		v.outs[e[0]], v.ins[e[1]] = append(v.outs[e[0]], int32(i)), append(v.ins[e[1]], int32(i))
		if c := v.links[i].cert; c != 0 && !shown[[2]uint64{c, uint64(e[1])}] {
			shown[[2]uint64{c, uint64(e[1])}] = true
			v.certs[c]++
		}
	}
	for i := range v.outs {
		if len(v.outs[i]) > 0 {
			v.active++
		}
	}
	return v
}

// rooms cuts one piece of memory into an empty list per machine.
func rooms(sizes []int32, total int) [][]int32 {
	all, lists := make([]int32, total), make([][]int32, len(sizes))
	for i, n := range sizes {
		lists[i], all = all[:0:n], all[n:]
	}
	return lists
}

func (v *view) node(a flow.Addr) int32 {
	i, ok := v.number[a]
	if !ok {
		i = int32(len(v.addrs))
		v.number[a] = i
		v.addrs = append(v.addrs, a)
	}
	return i
}

// shape is how the exchanges of a link, or of most links to a server, look.
type shape struct {
	up, down float32 // mean log2 of octets
	gap      float32 // mean log2 of s between exchanges
	port     uint16
}

func (l *link) shape() shape {
	n := float32(max(l.answered, 1))
	return shape{l.up.sum / n, l.down.sum / n, log2(uint64((l.last-l.first)/1e9) / uint64(max(l.answered, 2)-1)), l.port}
}

// alikeWithin says that two shapes differ by at most d doublings.
func (s shape) alikeWithin(o shape, d float32) bool {
	return s.port == o.port && apart(s.up, o.up) <= d && apart(s.down, o.down) <= d
}

// same says that two shapes are those of one program.
func (s shape) same(o shape) bool {
	return s.port == o.port && apart(s.up, o.up) <= 0.15 && apart(s.down, o.down) <= 0.3 && apart(s.gap, o.gap) <= 0.8
}

func apart(a, b float32) float32 { return max(a-b, b-a) }

// faithful says that l is more than a visit.
func (l *link) faithful() bool { return l.answered >= 3 && bits.OnesCount64(l.slices) >= 2 }

// steady says that what a link's source sends is a machine's: always about the same.
func (l *link) steady() bool {
	n := float64(max(l.answered, 1))
	mean := float64(l.up.sum) / n
	return math.Sqrt(max(0, float64(l.up.sq)/n-mean*mean)) < 0.45
}

// treatsAs says that the source of l and o turns to both alike; what the two answer may
// differ, the more the fewer answers were seen.
func (l *link) treatsAs(o *link) bool {
	x, y := l.shape(), o.shape()
	if x.port != y.port || o.answered > 3*l.answered || l.answered > 3*o.answered {
		return false
	}
	return apart(x.up, y.up) <= 0.6 && float64(apart(x.down, y.down)) <= 0.6+2/math.Sqrt(float64(min(l.answered, o.answered)))
}

// tool says that link i is of a machine that treats many alike (a provider's watch, a
// crawler, a search for open doors): at most a few of them belong to the members.
func (v *view) tool(i int32, member func(int32) bool) bool {
	if known, ok := v.tools[i]; ok && known {
		return true
	}
	l := v.links[i]
	mine, others := 0, 0
	for _, j := range v.outs[v.ends[i][0]] {
		o := v.links[j]
		if o.answered < 2 || !o.steady() || !l.treatsAs(o) {
			continue
		}
		if member(v.ends[j][1]) {
			mine++
		} else {
			others++
		}
	}
	is := others >= 6 && mine < 3*others
	if is {
		v.tools[i] = true
	}
	return is
}

// median gives the middle of xs, which it sorts; 0 for none.
func median(xs []float32) float32 {
	if len(xs) == 0 {
		return 0
	}
	slices.Sort(xs)
	return xs[len(xs)/2]
}
