package longlived_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/longlived"
	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/flow"
)

// placer puts 10/8 and 192.0.2/24 at home and all else abroad.
type placer struct{}

func (placer) Side(a flow.Addr) direction.Side {
	if a[12] == 10 || a[12] == 192 {
		return direction.SideDomestic
	}
	return direction.SideForeign
}

func (placer) Private(a flow.Addr) bool { return a[12] == 10 }

func inside(n int) flow.Addr  { return flow.Addr4([4]byte{10, 0, byte(n >> 8), byte(n)}) }
func outside(n int) flow.Addr { return flow.Addr4([4]byte{198, 51, byte(n >> 8), byte(n)}) }

const hour = int64(time.Hour)
const minute = int64(time.Minute)
const start = 1_800_000_000 * int64(time.Second)

// run plays records before an engine that knows the method, over a population of
// hosts that each go to three common places.
func run(hosts int, records ...flow.Record) *detect.Engine {
	e := detect.NewEngine(detect.DefaultConfig(), placer{}, longlived.New(longlived.DefaultConfig()))
	var b flow.Batch
	for h := range hosts {
		for k := range 3 {
			b.Records = append(b.Records, piece(flow.KindFlow, h+100, 60000+k, 443, 0, 30*int64(time.Second)))
		}
	}
	b.Records = append(b.Records, records...)
	e.Observe(&b)
	return e
}

// piece is a record from host src to outside place dst, in time from start.
func piece(kind flow.Kind, src, dst int, port uint16, from, to int64) flow.Record {
	return flow.Record{
		Kind: kind, Src: inside(src), Dst: outside(dst), SrcPort: 50000, DstPort: port, Proto: 6, State: flow.StateEstablished,
		First: start + from, Last: start + to, SrcBytes: 1000, DstBytes: 500, SrcPackets: 10, DstPackets: 10, SrcFlags: flow.ACK, DstFlags: flow.ACK,
	}
}

// with changes a record.
func with(r flow.Record, change func(*flow.Record)) flow.Record {
	change(&r)
	return r
}

// about gives the findings about host src.
func about(e *detect.Engine, src int) []detect.Finding {
	return slices.DeleteFunc(e.Findings(), func(f detect.Finding) bool { return f.Src != inside(src) })
}

// fact gives a figure of evidence.
func fact(f detect.Finding, name string) any {
	for _, x := range f.Evidence {
		if x.Name == name {
			return x.Value
		}
	}
	return nil
}

// slices of a connection as a meter cuts them.
func cut(kind flow.Kind, src, dst int, port uint16, from, to, every, gap int64) []flow.Record {
	var all []flow.Record
	for at := from; at < to; at += every {
		all = append(all, piece(kind, src, dst, port, at, min(at+every-gap, to)))
	}
	return all
}

