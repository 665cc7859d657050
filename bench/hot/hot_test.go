package hot

import (
	"context"
	"testing"

	"github.com/noroshi-acd/noroshi/bench/bed"
	"github.com/noroshi-acd/noroshi/bench/report"
)

// TestSection: every figure is measured and none of them judges.
func TestSection(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	var s report.Section
	if err := Section(context.Background(), &bed.Bed{Quick: true, Seed: 4, Temp: t.TempDir()}, &s); err != nil {
		t.Fatal(err)
	}
	if len(s.Figures) != 10 {
		t.Errorf("%d figures", len(s.Figures))
	}
	for _, f := range s.Figures {
		t.Logf("%s: %s; %s", f.What, f.Measured, f.Peer)
		if f.Verdict != report.Shown || f.Asked != "" || f.Measured == "" {
			t.Errorf("%+v", f)
		}
		for name, v := range f.Values {
			if v <= 0 {
				t.Errorf("%s: %s is %v", f.What, name, v)
			}
		}
	}
}
