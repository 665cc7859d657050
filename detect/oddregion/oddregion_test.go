package oddregion_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/detecttest"
	"github.com/noroshi-acd/noroshi/detect/oddregion"
	"github.com/noroshi-acd/noroshi/flow"
)

// world puts Abroad(i) into the popular country AA below 40,000, and from there on
// into one of 26 others by thousands.
type world struct{}

func (world) CountryOf(a flow.Addr) string {
	i := int(a[14])<<8 | int(a[15])
	if i < 40000 {
		return "AA"
	}
	return string([]byte{'B', 'A' + byte((i-40000)/1000)})
}

func engine() *detect.Engine {
	return detect.NewEngine(detect.DefaultConfig(), detecttest.Border{}, oddregion.New(oddregion.DefaultConfig(), world{}))
}

func visits(r *rand.Rand, h, end int, name string, n int, span float64) (out []detecttest.Exchange) {
	for range n {
		out = append(out, detecttest.Exchange{At: r.Float64() * span, Src: detecttest.Home(h), Dst: detecttest.Abroad(end), Port: 443, Name: name, Out: 900, In: 2000 + r.Uint64N(5000)})
	}
	return out
}

const day = 86400.0

// TestOddRegions is the labelled case: what belongs to nobody's business, against
// what people have abroad.
func TestOddRegions(t *testing.T) {
	r := detecttest.Rand(t, 0)
	const runs = 5
	planted, caught, alerts := 0, 0, 0
	for range runs {
		e := engine()
		stream := detecttest.Office(r, 200, 12)
		odd := map[flow.Addr]bool{}
		for i := range 6 {
			name := ""
			if i%2 == 0 {
				name = fmt.Sprintf("www.c%d.example", i)
			}
			stream = append(stream, visits(r, 5+11*i, 41000+i*1000, name, 60+r.IntN(300), day)...)
			odd[detecttest.Home(5+11*i)] = true
		}
		// A traveller's family, a reader, a few visits, a time service, a branch office,
		// a service that is down, a maker's things.
		for i := range 30 {
			stream = append(stream, visits(r, 90, 50000+i*3, fmt.Sprintf("www.f%d.example", i), 8, day)...)
		}
		stream = append(stream, visits(r, 91, 51000, "news.example.com", 12, day)...)
		for _, x := range visits(r, 92, 52000, "", 90, day) {
			x.Port, x.Proto = 123, 17
			stream = append(stream, x)
		}
		for h := range 40 {
			stream = append(stream, visits(r, 100+h, 53000, "branch.example", 60, day)...)
		}
		for _, x := range visits(r, 93, 54000, "", 90, day) {
			x.State, x.In = flow.StateAttempt, 0
			stream = append(stream, x)
		}
		for h := range 3 {
			stream = append(stream, visits(r, 94+h, 55000, "iot.maker.example", 40, day)...)
		}
		detecttest.Play(e, stream, nil)
		found := e.Findings()
		planted += len(odd)
		for _, f := range found {
			if detect.LevelOf(f.Score) > detect.Medium {
				t.Errorf("above medium: %s %.2f", f.Src, f.Score)
			}
			if detect.LevelOf(f.Score) < detect.Medium {
				continue
			}
			alerts++
			if odd[f.Src] {
				caught++
			} else {
				t.Logf("false: %s → %s %s %.2f %v", f.Src, f.Dst, f.Name, f.Score, f.Evidence)
			}
		}
	}
	t.Logf("at medium: recall %d of %d, precision %d of %d", caught, planted, caught, alerts)
	if caught*10 < planted*9 || caught*10 < alerts*9 {
		t.Errorf("recall %d of %d, precision %d of %d", caught, planted, caught, alerts)
	}
}

