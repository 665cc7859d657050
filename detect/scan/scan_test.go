package scan

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/flow"
)

// TestScans measures the probes that each kind of scan needs to be High.
func TestScans(t *testing.T) {
	cases := []struct {
		name  string
		limit int
		gap   time.Duration
		shape string
		next  func(r *rand.Rand, i int) try
	}{
		{"vertical, one host", 40, 10 * time.Millisecond, "vertical", func(r *rand.Rand, i int) try {
			return try{dst: host(2), port: uint16(20 + i), state: flow.StateRefused}
		}},
		{"vertical, random order, one port in ten open", 60, 10 * time.Millisecond, "vertical", func(r *rand.Rand, i int) try {
			return try{dst: host(2), port: uint16(r.IntN(60000)), hollow: i%10 == 0}
		}},
		{"vertical, one probe in 14 minutes", 60, 14 * time.Minute, "vertical", func(r *rand.Rand, i int) try {
			return try{dst: host(2), port: uint16(1000 + i)}
		}},
		{"vertical over UDP", 40, time.Second, "vertical", func(r *rand.Rand, i int) try {
			return try{dst: host(2), proto: 17, port: uint16(100 + i)}
		}},
		{"vertical on a host found by name", 40, time.Second, "vertical", func(r *rand.Rand, i int) try {
			return try{dst: abroad(5), port: uint16(20 + i), named: true}
		}},
		{"horizontal, inside", 40, 20 * time.Millisecond, "horizontal", func(r *rand.Rand, i int) try {
			return try{dst: host(100 + i), port: 445}
		}},
		{"horizontal, a quarter answers", 100, 20 * time.Millisecond, "horizontal", func(r *rand.Rand, i int) try {
			return try{dst: host(100 + i), port: 22, ok: r.IntN(4) == 0}
		}},
		{"horizontal, open ports left half-open", 100, 20 * time.Millisecond, "horizontal", func(r *rand.Rand, i int) try {
			return try{dst: host(100 + i), port: 443, hollow: true}
		}},
		{"horizontal, random addresses abroad", 40, time.Millisecond, "horizontal", func(r *rand.Rand, i int) try {
			return try{dst: abroad(r.IntN(1 << 24)), port: 23}
		}},
		{"horizontal, one probe in 12 minutes", 60, 12 * time.Minute, "horizontal", func(r *rand.Rand, i int) try {
			return try{dst: abroad(r.IntN(1 << 24)), port: 2323}
		}},
		{"horizontal over UDP", 40, time.Second, "horizontal", func(r *rand.Rand, i int) try {
			return try{dst: abroad(r.IntN(1 << 24)), proto: 17, port: 161}
		}},
		{"horizontal from a busy gateway", 100, time.Second, "horizontal", func(r *rand.Rand, i int) try {
			return try{dst: abroad(r.IntN(1 << 24)), port: 445}
		}},
		{"ping sweep", 40, 10 * time.Millisecond, "horizontal", func(r *rand.Rand, i int) try {
			return try{dst: host(100 + i), proto: 1, from: 8}
		}},
		{"block: a few ports on each host", 60, 10 * time.Millisecond, "block", func(r *rand.Rand, i int) try {
			return try{dst: host(100 + i%12), port: []uint16{21, 22, 23, 25, 80, 110, 139, 443, 445, 3389}[i/12%10]}
		}},
		{"block: system ports here and there", 60, 10 * time.Millisecond, "block", func(r *rand.Rand, i int) try {
			return try{dst: host(100 + r.IntN(900)), port: uint16(1 + r.IntN(1000))}
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := testSeed(t)
			s := newStream()
			for i := range 160 {
				a := c.next(r, i)
				a.src = host(1)
				s.try(a)
				if strings.Contains(c.name, "busy") {
					for range 3 {
						s.try(try{src: host(1), dst: abroad(r.IntN(1 << 20)), port: 443, ok: true, named: true})
					}
				}
				if f := s.best(host(1)); f.Score >= detect.HighScore {
					t.Logf("High after %d probes", i+1)
					if i+1 > c.limit {
						t.Errorf("High after %d probes, want at most %d", i+1, c.limit)
					}
					if f.Evidence[0].Value != c.shape || f.Why.JA == "" || strings.Contains(f.Why.EN+f.Why.JA, "{") {
						t.Errorf("finding %+v, want shape %s", f, c.shape)
					}
					return
				}
				s.wait(c.gap)
			}
			t.Errorf("never High: %+v", s.best(host(1)))
		})
	}
}

