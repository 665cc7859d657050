package beacon_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/beacon"
	"github.com/noroshi-acd/noroshi/detect/detecttest"
	"github.com/noroshi-acd/noroshi/flow"
)

func engine() *detect.Engine {
	return detect.NewEngine(detect.DefaultConfig(), detecttest.Border{}, beacon.New(beacon.DefaultConfig()))
}

// TestTimeToDetect replays beacons and asks after every check-in: high must come
// within the number of check-ins that the product promises, in nine of ten runs.
func TestTimeToDetect(t *testing.T) {
	for _, c := range []struct {
		jitter float64
		within int
	}{{0, 10}, {0.05, 10}, {0.10, 10}, {0.30, 20}, {0.50, 20}, {0.90, 60}} {
		t.Run(fmt.Sprintf("jitter %.0f%%", c.jitter*100), func(t *testing.T) {
			r := detecttest.Rand(t, 0)
			const runs = 40
			inTime, sum := 0, 0
			for range runs {
				period := []float64{1, 10, 60, 300, 3600, 8 * 3600}[r.IntN(6)]
				n := detectAfter(r, period, c.jitter, 2*c.within)
				sum += n
				if n <= c.within {
					inTime++
				}
			}
			t.Logf("high after %.1f check-ins on average, %d of %d within %d", float64(sum)/runs, inTime, runs, c.within)
			if inTime < runs*9/10 {
				t.Errorf("only %d of %d beacons were high within %d check-ins", inTime, runs, c.within)
			}
		})
	}
}

// detectAfter gives the check-in at which the beacon is at high, most+1 for never.
func detectAfter(r *rand.Rand, period, jitter float64, most int) int {
	e := engine()
	after := most + 1
	detecttest.Play(e, detecttest.Beacon(r, detecttest.Home(1), detecttest.Abroad(9), period, jitter, most), func(n int) bool {
		f := detecttest.At(e.Findings(), detect.Beacon, detecttest.Home(1))
		if f != nil && detect.LevelOf(f.Score) >= detect.High {
			after = n
			return false
		}
		return true
	})
	return after
}

// TestShapes plants beacons of many shapes in an office and wants each at high and
// nobody else.
func TestShapes(t *testing.T) {
	r := detecttest.Rand(t, 0)
	office := detecttest.Office(r, 60, 40)
	dst := detecttest.Abroad(40000)
	for name, planted := range map[string][]detecttest.Exchange{
		"drop-outs":       dropOuts(detecttest.Beacon(r, detecttest.Home(7), dst, 300, 0.1, 280)),
		"two periods":     twoPeriods(r, dst),
		"sleep and burst": sleepAndBurst(r, dst),
		"names rotate":    rotate(detecttest.Beacon(r, detecttest.Home(7), dst, 600, 0.2, 140)),
		"address rotates": addresses(detecttest.Beacon(r, detecttest.Home(7), dst, 600, 0.2, 140)),
		"after a lull":    afterLull(r, dst),
		"unanswered":      unanswered(detecttest.Beacon(r, detecttest.Home(7), dst, 120, 0.05, 200)),
	} {
		t.Run(name, func(t *testing.T) {
			e := engine()
			detecttest.Play(e, append(append([]detecttest.Exchange{}, office...), planted...), nil)
			found := e.Findings()
			if f := detecttest.At(found, detect.Beacon, detecttest.Home(7)); f == nil || detect.LevelOf(f.Score) < detect.High {
				t.Errorf("the planted beacon is not at high: %+v", f)
			}
			loud(t, found, detecttest.Home(7))
		})
	}
}

// loud fails for each finding at high that is not about planted: what people do raises
// none in thousands of days like these, so one is a fault.
func loud(t *testing.T, found []detect.Finding, planted flow.Addr) {
	t.Helper()
	for _, f := range found {
		if f.Src != planted && detect.LevelOf(f.Score) >= detect.High {
			t.Errorf("at high: %s → %s %s %v", f.Src, f.Dst, f.Name, f.Evidence)
		}
	}
}

func dropOuts(b []detecttest.Exchange) []detecttest.Exchange {
	var out []detecttest.Exchange
	for i, x := range b {
		if i%7 == 3 || i > 100 && i < 160 { // lost ones, and a closed lid
			continue
		}
		out = append(out, x)
	}
	return out
}

