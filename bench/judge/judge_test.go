package judge_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/bench/judge"
)

func TestHits(t *testing.T) {
	beacon := judge.Threat{Kind: "beacon", Class: "b", Src: "10.0.0.1", Target: "c2.example"}
	tunnel := judge.Threat{Kind: "dnstunnel", Class: "t", Src: "10.0.0.1", Target: "zone.example"}
	worm := judge.Threat{Kind: "spread", Class: "w", Src: "10.0.0.1", Target: "*"}
	dga := judge.Threat{Kind: "dga", Class: "g", Src: "10.0.0.1", Target: "qwv.example"}
	for _, c := range []struct {
		name string
		f    judge.Finding
		t    judge.Threat
		want bool
	}{
		{"by name", judge.Finding{Src: "10.0.0.1", Name: "c2.example"}, beacon, true},
		{"by address", judge.Finding{Src: "10.0.0.1", Dst: "c2.example"}, beacon, true},
		{"one of the sources", judge.Finding{Sources: []string{"10.0.0.9", "10.0.0.1"}, Name: "c2.example"}, beacon, true},
		{"another host", judge.Finding{Src: "10.0.0.2", Name: "c2.example"}, beacon, false},
		{"another name", judge.Finding{Src: "10.0.0.1", Name: "www.example"}, beacon, false},
		{"below the name", judge.Finding{Src: "10.0.0.1", Name: "a.c2.example"}, beacon, false},
		{"no target at all", judge.Finding{Src: "10.0.0.1"}, judge.Threat{Kind: "beacon", Src: "10.0.0.1"}, false},
		{"zone", judge.Finding{Src: "10.0.0.1", Name: "zone.example"}, tunnel, true},
		{"below the zone", judge.Finding{Src: "10.0.0.1", Name: "t.zone.example"}, tunnel, true},
		{"zone without source", judge.Finding{Name: "zone.example"}, tunnel, true},
		{"zone of another host", judge.Finding{Src: "10.0.0.2", Name: "zone.example"}, tunnel, false},
		{"ends like the zone", judge.Finding{Src: "10.0.0.1", Name: "ozone.example"}, tunnel, false},
		{"scan by a worm", judge.Finding{Kind: "scan", Src: "10.0.0.1"}, worm, true},
		{"beacon by a worm", judge.Finding{Kind: "beacon", Src: "10.0.0.1", Dst: "192.0.2.1"}, worm, false},
		{"generated names", judge.Finding{Kind: "dga", Src: "10.0.0.1"}, dga, true},
		{"the name that exists", judge.Finding{Kind: "beacon", Src: "10.0.0.1", Name: "qwv.example"}, dga, true},
	} {
		if got := judge.Hits(&c.f, &c.t); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestPool(t *testing.T) {
	truth := []judge.Threat{{"beacon", "fast", "a", "x"}, {"beacon", "fast", "b", "x"}, {"beacon", "slow4h-j20", "c", "y"}, {"long", "6h", "d", "z"}}
	days := []judge.Day{
		{Truth: truth, Findings: []judge.Finding{
			{Kind: "fan-in", Level: "high", Sources: []string{"a", "b"}, Dst: "x"}, // one alert, two threats
			{Kind: "beacon", Level: "critical", Src: "a", Dst: "x"},
			{Kind: "beacon", Level: "high", Src: "c", Dst: "y"},   // apart
			{Kind: "beacon", Level: "high", Src: "q", Name: "n"},  // false
			{Kind: "beacon", Level: "medium", Src: "d", Dst: "z"}, // too low
		}},
		{Truth: truth[3:], Findings: []judge.Finding{
			{Kind: "long-lived", Level: "high", Src: "d", Dst: "z"},
			{Kind: "fan-in", Level: "high", Sources: []string{"k", "h"}, Name: "up.example"}, // false, and known to be harmless
		}, Honest: []judge.Threat{{"honest", "updater", "h", "up.example"}}},
	}
	want := judge.Result{
		Alerts: 5, True: 3, Tally: judge.Tally{Threats: 4, Found: 3}, Apart: judge.Tally{Threats: 1, Found: 1},
		Classes: map[string]judge.Tally{"fast": {2, 2}, "slow4h-j20": {1, 1}, "6h": {2, 1}},
		False:   map[string]int{"beacon n": 1, "fan-in updater": 1},
	}
	got := judge.Pool(days, judge.Options{Apart: []string{"slow4h"}})
	if d := cmp.Diff(want, got); d != "" {
		t.Error("-want +got", d)
	}
	if got.Precision() != 0.6 || got.Recall() != 0.75 {
		t.Errorf("precision %v, recall %v", got.Precision(), got.Recall())
	}
	if none := judge.Pool(nil, judge.Options{}); none.Precision() != 1 || none.Recall() != 1 {
		t.Error("nothing to find and nothing found is perfect")
	}
}

func TestTimeAlerts(t *testing.T) {
	n := judge.TimeAlerts([]judge.Finding{
		{Level: "medium", Port: 123}, {Level: "low", Port: 123}, {Level: "high", Port: 1123},
		{Level: "high", Evidence: map[string]any{"service": "ntp"}},
	})
	if n != 2 {
		t.Errorf("%d alerts, want 2", n)
	}
}

// made draws a small world in which hits are likely.
func made(t *rapid.T) []judge.Day {
	host, target := rapid.SampledFrom([]string{"10.0.0.1", "10.0.0.2", "10.0.0.3"}), rapid.SampledFrom([]string{"192.0.2.1", "a.example", "b.a.example"})
	maybe := func(g *rapid.Generator[string]) *rapid.Generator[string] { return rapid.OneOf(g, rapid.Just("")) }
	finding := rapid.Custom(func(t *rapid.T) judge.Finding {
		return judge.Finding{
			Kind: "beacon", Level: rapid.SampledFrom([]string{"low", "medium", "high", "critical"}).Draw(t, "level"),
			Src: maybe(host).Draw(t, "src"), Sources: rapid.SliceOfNDistinct(host, 0, 2, rapid.ID).Draw(t, "sources"),
			Dst: maybe(target).Draw(t, "dst"), Name: maybe(target).Draw(t, "name"),
		}
	})
	threat := rapid.Custom(func(t *rapid.T) judge.Threat {
		return judge.Threat{rapid.SampledFrom([]string{"beacon", "long", "dnstunnel"}).Draw(t, "kind"), rapid.SampledFrom([]string{"x", "slow4h-j20"}).Draw(t, "class"), host.Draw(t, "host"), target.Draw(t, "target")}
	})
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) judge.Day {
		return judge.Day{
			Findings: rapid.SliceOfN(finding, 0, 8).Draw(t, "findings"),
			Truth:    rapid.SliceOfNDistinct(threat, 1, 6, func(t judge.Threat) string { return t.Src + t.Target }).Draw(t, "truth"),
		}
	}), 1, 3).Draw(t, "days")
}

