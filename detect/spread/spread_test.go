package spread

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/flow"
)

// stream feeds a detector with made-up exchanges.
type stream struct {
	d     *Detector
	e     detect.Event
	rec   flow.Record
	first int64
	now   int64
}

func newStream() *stream {
	start := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC).UnixNano()
	return &stream{d: New(DefaultConfig()), now: start, first: start}
}

func testSeed(t *testing.T) *rand.Rand {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 1))
}

func host(n int) flow.Addr { return flow.Addr4([4]byte{10, 7, byte(n >> 8), byte(n)}) }
func abroad(n int) flow.Addr {
	return flow.Addr4([4]byte{byte(11 + n%180), byte(n >> 16), byte(n >> 8), byte(n)})
}

func (s *stream) turn(src, dst flow.Addr, port uint16, ok bool) {
	s.rec = flow.Record{First: s.now, Last: s.now, Src: src, Dst: dst, DstPort: port, Proto: 6, State: flow.StateAttempt, SrcPackets: 1, SrcBytes: 60}
	if ok {
		s.rec.State, s.rec.SrcPackets, s.rec.SrcBytes, s.rec.DstPackets, s.rec.DstBytes = flow.StateEstablished, 20, 4000, 18, 5000
	}
	in := func(a flow.Addr) bool { return a[12] == 10 }
	s.e = detect.Event{Rec: &s.rec, Now: s.now, SrcDomestic: in(src), DstDomestic: in(dst), DstPrivate: in(dst), Class: direction.Domestic}
	switch {
	case !in(src):
		s.e.Class = direction.Inbound
	case !in(dst):
		s.e.Class = direction.Outbound
	}
	s.d.Observe(&s.e)
}

func (s *stream) wait(d time.Duration) { s.now += int64(d) }

func (s *stream) findings() []detect.Finding {
	return s.d.Findings(&detect.Context{First: s.first, Now: s.now})
}

func (s *stream) worst() (f detect.Finding) {
	for _, g := range s.findings() {
		if g.Score > f.Score {
			f = g
		}
	}
	return f
}

// quietDay is honest use of port: clients, each with a few servers.
func (s *stream) quietDay(r *rand.Rand, port uint16, d time.Duration) {
	for range int(d / time.Minute) {
		c := r.IntN(300)
		s.turn(host(1000+c), host(2000+(c+r.IntN(3))%20), port, r.IntN(20) > 0)
		s.wait(time.Minute)
	}
}

// worm lets an infection run: each infected host turns to random neighbours, one
// in hit lets it in and is infected. It gives the hosts infected, in order.
func (s *stream) worm(r *rand.Rand, port uint16, from flow.Addr, hit, hosts, steps int) []flow.Addr {
	infected, is := []flow.Addr{from}, map[flow.Addr]bool{from: true}
	for range steps {
		for _, a := range infected {
			dst := host(5000 + r.IntN(hosts))
			ok := r.IntN(hit) == 0
			s.turn(a, dst, port, ok)
			if ok && !is[dst] && len(infected) < 40 {
				is[dst] = true
				infected = append(infected, dst)
			}
		}
		s.wait(2 * time.Second)
	}
	return infected
}

func TestWorms(t *testing.T) {
	for _, port := range []uint16{445, 3389, 22, 23, 2323, 7547, 1433, 5900, 8080} {
		r := testSeed(t)
		s := newStream()
		s.quietDay(r, port, 3*time.Hour)
		infected := s.worm(r, port, host(1), 12, 3000, 120)
		f := s.worst()
		if f.Score < detect.HighScore || f.Port != port || len(f.Sources) < 3 {
			t.Errorf("port %d, %d infected: %+v", port, len(infected), f)
			continue
		}
		is := map[flow.Addr]bool{}
		for _, a := range infected {
			is[a] = true
		}
		for _, a := range f.Sources {
			if !is[a] {
				t.Errorf("port %d: %v is blamed and was not infected", port, a)
			}
		}
		if f.Why.JA == "" || strings.Contains(f.Why.EN+f.Why.JA, "{") {
			t.Errorf("why: %+v", f.Why)
		}
	}
}

// TestTimeToTree measures how many hosts are infected when the tree is High.
func TestTimeToTree(t *testing.T) {
	r := testSeed(t)
	s := newStream()
	s.quietDay(r, 445, time.Hour)
	infected := []flow.Addr{host(1)}
	for i := range 6 {
		src := infected[i/2]
		for j := range 25 {
			s.turn(src, host(3000+i*100+j), 445, false)
			s.wait(time.Second)
		}
		victim := host(500 + i)
		s.turn(src, victim, 445, true)
		infected = append(infected, victim)
		if s.worst().Score >= detect.HighScore {
			t.Logf("High with %d machines infected, two of which spread it", i+1)
			if i+1 > 5 {
				t.Errorf("High with %d machines infected, want at most 5", i+1)
			}
			return
		}
	}
	t.Errorf("never High: %+v", s.worst())
}