func TestLevels(t *testing.T) {
	whole := func(port uint16, hours int64) []flow.Record {
		return []flow.Record{piece(flow.KindFlow, 1, 1, port, 0, hours*hour)}
	}
	each := func(all []flow.Record, change func(*flow.Record)) []flow.Record {
		for i := range all {
			change(&all[i])
		}
		return all
	}
	sessions := func(life, gap int64, hours int64) []flow.Record {
		var all []flow.Record
		for at, n := int64(0), uint16(0); at < hours*hour; at, n = at+life+gap, n+1 {
			all = append(all, with(piece(flow.KindFlow, 1, 1, 8443, at, at+life), func(r *flow.Record) {
				r.SrcPort += n
				r.SrcFlags |= flow.SYN | flow.FIN
			}))
		}
		return all
	}
	var many []flow.Record
	for h := range 40 {
		many = append(many, piece(flow.KindFlow, h+1, 1, 8443, 0, 10*hour))
	}
	for _, c := range []struct {
		name     string
		hosts    int
		records  []flow.Record
		min, max detect.Level
	}{
		{"six hours, alone among many", 500, whole(8443, 6), detect.High, detect.Critical},
		{"eighteen hours, alone among many", 500, whole(8443, 18), detect.Critical, detect.Critical},
		{"an hour", 500, whole(8443, 1), detect.Low, detect.Low},
		{"eighteen hours, nobody to compare with", 0, whole(8443, 18), detect.Medium, detect.Medium},
		{"many go there", 300, many, detect.Low, detect.Low},
		{"slices of a meter", 500, cut(flow.KindPart, 1, 1, 8443, 0, 8*hour, minute, 0), detect.High, detect.Critical},
		{"slices with silence", 500, cut(flow.KindPart, 1, 1, 8443, 0, 8*hour, 20*minute, 10*minute), detect.High, detect.Critical},
		{"records of one 5-tuple cut by an idle timeout", 500, cut(flow.KindFlow, 1, 1, 8443, 0, 8*hour, 5*minute, 5*minute-int64(time.Second)), detect.High, detect.Critical},
		{"too much silence", 500, cut(flow.KindFlow, 1, 1, 8443, 0, 8*hour, 40*minute, 30*minute), detect.Low, detect.Low},
		{"opened again at once", 500, sessions(5*minute, 2*int64(time.Second), 10), detect.High, detect.Critical},
		{"opened again late", 500, sessions(5*minute, 10*minute, 10), detect.Low, detect.Low},
		{"short calls each minute are no stay", 500, sessions(int64(time.Second), minute, 10), detect.Low, detect.Low},
		{"a tunnel of the house", 500, each(whole(4500, 12), func(r *flow.Record) { r.Proto, r.SrcFlags, r.DstFlags = 17, 0, 0 }), detect.Medium, detect.Medium},
		{"push", 500, whole(5228, 12), detect.Medium, detect.Medium},
		{"a person's shell", 500, each(whole(22, 4), func(r *flow.Record) { r.Service = flow.ServiceSSH }), detect.Low, detect.Medium},
		{"inside", 500, each(whole(8443, 18), func(r *flow.Record) { r.Dst = inside(9) }), detect.Low, detect.Low},
		{"at home", 500, each(whole(8443, 3), func(r *flow.Record) { r.Dst = flow.Addr4([4]byte{192, 0, 2, 1}) }), detect.Low, detect.Medium},
		{"a transfer", 500, each(whole(8443, 6), func(r *flow.Record) { r.SrcBytes = 10e9 }), detect.Low, detect.Medium},
		{"time service", 500, each(whole(123, 18), func(r *flow.Record) { r.Proto, r.Service = 17, flow.ServiceNTP }), detect.Low, detect.Low},
		{"nobody answers", 500, each(whole(8443, 18), func(r *flow.Record) { r.State, r.DstPackets = flow.StateAttempt, 0 }), detect.Low, detect.Low},
		{"to a group", 500, each(whole(8443, 18), func(r *flow.Record) { r.Dst = flow.Addr4([4]byte{239, 1, 1, 1}) }), detect.Low, detect.Low},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := detect.Low
			for _, f := range about(run(c.hosts, c.records...), 1) {
				got = max(got, detect.LevelOf(f.Score))
				if f.Why.EN == "" || f.Why.JA == "" || strings.Contains(f.Why.EN+f.Why.JA, "{") || strings.Contains(f.Why.EN, "longlived.") {
					t.Errorf("why: %q %q", f.Why.EN, f.Why.JA)
				}
			}
			if got < c.min || got > c.max {
				t.Errorf("%v, want %v to %v", got, c.min, c.max)
			}
		})
	}
}

// TestWhileOpen: a connection cut into slices is found before it ends, and says
// that it is open; after its end it no longer says so.
func TestWhileOpen(t *testing.T) {
	all := cut(flow.KindPart, 1, 1, 8443, 0, 12*hour, minute, 0)
	for n := range all {
		if n%60 != 59 {
			continue
		}
		for _, f := range about(run(500, all[:n+1]...), 1) {
			if f.Score >= detect.HighScore {
				if fact(f, "open") != true {
					t.Error("it is open and does not say so")
				}
				if at := all[n].Last - start; at > 4*hour {
					t.Errorf("found only after %v", time.Duration(at))
				}
				end := with(piece(flow.KindFlow, 1, 1, 8443, 12*hour, 12*hour+minute), func(r *flow.Record) { r.SrcFlags |= flow.FIN })
				got := about(run(500, append(all, end)...), 1)
				if len(got) != 1 || fact(got[0], "open") != false || got[0].Count != 1 {
					t.Errorf("after its end: %+v", got)
				}
				return
			}
		}
	}
	t.Error("not found")
}

// TestSnapshots: hourly looks at one open connection count once, and so does the
// record of its end.
func TestSnapshots(t *testing.T) {
	var all []flow.Record
	for h := int64(1); h <= 9; h++ {
		all = append(all, with(piece(flow.KindSnapshot, 1, 1, 8443, 0, h*hour), func(r *flow.Record) { r.SrcBytes, r.DstBytes = uint64(h)*100, uint64(h)*50 }))
	}
	late := append(slices.Clone(all), all[3]) // an older one comes late
	ended := append(slices.Clone(late), with(piece(flow.KindFlow, 1, 1, 8443, 0, 9*hour+60), func(r *flow.Record) {
		r.SrcBytes, r.DstBytes, r.SrcFlags = 950, 470, flow.FIN|flow.SYN
	}))
	for _, c := range []struct {
		name     string
		records  []flow.Record
		up, down int64
		open     bool
	}{{"open", all, 900, 450, true}, {"late", late, 900, 450, true}, {"ended", ended, 950, 470, false}} {
		got := about(run(500, c.records...), 1)
		if len(got) != 1 {
			t.Fatalf("%s: %d findings", c.name, len(got))
		}
		want := []any{c.up, c.down, c.open, int64(1)}
		if d := cmp.Diff(want, []any{fact(got[0], "src_bytes"), fact(got[0], "dst_bytes"), fact(got[0], "open"), fact(got[0], "connections")}); d != "" {
			t.Errorf("%s: -want +got:\n%s", c.name, d)
		}
	}
}