func twoPeriods(r *rand.Rand, dst flow.Addr) []detecttest.Exchange {
	var out []detecttest.Exchange
	t := 100.0
	for i := range 200 {
		out = append(out, detecttest.Exchange{At: t, Src: detecttest.Home(7), Dst: dst, Port: 443, Out: 500, In: 300})
		t += []float64{60, 600}[i%2] * (0.95 + 0.1*r.Float64())
	}
	return out
}

func sleepAndBurst(r *rand.Rand, dst flow.Addr) []detecttest.Exchange {
	var out []detecttest.Exchange
	for wake := 50.0; wake < 80000; wake += 1800 * (0.8 + 0.4*r.Float64()) {
		for k := range 3 + r.IntN(5) {
			out = append(out, detecttest.Exchange{At: wake + float64(k)*(0.5+3*r.Float64()), Src: detecttest.Home(7), Dst: dst, Port: 443, Out: 400 + r.Uint64N(60), In: 300 + r.Uint64N(60)})
		}
	}
	return out
}

func rotate(b []detecttest.Exchange) []detecttest.Exchange {
	for i := range b {
		b[i].Name = fmt.Sprintf("n%d.c%d.example", i/6, i/6)
	}
	return b
}

func addresses(b []detecttest.Exchange) []detecttest.Exchange {
	for i := range b {
		b[i].Name, b[i].Dst = "one.rotating.example", detecttest.Abroad(41000+i)
	}
	return b
}

// afterLull is remote control by hand, then a client that calls the silent server.
func afterLull(r *rand.Rand, dst flow.Addr) []detecttest.Exchange {
	var out []detecttest.Exchange
	t := 30000.0
	for range 6 {
		out = append(out, detecttest.Exchange{At: t, Src: detecttest.Home(7), Dst: dst, Port: 4444, Out: r.Uint64N(1 << 20), In: r.Uint64N(1 << 16)})
		t += 100 + r.ExpFloat64()*1500
	}
	for _, x := range detecttest.Beacon(r, detecttest.Home(7), dst, 30, 0.08, 10) {
		x.At, x.Port, x.Out, x.In = x.At+t+2000, 4444, 640, 120
		out = append(out, x)
	}
	return out
}

func unanswered(b []detecttest.Exchange) []detecttest.Exchange {
	for i := range b {
		b[i].State, b[i].In, b[i].Out, b[i].Port = flow.StateAttempt, 0, 52, 4444
	}
	return b
}

// TestHonest plays what honest software does in an office; nothing may be at high.
func TestHonest(t *testing.T) {
	r := detecttest.Rand(t, 0)
	for name, stream := range map[string][]detecttest.Exchange{
		"time service": everybody(60, func(h int) []detecttest.Exchange {
			b := detecttest.Beacon(r, detecttest.Home(h), detecttest.Abroad(42005), 1024, 0.002, 80)
			for i := range b {
				b[i].Proto, b[i].Port, b[i].Out, b[i].In = 17, 123, 76, 76
			}
			return b
		}),
		"telemetry of most hosts": everybody(40, func(h int) []detecttest.Exchange {
			return named(detecttest.Beacon(r, detecttest.Home(h), detecttest.Abroad(42006), 1800, 0.1, 48), "telemetry.vendor.example")
		}),
		"telemetry of three hosts": everybody(3, func(h int) []detecttest.Exchange {
			return named(detecttest.Beacon(r, detecttest.Home(h), detecttest.Abroad(42007), 1800, 0.09, 20), "telemetry.some.example")
		}),
		"poller of five hosts": everybody(5, func(h int) []detecttest.Exchange {
			return named(detecttest.Beacon(r, detecttest.Home(h), detecttest.Abroad(42011), 600, 0.3, 40), "check.some.example")
		}),
		"agents of four hosts": everybody(4, func(h int) []detecttest.Exchange {
			return named(detecttest.Beacon(r, detecttest.Home(h), detecttest.Abroad(42008), 300, 0.004, 280), "agent.saas.example")
		}),
		"one connection kept alive": func() []detecttest.Exchange {
			b := detecttest.Beacon(r, detecttest.Home(3), detecttest.Abroad(42009), 300, 0.001, 250)
			for i := range b {
				b[i].SrcPort, b[i].State = 50123, flow.StateMidstream
			}
			return b
		}(),
		"one datagram flow in slices": func() []detecttest.Exchange {
			b := detecttest.Beacon(r, detecttest.Home(3), detecttest.Abroad(42010), 60, 0.001, 250)
			for i := range b {
				b[i].Proto, b[i].Port, b[i].SrcPort, b[i].Kind, b[i].Out = 17, 40000, 41000, flow.KindPart, 9000
			}
			return b
		}(),
		"knocks from outside": func() []detecttest.Exchange {
			b := detecttest.Beacon(r, detecttest.Abroad(42077), detecttest.Home(3), 60, 0.05, 300)
			for i := range b {
				b[i].State, b[i].Port = flow.StateRefused, 23
			}
			return b
		}(),
	} {
		t.Run(name, func(t *testing.T) {
			e := engine()
			detecttest.Play(e, append(detecttest.Office(r, 60, 30), stream...), nil)
			loud(t, e.Findings(), flow.Addr{})
		})
	}
}

