package detect_test

import (
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/detecttest"
	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/flow"
)

// recorder is a detector that writes down what it is shown.
type recorder struct {
	events []detect.Event
	names  []detect.NameID
}

func (*recorder) Kind() detect.Kind { return detect.Beacon }
func (r *recorder) Observe(e *detect.Event) {
	r.events = append(r.events, *e)
	r.names = append(r.names, e.Name)
}
func (*recorder) Findings(*detect.Context) []detect.Finding { return nil }
func (*recorder) Merge(detect.Detector, *detect.Context)    {}

func TestEdgeDropsDomesticAndUnknown(t *testing.T) {
	r := &recorder{}
	cfg := detect.DefaultConfig()
	cfg.AsEdge = true
	e := detect.NewEngine(cfg, detecttest.Border{}, r)
	detecttest.Play(e, []detecttest.Exchange{
		{At: 1, Src: detecttest.Home(1), Dst: detecttest.Home(2), Port: 80},
		{At: 2, Src: detecttest.Home(1), Dst: detecttest.Abroad(2), Port: 80},
		{At: 3, Src: detecttest.Abroad(1), Dst: detecttest.Home(2), Port: 80},
		{At: 4, Src: detecttest.Abroad(1), Dst: detecttest.Abroad(2), Port: 80},
	}, nil)
	seen, dropped := e.Directions()
	want := direction.Counts{direction.Domestic: 1, direction.Outbound: 1, direction.Inbound: 1, direction.Transit: 1}
	if seen != want || dropped != 1 || len(r.events) != 3 {
		t.Errorf("seen %v, dropped %d, shown %d", seen, dropped, len(r.events))
	}
}

// TestNameFromLookup: a flow without a name of its own carries the name that its
// host was told the address for, and in a large network no other host's.
func TestNameFromLookup(t *testing.T) {
	r := &recorder{}
	e := detect.NewEngine(detect.DefaultConfig(), detecttest.Border{}, r)
	var stream []detecttest.Exchange
	for h := range 20 {
		for d := range 3 {
			stream = append(stream, detecttest.Exchange{At: float64(h), Src: detecttest.Home(100 + h), Dst: detecttest.Abroad(1000 + d), Port: 443})
		}
	}
	detecttest.Play(e, stream, nil)
	r.names = nil
	var b flow.Batch
	b.Answers = append(b.Answers, flow.Answer{Addr: detecttest.Abroad(5), Type: 1})
	dns := b.AddDNS(flow.DNS{Question: b.AddName([]byte("C2.Example.")), Type: 1, Answers: flow.Span{To: 1}})
	at := detecttest.Start + 100e9
	b.Records = append(b.Records,
		flow.Record{Kind: flow.KindDNS, First: at, Src: detecttest.Home(1), Dst: detecttest.Home(9), Proto: 17, DNS: dns},
		flow.Record{First: at + 1e9, Src: detecttest.Home(1), Dst: detecttest.Abroad(5), Proto: 6, DstPort: 443},
		flow.Record{First: at + 2e9, Src: detecttest.Home(2), Dst: detecttest.Abroad(5), Proto: 6, DstPort: 443})
	e.Observe(&b)
	ctx := e.Context()
	got := []string{ctx.Names.Text(r.names[1]), ctx.Names.Text(r.names[2])}
	if got[0] != "c2.example" || got[1] != "" {
		t.Errorf("names %q, want the asker's only", got)
	}
	if ctx.Hosts != 20 {
		t.Errorf("%d clients, want 20", ctx.Hosts)
	}
}

func TestSketch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 200).Draw(t, "n")
		seed := rapid.Uint64().Draw(t, "seed")
		var a, b detect.Sketch
		for i := range n {
			h := detect.Mix(seed + uint64(i)*0x9e3779b97f4a7c15)
			if i%2 == 0 {
				a.Add(h)
			} else {
				b.Add(h)
			}
			a.Add(h) // again: must not count twice
		}
		a.Union(&b)
		if got := a.Count(); math.Abs(float64(got-n)) > 8+float64(n)*0.25 {
			t.Fatalf("counted %d of %d", got, n)
		}
	})
}

