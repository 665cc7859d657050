package oddhours_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/detecttest"
	"github.com/noroshi-acd/noroshi/detect/oddhours"
	"github.com/noroshi-acd/noroshi/flow"
)

const (
	day  = 86400.0
	mega = 1 << 20
	days = 6
)

func engine(zone *time.Location) *detect.Engine {
	return detect.NewEngine(detect.DefaultConfig(), detecttest.Border{}, oddhours.New(oddhours.DefaultConfig(), zone))
}

// office gives days of work from 9 to 18 in the stream's own time (it begins on a
// Friday), quieter at the weekend, with what machines do around the clock.
func office(r *rand.Rand, hosts int) []detecttest.Exchange {
	var out []detecttest.Exchange
	for d := range days {
		for h := range hosts {
			from, to, n := 9.0, 18.0, 60
			switch {
			case d%7 == 1 || d%7 == 2:
				n = 0 // the weekend
			case h%10 == 9:
				from, to = 0, 24 // a machine of the night as much as of the day
				n = 160
			}
			for range n {
				at := float64(d)*day + (from+(to-from)*r.Float64())*3600
				out = append(out, detecttest.Exchange{At: at, Src: detecttest.Home(h), Dst: detecttest.Abroad(r.IntN(800)), Port: 443, Out: 900, In: 30000})
			}
			for k := range 24 { // telemetry and the like, a few ends of everybody
				out = append(out, detecttest.Exchange{At: float64(d)*day + (float64(k)+r.Float64())*3600, Src: detecttest.Home(h), Dst: detecttest.Abroad(20000 + r.IntN(2)), Port: 443, Out: 900, In: 700})
			}
		}
	}
	return out
}

// at gives an exchange on day d at hour o'clock.
func at(d int, clock float64, h, end int, name string, out, in uint64) detecttest.Exchange {
	return detecttest.Exchange{At: float64(d)*day + clock*3600, Src: detecttest.Home(h), Dst: detecttest.Abroad(end), Port: 443, Name: name, Out: out, In: in}
}

// TestOddHours is the labelled case: thefts at night among honest nights.
func TestOddHours(t *testing.T) {
	r := detecttest.Rand(t, 0)
	const runs = 4
	planted, caught, alerts := 0, 0, 0
	for range runs {
		e := engine(time.UTC)
		stream := office(r, 60)
		odd := map[flow.Addr]bool{}
		for i := range 6 {
			h, name := 2+7*i, ""
			if h%10 == 9 {
				h++
			}
			if i%2 == 0 {
				name = fmt.Sprintf("files.c%d.example", i)
			}
			clock := []float64{1, 2.5, 3, 23, 4, 0.2}[i]
			for k := range 3 + i*10 {
				stream = append(stream, at(4+i%2, clock+float64(k)*0.01, h, 40000+i, name, 4*mega, 20000))
			}
			odd[detecttest.Home(h)] = true
		}
		stream = append(stream, honest(r)...)
		detecttest.Play(e, stream, nil)
		planted += len(odd)
		for _, f := range e.Findings() {
			if detect.LevelOf(f.Score) < detect.Medium {
				continue
			}
			alerts++
			if odd[f.Src] && f.Dst[14] == 40000>>8 {
				caught++
			} else {
				t.Logf("false: %s → %s %s %.2f %v", f.Src, f.Dst, f.Name, f.Score, f.Evidence)
			}
		}
	}
	t.Logf("at medium: recall %d of %d, precision %d of %d", caught, planted, caught, alerts)
	if caught*10 < planted*9 || caught*20 < alerts*19 {
		t.Errorf("recall %d of %d, precision %d of %d", caught, planted, caught, alerts)
	}
}

// honest gives what moves at night and is no theft.
func honest(r *rand.Rand) (out []detecttest.Exchange) {
	for h := range 40 { // updates of many
		out = append(out, at(4, 2+r.Float64(), h, 41000, "update.vendor.example", 5000, 200*mega))
	}
	for d := range days { // a backup to an end of one's own, every night
		out = append(out, at(d, 3, 51, 41001, "nas.example", 300*mega, mega))
	}
	for k := range 60 { // somebody works through the night of day 4
		out = append(out, at(4, 1+2*r.Float64(), 52, r.IntN(800), "", 900, 30000))
		if k%6 == 0 {
			out = append(out, at(4, 1.2+2*r.Float64(), 52, 41002, "share.example.org", 3*mega, mega))
		}
	}
	// A traveller: from day 4 on the whole day lies ten hours later.
	for d := 4; d < days; d++ {
		for range 60 {
			out = append(out, at(d, 19+5*r.Float64(), 53, r.IntN(800), "", 900, 30000))
		}
		out = append(out, at(d, 22, 53, 41003, "photos.example.org", 40*mega, mega))
	}
	// A server that works at night as by day, and a small visit.
	out = append(out, at(5, 3, 59, 41004, "", 300*mega, mega), at(5, 3, 54, 41005, "", 20000, 90000))
	return out
}

