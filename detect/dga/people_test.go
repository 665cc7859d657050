package dga

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/flow"
)

// spoken makes brand-like names that can be spoken: a part of them scores as made
// up.
func spoken(seed uint64, n int) []string {
	r := rand.New(rand.NewPCG(seed, 4))
	parts := strings.Fields("bra kli dro ven zax mur pel tio qua shi lor nek fum yat gre wix stou cla neu jop")
	zones := strings.Fields("com net org info jp de")
	var all []string
	for len(all) < n {
		s := parts[r.IntN(len(parts))] + parts[r.IntN(len(parts))] + parts[r.IntN(len(parts))] + parts[r.IntN(len(parts))] + "." + zones[r.IntN(len(zones))]
		if !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}

func server(i int) string { return fmt.Sprintf("203.0.113.%d", i) }
func client(i int) string { return fmt.Sprintf("10.1.%d.%d", i>>8, i&255) }

// world lets hosts browse sites, most behind a few addresses, for a day.
func world(see func(asked), hosts int, sites []string, addrs int) {
	r := rand.New(rand.NewPCG(9, 9))
	z := rand.NewZipf(r, 1.1, 8, uint64(len(sites)-1))
	for at := range int64(hosts * 150) {
		site := int(z.Uint64())
		see(asked{at: at * 86400 * second / int64(hosts*150), src: client(r.IntN(hosts)), name: sites[site], answers: []string{server(site % addrs)}})
	}
}

func levels(d *Detector) map[string]detect.Level {
	of := map[string]detect.Level{}
	for _, f := range d.Findings(nil) {
		of[f.Src.String()] = max(of[f.Src.String()], detect.LevelOf(f.Score))
	}
	return of
}

// TestSharedHosting: people who read pages behind a few content networks, under
// brand-like names, are no bots; the one among them whose names all lead to a
// sinkhole is.
func TestSharedHosting(t *testing.T) {
	sites := append(spoken(1, 400), dull(2, 400)...)
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(sites), func(i, j int) { sites[i], sites[j] = sites[j], sites[i] })
	d := New(DefaultConfig())
	sunk, next := letters(3, 20, 12, "com", "net"), 0
	world(func(l asked) {
		observe(d, l)
		if l.src == client(7) && l.at > 40000*second && next < len(sunk) {
			for ; next < len(sunk); next++ {
				observe(d, asked{at: l.at + int64(next)*second, src: l.src, name: sunk[next], answers: []string{"198.51.100.4"}})
			}
		}
	}, 200, sites, 6)
	for src, level := range levels(d) {
		if src != client(7) && level >= detect.Medium {
			t.Errorf("%s at %v", src, level)
		}
	}
	if got := levels(d)[client(7)]; got < detect.High {
		t.Errorf("the bot is at %v", got)
	}
	for _, f := range d.Findings(nil) {
		if f.Src.String() == client(7) && (f.Evidence[3].Value.(int64) < 6 || f.Name != "") {
			t.Errorf("evidence %v, name %q", f.Evidence, f.Name)
		}
	}
}

// TestPopularLiveNames: odd names at one address speak for a program when one host
// asks for them, and not when many do.
func TestPopularLiveNames(t *testing.T) {
	names := letters(4, 20, 12, "com")
	for _, c := range []struct {
		title   string
		all, of int // hosts, and how many of them ask for the names
		want    bool
	}{
		{"one of many", 60, 1, true},
		{"three of many", 60, 3, true},
		{"all", 60, 60, false},
		{"half", 60, 30, false},
		{"a house of five, all infected", 5, 5, true},
	} {
		t.Run(c.title, func(t *testing.T) {
			d := New(DefaultConfig())
			for h := range c.all {
				observe(d, asked{at: second, src: client(h), name: "example.org", answers: []string{server(1)}})
			}
			for i, n := range names {
				for h := range c.of {
					observe(d, asked{at: int64(i+1) * 5 * second, src: client(h), name: n, answers: []string{"198.51.100.4"}})
				}
			}
			level, any := levels(d)[client(0)]
			if got := level >= detect.High; got != c.want || any && !c.want && level >= detect.Medium {
				t.Errorf("level %v (finding: %v)", level, any)
			}
		})
	}
}

// TestMostlyReading: a few odd names at one address among much else, without dead
// ones, are not enough.
func TestMostlyReading(t *testing.T) {
	d, odd := New(DefaultConfig()), letters(5, 8, 12, "com")
	at := second
	for i, n := range dull(6, 80) {
		observe(d, asked{at: at, src: bot, name: n, answers: []string{server(i)}})
		if i%10 == 0 {
			observe(d, asked{at: at + second, src: bot, name: odd[i/10], answers: []string{"198.51.100.4"}})
		}
		at += 60 * second
	}
	if s := score(d); s >= detect.MediumScore {
		t.Errorf("score %.3f", s)
	}
}

