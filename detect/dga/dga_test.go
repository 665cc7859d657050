package dga

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/flow"
)

const second = int64(time.Second)

// letters makes n made-up names of l letters each.
func letters(seed uint64, n, l int, suffixes ...string) []string {
	r := rand.New(rand.NewPCG(seed, 1))
	var all []string
	for i := range n {
		b := make([]byte, l)
		for j := range b {
			b[j] = 'a' + byte(r.IntN(26))
		}
		all = append(all, string(b)+"."+suffixes[i%len(suffixes)])
	}
	return all
}

var nouns = strings.Fields("amber anchor basket beacon bottle bridge candle canyon castle cherry cotton copper dragon eagle ember falcon feather forest garden ginger harbor hammer island jacket kettle ladder lantern maple marble meadow mirror needle ocean orchard paper pepper pillow planet quartz rabbit ribbon river saddle silver spider summer thunder timber tunnel valley velvet walnut window winter")

// words makes names of two words and a number-free suffix, as word-list families do.
func words(seed uint64, n int) []string {
	r := rand.New(rand.NewPCG(seed, 2))
	var all []string
	for len(all) < n {
		s := nouns[r.IntN(len(nouns))] + nouns[r.IntN(len(nouns))] + nouns[r.IntN(len(nouns))] + ".net"
		if !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}

// dull makes names as small businesses have them.
func dull(seed uint64, n int) []string {
	r := rand.New(rand.NewPCG(seed, 3))
	ends := strings.Fields("shop online news group tech web media hotel travel clinic school design store club")
	zones := strings.Fields("com com com co.uk de fr it nl com.au")
	var all []string
	for len(all) < n {
		s := nouns[r.IntN(len(nouns))] + ends[r.IntN(len(ends))] + "." + zones[r.IntN(len(zones))]
		if !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}

const bot = "10.0.0.5"

// ask gives d the lookups of names, gap ns apart, and the time after the last.
func ask(d *Detector, at, gap int64, names []string, rcode uint16, answers ...string) int64 {
	for _, n := range names {
		observe(d, asked{at: at, src: bot, name: n, rcode: rcode, answers: answers})
		at += gap
	}
	return at
}

func score(d *Detector) float64 {
	if f := d.Findings(nil); len(f) > 0 {
		return f[0].Score
	}
	return 0
}

func TestGenerated(t *testing.T) {
	browse := func(d *Detector) int64 {
		var names []string
		for i := range 120 {
			names = append(names, fmt.Sprintf("www.%s%s.com", nouns[i%len(nouns)], nouns[i*7%len(nouns)]))
		}
		return ask(d, second, 20*second, names, 0, "192.0.2.7")
	}
	cases := map[string]struct {
		names  []string
		gap    int64
		before func(*Detector) int64
		rcode  uint16
	}{
		"letters, quick":         {letters(1, 20, 12, "com"), second, nil, 3},
		"letters, many zones":    {letters(2, 20, 11, "com", "net", "ru", "info", "top"), 5 * second, nil, 3},
		"letters, slow":          {letters(3, 20, 14, "org"), 600 * second, nil, 3},
		"letters, unanswered":    {letters(4, 40, 13, "org"), 2 * second, nil, flow.NoRcode},
		"letters, long":          {letters(5, 20, 24, "biz"), second, nil, 3},
		"letters while surfing":  {letters(6, 20, 12, "com"), 3 * second, browse, 3},
		"words, quick":           {words(7, 20), 5 * second, nil, 3},
		"words that look honest": {dull(8, 20), 5 * second, nil, 3},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			d, at := New(DefaultConfig()), second
			if c.before != nil {
				at = c.before(d)
			}
			for i, n := range c.names {
				at = ask(d, at, c.gap, []string{n}, c.rcode)
				if detect.LevelOf(score(d)) >= detect.High {
					t.Logf("high after %d names", i+1)
					return
				}
			}
			t.Errorf("score %.3f after %d names", score(d), len(c.names))
		})
	}
}