// TestLookAlikes runs honest traffic that resembles a scan.
func TestLookAlikes(t *testing.T) {
	cases := []struct {
		name  string
		steps int
		gap   time.Duration
		most  detect.Level
		step  func(s *stream, r *rand.Rand, i int)
	}{
		{"peer-to-peer over TCP", 3000, 20 * time.Second, detect.Low, func(s *stream, r *rand.Rand, i int) {
			port := uint16(1024 + r.IntN(64000))
			if r.IntN(8) == 0 {
				port = 6881
			}
			s.try(try{src: host(1), dst: abroad(r.IntN(1 << 24)), port: port, ok: r.IntN(3) == 0})
		}},
		{"distributed hash table over UDP", 5000, 5 * time.Second, detect.Low, func(s *stream, r *rand.Rand, i int) {
			port := uint16(1024 + r.IntN(64000))
			if r.IntN(6) == 0 {
				port = 6881
			}
			s.try(try{src: host(1), dst: abroad(r.IntN(1 << 24)), proto: 17, from: 51413, port: port, ok: r.IntN(10) < 4})
		}},
		{"browser", 5000, 10 * time.Second, detect.Low, func(s *stream, r *rand.Rand, i int) {
			s.try(try{src: host(1), dst: abroad(r.IntN(3000)), port: []uint16{443, 443, 443, 80}[r.IntN(4)], ok: r.IntN(20) > 0, named: r.IntN(10) > 0})
		}},
		{"browser whose IPv6 or QUIC fails, beside TCP that works", 2000, 20 * time.Second, detect.Low, func(s *stream, r *rand.Rand, i int) {
			n := r.IntN(5000)
			s.try(try{src: host(1), dst: abroad(n), proto: 17, port: 443})
			s.try(try{src: host(1), dst: abroad(n), port: 443, ok: true})
		}},
		{"a network path that is down, names known", 500, time.Minute, detect.Low, func(s *stream, r *rand.Rand, i int) {
			s.try(try{src: host(1), dst: abroad(r.IntN(5000)), port: 443, named: true})
		}},
		{"resolver", 20000, time.Second, detect.Low, func(s *stream, r *rand.Rand, i int) {
			s.try(try{src: host(1), dst: abroad(r.IntN(4000)), proto: 17, port: 53, ok: r.IntN(10) > 1})
		}},
		{"mail server", 3000, 20 * time.Second, detect.Low, func(s *stream, r *rand.Rand, i int) {
			s.try(try{src: host(1), dst: abroad(r.IntN(2000)), port: 25, ok: r.IntN(4) > 0, named: i%2 == 0})
		}},
		{"monitoring: few ports, nearly all answered", 4000, 15 * time.Second, detect.Low, func(s *stream, r *rand.Rand, i int) {
			n := i % 400
			s.try(try{src: host(1), dst: host(100 + n), port: []uint16{22, 443, 9100}[n%3], ok: n%20 > 0})
		}},
		{"management: two in five machines are off", 500, time.Minute, detect.Low, func(s *stream, r *rand.Rand, i int) {
			s.try(try{src: host(1), dst: host(100 + i), port: 5985, ok: r.IntN(5) > 1})
		}},
		{"a client of a service that is down", 3000, 20 * time.Second, detect.Low, func(s *stream, r *rand.Rand, i int) {
			s.try(try{src: host(1), dst: host(2 + i%4), port: 8443})
		}},
		{"multicast and broadcast discovery", 3000, time.Second, detect.Low, func(s *stream, r *rand.Rand, i int) {
			dst := []flow.Addr{
				flow.Addr4([4]byte{224, 0, 0, byte(i)}), flow.Addr4([4]byte{239, 255, 255, byte(i)}),
				flow.Addr4([4]byte{255, 255, 255, 255}), flow.Addr4([4]byte{10, 7, byte(i), 255}), {0: 0xff, 1: 2, 15: byte(i)},
			}[i%5]
			s.try(try{src: host(1), dst: dst, proto: 17, port: []uint16{5353, 1900, 137, 138, 5355}[i%5]})
		}},
		{"NetBIOS to single machines", 60, 20 * time.Minute, detect.Low, func(s *stream, r *rand.Rand, i int) {
			s.try(try{src: host(1), dst: abroad(r.IntN(40)), proto: 17, from: 137, port: 137})
		}},
		{"backscatter of a flood", 5000, time.Millisecond, detect.Low, func(s *stream, r *rand.Rand, i int) {
			s.try(try{src: host(1), dst: abroad(r.IntN(1 << 24)), from: 80, port: uint16(r.IntN(65000)), state: flow.StateMidstream})
		}},
		{"traceroute", 400, time.Second, detect.Low, func(s *stream, r *rand.Rand, i int) {
			s.try(try{src: host(1), dst: abroad(3), proto: 17, port: uint16(33434 + i%90)})
		}},
		{"replies seen without their questions", 5000, time.Millisecond, detect.Low, func(s *stream, r *rand.Rand, i int) {
			s.try(try{src: host(1), dst: host(2 + r.IntN(50)), proto: 17, from: 53, port: uint16(1024 + r.IntN(60000))})
		}},
		{"neighbour discovery and unreachables", 2000, time.Millisecond, detect.Low, func(s *stream, r *rand.Rand, i int) {
			s.try(try{src: host(1), dst: host(2 + i), proto: 58, from: []uint16{135, 136, 3}[i%3]})
		}},
		{"calls: candidates of a few peers", 300, 5 * time.Minute, detect.Low, func(s *stream, r *rand.Rand, i int) {
			s.try(try{src: host(1), dst: abroad(i / 6), proto: 17, port: uint16(10000 + r.IntN(50000)), ok: i%6 == 5})
		}},
		{"scanners abroad", 6000, 5 * time.Second, detect.Low, func(s *stream, r *rand.Rand, i int) {
			s.try(try{src: abroad(i % 7), dst: host(r.IntN(2000)), port: []uint16{23, 445, 22, 8080}[i%4], outside: true, hollow: i%500 == 0})
		}},
		{"a scanner abroad whom many answer", 3000, 10 * time.Second, detect.Medium, func(s *stream, r *rand.Rand, i int) {
			s.try(try{src: abroad(1), dst: host(r.IntN(2000)), port: 80, outside: true, ok: r.IntN(4) == 0})
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := testSeed(t)
			s := newStream()
			worst := 0.0
			for i := range c.steps {
				c.step(s, r, i)
				s.wait(c.gap)
				if i%50 == 49 || i == c.steps-1 {
					for _, f := range s.findings() {
						if detect.LevelOf(f.Score) > c.most {
							t.Fatalf("after %d: %s %.2f %v", i+1, detect.LevelOf(f.Score), f.Score, f.Evidence)
						}
						worst = max(worst, f.Score)
					}
				}
			}
			t.Logf("at most %.2f", worst)
		})
	}
}