// TestSamplesAreDistinct: names that are asked for again when the window has passed
// are neither counted nor shown twice.
func TestSamplesAreDistinct(t *testing.T) {
	d := New(DefaultConfig())
	window := int64(d.cfg.Window)
	for round := range int64(4) {
		for again := range int64(12) {
			for i, n := range letters(7, 3, 12, "com") {
				observe(d, asked{at: round*(window+3600*second) + again*60*second + int64(i)*second, src: bot, name: n, rcode: 3})
			}
		}
	}
	if s := score(d); s > 0 {
		t.Errorf("three names asked for again and again: score %.3f", s)
	}
	ask(d, 6*window, second, letters(8, 10, 12, "com"), 3)
	f := d.Findings(nil)
	if len(f) != 1 {
		t.Fatalf("%d findings", len(f))
	}
	text := f[0].Evidence[11].Value.(string)
	names := strings.Fields(text)
	if slices.Sort(names); len(names) != samples || len(slices.Compact(names)) != samples {
		t.Errorf("samples %q", text)
	}
}

// TestAnsweredAmongPages: the answer named is the bot's, not a page that somebody
// reads meanwhile.
func TestAnsweredAmongPages(t *testing.T) {
	d := New(DefaultConfig())
	for h := range 40 {
		for i, n := range spoken(10, 10) {
			observe(d, asked{at: second, src: client(h), name: n, answers: []string{server(i)}})
		}
	}
	names, pages := letters(9, 40, 12, "com"), spoken(10, 40)
	at := 10 * second
	for i, n := range names[:39] {
		at = ask(d, at, second, []string{n}, 3)
		if i%3 == 0 {
			at = ask(d, at, second, []string{pages[i]}, 0, server(i))
		}
	}
	at = ask(d, at, second, names[39:], 0, "198.51.100.9")
	at = ask(d, at, second, pages[1:2], 0, server(1))
	ask(d, at, second, letters(15, 2, 22, "de"), 0, server(50))
	if f := d.Findings(nil); len(f) != 1 || f[0].Name != names[39] {
		t.Errorf("want %s named: %+v", names[39], f)
	}
}

// TestMergePopulation: what one detector takes for a sinkhole, another one knows as
// popular or shared.
func TestMergePopulation(t *testing.T) {
	odd := letters(11, 16, 12, "com")
	one := func() *Detector {
		d := New(DefaultConfig())
		for i, n := range odd {
			observe(d, asked{at: int64(i+1) * 5 * second, src: bot, name: n, answers: []string{"198.51.100.4"}})
		}
		return d
	}
	for title, c := range map[string]struct {
		hosts int
		names []string
		want  bool
	}{
		"popular":   {50, odd, false},
		"shared":    {2, dull(12, 30), false},
		"unrelated": {50, []string{"example.org"}, true},
	} {
		t.Run(title, func(t *testing.T) {
			for _, turned := range []bool{false, true} {
				a, b := one(), New(DefaultConfig())
				for h := range c.hosts {
					for i, n := range c.names {
						observe(b, asked{at: int64(i+1) * 500 * second, src: client(h), name: n, answers: []string{"198.51.100.4"}})
					}
				}
				if turned {
					a, b = b, a
				}
				a.Merge(b, nil)
				if got := levels(a)[bot] >= detect.High; got != c.want {
					t.Errorf("turned %v: at high %v, want %v", turned, got, c.want)
				}
			}
		})
	}
}

// TestSharedEndpoint: made-up names at an address where honest ones lie too are
// marked down.
func TestSharedEndpoint(t *testing.T) {
	visit := func(d *Detector, src string, names []string) {
		for i, n := range names {
			var b flow.Batch
			b.Records = append(b.Records, flow.Record{First: int64(i+1) * second, Dst: flow.Addr4([4]byte{198, 51, 100, 4}), Src: flow.AddrFrom(netip.MustParseAddr(src)), Host: b.AddName([]byte(n)), DstPort: 80, Proto: 6})
			d.Observe(&detect.Event{Batch: &b, Rec: &b.Records[0], NameFrom: detect.NameHost, Now: int64(i+1) * second})
		}
	}
	var got []detect.Level
	for _, honest := range []int{0, 40} {
		d := New(DefaultConfig())
		visit(d, bot, letters(13, 20, 14, "com"))
		visit(d, client(1), dull(14, honest))
		f := d.Findings(nil)
		if len(f) != 1 {
			t.Fatalf("%d findings", len(f))
		}
		got = append(got, detect.LevelOf(f[0].Score))
		if strings.Contains(f[0].Why.EN, "share") != (honest > 0) {
			t.Errorf("why: %s", f[0].Why.EN)
		}
	}
	if d := cmp.Diff([]detect.Level{detect.Critical, detect.Low}, got); d != "" {
		t.Error(d)
	}
}
