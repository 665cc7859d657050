package oddvolume_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/detecttest"
	"github.com/noroshi-acd/noroshi/detect/oddvolume"
	"github.com/noroshi-acd/noroshi/flow"
)

func engine() *detect.Engine {
	return detect.NewEngine(detect.DefaultConfig(), detecttest.Border{}, oddvolume.New(oddvolume.DefaultConfig()))
}

const (
	day  = 86400.0
	mega = 1 << 20
)

// offices gives days of work by 50 hosts, with mail uploads and calls.
func offices(r *rand.Rand, days int) []detecttest.Exchange {
	var out []detecttest.Exchange
	for d := range days {
		for _, x := range detecttest.Office(r, 50, 25) {
			x.At += float64(d) * day
			out = append(out, x)
		}
		for h := range 50 {
			at := float64(d)*day + 9*3600 + r.Float64()*20000
			if h%3 == 0 { // a call: as much back
				out = append(out, detecttest.Exchange{At: at, Src: detecttest.Home(h), Dst: detecttest.Abroad(30000 + h%4), Port: 3478, Proto: 17, Out: 200*mega + r.Uint64N(100*mega), In: 220*mega + r.Uint64N(200*mega)})
			}
			out = append(out, detecttest.Exchange{At: at + 500, Src: detecttest.Home(h), Dst: detecttest.Abroad(30010), Port: 443, Name: "files.sync.example", Out: 2*mega + r.Uint64N(60*mega), In: 3 * mega})
		}
	}
	return out
}

// thefts gives each kind of theft by host h to end, on the second day.
func thefts() map[string]func(r *rand.Rand, src, end flow.Addr) []detecttest.Exchange {
	return map[string]func(r *rand.Rand, src, end flow.Addr) []detecttest.Exchange{
		"at once, to a name": func(r *rand.Rand, src, end flow.Addr) []detecttest.Exchange {
			return []detecttest.Exchange{{At: day + r.Float64()*day, Src: src, Dst: end, Port: 443, Name: "drop.zone.example.net", Service: flow.ServiceTLS, Out: 300*mega + r.Uint64N(900*mega), In: 3 * mega}}
		},
		"at once, to an address": func(r *rand.Rand, src, end flow.Addr) []detecttest.Exchange {
			return []detecttest.Exchange{{At: day + r.Float64()*day, Src: src, Dst: end, Port: 4433, Out: 250*mega + r.Uint64N(900*mega), In: 2 * mega}}
		},
		"a piece every few minutes": func(r *rand.Rand, src, end flow.Addr) (out []detecttest.Exchange) {
			for i := range 160 {
				out = append(out, detecttest.Exchange{At: 1.3*day + float64(i)*200*(0.5+r.Float64()), Src: src, Dst: end, Port: 443, Name: "cdn.quiet.example.org", Out: mega + r.Uint64N(3*mega), In: 9000})
			}
			return out
		},
	}
}

// TestThefts is the labelled case: each theft many times among two days of work.
// Recall and precision at high are those of docs/spec/oddvolume.md.
func TestThefts(t *testing.T) {
	r := detecttest.Rand(t, 0)
	const runs = 6
	stolen, caught, alerts, hits := 0, 0, 0, 0
	for run := range runs {
		e := engine()
		stream := offices(r, 2)
		planted := map[flow.Addr]flow.Addr{}
		i := 0
		for _, theft := range thefts() {
			src, end := detecttest.Home(3+7*i+run), detecttest.Abroad(40000+i)
			stream = append(stream, theft(r, src, end)...)
			planted[src] = end
			i++
		}
		detecttest.Play(e, stream, nil)
		found := e.Findings()
		for src, end := range planted {
			stolen++
			if f := detecttest.At(found, detect.OddVolume, src); f != nil && f.Dst == end && detect.LevelOf(f.Score) >= detect.High {
				caught++
			} else {
				t.Logf("not at high: %s %+v", src, f)
			}
		}
		for _, f := range found {
			if detect.LevelOf(f.Score) < detect.High {
				continue
			}
			alerts++
			if planted[f.Src] == f.Dst {
				hits++
			} else {
				t.Logf("false: %s → %s %s %v", f.Src, f.Dst, f.Name, f.Evidence)
			}
		}
	}
	t.Logf("recall %d of %d, precision %d of %d", caught, stolen, hits, alerts)
	if caught*10 < stolen*9 || hits*20 < alerts*19 {
		t.Errorf("recall %d of %d, precision %d of %d", caught, stolen, hits, alerts)
	}
}