// TestFromAbroad is a device let in from abroad that then searches by itself.
func TestFromAbroad(t *testing.T) {
	s := newStream()
	s.quietDay(testSeed(t), 23, time.Hour)
	s.turn(abroad(3), host(1), 23, true)
	s.wait(time.Minute)
	for i := range 60 {
		s.turn(host(1), abroad(1000+i*7), 23, false)
		s.wait(time.Second)
	}
	if f := s.worst(); f.Score < detect.MediumScore || len(f.Sources) != 2 {
		t.Errorf("got %+v", f)
	}
}

// TestLateral is a host that was on no neighbour and then on thirty.
func TestLateral(t *testing.T) {
	r := testSeed(t)
	s := newStream()
	s.quietDay(r, 3389, 8*time.Hour)
	for i := range 40 {
		s.turn(host(1), host(2500+i), 3389, i%3 > 0)
		s.wait(time.Minute)
	}
	f := s.worst()
	if f.Score < detect.HighScore || f.Src != host(1) || f.Port != 3389 {
		t.Errorf("got %+v", f)
	}
}

func TestLookAlikes(t *testing.T) {
	cases := []struct {
		name string
		run  func(s *stream, r *rand.Rand)
		most detect.Level
	}{
		{"administration, wide from the start", func(s *stream, r *rand.Rand) {
			for i := range 600 {
				s.turn(host(1), host(2000+i%150), 22, true)
				s.wait(2 * time.Minute)
			}
		}, detect.Low},
		{"a vulnerability scanner", func(s *stream, r *rand.Rand) {
			s.wait(8 * time.Hour)
			for i := range 900 {
				s.turn(host(1), host(2000+i%300), []uint16{22, 445, 3389}[i/300], r.IntN(3) == 0)
				s.wait(time.Second)
			}
		}, detect.Medium},
		{"a jump host: one comes, it turns to the usual many", func(s *stream, r *rand.Rand) {
			for range 3 {
				for i := range 40 {
					s.turn(host(1), host(2), 22, true)
					s.turn(host(2), host(2000+i), 22, true)
					s.wait(10 * time.Minute)
				}
				s.wait(17 * time.Hour)
			}
		}, detect.Low},
		{"domain controllers and print servers", func(s *stream, r *rand.Rand) {
			for range 5000 {
				s.turn(host(1000+r.IntN(800)), host(1+r.IntN(4)), 445, true)
				if r.IntN(20) == 0 {
					s.turn(host(1+r.IntN(4)), host(1+r.IntN(4)), 445, true)
				}
				s.wait(10 * time.Second)
			}
		}, detect.Low},
		{"management reaches a file server that serves backups to many", func(s *stream, r *rand.Rand) {
			s.quietDay(r, 445, 4*time.Hour)
			for i := range 200 {
				s.turn(host(1), host(2000+i), 445, true)
				s.wait(time.Second)
			}
			for i := range 30 {
				s.turn(host(2005), host(3000+i), 445, true)
				s.wait(time.Second)
			}
		}, detect.Low},
		{"a cluster whose members all talk", func(s *stream, r *rand.Rand) {
			for i := range 16 {
				for j := range 16 {
					if i != j {
						s.turn(host(i), host(j), 22, true)
						s.wait(time.Second)
					}
				}
			}
		}, detect.Medium},
		{"a database farm", func(s *stream, r *rand.Rand) {
			for range 4000 {
				s.turn(host(1+r.IntN(20)), host(100+r.IntN(6)), 5432, r.IntN(50) > 0)
				s.turn(host(100+r.IntN(6)), host(100+r.IntN(6)), 5432, true)
				s.wait(10 * time.Second)
			}
		}, detect.Low},
		{"proxies and crawlers on web ports", func(s *stream, r *rand.Rand) {
			for range 6000 {
				s.turn(host(1000+r.IntN(300)), host(1+r.IntN(3)), 8080, true)
				s.turn(host(1+r.IntN(3)), abroad(r.IntN(5000)), 8080, r.IntN(10) > 1)
				s.wait(5 * time.Second)
			}
		}, detect.Low},
		{"scanned from abroad, nobody copies", func(s *stream, r *rand.Rand) {
			for range 8000 {
				s.turn(abroad(r.IntN(40)), host(r.IntN(1000)), 23, r.IntN(30) == 0)
				s.wait(5 * time.Second)
			}
		}, detect.Low},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := newStream()
			c.run(s, testSeed(t))
			f := s.worst()
			if detect.LevelOf(f.Score) > c.most {
				t.Errorf("%s %.2f: %v", detect.LevelOf(f.Score), f.Score, f.Evidence)
			}
			t.Logf("at most %.2f", f.Score)
		})
	}
}