// TestAnswered: the one made-up name that has an address is named.
func TestAnswered(t *testing.T) {
	d := New(DefaultConfig())
	names := letters(1, 20, 12, "com")
	at := ask(d, second, second, names[:19], 3)
	ask(d, at, second, names[19:], 0, "203.0.113.9")
	f := d.Findings(nil)
	if len(f) != 1 || f[0].Name != names[19] || f[0].Dst.String() != "203.0.113.9" {
		t.Fatalf("want %s named: %+v", names[19], f)
	}
	if !strings.Contains(f[0].Why.EN, names[19]) || !strings.Contains(f[0].Why.JA, names[19]) {
		t.Errorf("why does not name it: %+v", f[0].Why)
	}
	if d := cmp.Diff([]string{"T1568.002"}, f[0].Attack); d != "" {
		t.Error(d)
	}
	var sum int64
	for _, n := range f[0].Strip {
		sum += int64(n)
	}
	if len(f[0].Strip) != detect.StripLen || sum != f[0].Count {
		t.Errorf("strip %v sums to %d, count is %d", f[0].Strip, sum, f[0].Count)
	}
}

func TestHonest(t *testing.T) {
	under := func(names []string, suffix string) []string {
		var all []string
		for _, n := range names {
			all = append(all, strings.SplitN(n, ".", 2)[0]+suffix)
		}
		return all
	}
	typos := strings.Fields("gogle.com facebok.com youtub.com amazom.com wikipdia.org twiter.com linkdin.com instgram.com redit.com netflx.com paypl.com microsft.com")
	cases := map[string]struct {
		names   []string
		rcode   uint16
		answers []string
		port    uint16
		qtype   uint16
		gap     int64
	}{
		"browser probes of single labels": {names: under(letters(1, 30, 10, "x"), ""), rcode: 3},
		"search suffix":                   {names: under(letters(2, 60, 10, "x"), ".corp.example.co.jp"), rcode: 3},
		"content network":                 {names: under(letters(3, 200, 14, "x"), ".cloudfront.net"), answers: []string{"192.0.2.1"}},
		"storage buckets":                 {names: under(letters(4, 200, 14, "x"), ".s3.amazonaws.com"), answers: []string{"192.0.2.1"}},
		"one zone's random labels, dead":  {names: under(letters(5, 200, 14, "x"), ".metrics.example.com"), rcode: 3},
		"local network":                   {names: letters(6, 60, 12, "lan", "local", "home", "internal", "corp"), rcode: 3},
		"mDNS":                            {names: letters(7, 60, 12, "com"), rcode: 3, port: 5353},
		"mail exchangers":                 {names: letters(8, 60, 12, "com"), rcode: 3, qtype: 15},
		"typos":                           {names: typos, rcode: 3, gap: 30 * second},
		"three odd names":                 {names: letters(9, 3, 12, "com"), rcode: 3},
		"a few odd names that answer":     {names: letters(10, 5, 12, "com"), answers: []string{"192.0.2.1"}},
		"slow dead links":                 {names: dull(11, 60), rcode: 3, gap: 120 * second},
		"internationalised":               {names: under(letters(12, 60, 12, "x"), ".xn--wgv71a119e.com"), rcode: 3},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			d, at := New(DefaultConfig()), second
			for _, n := range c.names {
				observe(d, asked{at: at, src: bot, name: n, rcode: c.rcode, answers: c.answers, port: c.port, qtype: c.qtype})
				at += max(c.gap, second)
			}
			if s := score(d); s >= detect.MediumScore {
				t.Errorf("score %.3f: %+v", s, d.Findings(nil)[0])
			}
		})
	}
	t.Run("reverse and blocklists", func(t *testing.T) {
		d := New(DefaultConfig())
		for i := range 200 {
			n := fmt.Sprintf("%d.%d.0.10", i, i*7%256)
			observe(d, asked{at: int64(i) * second, src: bot, name: n + ".in-addr.arpa", rcode: 3})
			observe(d, asked{at: int64(i) * second, src: bot, name: n + ".bl.example.org", rcode: 3})
		}
		if s := score(d); s > 0 {
			t.Errorf("score %.3f", s)
		}
	})
	t.Run("a resolver for all", func(t *testing.T) {
		d, r := New(DefaultConfig()), rand.New(rand.NewPCG(3, 3))
		odd, dead := letters(13, 4000, 11, "com", "net"), dull(14, 2000)
		for i := range 100_000 {
			l := asked{at: int64(i) * second / 20, src: bot, name: fmt.Sprintf("www.%s%d.org", nouns[r.IntN(len(nouns))], r.IntN(3000)), answers: []string{"192.0.2.1"}}
			switch k := r.IntN(1000); {
			case k < 2:
				l.name, l.rcode, l.answers = odd[r.IntN(len(odd))], 3, nil
			case k < 30:
				l.name, l.rcode, l.answers = dead[r.IntN(len(dead))], 3, nil
			}
			observe(d, l)
		}
		if s := score(d); s >= detect.MediumScore {
			t.Errorf("score %.3f: %+v", s, d.Findings(nil)[0])
		}
	})
	t.Run("outage", func(t *testing.T) {
		d := New(DefaultConfig())
		at := ask(d, second, 20*second, dull(15, 40), 0, "192.0.2.1")
		ask(d, at, second, dull(15, 40), 3)
		if s := score(d); s >= detect.MediumScore {
			t.Errorf("score %.3f: %+v", s, d.Findings(nil)[0])
		}
	})
}