// TestAbroadIsGrouped wants one low finding for all that look for the same.
func TestAbroadIsGrouped(t *testing.T) {
	s := newStream()
	for i := range 3000 {
		s.try(try{src: abroad(i % 50), dst: host(i), port: 23, outside: true})
	}
	got := s.findings()
	if len(got) != 1 || len(got[0].Sources) != 50 || got[0].Port != 23 || got[0].Count != 3000 || got[0].Score >= detect.MediumScore {
		t.Errorf("got %+v", got)
	}
}

// TestWindows keeps the worst window and counts all probes.
func TestWindows(t *testing.T) {
	s := newStream()
	for i := range 4000 {
		s.try(try{src: host(1), dst: host(2 + i/1000), port: uint16(i % 1000)})
		s.wait(time.Millisecond)
	}
	s.wait(72 * time.Hour)
	s.try(try{src: host(1), dst: host(9), port: 1})
	f := s.best(host(1))
	if f.Score < detect.CriticalScore || f.Count != 4001 {
		t.Errorf("got %+v", f)
	}
}

// TestFlood checks that sources made up by the thousand neither grow the memory
// nor hide a scanner.
func TestFlood(t *testing.T) {
	r := testSeed(t)
	s := newStream()
	s.d = New(Config{Inside: 1024, Outside: 64, Window: 24 * time.Hour})
	for i := range 60 {
		s.try(try{src: host(1), dst: host(100 + i), port: 445})
		if i < 2 {
			continue // after one probe a scanner is worth no more than the flood
		}
		for range 500 {
			s.try(try{src: flow.Addr4([4]byte{10, byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32())}), dst: host(r.IntN(900)), port: uint16(r.IntN(60000))})
		}
		s.wait(time.Second)
	}
	if f := s.best(host(1)); f.Score < detect.HighScore {
		t.Errorf("the flood hid the scan: %+v", f)
	}
}