// TestSmallPopulation: among nine machines no country is rare.
func TestSmallPopulation(t *testing.T) {
	r := detecttest.Rand(t, 0)
	e := engine()
	detecttest.Play(e, append(detecttest.Office(r, 8, 30), visits(r, 3, 41000, "", 300, day)...), nil)
	if found := e.Findings(); len(found) > 0 {
		t.Errorf("%+v", found)
	}
}

// TestMerge: two engines that saw different hosts say together what one says.
func TestMerge(t *testing.T) {
	r := detecttest.Rand(t, 0)
	stream := append(detecttest.Office(r, 100, 12), visits(r, 6, 41000, "www.c2.example", 200, day)...)
	whole, merged := detecttest.Merged(engine, stream)
	detecttest.Same(t, detecttest.At(whole.Findings(), detect.OddRegion, detecttest.Home(6)), detecttest.At(merged.Findings(), detect.OddRegion, detecttest.Home(6)), 0.05)
}

// TestBounded: a small table keeps the pair that keeps coming.
func TestBounded(t *testing.T) {
	r := detecttest.Rand(t, 0)
	e := detect.NewEngine(detect.DefaultConfig(), detecttest.Border{}, oddregion.New(oddregion.Config{Pairs: 64, MinContacts: 20, MinHours: 6}, world{}))
	stream := visits(r, 1, 41000, "", 300, day)
	for range 30000 {
		stream = append(stream, detecttest.Exchange{At: r.Float64() * day, Src: detecttest.Home(r.IntN(3000)), Dst: detecttest.Abroad(42000 + r.IntN(20000)), Port: 443, Out: 900, In: 3000})
	}
	detecttest.Play(e, append(stream, detecttest.Office(r, 60, 10)...), nil)
	if f := detecttest.At(e.Findings(), detect.OddRegion, detecttest.Home(1)); f == nil {
		t.Error("the flood hid it")
	}
}

func TestAnyRecord(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := engine()
		var b flow.Batch
		for range rapid.IntRange(1, 60).Draw(t, "records") {
			b.Reset()
			b.Records = append(b.Records, flow.Record{
				First: rapid.Int64().Draw(t, "first"), Src: detecttest.Home(rapid.IntRange(0, 9).Draw(t, "src")), Dst: detecttest.Abroad(rapid.IntRange(0, 65535).Draw(t, "dst")),
				DstPort: rapid.Uint16().Draw(t, "port"), Proto: rapid.SampledFrom([]uint8{1, 6, 17}).Draw(t, "proto"), SrcBytes: rapid.Uint64().Draw(t, "out"), Kind: flow.Kind(rapid.IntRange(0, 4).Draw(t, "kind")),
			})
			e.Observe(&b)
		}
		for _, f := range e.Findings() {
			if !(f.Score >= 0 && f.Score <= 1) {
				t.Fatalf("score %g", f.Score)
			}
		}
	})
}

func TestConfig(t *testing.T) {
	if err := oddregion.DefaultConfig().Validate(); len(err) > 0 {
		t.Error(err)
	}
	for _, c := range []oddregion.Config{{}, {Pairs: 64, MinContacts: 1, MinHours: 6}, {Pairs: 64, MinContacts: 20}} {
		if len(c.Validate()) == 0 {
			t.Errorf("%+v is taken", c)
		}
	}
}

func BenchmarkObserve(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	d := oddregion.New(oddregion.DefaultConfig(), world{})
	var batch flow.Batch
	events := make([]detect.Event, 4096)
	for range events {
		batch.Records = append(batch.Records, flow.Record{
			First: detecttest.Start, Src: detecttest.Home(r.IntN(200)), Dst: detecttest.Abroad(r.IntN(2000)), DstPort: 443, Proto: 6, SrcBytes: 900, DstBytes: 3000, State: flow.StateEstablished,
		})
	}
	for i := range events {
		events[i] = detect.Event{Batch: &batch, Rec: &batch.Records[i], SrcDomestic: true}
		d.Observe(&events[i])
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		d.Observe(&events[i&4095])
		i++
	}
}