func everybody(n int, of func(h int) []detecttest.Exchange) []detecttest.Exchange {
	var out []detecttest.Exchange
	for h := range n {
		out = append(out, of(h)...)
	}
	return out
}

func named(b []detecttest.Exchange, name string) []detecttest.Exchange {
	for i := range b {
		b[i].Name, b[i].Service = name, flow.ServiceTLS
	}
	return b
}

// TestMerge splits a stream between two engines by host; merged they must say what
// one engine says.
func TestMerge(t *testing.T) {
	r := detecttest.Rand(t, 0)
	stream := append(detecttest.Office(r, 30, 20), detecttest.Beacon(r, detecttest.Home(4), detecttest.Abroad(4000), 300, 0.2, 200)...)
	stream = append(stream, named(detecttest.Beacon(r, detecttest.Home(5), detecttest.Abroad(4001), 60, 0.4, 300), "c2.bad.example")...)
	whole, merged := detecttest.Merged(engine, stream)
	for _, h := range []int{4, 5} {
		detecttest.Same(t, detecttest.At(whole.Findings(), detect.Beacon, detecttest.Home(h)), detecttest.At(merged.Findings(), detect.Beacon, detecttest.Home(h)), 0.02)
	}
}

func abs(x float64) float64 { return max(x, -x) }

// TestBounded floods a small table; the beacon that keeps calling must survive.
func TestBounded(t *testing.T) {
	r := detecttest.Rand(t, 0)
	e := detect.NewEngine(detect.DefaultConfig(), detecttest.Border{}, beacon.New(beacon.Config{Pairs: 2000, MinCheckIns: 6}))
	stream := detecttest.Beacon(r, detecttest.Home(4), detecttest.Abroad(4000), 60, 0.1, 200)
	for range 30000 {
		stream = append(stream, detecttest.Exchange{At: r.Float64() * 12000, Src: detecttest.Home(r.IntN(5000)), Dst: detecttest.Abroad(r.IntN(60000)), Port: 443, Out: 900, In: 4000})
	}
	detecttest.Play(e, stream, nil)
	if f := detecttest.At(e.Findings(), detect.Beacon, detecttest.Home(4)); f == nil || detect.LevelOf(f.Score) < detect.High {
		t.Errorf("the flood hid the beacon: %+v", f)
	}
}

func BenchmarkObserve(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	e := engine()
	detecttest.Play(e, detecttest.Office(r, 200, 40), nil)
	var batch flow.Batch
	for i := range flow.BatchSize {
		batch.Records = append(batch.Records, flow.Record{
			First: detecttest.Start + int64(i)*1e7, Src: detecttest.Home(r.IntN(200)), Dst: detecttest.Abroad(r.IntN(2000)),
			SrcPort: uint16(i), DstPort: 443, Proto: 6, SrcBytes: 500, DstBytes: 900, State: flow.StateEstablished,
		})
	}
	b.ReportAllocs()
	for b.Loop() {
		e.Observe(&batch)
	}
	b.ReportMetric(float64(b.N)*flow.BatchSize/b.Elapsed().Seconds()/1e6, "Mrecords/s")
}