// TestMerge: two detectors that each saw half find together what one finds.
func TestMerge(t *testing.T) {
	names := letters(1, 30, 12, "com", "net")
	whole, a, b := New(DefaultConfig()), New(DefaultConfig()), New(DefaultConfig())
	for i, n := range names {
		l := asked{at: int64(i+1) * 7 * second, src: bot, name: n, rcode: 3}
		observe(whole, l)
		observe([]*Detector{a, b}[i&1], l)
	}
	observe(b, asked{at: second, src: "10.9.9.9", name: names[0], rcode: 3})
	a.Merge(b, nil)
	got, want := a.Findings(nil), whole.Findings(nil)
	if len(got) != 1 || len(want) != 1 {
		t.Fatalf("findings: %d merged, %d whole", len(got), len(want))
	}
	if got[0].Score < want[0].Score-0.02 || got[0].Count != want[0].Count || got[0].First != want[0].First {
		t.Errorf("merged %+v\nwhole %+v", got[0], want[0])
	}
	if n := a.hosts.Len(); n != 2 {
		t.Errorf("%d hosts after the merge", n)
	}
}

// TestAskOracle compares the rough count of domains asked for with a set.
func TestAskOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h, set := &host{}, map[uint64]bool{}
		for _, n := range rapid.SliceOfN(rapid.Uint64Range(0, 90), 1, 400).Draw(t, "sites") {
			h.ask(detect.Mix(n + 1))
			set[n] = true
		}
		if got, want := float64(h.asked), float64(len(set)); got > want || got < 0.7*want-1 {
			t.Fatalf("asked %v, the set holds %v", got, want)
		}
	})
}

// TestStripOracle compares the folding strip with counting afterwards.
func TestStripOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		times := rapid.SliceOfN(rapid.Int64Range(0, 1e14), 1, 200).Draw(t, "times")
		var s strip
		for _, x := range times {
			s.add(x)
		}
		var want [detect.StripLen]uint16
		for _, x := range times {
			want[x/s.width]++
		}
		if d := cmp.Diff(want, s.of); d != "" {
			t.Fatal(d)
		}
	})
}

