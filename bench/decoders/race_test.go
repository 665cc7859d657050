package decoders

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"testing"

	"github.com/noroshi-acd/noroshi/bench/report"
)

// TestRace runs a small race and finds every load read whole by both, ours without
// allocations.
func TestRace(t *testing.T) {
	var out bytes.Buffer
	if err := Race([]string{"5", "280", "1", os.Getenv("NOROSHI_DATA")}, &out); err != nil {
		t.Fatal(err)
	}
	var all []Result
	if err := json.Unmarshal(out.Bytes(), &all); err != nil {
		t.Fatal(err)
	}
	if len(all) < 9 {
		t.Errorf("only %d loads", len(all))
	}
	for _, r := range all {
		t.Logf("%-55s %6d flows %6.1f M/s, goflow2 %5.2f M/s, %5.1f times, %.4f allocations", r.What, r.Flows, r.Ours/1e6, r.Theirs/1e6, r.Ratio, r.Allocations)
		if r.Ours <= 0 || r.Theirs <= 0 || r.Flows == 0 {
			t.Errorf("%+v", r)
		}
	}
}

func TestRaceRefuses(t *testing.T) {
	for _, args := range [][]string{nil, {"x", "1", "1", ""}, {"1", "x", "1", ""}, {"1", "1", "x", ""}} {
		if err := Race(args, &bytes.Buffer{}); err == nil {
			t.Errorf("%q was taken", args)
		}
	}
}

func TestMedian(t *testing.T) {
	if m := median([]float64{9, 1, 5}); m != 5 {
		t.Errorf("median %v", m)
	}
}

func TestFigure(t *testing.T) {
	good := Result{What: "x", Times: 10, Rate: 15e6, Ours: 16e6, Theirs: 1e6, Ratio: 16}
	if f := good.figure(false); f.Verdict != report.Met || f.Chart.Target != 15 || f.Chart.Bars[0].Value != 16 {
		t.Errorf("%+v", f)
	}
	if f := good.figure(true); f.Verdict != report.Shown {
		t.Errorf("a quick run judged: %+v", f)
	}
	for name, change := range map[string]func(*Result){
		"slow":        func(r *Result) { r.Ours = 14e6 },
		"not ahead":   func(r *Result) { r.Ratio = 9.9 },
		"allocations": func(r *Result) { r.Allocations = 1 },
	} {
		r := good
		change(&r)
		if f := r.figure(false); f.Verdict != report.NotMet {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

// TestCollect sends to nfcapd, where it is installed, and finds the flows in its files.
func TestCollect(t *testing.T) {
	if _, err := exec.LookPath("nfcapd"); err != nil {
		t.Skip("nfcapd is not installed")
	}
	dir := t.TempDir()
	sent, cpu, err := receive(t.Context(), dir, 3, 8400)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := stored(t.Context(), dir)
	if err != nil || sent != 8400 || kept == 0 || kept > sent || cpu <= 0 {
		t.Errorf("%d of %d, %v, %v", kept, sent, cpu, err)
	}
}