// TestMerge splits a scan over two detectors.
func TestMerge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		whole, a, b := newStream(), newStream(), newStream()
		n := rapid.IntRange(40, 120).Draw(t, "probes")
		for i := range n {
			p := try{src: host(1), dst: host(100 + i), port: 445}
			whole.try(p)
			part := a
			if rapid.Bool().Draw(t, "half") {
				part = b
			}
			part.now = whole.now
			part.try(p)
			whole.wait(time.Second)
		}
		a.d.Merge(b.d, nil)
		want, got := whole.best(host(1)), a.best(host(1))
		if d := got.Score - want.Score; d < -0.03 || d > 0.03 {
			t.Fatalf("score %v, whole %v", got.Score, want.Score)
		}
		// The bitmaps estimate; the rest is exact.
		want.Score, want.Evidence, want.Why = got.Score, got.Evidence, got.Why
		want.Strip, got.Strip, want.First = nil, nil, got.First
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("-whole +merged:\n%s", d)
		}
	})
}

// TestAbsurd feeds exchanges that make no sense: nothing may panic.
func TestAbsurd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, o := New(Config{Inside: 8, Outside: 8, Window: time.Hour}), New(DefaultConfig())
		for range rapid.IntRange(1, 300).Draw(t, "events") {
			rec := flow.Record{
				Src: host(rapid.IntRange(0, 3).Draw(t, "src")), Dst: host(rapid.IntRange(0, 300).Draw(t, "dst")),
				SrcPort: rapid.Uint16().Draw(t, "from"), DstPort: rapid.Uint16().Draw(t, "port"),
				Proto: rapid.SampledFrom([]uint8{0, 1, 6, 17, 58, 132, 255}).Draw(t, "proto"),
				State: flow.State(rapid.IntRange(0, 5).Draw(t, "state")), SrcPackets: rapid.Uint64().Draw(t, "packets"), SrcBytes: rapid.Uint64().Draw(t, "bytes"),
			}
			e := detect.Event{Rec: &rec, Now: rapid.Int64().Draw(t, "now"), SrcDomestic: rapid.Bool().Draw(t, "inside")}
			rapid.SampledFrom([]*Detector{d, o}).Draw(t, "detector").Observe(&e)
		}
		d.Findings(nil)
		o.Merge(d, nil)
		for _, f := range o.Findings(nil) {
			if !(f.Score >= 0 && f.Score <= 1) {
				t.Fatalf("score %v", f.Score)
			}
		}
	})
}

// TestBreadth compares the bitmaps with sets.
func TestBreadth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		n := rapid.IntRange(1, 150).Draw(t, "targets")
		s, set := new(source), map[flow.Addr]bool{}
		for range n {
			dst := abroad(r.IntN(1 << 24))
			if s.isNew(pairHash(detect.HashAddr(dst), service{23, 6})) {
				s.probe(dst, service{23, 6}, stepFailed, false)
			}
			set[dst] = true
		}
		for name, got := range map[string]float64{"service slot": count(s.services[0].targets[:]), "targets": float64(s.targets.Count()), "probes": float64(s.probes)} {
			if want := float64(len(set)); got < want*0.7-4 || got > want*1.35+4 {
				t.Fatalf("%s: %v, want about %v", name, got, want)
			}
		}
	})
}

func TestConfig(t *testing.T) {
	if err := DefaultConfig().Validate(); err != nil {
		t.Error(err)
	}
	named := map[string]bool{}
	for _, p := range (Config{}).Validate() {
		named[p.Key] = true
	}
	for _, key := range []string{"inside", "outside", "window"} {
		if !named[key] {
			t.Errorf("%v does not name %s", named, key)
		}
	}
	if size := unsafe.Sizeof(source{}); size > 848 {
		t.Errorf("a source takes %d bytes; the documentation of Config says 848", size)
	}
}

func TestNoAllocation(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	s := newStream()
	if n := testing.AllocsPerRun(2000, func() {
		s.try(try{src: host(r.IntN(30000)), dst: host(r.IntN(30000)), port: uint16(r.IntN(1000)), ok: r.IntN(2) == 0})
	}); n != 0 {
		t.Errorf("%v allocations an event", n)
	}
}

func BenchmarkObserveAnswered(b *testing.B) { benchmark(b, true) }
func BenchmarkObserveFailed(b *testing.B)   { benchmark(b, false) }

func benchmark(b *testing.B, ok bool) {
	s := newStream()
	b.ReportAllocs()
	b.ReportMetric(float64(unsafe.Sizeof(source{})), "B/source")
	for i := 0; b.Loop(); i++ {
		s.try(try{src: host(i % 2000), dst: host(i * 7), port: uint16(i % 5000), ok: ok})
	}
}