// TestAnyOrder: pieces of one connection in any order make the same stay.
func TestAnyOrder(t *testing.T) {
	all := cut(flow.KindPart, 1, 1, 8443, 0, 8*hour, 10*minute, 0)
	want := about(run(500, all...), 1)[0]
	rapid.Check(t, func(t *rapid.T) {
		shuffled := slices.Clone(all)
		// Disorder as readers leave it: within six slices.
		for i := range shuffled {
			j := min(i+rapid.IntRange(0, 2).Draw(t, "j"), len(shuffled)-1)
			shuffled[i], shuffled[j] = shuffled[j], shuffled[i]
		}
		got := about(run(500, shuffled...), 1)
		if len(got) != 1 {
			t.Fatalf("%d findings", len(got))
		}
		for _, name := range []string{"duration_s", "longest_s", "unbroken_s", "src_bytes", "connections"} {
			if fact(got[0], name) != fact(want, name) {
				t.Fatalf("%s: %v, in order %v", name, fact(got[0], name), fact(want, name))
			}
		}
	})
}

// TestNameJoinsAddresses: one name behind changing addresses is one stay.
func TestNameJoinsAddresses(t *testing.T) {
	e := detect.NewEngine(detect.DefaultConfig(), placer{}, longlived.New(longlived.DefaultConfig()))
	var b flow.Batch
	for h := range 500 {
		for k := range 3 {
			b.Records = append(b.Records, piece(flow.KindFlow, h+100, 60000+k, 443, 0, 30*int64(time.Second)))
		}
	}
	for i := range 12 {
		r := piece(flow.KindFlow, 1, i, 443, int64(i)*2*hour, int64(i+1)*2*hour-20*int64(time.Second))
		r.Service, r.TLS = flow.ServiceTLS, b.AddTLS(flow.TLS{SNI: b.AddName([]byte("stay.rare.example"))})
		r.SrcPort += uint16(i)
		b.Records = append(b.Records, r)
	}
	e.Observe(&b)
	got := about(e, 1)
	if len(got) != 1 || got[0].Name != "stay.rare.example" || got[0].Score < detect.HighScore || fact(got[0], "addresses") != int64(12) {
		t.Errorf("%+v", got)
	}
}

// TestCrowd: a dozen machines of many that stay at one nameless place are one
// finding; where a large share stays there, or it is a service made for it, none.
func TestCrowd(t *testing.T) {
	for _, c := range []struct {
		name string
		bots int
		port uint16
		high bool
	}{{"bots", 12, 5555, true}, {"most of the house", 100, 5555, false}, {"two", 2, 5555, false}, {"push", 12, 5228, false}, {"database", 12, 5432, false}} {
		var all []flow.Record
		for h := range c.bots {
			all = append(all, piece(flow.KindFlow, h+1, 1, c.port, int64(h)*hour/4, 18*hour))
		}
		found := 0
		for _, f := range run(500, all...).Findings() {
			if len(f.Sources) > 0 && f.Score >= detect.HighScore {
				if found++; len(f.Sources) != c.bots || !f.Src.IsZero() || f.Count != int64(c.bots) || strings.Contains(f.Why.EN+f.Why.JA, "{") {
					t.Errorf("%s: %+v", c.name, f)
				}
			}
		}
		if found > 1 || (found == 1) != c.high {
			t.Errorf("%s: %d findings about several", c.name, found)
		}
	}
}

// TestMerge: two engines that saw halves of the same hosts say what one would.
func TestMerge(t *testing.T) {
	all := cut(flow.KindPart, 1, 1, 8443, 0, 8*hour, 10*minute, 0)
	for _, c := range []struct {
		name string
		a, b []flow.Record
	}{
		{"halves of time", all[:20], all[20:]},
		{"by turns", nil, nil},
		{"other pairs", all, cut(flow.KindPart, 2, 7, 8443, 0, 9*hour, 10*minute, 0)},
	} {
		if c.a == nil {
			for i, r := range all {
				if i%2 == 0 {
					c.a = append(c.a, r)
				} else {
					c.b = append(c.b, r)
				}
			}
		}
		one := run(500, append(slices.Clone(c.a), c.b...)...)
		a, b := run(500, c.a...), run(500, c.b...)
		a.Merge(b)
		for src := 1; src <= 2; src++ {
			got, want := about(a, src), about(one, src)
			if len(got) != len(want) {
				t.Fatalf("%s: host %d: %d findings, want %d", c.name, src, len(got), len(want))
			}
			for i := range got {
				for _, name := range []string{"duration_s", "longest_s", "src_bytes", "pieces", "hosts_to_dst"} {
					if d := cmp.Diff(fact(want[i], name), fact(got[i], name)); d != "" {
						t.Errorf("%s: host %d: %s: -want +got:\n%s", c.name, src, name, d)
					}
				}
			}
		}
	}
}

