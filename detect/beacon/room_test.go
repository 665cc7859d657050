package beacon

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/beacon/series"
	"github.com/noroshi-acd/noroshi/detect/detecttest"
	"github.com/noroshi-acd/noroshi/flow"
)

// TestColdPairsWait plays clocks among five times as many live pairs as have a place:
// a table without a room forgets them between two calls. Every clock is found, and
// its pair knows all that it would have known with a place from the beginning.
func TestColdPairsWait(t *testing.T) {
	const limit, cold, clocks, rounds = 1000, 5000, 20, 30
	r := rand.New(rand.NewPCG(rand.Uint64(), 1))
	small, large := New(Config{Pairs: limit, MinCheckIns: 6}), New(Config{Pairs: 10 * cold, MinCheckIns: 6})
	e := detect.NewEngine(detect.DefaultConfig(), detecttest.Border{}, small, large)
	var all []flow.Record
	add := func(at int64, host, server int, out uint64) {
		all = append(all, flow.Record{First: at, Last: at, Src: detecttest.Home(host), Dst: detecttest.Abroad(server), SrcPort: uint16(20000 + r.IntN(30000)), DstPort: 443, Proto: 6,
			SrcBytes: out, DstBytes: 700, SrcPackets: 4, DstPackets: 4, State: flow.StateEstablished, SrcFlags: flow.SYN | flow.ACK})
	}
	const hour = int64(3600e9)
	for h := range cold {
		for k := range 3 {
			add(detecttest.Start+int64(k)*10*hour+r.Int64N(10*hour), h, 100_000+h, 300+r.Uint64N(9000))
		}
	}
	for c := range clocks {
		for k := range rounds {
			add(detecttest.Start+int64(k)*hour+r.Int64N(60e9), 8000+c, 200_000+c, 500)
		}
	}
	slices.SortFunc(all, func(a, b flow.Record) int { return int(min(1, max(-1, a.First-b.First))) })
	for part := range slices.Chunk(all, 500) {
		e.Observe(&flow.Batch{Records: part})
	}
	if small.byAddress.used > limit || !small.byAddress.full() || !small.byAddress.room.Open() {
		t.Fatalf("%d pairs have a place, nobody waits", small.byAddress.used)
	}
	for c := range clocks {
		key := hashAddress(detecttest.Home(8000+c), detecttest.Abroad(200_000+c), 443, 6)
		p, q := small.byAddress.find(key), large.byAddress.find(key)
		if p == nil || q == nil {
			t.Errorf("clock %d has no place", c)
			continue
		}
		if p.count != q.count || p.bytesOut != q.bytesOut || p.bytesIn != q.bytesIn || max(p.first, q.first)-min(p.first, q.first) > 2*series.Tick {
			t.Errorf("clock %d: %d contacts, %d octets from %d; with a place from the beginning %d, %d, %d", c, p.count, p.bytesOut, p.first, q.count, q.bytesOut, q.first)
		}
	}
	found := detecttest.At(small.Findings(e.Context()), detect.Beacon, detecttest.Home(8000))
	if found == nil {
		t.Error("a clock that waited is not found")
	}
}
