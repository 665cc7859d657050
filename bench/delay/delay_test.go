package delay

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/noroshi-acd/noroshi/bench/report"
	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/detecttest"
	"github.com/noroshi-acd/noroshi/flow"
)

func seeded(t *testing.T) *rand.Rand {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 5))
}

func TestFigure(t *testing.T) {
	x := trial{what: "x", unit: "probes", within: 10}
	for _, c := range []struct {
		name string
		all  []outcome
		want string
		v    report.Verdict
	}{
		{"all in time", []outcome{{after: 3}, {after: 10}, {after: 4}}, "median 4, worst 10; 3 of 3 within", report.Met},
		{"one late", []outcome{{after: 3}, {after: 11}, {after: 4}}, "median 4, worst 11; 2 of 3 within", report.NotMet},
		{"one never", []outcome{{after: 3}, {}, {after: 4}}, "median 4, worst never; 2 of 3 within", report.NotMet},
		{"never is no 0", []outcome{{}, {}, {after: 1}}, "median never, worst never; 1 of 3 within", report.NotMet},
	} {
		f := x.figure(c.all)
		if d := cmp.Diff(c.want, f.Measured); d != "" || f.Verdict != c.v {
			t.Error(c.name, d, f.Verdict)
		}
	}
	f := openFigure([]outcome{{1, 3600}, {2, 7200}, {0, 0}})
	if f.Verdict != report.NotMet || f.Measured != "2 of 3 while open; high after median 2 h, worst never h from the first report of it" {
		t.Error(f.Measured, f.Verdict)
	}
}

// TestListedFigure: one second is the limit, and all must keep it.
func TestListedFigure(t *testing.T) {
	good, slow, never := outcome{after: 1}, outcome{after: 2, seconds: 1.5}, outcome{}
	for _, c := range []struct {
		all  []outcome
		want report.Verdict
	}{{[]outcome{good, good}, report.Met}, {[]outcome{good, slow}, report.NotMet}, {[]outcome{good, never}, report.NotMet}} {
		if f := listedFigure(c.all); f.Verdict != c.want {
			t.Errorf("%v: %s, %s", c.all, f.Measured, f.Verdict)
		}
	}
}

// TestHonest: browsing alone, marked as if it were planted, is never detected, so
// a replay measures the attack and not the office.
func TestHonest(t *testing.T) {
	r := seeded(t)
	for kind := range map[detect.Kind]bool{detect.Beacon: true, detect.Scan: true, detect.DGA: true, detect.LongLived: true} {
		p := play{kind: kind, src: detecttest.Home(3)}
		for range 40 {
			p.events = append(p.events, event{planted: true, Exchange: detecttest.Exchange{
				At: begin(r), Src: detecttest.Home(3), Dst: detecttest.Abroad(r.IntN(300)), Port: 443, Out: 900 + r.Uint64N(9000), In: 2000 + r.Uint64N(90000),
			}})
		}
		if o := run(r, p); o.after != 0 {
			t.Errorf("%s: browsing is detected after %d visits", kind, o.after)
		}
	}
}

// TestAttacks: each attack makes as many events as asked, in time, all planted and
// from one host, so that counting them counts contacts.
func TestAttacks(t *testing.T) {
	r := seeded(t)
	for _, x := range trials() {
		p := x.make(r, x.most)
		if len(p.events) != x.most || x.most <= x.within {
			t.Errorf("%s: %d events, want %d", x.what, len(p.events), x.most)
		}
		last := 0.0
		for _, e := range p.events {
			if !e.planted || e.Src != p.src || e.At < last {
				t.Fatalf("%s: %+v after %v", x.what, e, last)
			}
			last = e.At
		}
	}
}

func TestRecord(t *testing.T) {
	at := int64(detecttest.Start)
	var b flow.Batch
	(&event{Exchange: detecttest.Exchange{At: 2, Src: detecttest.Home(1), Dst: detecttest.Abroad(1), Port: 443, Name: "A.example"}}).record(&b, 777)
	(&event{Exchange: detecttest.Exchange{At: 9, Src: detecttest.Home(1), Dst: detecttest.Abroad(1), Port: 22, SrcPort: 5}, kind: flow.KindSnapshot, began: 4}).record(&b, 777)
	e := asking(3, detecttest.Home(1), "Q.example", 16, 3)
	e.record(&b, 777)
	r := b.Records
	if r[0].First != at+2e9 || r[0].SrcPort != 777 || r[0].Proto != 6 || r[0].State != flow.StateEstablished || b.String(b.TLSOf(&r[0]).SNI) != "a.example" {
		t.Errorf("%+v", r[0])
	}
	if r[1].First != at+4e9 || r[1].Last != at+9e9 || r[1].SrcPort != 5 || r[1].Kind != flow.KindSnapshot {
		t.Errorf("%+v", r[1])
	}
	if d := b.DNSOf(&r[2]); d == nil || b.String(d.Question) != "q.example" || d.Type != 16 || d.Rcode != 3 || r[2].DstPort != 53 || r[2].Proto != 17 || r[2].Kind != flow.KindDNS {
		t.Errorf("%+v", r[2])
	}
}