// TestFloodIsBounded: made-up hosts and names cost no more than the bound, and a
// host with evidence outlives them.
func TestFloodIsBounded(t *testing.T) {
	cfg := DefaultConfig()
	cfg.Hosts = 256
	d := New(cfg)
	at := ask(d, second, second, letters(1, 20, 12, "com"), 3)
	for i := range 20_000 {
		observe(d, asked{at: at + int64(i)*second/100, src: fmt.Sprintf("10.1.%d.%d", i/256%256, i%256), name: fmt.Sprintf("x%dq.com", i), rcode: 3})
	}
	if d.hosts.Len() > d.hosts.Cap() {
		t.Errorf("%d hosts", d.hosts.Len())
	}
	if f := d.Findings(nil); len(f) == 0 || f[0].Src.String() != bot {
		t.Error("the flood pushed out the bot")
	}
}

// TestFindingsChangeNothing asks twice.
func TestFindingsChangeNothing(t *testing.T) {
	d := New(DefaultConfig())
	ask(d, second, second, letters(1, 20, 12, "com"), 3)
	if diff := cmp.Diff(d.Findings(nil), d.Findings(nil)); diff != "" {
		t.Error(diff)
	}
}

func TestValidate(t *testing.T) {
	good := DefaultConfig()
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	for want, c := range map[string]Config{
		"hosts":     {Hosts: 1, Window: time.Hour, MinNames: 6},
		"window":    {Hosts: 1000, Window: 1, MinNames: 6},
		"min_names": {Hosts: 1000, Window: time.Hour, MinNames: 1},
	} {
		if err := c.Validate(); len(err) != 1 || err[0].Key != want {
			t.Errorf("%+v: %v, want %s", c, err, want)
		}
	}
}

func TestObserveAllocates(t *testing.T) {
	d := New(DefaultConfig())
	names := append(letters(1, 100, 12, "com"), words(2, 40)...)
	var b flow.Batch
	var events []detect.Event
	for i, n := range names {
		q := flow.DNS{Question: b.AddName([]byte(n)), Type: 1, Rcode: uint16(3 * (i & 1))}
		b.Records = append(b.Records, flow.Record{Src: flow.Addr4([4]byte{10, 0, 0, byte(i)}), DstPort: 53, DNS: b.AddDNS(q)})
	}
	for i := range b.Records {
		events = append(events, detect.Event{Batch: &b, Rec: &b.Records[i], DNS: &b.DNS[i], Now: second})
	}
	run := func() {
		for i := range events {
			d.Observe(&events[i])
		}
	}
	run()
	if n := testing.AllocsPerRun(20, run); n > 0 {
		t.Errorf("%v allocations for %d lookups", n, len(events))
	}
}

func BenchmarkObserve(b *testing.B) {
	d := New(DefaultConfig())
	names := append(letters(1, 500, 12, "com"), words(2, 1000)...)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		observe(d, asked{at: int64(i) * second / 100, src: bot, name: names[i%len(names)], rcode: uint16(3 * (i & 1)), answers: nil})
	}
}

func FuzzObserve(f *testing.F) {
	f.Add([]byte("xkqpvbnrtzw.net"), uint16(3), int64(1e9))
	f.Add([]byte("a..b.\x00\xff.com"), uint16(0), int64(-5))
	f.Add([]byte(strings.Repeat("a.", 200)+"com"), uint16(3), int64(1<<62))
	f.Fuzz(func(t *testing.T, name []byte, rcode uint16, at int64) {
		d := New(Config{Hosts: 64, Window: time.Hour, MinNames: 4})
		for i := range 8 {
			n := append([]byte{byte('a' + i)}, name...)
			observe(d, asked{at: at + int64(i), src: bot, name: string(n), rcode: rcode, answers: []string{"192.0.2.1"}})
		}
		for _, x := range d.Findings(nil) {
			if !(x.Score >= 0 && x.Score <= 1) || x.Last < x.First {
				t.Errorf("%+v", x)
			}
		}
	})
}