// TestHonestVolume: what moves much and is no theft stays below high.
func TestHonestVolume(t *testing.T) {
	r := detecttest.Rand(t, 0)
	upload := func(h int, at float64, end int, name string, out, in uint64) detecttest.Exchange {
		return detecttest.Exchange{At: at, Src: detecttest.Home(h), Dst: detecttest.Abroad(end), Port: 443, Name: name, Out: out, In: in}
	}
	for name, stream := range map[string][]detecttest.Exchange{
		"backup of a fifth of the hosts": func() (out []detecttest.Exchange) {
			for h := range 10 {
				out = append(out, upload(h, 1.1*day+r.Float64()*9000, 31000, "store.backup.example", 400*mega, mega))
			}
			return out
		}(),
		"one host's backup, every night": func() (out []detecttest.Exchange) {
			for d := range 4 {
				out = append(out, upload(5, float64(d)*day+2*3600, 31001, "nas.example", 500*mega, mega))
			}
			return out
		}(),
		"speed test": {upload(6, 1.5*day, 31002, "speed.example", 300*mega, 700*mega)},
		"one cloud with many names": func() (out []detecttest.Exchange) {
			for h := range 16 {
				out = append(out, upload(h, 1.2*day+float64(h)*50, 31010+h, fmt.Sprintf("bucket%d.cloud.example", h), 90*mega, mega))
			}
			return out
		}(),
		"peer-to-peer": func() (out []detecttest.Exchange) {
			for i := range 60 {
				x := upload(7, 1.2*day+float64(i)*300, 32000+i, "", 30*mega, 3*mega)
				x.Port, x.Proto = uint16(6000+i*37), 17
				out = append(out, x)
			}
			return out
		}(),
		"to our own site": {{At: 1.5 * day, Src: detecttest.Home(8), Dst: detecttest.Home(9), Port: 445, Out: 4000 * mega, In: mega}},
	} {
		t.Run(name, func(t *testing.T) {
			e := engine()
			detecttest.Play(e, append(offices(r, 4), stream...), nil)
			for _, f := range e.Findings() {
				if detect.LevelOf(f.Score) >= detect.High {
					t.Errorf("at high: %s → %s %s %.2f %v", f.Src, f.Dst, f.Name, f.Score, f.Evidence)
				}
			}
		})
	}
}

// syn are unanswered connection attempts of n hosts, each rate a second for span s.
func syn(r *rand.Rand, n int, end flow.Addr, from, span, rate float64) (out []detecttest.Exchange) {
	for h := range n {
		for at := 0.0; at < span; at += r.ExpFloat64() / rate {
			out = append(out, detecttest.Exchange{At: from + at, Src: detecttest.Home(h * 2), Dst: end, Port: 80, Out: 60, State: flow.StateAttempt})
		}
	}
	return out
}

// answers are what n inside name servers give to end, who never asked.
func answers(r *rand.Rand, n int, end flow.Addr, from, span, rate float64) (out []detecttest.Exchange) {
	for h := range n {
		for at := 0.0; at < span; at += r.ExpFloat64() / rate {
			out = append(out, detecttest.Exchange{At: from + at, Src: end, Dst: detecttest.Home(h * 2), Port: 53, Proto: 17, Out: 64, In: 3200, SrcPort: uint16(1024 + r.IntN(60000))})
		}
	}
	return out
}

