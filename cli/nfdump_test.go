package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/noroshi-acd/noroshi/flow/nfdump/nfdumptest"
)

// bare cuts a Zeek connection log down to what nfdump would have.
func bare(t *testing.T, path string) string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var b strings.Builder
	if err := nfdumptest.Bare(&b, f); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "bare.csv")
	if err := os.WriteFile(out, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestBareFlows: command servers in public logs are still found, at level high, when
// nothing but bare flows is left.
func TestBareFlows(t *testing.T) {
	dir := os.Getenv("NOROSHI_DATA")
	if dir == "" {
		if os.Getenv("NOROSHI_REQUIRE_SHARED") == "1" {
			t.Fatal("NOROSHI_DATA is not set")
		}
		t.Skip("NOROSHI_DATA is not set")
	}
	for _, name := range []string{"001", "003"} {
		logs, err := filepath.Glob(filepath.Join(dir, "detection", "zeek-labelled", name+"-*", "conn.log"))
		if err != nil || len(logs) != 1 {
			t.Fatalf("%s: %v %v", name, logs, err)
		}
		top := func(path string) (dst string) {
			_, out, errs := run(t, "analyze", "--json", "--min-level", "high", path)
			var d struct {
				Findings []struct{ Kind, Level, Src, Dst string }
			}
			if err := json.Unmarshal([]byte(out), &d); err != nil {
				t.Fatalf("%v: %s", err, errs)
			}
			for _, f := range d.Findings {
				if f.Kind == "beacon" {
					return f.Src + " " + f.Dst
				}
			}
			return ""
		}
		want := top(logs[0])
		if want == "" {
			t.Fatalf("%s: nothing found in the log itself", name)
		}
		if got := top(bare(t, logs[0])); got != want {
			t.Errorf("%s: found %q in bare flows, want %q", name, got, want)
		}
	}
}
