package fastflux_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/detecttest"
	"github.com/noroshi-acd/noroshi/detect/fastflux"
	"github.com/noroshi-acd/noroshi/flow"
)

const day = 86400.0

var host = detecttest.Home(7)

// best gives the highest score about name.
func best(e *detect.Engine, name string) (score float64, f detect.Finding) {
	for _, x := range e.Findings() {
		if x.Name == name && x.Score > score {
			score, f = x.Score, x
		}
	}
	return score, f
}

// TestFlux: names behind taken-over machines, over the sizes of the botnet, of the
// answers, and of the pauses between questions.
func TestFlux(t *testing.T) {
	r := detecttest.Rand(t, 0)
	found, high, all := 0, 0, 0
	for _, bots := range []int{60, 300, 3000} {
		for _, each := range []int{1, 4, 10} {
			for _, period := range []float64{300, 1200, 3600} {
				pool := homes(r, bots)
				ttl := []uint32{60, 180, 300, 600}[r.IntN(4)]
				e := engine()
				play(e, append(crowd(50), asking(r, "hide.example", []flow.Addr{host}, period, day, ttl, 443, func(int, float64) []flow.Addr { return some(r, pool, each) })...))
				score, f := best(e, "hide.example")
				all++
				switch {
				case score >= detect.HighScore:
					high++
					found++
				case score >= detect.MediumScore:
					found++
				default:
					t.Logf("missed: %d bots, %d an answer, every %.0f s, TTL %d: %.2f %v", bots, each, period, ttl, score, f.Evidence)
				}
				if score > 0 && f.Src != host {
					t.Errorf("finding is about %v", f.Src)
				}
			}
		}
	}
	t.Logf("recall: %d of %d at medium, %d at high", found, all, high)
	if found < all-1 || high < all*8/10 {
		t.Errorf("%d of %d found, %d at high", found, all, high)
	}
}

// honest are names that change their addresses and hide nothing.
func honest(r *rand.Rand) map[string][]ask {
	one := []flow.Addr{host}
	regional, cloud, round := block(r, 24, 3, 2), block(r, 40, 24, 9), homes(r, 8)
	fleet := block(r, 900, 70, 12)
	world := homes(r, 400)
	pool, popular, seeds := homes(r, 2000), homes(r, 500), homes(r, 4000)
	many := make([]flow.Addr, 20)
	for i := range many {
		many[i] = detecttest.Home(1000 + i)
	}
	line := homes(r, 30)
	pick := func(from []flow.Addr, n int) func(int, float64) []flow.Addr {
		return func(int, float64) []flow.Addr { return some(r, from, n) }
	}
	return map[string][]ask{
		"cdn.example":     asking(r, "cdn.example", one, 300, day, 20, 443, pick(regional, 2)),
		"geo.example":     asking(r, "geo.example", many, 900, day, 60, 443, func(h int, _ float64) []flow.Addr { return some(r, world[h*20:h*20+20], 2)[:1] }),
		"balancer.cloud":  asking(r, "balancer.cloud", one, 300, day, 60, 443, pick(cloud, 8)),
		"fleet.cloud":     asking(r, "fleet.cloud", one, 600, day, 60, 443, pick(fleet, 4)),
		"round.example":   asking(r, "round.example", one, 600, day, 300, 443, pick(round, 8)),
		"pool.time":       asking(r, "pool.time", one, 1024, day, 130, 123, pick(pool, 4)),
		"home.dynamic":    asking(r, "home.dynamic", one, 600, day, 60, 443, func(_ int, at float64) []flow.Addr { return line[int(at/28800) : int(at/28800)+1] }),
		"telemetry.os":    asking(r, "telemetry.os", many, 3600, day, 60, 443, pick(popular, 4)),
		"seeds.peers":     asking(r, "seeds.peers", one, 40000, day, 60, 8333, pick(seeds, 25)),
		"blocked.example": asking(r, "blocked.example", one, 300, day, 60, 443, func(int, float64) []flow.Addr { return []flow.Addr{flow.Addr4([4]byte{127, 0, 0, byte(r.IntN(250))})} }),
	}
}

// TestSharedAddresses: addresses all over the world that also serve domains at rest
// are a network's or a lying resolver's, not a botnet's.
func TestSharedAddresses(t *testing.T) {
	score := func(share bool) float64 {
		r := detecttest.Rand(t, 11)
		pool := homes(r, 120)
		asks := asking(r, "moved.example", []flow.Addr{host}, 600, day, 60, 443, func(int, float64) []flow.Addr { return some(r, pool, 2) })
		for i := range 80 {
			to := homes(r, 1)
			if share {
				to = pool[i : i+1]
			}
			asks = append(asks, ask{at: float64(i * 900), src: host, name: fmt.Sprintf("www.rest%d.example", i), addrs: to, ttl: 300})
		}
		e := engine()
		play(e, asks)
		s, _ := best(e, "moved.example")
		return s
	}
	if alone, shared := score(false), score(true); alone < detect.HighScore || shared >= detect.MediumScore {
		t.Errorf("alone %.2f, shared %.2f", alone, shared)
	}
}