func TestFloods(t *testing.T) {
	r := detecttest.Rand(t, 0)
	victim := detecttest.Abroad(45000)
	for name, c := range map[string]struct {
		stream []detecttest.Exchange
		high   bool
	}{
		"12 bots, SYN":                 {syn(r, 12, victim, 40000, 50, 40), true},
		"25 bots, SYN, slower":         {syn(r, 25, victim, 40000, 90, 12), true},
		"9 reflectors":                 {answers(r, 9, victim, 40000, 60, 20), true},
		"a service that is down":       {syn(r, 25, victim, 40000, 600, 0.2), false},
		"one host that retries fast":   {syn(r, 1, victim, 40000, 60, 60), false},
		"a name server for strangers":  {answers(r, 2, victim, 40000, 60, 2), false},
		"log collector, always so":     {syn(r, 20, victim, 20000, 1500, 3), false},
		"downloads by everybody":       downloads(r, victim),
		"calls with packets both ways": calls(r, victim),
	} {
		t.Run(name, func(t *testing.T) {
			e := engine()
			detecttest.Play(e, append(detecttest.Office(r, 60, 20), c.stream...), nil)
			high := false
			for _, f := range e.Findings() {
				high = high || detect.LevelOf(f.Score) >= detect.High && f.Dst == victim && len(f.Sources) >= 5
				if detect.LevelOf(f.Score) >= detect.Medium && (f.Dst != victim || !c.high) {
					t.Errorf("at medium or above: %s %.2f %v", f.Dst, f.Score, f.Evidence)
				}
			}
			if high != c.high {
				t.Errorf("at high: %v, want %v: %+v", high, c.high, e.Findings())
			}
		})
	}
}

func downloads(r *rand.Rand, end flow.Addr) (c struct {
	stream []detecttest.Exchange
	high   bool
}) {
	for h := range 60 {
		c.stream = append(c.stream, detecttest.Exchange{At: 40000 + r.Float64()*40, Src: detecttest.Home(h), Dst: end, Port: 443, Out: 90000, In: 40 * mega})
	}
	return c
}

func calls(r *rand.Rand, end flow.Addr) (c struct {
	stream []detecttest.Exchange
	high   bool
}) {
	for h := range 40 {
		c.stream = append(c.stream, detecttest.Exchange{At: 40000 + r.Float64()*40, Src: detecttest.Home(h), Dst: end, Port: 3478, Proto: 17, Out: 30 * mega, In: 30 * mega})
	}
	return c
}

// TestMerge: two engines that saw different hosts say together what one says.
func TestMerge(t *testing.T) {
	r := detecttest.Rand(t, 0)
	stream := append(offices(r, 2), syn(r, 12, detecttest.Abroad(45000), 40000, 50, 40)...)
	stream = append(stream, thefts()["at once, to a name"](r, detecttest.Home(11), detecttest.Abroad(40001))...)
	whole, merged := detecttest.Merged(engine, stream)
	for _, src := range []flow.Addr{detecttest.Home(11), detecttest.Home(4)} {
		want, got := detecttest.At(whole.Findings(), detect.OddVolume, src), detecttest.At(merged.Findings(), detect.OddVolume, src)
		if want == nil || got == nil {
			t.Fatalf("%s: whole %v, merged %v", src, want, got)
		}
		if want.Dst != got.Dst || want.Count != got.Count || len(want.Sources) != len(got.Sources) || abs(want.Score-got.Score) > 0.05 {
			t.Errorf("%s: whole %.3f %d %d, merged %.3f %d %d", src, want.Score, want.Count, len(want.Sources), got.Score, got.Count, len(got.Sources))
		}
	}
}

func abs(x float64) float64 { return max(x, -x) }

// TestBounded: a flood of other pairs cannot push out the large upload.
func TestBounded(t *testing.T) {
	r := detecttest.Rand(t, 0)
	e := detect.NewEngine(detect.DefaultConfig(), detecttest.Border{}, oddvolume.New(oddvolume.Config{Pairs: 256, Hosts: 256, Targets: 64, MinOctets: mega}))
	stream := thefts()["at once, to an address"](r, detecttest.Home(1), detecttest.Abroad(40000))
	for range 60000 {
		stream = append(stream, detecttest.Exchange{At: r.Float64() * 2 * day, Src: detecttest.Home(r.IntN(3000)), Dst: detecttest.Abroad(r.IntN(60000)), Port: 443, Out: 3000 + r.Uint64N(5000), In: 4000})
	}
	detecttest.Play(e, stream, nil)
	if f := detecttest.At(e.Findings(), detect.OddVolume, detecttest.Home(1)); f == nil || detect.LevelOf(f.Score) < detect.Medium {
		t.Errorf("%+v", f)
	}
}

