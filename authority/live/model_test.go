package live_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// models are the models, and of how many variants each lacks a rule.
var models = []struct {
	file   string
	broken int
	long   bool
}{{"number.pml", 6, false}, {"live.pml", 8, true}}

// TestModel tries every order of steps of the models: in model/live.pml grants, liveness
// and revocation race over a network that withholds, crashes, and clocks that are wrong;
// in model/number.pml a thief of the key tries to use the numbers up. Each variant with a
// rule taken away must be found wrong, and the one that asserts that nothing is ever
// reached too: a check that cannot fail would check nothing.
func TestModel(t *testing.T) {
	for _, c := range []string{"spin", "gcc"} {
		if _, err := exec.LookPath(c); err != nil {
			if os.Getenv("CI") != "" || os.Getenv("NOROSHI_REQUIRE_SHARED") == "1" {
				t.Fatalf("the model cannot be checked: %v", err)
			}
			t.Skipf("the model is not checked: %v (make tools installs it)", err)
		}
	}
	for _, m := range models {
		model, err := filepath.Abs(filepath.Join("model", m.file))
		if err != nil {
			t.Fatal(err)
		}
		for n := 1; n <= m.broken; n++ {
			t.Run(fmt.Sprintf("%s without rule %d", m.file, n), func(t *testing.T) {
				if out := search(t, model, fmt.Sprintf("-DBROKEN=%d", n)); !strings.Contains(out, "assertion violated") {
					t.Errorf("nothing is found wrong:\n%s", out)
				}
			})
		}
		t.Run(m.file+" is reached", func(t *testing.T) {
			if out := search(t, model, "-DREACH"); !strings.Contains(out, "assertion violated") {
				t.Errorf("nothing is ever reached:\n%s", out)
			}
		})
		t.Run(m.file+" whole", func(t *testing.T) {
			if m.long && testing.Short() {
				t.Skip("all orders of steps take a minute")
			}
			whole(t, search(t, model))
		})
	}
}

// whole demands that a model was searched to its end and found right.
func whole(t *testing.T, out string) {
	t.Helper()
	if !strings.Contains(out, "errors: 0") || strings.Contains(out, "Search not completed") || strings.Contains(out, "max search depth too small") {
		t.Errorf("the model is not found right, or not searched whole:\n%s", out)
	}
	for line := range strings.Lines(out) {
		if strings.Contains(line, "states, stored") {
			t.Log(strings.TrimSpace(line))
		}
	}
}

// search lets spin try all orders of steps, and gives what it printed.
func search(t *testing.T, model string, flags ...string) string {
	t.Helper()
	dir := t.TempDir()
	run := func(name string, args ...string) string {
		c := exec.CommandContext(t.Context(), name, args...)
		c.Dir = dir
		out, err := c.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
		return string(out)
	}
	run("spin", append(append([]string{"-a"}, flags...), model)...)
	run("gcc", "-w", "-O2", "-DSAFETY", "-DCOLLAPSE", "-DMEMLIM=3000", "-o", "pan", "pan.c")
	return run(filepath.Join(dir, "pan"), "-m100000", "-E")
}