// TestSilentAtFirst: before three days have passed nothing is said.
func TestSilentAtFirst(t *testing.T) {
	r := detecttest.Rand(t, 0)
	e := engine(time.UTC)
	var stream []detecttest.Exchange
	for _, x := range office(r, 30) {
		if x.At < 2.9*day {
			stream = append(stream, x)
		}
	}
	detecttest.Play(e, append(stream, at(2, 3, 5, 40000, "", 900*mega, mega)), nil)
	if found := e.Findings(); len(found) > 0 {
		t.Errorf("%+v", found)
	}
}

// TestZone: the same night is one only where the people live.
func TestZone(t *testing.T) {
	r := detecttest.Rand(t, 0)
	stream := append(office(r, 30), at(4, 3, 5, 40000, "", 900*mega, mega))
	want := ""
	for i, zone := range []*time.Location{time.UTC, time.FixedZone("JST", 9*3600), time.FixedZone("X", -11*3600)} {
		e := engine(zone)
		detecttest.Play(e, stream, nil)
		f := detecttest.At(e.Findings(), detect.OddHours, detecttest.Home(5))
		if f == nil {
			t.Fatalf("%s: nothing", zone)
		}
		got := fmt.Sprint(f.Evidence[0].Value)
		if want = []string{"3-4", "12-13", "16-17"}[i]; got != want {
			t.Errorf("%s: %s, want %s", zone, got, want)
		}
	}
}

// TestMerge: two engines that saw different hosts say together what one says.
func TestMerge(t *testing.T) {
	r := detecttest.Rand(t, 0)
	stream := append(office(r, 30), at(4, 3, 5, 40000, "drop.example.net", 900*mega, mega))
	whole, merged := detecttest.Merged(func() *detect.Engine { return engine(time.UTC) }, stream)
	detecttest.Same(t, detecttest.At(whole.Findings(), detect.OddHours, detecttest.Home(5)), detecttest.At(merged.Findings(), detect.OddHours, detecttest.Home(5)), 0.05)
}

func TestAnyRecord(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := engine(time.FixedZone("JST", 9*3600))
		var b flow.Batch
		near := rapid.Bool().Draw(t, "near")
		for i := range rapid.IntRange(1, 200).Draw(t, "records") {
			b.Reset()
			first := int64(i) * 1800e9
			if !near {
				first = rapid.Int64().Draw(t, "first")
			}
			b.Records = append(b.Records, flow.Record{
				First: first, Src: detecttest.Home(rapid.IntRange(0, 2).Draw(t, "src")), Dst: detecttest.Abroad(rapid.IntRange(0, 60).Draw(t, "dst")),
				DstPort: rapid.Uint16().Draw(t, "port"), Proto: rapid.SampledFrom([]uint8{1, 6, 17}).Draw(t, "proto"), SrcBytes: rapid.Uint64().Draw(t, "out"), DstBytes: rapid.Uint64().Draw(t, "in"),
				Kind: flow.Kind(rapid.IntRange(0, 4).Draw(t, "kind")),
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
	if err := oddhours.DefaultConfig().Validate(); len(err) > 0 {
		t.Error(err)
	}
	for _, change := range []func(c *oddhours.Config){
		func(c *oddhours.Config) { c.Hosts = 1 }, func(c *oddhours.Config) { c.Pairs = 1 },
		func(c *oddhours.Config) { c.MinDays = 1 }, func(c *oddhours.Config) { c.MinOctets = 1 },
	} {
		c := oddhours.DefaultConfig()
		if change(&c); len(c.Validate()) != 1 {
			t.Errorf("%+v is taken", c)
		}
	}
}

func BenchmarkObserve(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	d := oddhours.New(oddhours.DefaultConfig(), nil)
	var batch flow.Batch
	events := make([]detect.Event, 4096)
	for i := range events {
		batch.Records = append(batch.Records, flow.Record{
			First: detecttest.Start + int64(i)*100e9, Src: detecttest.Home(r.IntN(200)), Dst: detecttest.Abroad(r.IntN(2000)), DstPort: 443, Proto: 6, SrcBytes: 900, DstBytes: 3000, State: flow.StateEstablished,
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
