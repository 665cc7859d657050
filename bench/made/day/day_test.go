package day_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/bench/made/day"
	"github.com/noroshi-acd/noroshi/bench/made/threat"
	"github.com/noroshi-acd/noroshi/bench/made/world"
)

func little() day.Options {
	o := day.Default()
	o.Hosts, o.Browsing = 120, 6
	return o
}

// play gives all exchanges of a day.
func play(t *testing.T, o day.Options) (*world.Stage, []world.Exchange) {
	t.Helper()
	s, err := day.Stage(o)
	if err != nil {
		t.Fatal(err)
	}
	var all []world.Exchange
	if err := s.Play(func(x *world.Exchange) error {
		c := *x
		c.Answers = slices.Clone(x.Answers)
		all = append(all, c)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return s, all
}

func TestInOrderAndPlausible(t *testing.T) {
	s, all := play(t, little())
	last := s.Start
	for i := range all {
		x := &all[i]
		switch {
		case x.At < last:
			t.Fatalf("exchange %d begins before the one in front of it", i)
		case x.At+x.Dur > s.End || x.Dur < 0:
			t.Fatalf("exchange %d lasts past the end: %+v", i, x)
		case !x.Src.IsValid() || !x.Dst.IsValid() || x.Src.Is4() != x.Dst.Is4() && x.Protocol != world.DNS:
			t.Fatalf("exchange %d has no ends of one family: %+v", i, x)
		case x.Up < 0 || x.Down < 0 || len(x.Name) > 253:
			t.Fatalf("exchange %d: %+v", i, x)
		case x.Protocol != world.ICMP && (x.SrcPort == 0 || x.DstPort == 0):
			t.Fatalf("exchange %d has no ports: %+v", i, x)
		}
		for label := range strings.SplitSeq(x.Name, ".") {
			if len(label) > 63 {
				t.Fatalf("exchange %d: label of %d bytes in %s", i, len(label), x.Name)
			}
		}
		last = x.At
	}
	if len(all) < 50_000 {
		t.Errorf("only %d exchanges", len(all))
	}
}

// TestSeed: the same options make the same day, another seed shares no outside
// name or address of a threat with it.
func TestSeed(t *testing.T) {
	o := little()
	o.Length = 4 * time.Hour
	s1, a := play(t, o)
	_, b := play(t, o)
	if len(a) != len(b) {
		t.Fatalf("%d and %d exchanges", len(a), len(b))
	}
	for i := range a {
		if a[i].At != b[i].At || a[i].Src != b[i].Src || a[i].Dst != b[i].Dst || a[i].Name != b[i].Name || a[i].Up != b[i].Up {
			t.Fatalf("exchange %d differs: %+v, %+v", i, a[i], b[i])
		}
	}
	o.Seed++
	s2, _ := play(t, o)
	targets := map[string]bool{}
	for _, x := range s1.Sorted() {
		targets[x.Target] = true
	}
	for _, x := range s2.Sorted() {
		if x.Target != "*" && targets[x.Target] {
			t.Errorf("%s is a target of both seeds", x.Target)
		}
	}
}

// TestTruthCounts: what truth says about a source and a target is what was played.
func TestTruthCounts(t *testing.T) {
	s, all := play(t, little())
	type pair struct {
		src    netip.Addr
		target string
	}
	played := map[pair]int{}
	for _, x := range all {
		if x.Protocol == world.DNS {
			continue
		}
		played[pair{x.Src, x.Dst.String()}]++
		if x.Name != "" {
			played[pair{x.Src, x.Name}]++
		}
	}
	classes := map[string]bool{}
	for _, x := range s.Sorted() {
		classes[x.Class] = classes[x.Class] || x.Count > 0
		if x.Kind != "beacon" && x.Kind != "long" {
			continue
		}
		if got := played[pair{x.Src, x.Target}]; got < x.Count-1 || got > x.Count { // the last may begin after the end
			t.Errorf("%s of %s to %s: truth says %d, %d were played", x.Class, x.Src, x.Target, x.Count, got)
		}
	}
	for _, c := range threat.Classes() {
		if !classes[c.Name] {
			t.Errorf("class %s was never played", c.Name)
		}
	}
}

// TestHonestIsUndisturbed: threats change nothing about honest traffic but ports.
func TestHonestIsUndisturbed(t *testing.T) {
	o := little()
	o.Length = 3 * time.Hour
	o.Classes = []string{"none"}
	s, quiet := play(t, o)
	if len(s.Threats) != 0 {
		t.Fatalf("%d threats", len(s.Threats))
	}
	o.Classes = []string{"pulse-2m-*", "scan-ports"}
	_, all := play(t, o)
	type moment struct {
		at       int64
		src, dst netip.Addr
		up       int64
	}
	with := map[moment]bool{}
	for _, x := range all {
		with[moment{x.At, x.Src, x.Dst, x.Up}] = true
	}
	for _, x := range quiet {
		if !with[moment{x.At, x.Src, x.Dst, x.Up}] {
			t.Fatalf("an honest exchange is not the same when threats play: %+v", x)
		}
	}
}

func TestOptions(t *testing.T) {
	for name, change := range map[string]func(*day.Options){
		"hosts":    func(o *day.Options) { o.Hosts = 0 },
		"long":     func(o *day.Options) { o.Length = 0 },
		"browsing": func(o *day.Options) { o.Browsing = -1 },
		"things":   func(o *day.Options) { o.Things = 2 },
		"begins":   func(o *day.Options) { o.Start = time.Time{} },
		"no class": func(o *day.Options) { o.Classes = []string{"pulse-fortnight"} },
		"pattern":  func(o *day.Options) { o.Classes = []string{"["} },
	} {
		o := day.Small()
		change(&o)
		if _, err := day.Stage(o); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWriteTruth(t *testing.T) {
	s, _ := play(t, day.Small())
	var truth, honest strings.Builder
	if err := day.WriteTruth(&truth, s); err != nil {
		t.Fatal(err)
	}
	if err := day.WriteHonest(&honest, s); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(truth.String()), "\n")
	if len(lines) != 2 || !strings.HasPrefix(lines[0], "beacon,one-beacon,10.") || !strings.HasPrefix(lines[1], "long,one-connection,10.") {
		t.Errorf("truth:\n%s", truth.String())
	}
	for line := range strings.Lines(truth.String() + honest.String()) {
		if strings.Count(line, ",") != 4 {
			t.Errorf("not five columns: %q", line)
		}
	}
}
