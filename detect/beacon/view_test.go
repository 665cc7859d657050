package beacon_test

import (
	"slices"
	"testing"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/beacon"
	"github.com/noroshi-acd/noroshi/detect/detecttest"
)

// TestPairsShowWhatWasSeen: the views hold the contacts as they were played, by name
// once where a name is known, and showing them changes no finding.
func TestPairsShowWhatWasSeen(t *testing.T) {
	r := detecttest.Rand(t, 0)
	d := beacon.New(beacon.DefaultConfig())
	e := detect.NewEngine(detect.DefaultConfig(), detecttest.Border{}, d)
	plain := detecttest.Beacon(r, detecttest.Home(1), detecttest.Abroad(40001), 60, 0.2, 100)
	withName := named(detecttest.Beacon(r, detecttest.Home(2), detecttest.Abroad(40002), 30, 0.2, 300), "c2.bad.example")
	detecttest.Play(e, append(append(detecttest.Office(r, 30, 10), plain...), withName...), nil)
	before := e.Findings()
	type seen struct{ count, times int }
	got := map[string]seen{}
	d.Pairs(100, func(v *beacon.View) bool {
		if !slices.IsSorted(v.Times) || len(v.Sent) != len(v.Times) || len(v.Received) != len(v.Times) {
			t.Errorf("%d times, %d and %d sizes", len(v.Times), len(v.Sent), len(v.Received))
		}
		got[v.Src.String()+" "+v.Dst.String()+" "+e.Context().Names.Text(v.Name)] = seen{v.Count, len(v.Times)}
		if v.Name == 0 {
			for i, x := range plain {
				if diff := abs(v.Times[i] - (x.At - plain[0].At)); diff > 0.011 || v.Sent[i] != float64(x.Out) || v.Received[i] != float64(x.In) {
					t.Fatalf("contact %d: off by %g s, %g and %g octets", i, diff, v.Sent[i], v.Received[i])
				}
			}
		}
		return true
	})
	want := map[string]seen{"10.1.0.1 198.18.156.65 ": {100, 100}, "10.1.0.2 198.18.156.66 c2.bad.example": {300, 128}}
	if len(got) != len(want) {
		t.Errorf("got %v", got)
	}
	for k, w := range want {
		if got[k] != w {
			t.Errorf("%s: %v, want %v", k, got[k], w)
		}
	}
	if after := e.Findings(); len(after) != len(before) {
		t.Errorf("%d findings before, %d after", len(before), len(after))
	}
	shown := 0
	d.Pairs(1, func(*beacon.View) bool { shown++; return shown < 3 })
	if shown != 3 {
		t.Errorf("shown %d after being asked to stop at 3", shown)
	}
}