// TestOrder wants no tree when the outbreak came before anybody was let in.
func TestOrder(t *testing.T) {
	s := newStream()
	s.quietDay(testSeed(t), 445, time.Hour)
	for h := range 5 {
		for i := range 20 {
			s.turn(host(10+h), host(3000+100*h+i), 445, false)
			s.wait(time.Second)
		}
	}
	for h := range 4 {
		s.turn(host(10+h), host(11+h), 445, true)
	}
	if f := s.worst(); f.Score != 0 {
		t.Errorf("got %+v", f)
	}
}

// TestClockFromZero runs a worm in a capture whose clock starts at zero.
func TestClockFromZero(t *testing.T) {
	r := testSeed(t)
	s := newStream()
	s.now, s.first = 0, 0
	s.worm(r, 445, host(1), 12, 3000, 120)
	if f := s.worst(); f.Score < detect.HighScore {
		t.Errorf("got %+v", f)
	}
}

// TestAbsurd feeds exchanges that make no sense: nothing may panic.
func TestAbsurd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, o := New(Config{Nodes: 8, Outbreak: 4, Burst: time.Minute, Incubation: time.Minute, Past: time.Minute}), New(DefaultConfig())
		for range rapid.IntRange(1, 200).Draw(t, "events") {
			rec := flow.Record{
				Src: host(rapid.IntRange(0, 5).Draw(t, "src")), Dst: host(rapid.IntRange(0, 300).Draw(t, "dst")),
				DstPort: rapid.SampledFrom([]uint16{22, 23, 80, 445}).Draw(t, "port"), Proto: 6,
				State: flow.State(rapid.IntRange(0, 5).Draw(t, "state")), SrcPackets: rapid.Uint64().Draw(t, "packets"), SrcBytes: rapid.Uint64().Draw(t, "bytes"),
			}
			e := detect.Event{Rec: &rec, Now: rapid.Int64().Draw(t, "now"), SrcDomestic: rapid.Bool().Draw(t, "inside")}
			rapid.SampledFrom([]*Detector{d, o}).Draw(t, "detector").Observe(&e)
		}
		c := &detect.Context{First: rapid.Int64().Draw(t, "first")}
		d.Findings(c)
		o.Merge(d, c)
		o.Findings(c)
	})
}

func TestFlood(t *testing.T) {
	r := testSeed(t)
	s := newStream()
	s.d = New(Config{Nodes: 1024, Outbreak: 8, Burst: 10 * time.Minute, Incubation: 6 * time.Hour, Past: 6 * time.Hour})
	s.quietDay(r, 445, time.Hour)
	for range 6 {
		s.worm(r, 445, host(1), 6, 3000, 20)
		for range 3000 {
			s.turn(flow.Addr4([4]byte{10, byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32())}), host(r.IntN(900)), 445, false)
		}
	}
	if f := s.worst(); f.Score < detect.MediumScore {
		t.Errorf("the flood hid the worm: %+v", f)
	}
	if s.d.nodes.Cap() != 1024 {
		t.Errorf("the table grew to %d", s.d.nodes.Cap())
	}
}

// TestMerge splits the hosts of a worm over two detectors, as two sensors do that
// see one half of the network each.
func TestMerge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		whole, a, b := newStream(), newStream(), newStream()
		whole.wait(time.Hour)
		infected := []flow.Addr{host(1)}
		for i := range 4 {
			src := infected[i/2]
			part := []*stream{a, b}[r.IntN(2)]
			for j := range 21 {
				dst := host(3000 + i*100 + j)
				if j == 20 {
					infected = append(infected, dst)
				}
				for _, s := range []*stream{whole, part} {
					s.now = whole.now
					s.turn(src, dst, 445, j == 20)
				}
				whole.wait(time.Second)
			}
		}
		a.d.Merge(b.d, nil)
		want, got := whole.worst(), a.worst()
		if d := cmp.Diff(want.Sources, got.Sources); d != "" {
			t.Fatalf("-whole +merged:\n%s", d)
		}
		if d := want.Score - got.Score; d > 0.1 || d < -0.1 {
			t.Fatalf("score %v, whole %v", got.Score, want.Score)
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
	for _, key := range []string{"nodes", "outbreak", "burst", "incubation", "past"} {
		if !named[key] {
			t.Errorf("%v does not name %s", named, key)
		}
	}
	if size := unsafe.Sizeof(node{}); size > 208 {
		t.Errorf("a node takes %d bytes; the documentation of Config says 208", size)
	}
}

func TestNoAllocation(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	s := newStream()
	if n := testing.AllocsPerRun(2000, func() {
		s.turn(host(r.IntN(30000)), host(r.IntN(30000)), 445, r.IntN(2) == 0)
	}); n != 0 {
		t.Errorf("%v allocations an event", n)
	}
}

func BenchmarkObserve(b *testing.B) {
	s := newStream()
	b.ReportAllocs()
	b.ReportMetric(float64(unsafe.Sizeof(node{})), "B/node")
	for i := 0; b.Loop(); i++ {
		s.turn(host(i%2000), host(i*7), 445, i%3 == 0)
	}
}