func TestNamesAreBounded(t *testing.T) {
	n := detect.NewNames(100)
	for i := range 1000 {
		n.ID(fmt.Appendf(nil, "a%d.flood.example", i))
	}
	if n.Refused == 0 {
		t.Error("nothing was refused")
	}
	if id := n.ID([]byte("a1.flood.example")); id == 0 || n.Text(n.Site(id)) != "flood.example" {
		t.Errorf("an early name is gone: %d", id)
	}
}

func TestCombine(t *testing.T) {
	a, b := detecttest.Home(1), detecttest.Home(2)
	c2 := detecttest.Abroad(1)
	got := detect.Combine([]detect.Finding{
		{Kind: detect.Beacon, Src: a, Dst: c2, Score: 0.6},
		{Kind: detect.LongLived, Src: a, Dst: c2, Score: 0.6},
		{Kind: detect.Beacon, Src: b, Dst: c2, Score: 0.9},
		{Kind: detect.FanIn, Sources: []flow.Addr{b}, Dst: c2, Score: 0.8},
	})
	if len(got) != 3 {
		t.Fatalf("%d findings, want 3: the fan-in speaks for the second beacon", len(got))
	}
	if got[0].Kind != detect.FanIn || got[1].Score <= 0.6 || got[1].Score >= 0.8 {
		t.Errorf("rank and scores: %v %v", got[0].Kind, got[1].Score)
	}
}

func TestLevels(t *testing.T) {
	for score, want := range map[float64]detect.Level{0: detect.Low, 0.5: detect.Medium, 0.75: detect.High, 0.92: detect.Critical, 1: detect.Critical} {
		if got := detect.LevelOf(score); got != want {
			t.Errorf("LevelOf(%g) = %v, want %v", score, got, want)
		}
		if back, ok := detect.ParseLevel(want.String()); !ok || back != want {
			t.Errorf("ParseLevel(%q) = %v %v", want.String(), back, ok)
		}
	}
}

// TestSharedAsAlone: a batch that several goroutines show says to each detector, in
// the same order, what one record at a time says.
func TestSharedAsAlone(t *testing.T) {
	r := detecttest.Rand(t, 0)
	stream := detecttest.Office(r, 30, 20)
	var alone, shared []*recorder
	engine := func(into *[]*recorder) *detect.Engine {
		var all []detect.Detector
		for range 5 {
			d := &recorder{}
			*into, all = append(*into, d), append(all, d)
		}
		return detect.NewEngine(detect.DefaultConfig(), detecttest.Border{}, all...)
	}
	one, many := engine(&alone), engine(&shared)
	var batch flow.Batch
	detecttest.Play(one, stream, nil)
	for _, e := range alone[0].events {
		batch.Records = append(batch.Records, flow.Record{First: e.Now, Src: detecttest.Home(1), Dst: detecttest.Abroad(2), Proto: 6})
	}
	many.Observe(&batch)
	for i, d := range shared {
		if len(d.events) != len(batch.Records) {
			t.Fatalf("detector %d was shown %d of %d", i, len(d.events), len(batch.Records))
		}
		for k := range d.events {
			if d.events[k].Rec != &batch.Records[k] || d.events[k].Now != alone[0].events[k].Now {
				t.Fatalf("detector %d, event %d: out of order", i, k)
			}
		}
	}
}

func TestIsReply(t *testing.T) {
	for _, c := range []struct {
		proto uint8
		typ   uint16
		want  bool
	}{{1, 8, false}, {1, 0, true}, {1, 3, true}, {1, 11, true}, {1, 13, false}, {58, 128, false}, {58, 129, true}, {58, 1, true}, {6, 3, false}, {17, 0, false}} {
		if got := detect.IsReply(&flow.Record{Proto: c.proto, SrcPort: c.typ}); got != c.want {
			t.Errorf("protocol %d, type %d: %v", c.proto, c.typ, got)
		}
	}
}
