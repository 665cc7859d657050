// Package runtest checks in tests that nobody leaves goroutines behind. It refuses
// to be part of the product: only tests may import it.
package runtest

import (
	"runtime"
	"strings"
	"testing"
	"time"
)

// Leaks fails t at its end when goroutines run that did not run when Leaks was
// called. Call it first in the test; the test must not run in parallel with others.
func Leaks(t testing.TB) {
	t.Helper()
	before := count(stacks())
	t.Cleanup(func() {
		var after map[string]int
		for wait := time.Millisecond; wait < 2*time.Second; wait *= 2 {
			after = count(stacks())
			if len(grown(before, after)) == 0 {
				return
			}
			time.Sleep(wait)
		}
		for _, where := range grown(before, after) {
			t.Errorf("a goroutine was left behind, started by:\n%s", where)
		}
	})
}

// stacks gives the stack of every goroutine.
func stacks() []string {
	buf := make([]byte, 1<<20)
	return strings.Split(string(buf[:runtime.Stack(buf, true)]), "\n\n")
}

// count counts goroutines by the place that started them.
func count(stacks []string) map[string]int {
	by := map[string]int{}
	for _, s := range stacks {
		if i := strings.LastIndex(s, "created by "); i >= 0 && !external(s[i:]) {
			where, _, _ := strings.Cut(s[i:], " in goroutine")
			by[where]++
		}
	}
	return by
}

// external says whether the standard library keeps such a goroutine for good.
func external(created string) bool {
	for _, by := range []string{"testing.", "runtime.", "os/signal."} {
		if strings.HasPrefix(created, "created by "+by) {
			return true
		}
	}
	return false
}

func grown(before, after map[string]int) []string {
	var list []string
	for where, n := range after {
		if n > before[where] {
			list = append(list, where)
		}
	}
	return list
}
