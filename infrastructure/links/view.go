package links

import (
	"cmp"
	"math"
	"math/bits"
	"slices"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/infrastructure"
	"github.com/noroshi-acd/noroshi/internal/slots"
)

// View is all links as a graph over numbered machines.
type View struct {
	Addrs  []flow.Addr         // of the machines, by number
	Number map[flow.Addr]int32 // the reverse
	Links  []*Link             // by their machines' addresses
	Ends   [][2]int32          // of each link: source, destination
	Outs   [][]int32           // of each machine: its links as a source
	Ins    [][]int32           // as a destination
	Active int                 // machines that turn to others
	Certs  map[uint64]int      // machines that show a certificate, by its hash
	tools  map[int32]bool      // links known to be of a machine that treats everybody alike
}

// View gives what was collected. It MUST NOT be used while more is observed.
func (c *Collector) View() *View { return newView(c.links) }

// Config gives what the collector was made with.
func (c *Collector) Config() infrastructure.Config { return c.cfg }

// Told gives the addresses that DNS gave for the seeds' names.
func (c *Collector) Told() map[flow.Addr]string { return c.told }

func newView(t *slots.Table[Link]) *View {
	v := &View{Number: map[flow.Addr]int32{}, tools: map[int32]bool{}, Certs: map[uint64]int{}}
	for _, l := range t.All() {
		v.Links = append(v.Links, l)
	}
	// The table's order comes from hashes: a graph must not depend on it.
	slices.SortFunc(v.Links, func(a, b *Link) int {
		return cmp.Or(slices.Compare(a.src[:], b.src[:]), slices.Compare(a.dst[:], b.dst[:]))
	})
	for _, l := range v.Links {
		v.Ends = append(v.Ends, [2]int32{v.node(l.src), v.node(l.dst)})
	}
	outs, ins := make([]int32, len(v.Addrs)), make([]int32, len(v.Addrs))
	for _, e := range v.Ends {
		outs[e[0]]++
		ins[e[1]]++
	}
	v.Outs, v.Ins = rooms(outs, len(v.Ends)), rooms(ins, len(v.Ends))
	shown := map[[2]uint64]bool{}
	for i, e := range v.Ends {
		v.Outs[e[0]], v.Ins[e[1]] = append(v.Outs[e[0]], int32(i)), append(v.Ins[e[1]], int32(i))
		if c := v.Links[i].Cert; c != 0 && !shown[[2]uint64{c, uint64(e[1])}] {
			shown[[2]uint64{c, uint64(e[1])}] = true
			v.Certs[c]++
		}
	}
	for i := range v.Outs {
		if len(v.Outs[i]) > 0 {
			v.Active++
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

func (v *View) node(a flow.Addr) int32 {
	i, ok := v.Number[a]
	if !ok {
		i = int32(len(v.Addrs))
		v.Number[a] = i
		v.Addrs = append(v.Addrs, a)
	}
	return i
}

// Shape is how the exchanges of a link, or of most links to a server, look.
type Shape struct {
	Up, Down float32 // mean log2 of octets
	Gap      float32 // mean log2 of s between exchanges
	Port     uint16
}

// Shape gives how l's answered exchanges look.
func (l *Link) Shape() Shape {
	n := float32(max(l.Answered, 1))
	return Shape{l.up.sum / n, l.down.sum / n, log2(uint64((l.Last-l.First)/1e9) / uint64(max(l.Answered, 2)-1)), l.Port}
}

// AlikeWithin says that two Shapes differ by at most d doublings.
func (s Shape) AlikeWithin(o Shape, d float32) bool {
	return s.Port == o.Port && Apart(s.Up, o.Up) <= d && Apart(s.Down, o.Down) <= d
}

// Apart gives how far a and b differ.
func Apart(a, b float32) float32 { return max(a-b, b-a) }

// Faithful says that l is more than a visit.
func (l *Link) Faithful() bool { return l.Answered >= 3 && bits.OnesCount64(l.slices) >= 2 }

// Steady says that what a link's source sends is a machine's: always about the same.
func (l *Link) Steady() bool { return l.Spread() < 0.45 }

// Spread is the deviation of what l's source sends from exchange to exchange, in
// doublings.
func (l *Link) Spread() float32 {
	n := float64(max(l.Answered, 1))
	mean := float64(l.up.sum) / n
	return float32(math.Sqrt(max(0, float64(l.up.sq)/n-mean*mean)))
}

// treatsAs says that the source of l and o turns to both alike; what the two answer may
// differ, the more the fewer answers were seen.
func (l *Link) treatsAs(o *Link) bool {
	x, y := l.Shape(), o.Shape()
	if x.Port != y.Port || o.Answered > 3*l.Answered || l.Answered > 3*o.Answered {
		return false
	}
	return Apart(x.Up, y.Up) <= 0.6 && float64(Apart(x.Down, y.Down)) <= 0.6+2/math.Sqrt(float64(min(l.Answered, o.Answered)))
}

// Tool says that link i is of a machine that treats many alike (a provider's watch, a
// crawler, a search for open doors): at most a few of them belong to the members.
func (v *View) Tool(i int32, member func(int32) bool) bool {
	if known, ok := v.tools[i]; ok && known {
		return true
	}
	l := v.Links[i]
	mine, others := 0, 0
	for _, j := range v.Outs[v.Ends[i][0]] {
		o := v.Links[j]
		if o.Answered < 2 || !o.Steady() || !l.treatsAs(o) {
			continue
		}
		if member(v.Ends[j][1]) {
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

// Median gives the middle of xs, which it sorts; 0 for none.
func Median(xs []float32) float32 {
	if len(xs) == 0 {
		return 0
	}
	slices.Sort(xs)
	return xs[len(xs)/2]
}
