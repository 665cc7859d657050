package beacon_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/detecttest"
	"github.com/noroshi-acd/noroshi/flow"
)

// records gives n connections of one machine, a clock apart.
func records(n int, port func(i int) uint16) []flow.Record {
	r := rand.New(rand.NewPCG(1, 1))
	var out []flow.Record
	for i := range n {
		at := detecttest.Start + int64((600*float64(i)+30*r.Float64())*1e9)
		out = append(out, flow.Record{
			First: at, Last: at + 5e8, Src: detecttest.Home(1), Dst: detecttest.Abroad(9), SrcPort: port(i), DstPort: 443, Proto: 6,
			SrcBytes: 480 + r.Uint64N(40), DstBytes: 350, SrcPackets: 4, DstPackets: 4, State: flow.StateEstablished,
			SrcFlags: flow.SYN | flow.ACK | flow.FIN, DstFlags: flow.SYN | flow.ACK | flow.FIN,
		})
	}
	return out
}

func observe(e *detect.Engine, all []flow.Record) *detect.Engine {
	for i := range all {
		e.Observe(&flow.Batch{Records: all[i : i+1]})
	}
	return e
}

// TestOrderDoesNotMatter: a log sorted the other way round, or in no order, and
// states merged late before early, tell the same beacon with the same period of life.
func TestOrderDoesNotMatter(t *testing.T) {
	for _, n := range []int{20, 120, 300} { // within the short memory's reach, the long one's, beyond
		all := records(n, func(i int) uint16 { return uint16(2000 + i) })
		back := slices.Clone(all)
		slices.Reverse(back)
		mixed := slices.Clone(all)
		rand.New(rand.NewPCG(2, 2)).Shuffle(n, func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
		merged := observe(engine(), all[n/2:])
		merged.Merge(observe(engine(), all[:n/2]))
		want := detecttest.At(observe(engine(), all).Findings(), detect.Beacon, detecttest.Home(1))
		if want == nil {
			t.Fatalf("%d: in order: nothing", n)
		}
		for name, e := range map[string]*detect.Engine{"back": observe(engine(), back), "mixed": observe(engine(), mixed), "merged": merged} {
			f := detecttest.At(e.Findings(), detect.Beacon, detecttest.Home(1))
			if f == nil {
				t.Errorf("%d %s: nothing", n, name)
				continue
			}
			if math.Abs(float64(f.First-want.First)) > 1e7 || f.Last != want.Last || f.Count != want.Count {
				t.Errorf("%d %s: %d to %d, %d check-ins; want %d to %d, %d", n, name, f.First, f.Last, f.Count, want.First, want.Last, want.Count)
			}
			filled, sum := 0, 0
			for _, x := range f.Strip {
				sum += int(x)
				if x > 0 {
					filled++
				}
			}
			if sum != n && name != "merged" || filled < min(n, detect.StripLen)/2 {
				t.Errorf("%d %s: strip %v", n, name, f.Strip)
			}
		}
	}
}

// TestFixedSourcePort: a program that always calls from the same port is found when
// each connection is seen to begin; one connection in pieces is no beacon.
func TestFixedSourcePort(t *testing.T) {
	all := records(60, func(int) uint16 { return 1234 })
	if f := detecttest.At(observe(engine(), all).Findings(), detect.Beacon, detecttest.Home(1)); f == nil || f.Count != 60 {
		t.Errorf("connections that begin each time: %+v", f)
	}
	for i := range all {
		all[i].SrcFlags = flow.ACK
	}
	if f := detecttest.At(observe(engine(), all).Findings(), detect.Beacon, detecttest.Home(1)); f != nil {
		t.Errorf("pieces of one connection: %+v", f)
	}
	all = records(60, func(int) uint16 { return 1234 })
	for i := range all {
		all[i].First = all[0].First // looks at what is open
	}
	if f := detecttest.At(observe(engine(), all).Findings(), detect.Beacon, detecttest.Home(1)); f != nil {
		t.Errorf("the same connection again and again: %+v", f)
	}
}
