package runtest

import (
	"fmt"
	"testing"
)

// recorder is a test that notes its errors and runs its clean-up when told.
type recorder struct {
	testing.TB
	errors  []string
	cleanup func()
}

func (r *recorder) Helper()          {}
func (r *recorder) Cleanup(f func()) { r.cleanup = f }
func (r *recorder) Errorf(format string, args ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}

func TestLeaksBites(t *testing.T) {
	release := make(chan struct{})
	r := &recorder{TB: t}
	Leaks(r)
	go leaked(release)
	r.cleanup()
	close(release)
	if len(r.errors) != 1 {
		t.Errorf("found %q, want one leak", r.errors)
	}
	clean := &recorder{TB: t}
	Leaks(clean)
	done := make(chan struct{})
	go func() { close(done) }()
	<-done
	clean.cleanup()
	if len(clean.errors) != 0 {
		t.Errorf("found %q in a clean test", clean.errors)
	}
}

func leaked(release chan struct{}) { <-release }