// TestFloodIsBounded: a flood of pairs neither grows the memory nor pushes out a
// stay.
func TestFloodIsBounded(t *testing.T) {
	d := longlived.New(longlived.Config{Pairs: 1024, Stitch: 15 * time.Minute, Reopen: time.Minute, Piece: 45 * time.Second, Run: time.Hour})
	e := detect.NewEngine(detect.DefaultConfig(), placer{}, d)
	var b flow.Batch
	r := rand.New(rand.NewPCG(1, 1))
	stay := cut(flow.KindPart, 1, 1, 8443, 0, 8*hour, minute, 0)
	for i := range stay {
		b.Reset()
		b.Records = append(b.Records, stay[i])
		for range 200 {
			x := piece(flow.KindFlow, 2+r.IntN(3000), r.IntN(60000), 8443, int64(i)*minute, int64(i)*minute+minute)
			b.Records = append(b.Records, x)
		}
		e.Observe(&b)
	}
	if len(about(e, 1)) != 1 {
		t.Error("the flood pushed the stay out")
	}
}

// TestAbsurdTimes: no claim of a record makes a stay of nonsense.
func TestAbsurdTimes(t *testing.T) {
	const big = 1<<63 - 1
	rapid.Check(t, func(t *rapid.T) {
		var all []flow.Record
		for range rapid.IntRange(1, 20).Draw(t, "n") {
			r := piece(flow.Kind(rapid.IntRange(0, 4).Draw(t, "kind")), 1, 1, 8443, 0, 0)
			r.First, r.Last = rapid.Int64().Draw(t, "first"), rapid.Int64().Draw(t, "last")
			if rapid.Bool().Draw(t, "sane") {
				r.Last = r.First/2 + rapid.Int64Range(0, big/2).Draw(t, "length")
			}
			r.SrcBytes, r.DstBytes = rapid.Uint64().Draw(t, "up"), rapid.Uint64().Draw(t, "down")
			all = append(all, r)
		}
		for _, f := range run(20, all...).Findings() {
			if !(f.Score >= 0 && f.Score <= 1) || f.Last < f.First {
				t.Fatalf("%+v", f)
			}
			for _, x := range f.Evidence {
				if v, ok := x.Value.(float64); ok && v < 0 {
					t.Fatalf("%s = %v", x.Name, v)
				}
			}
		}
	})
}

func TestObserveDoesNotAllocate(t *testing.T) {
	d := longlived.New(longlived.DefaultConfig())
	b := &flow.Batch{Records: cut(flow.KindPart, 1, 1, 8443, 0, 8*hour, minute, 0)}
	i := 0
	if n := testing.AllocsPerRun(5000, func() {
		r := &b.Records[i%len(b.Records)]
		r.Dst[14]++
		d.Observe(&detect.Event{Batch: b, Rec: r, Now: r.First})
		i++
	}); n != 0 {
		t.Errorf("%v allocations for each event", n)
	}
}

func TestValidate(t *testing.T) {
	if err := longlived.DefaultConfig().Validate(); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(*longlived.Config){
		"pairs":  func(c *longlived.Config) { c.Pairs = 0 },
		"stitch": func(c *longlived.Config) { c.Stitch = 0 },
		"reopen": func(c *longlived.Config) { c.Reopen = -1 },
		"piece":  func(c *longlived.Config) { c.Piece = 2 * time.Hour },
		"run":    func(c *longlived.Config) { c.Run = 0 },
	} {
		c := longlived.DefaultConfig()
		change(&c)
		if err := c.Validate(); len(err) != 1 || err[0].Key != name {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func BenchmarkObserve(b *testing.B) {
	d := longlived.New(longlived.DefaultConfig())
	batch := &flow.Batch{Records: make([]flow.Record, 4096)}
	r := rand.New(rand.NewPCG(1, 2))
	for i := range batch.Records {
		batch.Records[i] = piece(flow.KindFlow, r.IntN(2000), r.IntN(20000), 443, int64(i)*int64(time.Second), int64(i)*int64(time.Second)+int64(r.ExpFloat64()*30e9))
		batch.Records[i].SrcFlags |= flow.FIN
	}
	e := detect.Event{Batch: batch}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		e.Rec = &batch.Records[i&4095]
		e.Now = e.Rec.First
		d.Observe(&e)
	}
}