// TestPoolOracle counts again in the slowest way.
func TestPoolOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		days := made(t)
		var alerts, hit, threats, found int
		for _, d := range days {
			for _, x := range d.Truth {
				if x.Class == "slow4h-j20" {
					continue
				}
				threats++
				for _, f := range d.Findings {
					if f.Loud() && judge.Hits(&f, &x) {
						found++
						break
					}
				}
			}
			for _, f := range d.Findings {
				counts, apart := false, false
				for _, x := range d.Truth {
					if judge.Hits(&f, &x) {
						counts, apart = counts || x.Class != "slow4h-j20", apart || x.Class == "slow4h-j20"
					}
				}
				if f.Loud() && (counts || !apart) {
					alerts++
				}
				if f.Loud() && counts {
					hit++
				}
			}
		}
		r := judge.Pool(days, judge.Options{Apart: []string{"slow4h"}})
		if r.Alerts != alerts || r.True != hit || r.Threats != threats || r.Found != found {
			t.Fatalf("got %+v, want %d alerts, %d true, %d threats, %d found", r, alerts, hit, threats, found)
		}
	})
}

// TestAgreesWithSharedJudge compares with the judge that others wrote, where it and
// python3 are here.
func TestAgreesWithSharedJudge(t *testing.T) {
	folder := os.Getenv("NOROSHI_SHARED")
	if folder == "" {
		folder = filepath.Join("..", "..", "..", "shared")
	}
	script := filepath.Join(folder, "tools", "evalday.py")
	if _, err := os.Stat(script); err != nil || exec.Command("python3", "--version").Run() != nil {
		if os.Getenv("NOROSHI_REQUIRE_SHARED") == "1" {
			t.Fatal("the shared judge or python3 is not here")
		}
		t.Skip("the shared judge or python3 is not here")
	}
	compared := 0
	for seed := range 8 {
		days := rapid.Custom(made).Example(seed)
		args := []string{script, "--skip", "slow4h"}
		for i, d := range days {
			found, truth := filepath.Join(t.TempDir(), fmt.Sprint(i, ".json")), filepath.Join(t.TempDir(), fmt.Sprint(i, ".csv"))
			text, err := json.Marshal(map[string]any{"findings": lower(d.Findings)})
			if err != nil {
				t.Fatal(err)
			}
			var lines strings.Builder
			for _, x := range d.Truth {
				fmt.Fprintf(&lines, "%s,%s,%s,%s,9\n", x.Kind, x.Class, x.Src, x.Target)
			}
			if os.WriteFile(found, text, 0o600) != nil || os.WriteFile(truth, []byte(lines.String()), 0o600) != nil {
				t.Fatal("cannot write")
			}
			args = append(args, found, truth)
		}
		out, _ := exec.Command("python3", args...).Output()
		var v struct {
			High struct {
				Alerts    int
				Precision *float64
				Recall    float64
			} `json:"high"`
		}
		if err := json.Unmarshal(out, &v); err != nil {
			continue // it divides by the number of threats: none counts here
		}
		compared++
		r := judge.Pool(days, judge.Options{Apart: []string{"slow4h"}})
		if v.High.Alerts != r.Alerts || math.Abs(v.High.Recall-r.Recall()) > 0.0006 || v.High.Precision != nil && math.Abs(*v.High.Precision-r.Precision()) > 0.0006 {
			t.Errorf("seed %d: the shared judge says %s, ours %+v", seed, out, r)
		}
	}
	if compared < 4 {
		t.Errorf("only %d of 8 could be compared", compared)
	}
}

