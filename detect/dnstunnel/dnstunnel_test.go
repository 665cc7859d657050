package dnstunnel

import (
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
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

// testSeed changes with every run and is printed, so that a failure can be had
// again.
func testSeed(t *testing.T) *rand.Rand {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 1))
}

func bytesOf(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func b32(r *rand.Rand, n int) string {
	return strings.ToLower(base32.StdEncoding.EncodeToString(bytesOf(r, n))[:n])
}

func hexes(r *rand.Rand, n int) string { return hex.EncodeToString(bytesOf(r, n))[:n] }

// escaped writes random bytes as readers do: printable ones as they are, others \DDD.
func escaped(r *rand.Rand, n int) string {
	var s strings.Builder
	for range n {
		c := 0x80 | byte(r.Uint32())
		fmt.Fprintf(&s, "\\%03d", c)
	}
	return s.String()
}

func pick(r *rand.Rand, of ...string) string { return of[r.IntN(len(of))] }

var someWords = strings.Fields("mail www static img cdn api news shop login files media video blog forum status docs maps test beta data")

// TestTunnels measures the queries that each kind of tunnel needs to be High.
func TestTunnels(t *testing.T) {
	foreign := flow.Addr4([4]byte{198, 51, 100, 7})
	cases := []struct {
		name  string
		limit int
		zone  string
		gap   time.Duration
		next  func(r *rand.Rand, i int) ask
	}{
		{"base32 over A, a burst", 50, "t.example.co.jp", 300 * time.Millisecond, func(r *rand.Rand, i int) ask {
			return ask{name: b32(r, 28) + ".t.example.co.jp", answer: foreign}
		}},
		{"base32 over A, one each 22 minutes", 50, "quiet.example", 22 * time.Minute, func(r *rand.Rand, i int) ask {
			return ask{name: b32(r, 28) + ".quiet.example", answer: foreign}
		}},
		{"base32 over AAAA, long", 20, "six.example", time.Second, func(r *rand.Rand, i int) ask {
			return ask{name: b32(r, 50) + "." + b32(r, 50) + ".six.example", kind: 28}
		}},
		{"hex over TXT, short check-ins", 50, "c.example.net", time.Second, func(r *rand.Rand, i int) ask {
			return ask{name: hexes(r, 18) + ".c.example.net", kind: 16}
		}},
		{"hex over CNAME in four labels", 10, "n.example.org", time.Second, func(r *rand.Rand, i int) ask {
			return ask{name: hexes(r, 60) + "." + hexes(r, 60) + "." + hexes(r, 60) + "." + hexes(r, 20) + ".n.example.org", kind: 5}
		}},
		{"raw bytes over NULL", 20, "raw.example", 50 * time.Millisecond, func(r *rand.Rand, i int) ask {
			return ask{name: escaped(r, 30) + ".raw.example", kind: 10}
		}},
		{"counting names over KEY", 50, "k.example", time.Second, func(r *rand.Rand, i int) ask {
			return ask{name: "gq5v" + b32(r, 3) + "9aba.k.example", kind: 25}
		}},
		{"private type, eight characters", 50, "p.example", 100 * time.Millisecond, func(r *rand.Rand, i int) ask {
			return ask{name: "pab" + b32(r, 5) + ".p.example", kind: 65399}
		}},
		{"base64 over MX", 50, "mx.example", time.Second, func(r *rand.Rand, i int) ask {
			return ask{name: b32(r, 12) + "+" + b32(r, 12) + "/" + b32(r, 8) + ".mx.example", kind: 15}
		}},
		{"no zone, straight to a server", 50, "", time.Second, func(r *rand.Rand, i int) ask {
			return ask{name: "lead." + hexes(r, 1) + "9" + hexes(r, 34), kind: 16, dst: foreign}
		}},
		{"beside ordinary names of the same domain", 50, "t.campus.example", time.Second, func(r *rand.Rand, i int) ask {
			return ask{name: b32(r, 40) + ".t.campus.example"}
		}},
		{"every question sent twice", 50, "twice.example", 2 * time.Second, func(r *rand.Rand, i int) ask {
			return ask{name: b32(rand.New(rand.NewPCG(uint64(i/2), 7)), 40) + ".twice.example"}
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := testSeed(t)
			s := newStream(New(DefaultConfig()))
			for i := 1; i <= 120; i++ {
				a := c.next(r, i)
				a.src = host(1)
				s.ask(a)
				s.ask(ask{src: host(1), name: pick(r, someWords...) + ".campus.example"})
				if f := s.best(host(1)); f.Score >= detect.HighScore {
					t.Logf("High after %d queries", i)
					if i > c.limit {
						t.Errorf("High after %d queries, want at most %d", i, c.limit)
					}
					if f.Name != c.zone || f.Kind != detect.DNSTunnel || f.Why.JA == "" || f.Why.EN == "" || strings.Contains(f.Why.EN, "{") {
						t.Errorf("finding %+v, want zone %q", f, c.zone)
					}
					return
				}
				s.wait(c.gap)
			}
			t.Errorf("never High: %+v", s.best(host(1)))
		})
	}
}

// TestLookAlikes runs a day of honest traffic that resembles a tunnel.
func TestLookAlikes(t *testing.T) {
	loop := flow.Addr4([4]byte{127, 0, 0, 2})
	web := flow.Addr4([4]byte{203, 0, 113, 80})
	cases := []struct {
		name  string
		hosts int
		each  int // steps a host
		most  detect.Level
		step  func(s *stream, r *rand.Rand, src flow.Addr, i int)
	}{
		{"content delivery: random names, asked again", 3, 300, detect.Low, func(s *stream, r *rand.Rand, src flow.Addr, i int) {
			n := rand.New(rand.NewPCG(uint64(r.IntN(60)), 3))
			s.ask(ask{src: src, name: "d" + b32(n, 13) + ".edge.example", answer: web})
		}},
		{"advertisements: a new name each, visited", 4, 60, detect.Low, func(s *stream, r *rand.Rand, src flow.Addr, i int) {
			name := hexes(r, 32) + ".frame.example"
			s.ask(ask{src: src, name: name, answer: web})
			s.ask(ask{src: src, name: name, kind: 28})
			s.visit(src, name)
		}},
		{"advertisements, only the questions seen", 4, 40, detect.Low, func(s *stream, r *rand.Rand, src flow.Addr, i int) {
			name := hexes(r, 32) + ".frame.example"
			s.ask(ask{src: src, name: name, answer: web})
			s.ask(ask{src: src, name: name, kind: 28})
			s.ask(ask{src: src, name: name, kind: 65})
		}},
		{"reputation service: hashes, answers in 127/8, many hosts", 30, 200, detect.Low, func(s *stream, r *rand.Rand, src flow.Addr, i int) {
			s.ask(ask{src: src, name: hexes(r, 40) + ".rep.example", answer: loop})
		}},
		{"reputation service on one host", 1, 300, detect.Medium, func(s *stream, r *rand.Rand, src flow.Addr, i int) {
			s.ask(ask{src: src, name: hexes(r, 40) + ".rep.example", answer: loop})
		}},
		{"block list: reversed addresses", 2, 2000, detect.Low, func(s *stream, r *rand.Rand, src flow.Addr, i int) {
			a := ask{src: src, name: fmt.Sprintf("%d.%d.%d.%d.list.example", r.IntN(256), r.IntN(256), r.IntN(256), r.IntN(256)), rcode: 3}
			if i%3 == 0 {
				a.answer, a.rcode = loop, 0
			}
			s.ask(a)
		}},
		{"reverse lookups", 1, 3000, detect.Low, func(s *stream, r *rand.Rand, src flow.Addr, i int) {
			s.ask(ask{src: src, name: strings.Join(strings.Split(hexes(r, 32), ""), ".") + ".ip6.arpa", kind: 12, rcode: 3})
		}},
		{"service discovery on the link", 3, 500, detect.Low, func(s *stream, r *rand.Rand, src flow.Addr, i int) {
			s.ask(ask{src: src, name: hexes(r, 32) + "._sub._tcp.local", kind: 12, port: 5353})
		}},
		{"browser probes with a search suffix", 20, 30, detect.Low, func(s *stream, r *rand.Rand, src flow.Addr, i int) {
			s.ask(ask{src: src, name: b32(r, 7+r.IntN(8)) + ".corp.example", rcode: 3})
		}},
		{"search suffix expansion", 2, 500, detect.Low, func(s *stream, r *rand.Rand, src flow.Addr, i int) {
			s.ask(ask{src: src, name: pick(r, someWords...) + "." + pick(r, someWords...) + pick(r, someWords...) + ".com.corp.example", rcode: 3})
		}},
		{"buckets and shards", 2, 400, detect.Low, func(s *stream, r *rand.Rand, src flow.Addr, i int) {
			s.ask(ask{src: src, name: fmt.Sprintf("%s-%s-%d.store%d.example", pick(r, someWords...), pick(r, someWords...), r.IntN(40), r.IntN(4)), answer: web})
		}},
		{"a long name asked all day", 5, 1400, detect.Low, func(s *stream, r *rand.Rand, src flow.Addr, i int) {
			n := rand.New(rand.NewPCG(uint64(src[15]), 9))
			s.ask(ask{src: src, name: hexes(n, 40) + ".device.iot.example", answer: web})
		}},
		{"telemetry: a random name each session", 50, 12, detect.Low, func(s *stream, r *rand.Rand, src flow.Addr, i int) {
			s.ask(ask{src: src, name: hexes(r, 32) + ".measure.example", answer: web})
		}},
		{"a crawler", 1, 20000, detect.Low, func(s *stream, r *rand.Rand, src flow.Addr, i int) {
			s.ask(ask{src: src, name: pick(r, someWords...) + fmt.Sprintf(".site%d.example", r.IntN(9000)), answer: web})
		}},
		{"a mail server checking sender policies", 1, 400, detect.Low, func(s *stream, r *rand.Rand, src flow.Addr, i int) {
			s.ask(ask{src: src, name: fmt.Sprintf("%d.%d.%d.%d.in-addr.%s.example.spf.policy.example", r.IntN(256), r.IntN(256), r.IntN(256), r.IntN(256), pick(r, someWords...)), kind: 16})
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := testSeed(t)
			s := newStream(New(DefaultConfig()))
			gap := 23 * time.Hour / time.Duration(c.each*c.hosts)
			for i := range c.each {
				for h := range c.hosts {
					c.step(s, r, host(h+1), i)
					s.wait(gap)
				}
			}
			for _, f := range s.d.Findings(s.context()) {
				if detect.LevelOf(f.Score) > c.most {
					t.Fatalf("%s %.2f under %q: %v", detect.LevelOf(f.Score), f.Score, f.Name, f.Evidence)
				}
			}
		})
	}
}

// TestDayTunnel is a slow tunnel: 60 names in a day among 2,000 hosts' questions.
func TestDayTunnel(t *testing.T) {
	r := testSeed(t)
	s := newStream(New(DefaultConfig()))
	for range 60 {
		s.ask(ask{src: host(1), name: b32(r, 28) + ".slow.example"})
		for h := range 2000 {
			s.ask(ask{src: host(h), name: pick(r, someWords...) + ".site.example"})
		}
		s.wait(22 * time.Minute)
	}
	f := s.best(host(1))
	if f.Score < detect.HighScore || f.Name != "slow.example" || f.Count != 60 {
		t.Errorf("got %+v", f)
	}
	if n := s.d.pairs.Len(); n != 1 {
		t.Errorf("%d pairs are held, want 1: ordinary names must not take room", n)
	}
	sum := 0
	for _, c := range f.Strip {
		sum += int(c)
	}
	if sum != 60 {
		t.Errorf("strip %v adds up to %d, want 60", f.Strip, sum)
	}
}

// TestManyBots finds each of many hosts that tunnel under one zone.
func TestManyBots(t *testing.T) {
	r := testSeed(t)
	s := newStream(New(DefaultConfig()))
	for i := range 400 {
		s.ask(ask{src: host(i), name: "www.example"})
	}
	for range 60 {
		for h := range 40 {
			s.ask(ask{src: host(h), name: b32(r, 30) + ".bots.example"})
		}
		s.wait(time.Minute)
	}
	if n := len(high(s)); n != 40 {
		t.Errorf("%d of 40 bots are High", n)
	}
}

func high(s *stream) (out []detect.Finding) {
	for _, f := range s.d.Findings(s.context()) {
		if f.Score >= detect.HighScore {
			out = append(out, f)
		}
	}
	return out
}

// TestForwarder blames the host, not the resolver that passes its questions on.
func TestForwarder(t *testing.T) {
	r := testSeed(t)
	s := newStream(New(DefaultConfig()))
	for range 100 {
		name := b32(r, 30) + ".t.example"
		s.ask(ask{src: host(9), dst: resolver, name: name})
		s.ask(ask{src: resolver, dst: flow.Addr4([4]byte{198, 51, 100, 1}), name: name, class: direction.Outbound})
		s.wait(time.Second)
	}
	got := high(s)
	if len(got) != 1 || got[0].Src != host(9) {
		t.Errorf("got %+v", got)
	}
	// Seen from outside only, the resolver is all there is.
	s = newStream(New(DefaultConfig()))
	for range 100 {
		s.ask(ask{src: resolver, dst: flow.Addr4([4]byte{198, 51, 100, 1}), name: b32(r, 30) + ".t.example"})
		s.wait(time.Second)
	}
	if got := high(s); len(got) != 1 || got[0].Src != resolver {
		t.Errorf("resolver alone: got %+v", got)
	}
}

// TestInboundIsNotOurTunnel keeps questions from abroad to a server of ours low.
func TestInboundIsNotOurTunnel(t *testing.T) {
	r := testSeed(t)
	s := newStream(New(DefaultConfig()))
	for range 500 {
		s.ask(ask{src: flow.Addr4([4]byte{203, 0, 113, 5}), dst: host(1), class: direction.Inbound, name: b32(r, 30) + ".ours.example"})
		s.wait(time.Second)
	}
	if got := high(s); len(got) != 0 {
		t.Errorf("got %+v", got)
	}
}

// TestWindow keeps an ended window's finding and starts the next from nothing.
func TestWindow(t *testing.T) {
	r := testSeed(t)
	s := newStream(New(DefaultConfig()))
	for range 100 {
		s.ask(ask{src: host(1), name: b32(r, 30) + ".t.example"})
		s.wait(time.Second)
	}
	before := s.best(host(1))
	s.wait(72 * time.Hour)
	s.ask(ask{src: host(1), name: b32(r, 30) + ".t.example"})
	after := s.best(host(1))
	if d := cmp.Diff(before, after); d != "" || before.Score < detect.HighScore {
		t.Errorf("-before +after:\n%s", d)
	}
	// Honest names spread thinly never add up over many days.
	s = newStream(New(DefaultConfig()))
	for range 300 {
		s.ask(ask{src: host(2), name: b32(r, 20) + ".thin.example"})
		s.wait(3 * time.Hour)
	}
	if f := s.best(host(2)); f.Score >= detect.MediumScore {
		t.Errorf("eight names a day over weeks: %+v", f)
	}
}

// TestFlood checks that a flood of made-up sources and zones neither grows the
// memory nor pushes out a tunnel that has begun.
func TestFlood(t *testing.T) {
	r := testSeed(t)
	cfg := DefaultConfig()
	cfg.Pairs = 1024
	s := newStream(New(cfg))
	for i := range 60 {
		s.ask(ask{src: host(1), name: b32(r, 28) + ".slow.example"})
		if i < 3 {
			continue // a tunnel of fewer names is worth no more than the flood
		}
		for range 500 {
			s.ask(ask{src: flow.Addr4([4]byte(bytesOf(r, 4))), name: b32(r, 30) + "." + b32(r, 12) + ".example"})
		}
	}
	if f := s.best(host(1)); f.Score < detect.HighScore || f.Count != 60 {
		t.Errorf("the flood hid the tunnel: %+v", f)
	}
	if s.d.pairs.Cap() != 1024 || s.d.pairs.Evicted == 0 {
		t.Errorf("capacity %d, evicted %d", s.d.pairs.Cap(), s.d.pairs.Evicted)
	}
}

// TestMerge splits a stream over two detectors, by record and by time, and wants
// the finding of one that saw it all.
func TestMerge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		whole, a, b := newStream(New(DefaultConfig())), newStream(New(DefaultConfig())), newStream(New(DefaultConfig()))
		for i := range 120 {
			q := ask{src: host(1 + r.IntN(2)), name: b32(r, 28) + ".t.example", kind: 16}
			part := a
			if rapid.Bool().Draw(t, "half") {
				part = b
			}
			part.now = whole.now
			whole.ask(q)
			part.ask(q)
			whole.wait(time.Duration(i%7) * time.Minute)
		}
		a.d.Merge(b.d, a.context())
		for _, s := range []*stream{whole, a} {
			s.hosts, s.now = whole.hosts, whole.now
		}
		want, got := high(whole), high(a)
		for _, fs := range [][]detect.Finding{want, got} {
			slices.SortFunc(fs, func(x, y detect.Finding) int { return cmpAddr(x.Src, y.Src) })
			for i := range fs {
				fs[i].Strip = nil
			}
		}
		if d := cmp.Diff(want, got, cmp.Comparer(func(x, y float64) bool { return x-y < 1e-4 && y-x < 1e-4 })); d != "" {
			t.Fatalf("-whole +merged:\n%s", d)
		}
	})
}

