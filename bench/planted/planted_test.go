package planted

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/noroshi-acd/noroshi/bench/judge"
	"github.com/noroshi-acd/noroshi/bench/made/threat"
	"github.com/noroshi-acd/noroshi/bench/report"
)

// TestClassesExist: the classes that the figures rest on are made, and each remark
// is about one that is.
func TestClassesExist(t *testing.T) {
	for _, class := range heldOut {
		if _, err := threat.Choose([]string{class}); err != nil {
			t.Error(err)
		}
		if remark(class, false) != "not looked at" {
			t.Errorf("%s was looked at", class)
		}
	}
	for _, x := range seen {
		if _, err := threat.Choose([]string{x.class + "*"}); err != nil {
			t.Error(err)
		}
	}
	if all, err := threat.Choose([]string{inNumbers + "*"}); err != nil || len(all) < 2 {
		t.Errorf("%v %v", all, err)
	}
}

func TestClassTable(t *testing.T) {
	got := classTable("c", map[string]judge.Tally{"pulse-8h-j5": {Threats: 2}, "exfil-2m-j30": {Threats: 4, Found: 3}}, map[string]bool{"pulse-8h-j5": true})
	want := [][]string{{"exfil-2m-j30", "3", "4", "0.75", "not looked at"}, {"pulse-8h-j5", "0", "2", "0.00", "fewer than 8 contacts; period and jitter, as on the shared day"}}
	if d := cmp.Diff(want, got.Rows); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"x", "1", "1", "1.00"}, classTable("c", map[string]judge.Tally{"x": {Threats: 1, Found: 1}}, nil).Rows[0]); d != "" {
		t.Error(d)
	}
}

func TestClassFigure(t *testing.T) {
	var s report.Section
	classFigure(&s, "a", judge.Tally{Threats: 10, Found: 9})
	classFigure(&s, "b", judge.Tally{Threats: 10, Found: 8})
	classFigure(&s, "c", judge.Tally{})
	for i, want := range []report.Verdict{report.Met, report.NotMet, report.Missing} {
		if s.Figures[i].Verdict != want {
			t.Errorf("%+v, want %s", s.Figures[i], want)
		}
	}
}

func TestLogs(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"conn.log", "dns.log", "truth.csv"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("12345"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got := logs(dir); len(got) != 2 || sizeOf(got) != 10 {
		t.Errorf("%v, %v bytes", got, sizeOf(got))
	}
}