// lower gives findings under their public keys.
func lower(all []judge.Finding) []map[string]any {
	out := []map[string]any{}
	for _, f := range all {
		out = append(out, map[string]any{"kind": f.Kind, "level": f.Level, "src": f.Src, "sources": f.Sources, "dst": f.Dst, "name": f.Name})
	}
	return out
}

func TestRead(t *testing.T) {
	d, err := judge.Read(strings.NewReader(`{"records":7,"findings":[{"id":"b-1","kind":"beacon","level":"low","src":"a"},{"kind":"scan","level":"critical","src":"a","dst":"b"}],"more":1}`))
	if err != nil || d.Records != 7 || d.First("a").ID != "b-1" || d.First("z") != nil || len(d.Loud()) != 1 {
		t.Errorf("%+v %v", d, err)
	}
	if _, err := judge.Read(strings.NewReader("{")); err == nil {
		t.Error("half a document is none")
	}
	truth, err := judge.ReadTruth(strings.NewReader("beacon,300-j10,10.0.0.1,c2.example,288\n"))
	if d := cmp.Diff([]judge.Threat{{"beacon", "300-j10", "10.0.0.1", "c2.example"}}, truth); d != "" || err != nil {
		t.Error(d, err)
	}
	if _, err := judge.ReadTruth(strings.NewReader("beacon,300\n")); err == nil {
		t.Error("a short line is wrong")
	}
}
