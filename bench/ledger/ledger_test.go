package ledger

import (
	"testing"

	"github.com/noroshi-acd/noroshi/bench/bed"
	"github.com/noroshi-acd/noroshi/bench/report"
)

// TestSection runs the section in its small size: each part gives a figure, and the
// disposal leaves nothing readable.
func TestSection(t *testing.T) {
	if testing.Short() {
		t.Skip("some ten seconds")
	}
	b := &bed.Bed{Temp: t.TempDir(), Quick: true, Seed: 1}
	var s report.Section
	if err := Section(t.Context(), b, &s); err != nil {
		t.Fatal(err)
	}
	if len(s.Figures) != 4 {
		t.Fatalf("%d figures, want 4", len(s.Figures))
	}
	for _, f := range s.Figures {
		t.Log(f.What, f.Measured)
		if n, ok := f.Values["readable"]; ok && n != 0 {
			t.Errorf("%v payloads are readable after their disposal", n)
		}
	}
}