// TestAnyRecord: whatever the times and counters, nothing panics and every score is
// a probability.
func TestAnyRecord(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := engine()
		var b flow.Batch
		for range rapid.IntRange(1, 60).Draw(t, "records") {
			b.Reset()
			b.Records = append(b.Records, flow.Record{
				First: rapid.Int64().Draw(t, "first"), Last: rapid.Int64().Draw(t, "last"), Src: detecttest.Home(rapid.IntRange(0, 9).Draw(t, "src")),
				Dst: detecttest.Abroad(rapid.IntRange(0, 3).Draw(t, "dst")), DstPort: rapid.Uint16().Draw(t, "port"), SrcPort: rapid.Uint16().Draw(t, "from"), Proto: rapid.SampledFrom([]uint8{1, 6, 17}).Draw(t, "proto"),
				SrcBytes: rapid.Uint64().Draw(t, "out"), DstBytes: rapid.Uint64().Draw(t, "in"), SrcPackets: rapid.Uint64().Draw(t, "packets"), DstPackets: rapid.Uint64().Draw(t, "back"),
				Sampling: rapid.Uint32().Draw(t, "sampling"), Kind: flow.Kind(rapid.IntRange(0, 4).Draw(t, "kind")),
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

// TestSampled: what a sampled exporter saw a hundredth of counts a hundredfold, and the
// evidence says that it is an estimate.
func TestSampled(t *testing.T) {
	for _, sampling := range []uint32{0, 100} {
		e := engine()
		detecttest.Play(e, offices(detecttest.Rand(t, 1), 2), nil)
		var b flow.Batch
		for i := range 40 {
			at := detecttest.Start + int64(1.9*24*3600e9) + int64(i)*60e9
			b.Records = append(b.Records, flow.Record{
				First: at, Last: at + 30e9, Src: detecttest.Home(3), Dst: detecttest.Abroad(40000), SrcPort: uint16(40000 + i), DstPort: 443, Proto: 6,
				SrcBytes: 1_000_000, DstBytes: 20_000, SrcPackets: 800, DstPackets: 300, State: flow.StateEstablished, Sampling: sampling,
			})
		}
		e.Observe(&b)
		said := map[string]any{}
		if f := detecttest.At(e.Findings(), detect.OddVolume, detecttest.Home(3)); f != nil {
			for _, x := range f.Evidence {
				said[x.Name] = x.Value
			}
		}
		switch {
		case sampling > 1 && (said["sampling"] != int64(100) || said["src_bytes"] != int64(4_000_000_000)):
			t.Errorf("sampled: the evidence is %v", said)
		case sampling == 0 && said["sampling"] != nil:
			t.Errorf("not sampled: the evidence is %v", said)
		}
	}
}

func TestConfig(t *testing.T) {
	if err := oddvolume.DefaultConfig().Validate(); err != nil {
		t.Error(err)
	}
	for _, c := range []oddvolume.Config{{}, {Pairs: 64, Hosts: 64, Targets: 64, MinOctets: 5}} {
		if c.Validate() == nil {
			t.Errorf("%+v is taken", c)
		}
	}
}

func BenchmarkObserve(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	d := oddvolume.New(oddvolume.DefaultConfig())
	var batch flow.Batch
	events := make([]detect.Event, 4096)
	for range events {
		batch.Records = append(batch.Records, flow.Record{
			First: detecttest.Start, Last: detecttest.Start + 1e9, Src: detecttest.Home(r.IntN(200)), Dst: detecttest.Abroad(r.IntN(2000)), DstPort: 443, Proto: 6,
			SrcBytes: uint64(500 + r.ExpFloat64()*2500), DstBytes: 30000, SrcPackets: 9, DstPackets: 30, State: flow.StateEstablished,
		})
	}
	for i := range events {
		events[i] = detect.Event{Batch: &batch, Rec: &batch.Records[i], SrcDomestic: true, Name: detect.NameID(1 + i%1999), Site: detect.NameID(1 + i%1999)}
		d.Observe(&events[i])
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		d.Observe(&events[i&4095])
		i++
	}
}
