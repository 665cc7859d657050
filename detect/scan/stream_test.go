package scan

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/flow"
)

// stream feeds a detector with made-up exchanges.
type stream struct {
	d   *Detector
	e   detect.Event
	rec flow.Record
	now int64
	n   int // exchanges so far
}

func newStream() *stream {
	return &stream{d: New(DefaultConfig()), now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC).UnixNano()}
}

// testSeed changes with every run and is printed, so that a failure can be had
// again.
func testSeed(t *testing.T) *rand.Rand {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 1))
}

func host(n int) flow.Addr { return flow.Addr4([4]byte{10, 7, byte(n >> 8), byte(n)}) }
func abroad(n int) flow.Addr {
	return flow.Addr4([4]byte{byte(11 + n%180), byte(n >> 16), byte(n >> 8), byte(n)})
}

// try is one exchange.
type try struct {
	src, dst flow.Addr
	proto    uint8
	port     uint16
	from     uint16 // source port, 40000 when 0
	ok       bool
	hollow   bool
	named    bool
	outside  bool // the source is abroad
	state    flow.State
}

func (s *stream) try(t try) {
	if t.proto == 0 {
		t.proto = 6
	}
	if t.from == 0 {
		t.from = 40000
	}
	s.rec = flow.Record{
		First: s.now, Last: s.now, Src: t.src, Dst: t.dst, SrcPort: t.from, DstPort: t.port, Proto: t.proto,
		State: flow.StateAttempt, SrcPackets: 1, SrcBytes: 60,
	}
	if t.ok {
		s.rec.State, s.rec.SrcPackets, s.rec.SrcBytes, s.rec.DstPackets, s.rec.DstBytes = flow.StateEstablished, 8, 1200, 9, 5000
	}
	if t.hollow {
		s.rec.State, s.rec.SrcPackets, s.rec.SrcBytes, s.rec.DstPackets, s.rec.DstBytes = flow.StateEstablished, 2, 84, 1, 44
	}
	if t.state != 0 {
		s.rec.State = t.state
	}
	s.e = detect.Event{
		Rec: &s.rec, Now: s.now, Class: direction.Domestic, SrcDomestic: !t.outside,
		DstDomestic: t.dst[12] == 10, DstPrivate: t.dst[12] == 10,
	}
	switch {
	case t.outside:
		s.e.Class = direction.Inbound
	case !s.e.DstDomestic:
		s.e.Class = direction.Outbound
	}
	if t.named {
		s.e.Name, s.e.NameFrom = 7, detect.NameLookup
	}
	s.n++
	s.d.Observe(&s.e)
}

func (s *stream) wait(d time.Duration) { s.now += int64(d) }

func (s *stream) findings() []detect.Finding { return s.d.Findings(&detect.Context{Now: s.now}) }

// best gives the highest finding about src, zero for none.
func (s *stream) best(src flow.Addr) (best detect.Finding) {
	for _, f := range s.findings() {
		if f.Src == src && f.Score > best.Score {
			best = f
		}
	}
	return best
}