func TestHonest(t *testing.T) {
	r := detecttest.Rand(t, 0)
	wrong, high := 0, 0
	const worlds = 5
	for range worlds {
		e := engine()
		asks := crowd(50)
		names := honest(r)
		for _, a := range names {
			asks = append(asks, a...)
		}
		play(e, asks)
		for _, f := range e.Findings() {
			switch {
			case f.Score >= detect.HighScore:
				high++
				t.Errorf("at high: %s %.2f %v", f.Name, f.Score, f.Evidence)
			case f.Score >= detect.MediumScore:
				wrong++
				t.Logf("at medium: %s %.2f %v", f.Name, f.Score, f.Evidence)
			}
		}
	}
	t.Logf("%d worlds of 10 harmless names: %d at medium, %d at high", worlds, wrong, high)
	if wrong > worlds {
		t.Errorf("%d at medium", wrong)
	}
}

// TestDoubleFlux: the same small flux is surer when its name servers move too.
func TestDoubleFlux(t *testing.T) {
	score := func(double bool) float64 {
		r := detecttest.Rand(t, 9)
		pool, servers := homes(r, 14), homes(r, 200)
		asks := asking(r, "www.hide.example", []flow.Addr{host}, 1800, day, 600, 443, func(int, float64) []flow.Addr { return some(r, pool, 2) })
		asks = append(asks, ask{at: 5, src: host, name: "hide.example", ns: "ns1.hide.example", ttl: 600})
		if double {
			asks = append(asks, asking(r, "ns1.hide.example", []flow.Addr{detecttest.Home(65000)}, 1800, day, 600, 53, func(int, float64) []flow.Addr { return some(r, servers, 1) })...)
		}
		e := engine()
		play(e, append(crowd(50), asks...))
		s, f := best(e, "www.hide.example")
		has := false
		for _, x := range f.Evidence {
			has = has || x.Name == "server_networks"
		}
		if has != double {
			t.Errorf("double %v: evidence %v", double, f.Evidence)
		}
		return s
	}
	if single, double := score(false), score(true); double < single+0.05 {
		t.Errorf("single %.2f, double %.2f", single, double)
	}
}

// TestMerge: two engines that saw every other question, with other numbers for the
// names, come to what one would.
func TestMerge(t *testing.T) {
	r := detecttest.Rand(t, 0)
	pool := homes(r, 800)
	asks := asking(r, "hide.example", []flow.Addr{host, detecttest.Home(8)}, 900, day, 120, 443, func(int, float64) []flow.Addr { return some(r, pool, 3) })
	whole, left, right := engine(), engine(), engine()
	play(right, []ask{{at: 1, src: host, name: "first.example", addrs: homes(r, 1), ttl: 60}})
	play(whole, append([]ask(nil), asks...))
	var a, b []ask
	for i, x := range asks {
		if i%2 == 0 {
			a = append(a, x)
		} else {
			b = append(b, x)
		}
	}
	play(left, append(crowd(2), a...))
	play(right, b)
	left.Merge(right)
	want, fw := best(whole, "hide.example")
	got, fg := best(left, "hide.example")
	if got < want-0.03 || fg.Count != fw.Count {
		t.Errorf("merged %.3f of %d answers, whole %.3f of %d", got, fg.Count, want, fw.Count)
	}
}

// TestFloodIsBounded: a flood of names does not push a flowing name out.
func TestFloodIsBounded(t *testing.T) {
	r := detecttest.Rand(t, 0)
	cfg := fastflux.DefaultConfig()
	cfg.Names = 256
	e := detect.NewEngine(detect.DefaultConfig(), detecttest.Border{}, fastflux.New(cfg))
	pool := homes(r, 800)
	asks := asking(r, "hide.example", []flow.Addr{host}, 300, 7200, 120, 443, func(int, float64) []flow.Addr { return some(r, pool, 5) })
	for i := range 20_000 {
		asks = append(asks, ask{at: 3600 + float64(i)/10, src: detecttest.Home(9), name: fmt.Sprintf("n%d.flood.example", i), addrs: homes(r, 1), ttl: 60})
	}
	play(e, asks)
	if s, _ := best(e, "hide.example"); s < detect.HighScore {
		t.Errorf("score %.2f after a flood", s)
	}
}

func TestFindingsChangeNothing(t *testing.T) {
	r := detecttest.Rand(t, 3)
	e := engine()
	play(e, asking(r, "hide.example", []flow.Addr{host}, 900, day, 120, 443, func(int, float64) []flow.Addr { return homes(r, 3) }))
	if diff := cmp.Diff(e.Findings(), e.Findings()); diff != "" {
		t.Error(diff)
	}
}

func TestConfig(t *testing.T) {
	if err := fastflux.DefaultConfig().Validate(); err != nil {
		t.Error(err)
	}
	for _, c := range []fastflux.Config{{}, {Names: 100, Networks: 2}, {Names: 1 << 30, Networks: 5}} {
		if c.Validate() == nil {
			t.Errorf("%+v is taken for valid", c)
		}
	}
}

func BenchmarkObserve(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	d := fastflux.New(fastflux.DefaultConfig())
	var batch flow.Batch
	q := batch.AddName([]byte("hide.example"))
	for _, a := range homes(r, 4) {
		batch.Answers = append(batch.Answers, flow.Answer{Addr: a, Type: 1, TTL: 60})
	}
	rec := flow.Record{First: detecttest.Start, Src: host, DstPort: 53, Kind: flow.KindDNS, DNS: batch.AddDNS(flow.DNS{Question: q, Answers: flow.Span{To: 4}})}
	ev := detect.Event{Batch: &batch, Rec: &rec, DNS: &batch.DNS[0], Now: rec.First}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		ev.Name = detect.NameID(1 + i%50_000)
		rec.First += 1e6
		d.Observe(&ev)
	}
}