func cmpAddr(a, b flow.Addr) int { return strings.Compare(string(a[:]), string(b[:])) }

// TestAbsurd asks at times that make no sense: nothing may panic.
func TestAbsurd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, o := newStream(New(Config{Pairs: 8, Window: time.Hour, MinNames: 4})), newStream(New(DefaultConfig()))
		for range rapid.IntRange(1, 150).Draw(t, "events") {
			on := rapid.SampledFrom([]*stream{s, o}).Draw(t, "stream")
			on.now = rapid.Int64().Draw(t, "now")
			on.ask(ask{
				src: host(rapid.IntRange(0, 3).Draw(t, "src")), kind: rapid.Uint16().Draw(t, "type"), rcode: rapid.Uint16().Draw(t, "rcode"),
				name: rapid.StringMatching(`[a-z0-9]{20,30}\.(t\.)?example`).Draw(t, "name"),
			})
		}
		s.d.Findings(s.context())
		o.d.Merge(s.d, o.context())
		for _, f := range o.d.Findings(o.context()) {
			if !(f.Score >= 0 && f.Score <= 1) {
				t.Fatalf("score %v", f.Score)
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
	for _, key := range []string{"pairs", "window", "min_names"} {
		if !named[key] {
			t.Errorf("%v does not name %s", named, key)
		}
	}
	if size := unsafe.Sizeof(pair{}); size > 560 {
		t.Errorf("a pair takes %d bytes; the documentation of Config.Pairs says 560", size)
	}
}

// TestAllocation allows two small allocations for a strange name, for the public
// suffix list's package, and none for the others.
func TestAllocation(t *testing.T) {
	for label, most := range map[string]float64{"static-news": 0, "ijlsz7mc6kgwwkrvqppiapcvcdhq": 2} {
		var batch flow.Batch
		name := batch.AddName([]byte(label + ".t.example"))
		batch.Records = append(batch.Records,
			flow.Record{Src: host(1), Dst: resolver, DstPort: 53, Proto: 17, DNS: batch.AddDNS(flow.DNS{Question: name, Type: 1})},
			flow.Record{Src: host(1), Dst: resolver, DstPort: 443, Proto: 6, TLS: batch.AddTLS(flow.TLS{SNI: name})})
		d, e, i := New(Config{Pairs: 8, Window: time.Hour, MinNames: 8}), new(detect.Event), 0
		if n := testing.AllocsPerRun(1000, func() {
			rec := &batch.Records[i%2]
			*e = detect.Event{Batch: &batch, Rec: rec, DNS: batch.DNSOf(rec), TLS: batch.TLSOf(rec), Now: int64(i) * 1e9}
			d.Observe(e)
			i++
		}); n > most {
			t.Errorf("%s: %v allocations an event, want %v", label, n, most)
		}
	}
}

func BenchmarkObserveTunnel(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	names := make([]string, 1024)
	for i := range names {
		names[i] = b32(r, 28) + ".tunnel.example"
	}
	benchmark(b, names)
}

func BenchmarkObserveOrdinary(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	names := make([]string, 1024)
	for i := range names {
		names[i] = fmt.Sprintf("%s.site%d.example", pick(r, someWords...), r.IntN(500))
	}
	benchmark(b, names)
}

func benchmark(b *testing.B, names []string) {
	d := New(DefaultConfig())
	var batch flow.Batch
	for i, n := range names {
		dns := flow.DNS{Question: batch.AddName([]byte(n)), Type: 1}
		batch.Records = append(batch.Records, flow.Record{Src: host(i % 300), Dst: resolver, DstPort: 53, Proto: 17, Kind: flow.KindDNS, DNS: batch.AddDNS(dns)})
	}
	var e detect.Event
	b.ReportAllocs()
	b.ReportMetric(float64(unsafe.Sizeof(pair{})), "B/pair")
	for i := 0; b.Loop(); i++ {
		rec := &batch.Records[i%len(names)]
		e = detect.Event{Batch: &batch, Rec: rec, DNS: batch.DNSOf(rec), Now: int64(i) * 1e6}
		d.Observe(&e)
	}
}
