package run

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/noroshi-acd/noroshi/internal/run/runtest"
)

// diary notes what happens, from any goroutine.
type diary struct {
	mu    sync.Mutex
	lines []string
}

func (d *diary) note(s string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, s)
}

// all is everything noted so far.
func (d *diary) all() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return strings.Join(d.lines, " ")
}

// part is ready after a second and takes a second to stop.
func (d *diary) part(name string) Part {
	return func(ctx context.Context, ready func()) error {
		d.note("start " + name)
		time.Sleep(time.Second)
		d.note("ready " + name)
		ready()
		ready() // saying it twice does no harm
		<-ctx.Done()
		time.Sleep(time.Second)
		d.note("end " + name)
		return ctx.Err()
	}
}

func TestOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d diary
		var g Group
		for _, name := range []string{"a", "b", "c"} {
			g.Add(name, d.part(name))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		began := time.Now()
		if err := g.Run(ctx); err != nil {
			t.Errorf("Run: %v", err)
		}
		want := []string{"start a", "ready a", "start b", "ready b", "start c", "ready c", "end c", "end b", "end a"}
		if diff := cmp.Diff(want, d.lines); diff != "" {
			t.Errorf("-want +got\n%s", diff)
		}
		if took := time.Since(began); took != 63*time.Second {
			t.Errorf("took %v, want a minute and three seconds", took)
		}
	})
}

func TestPartEnds(t *testing.T) {
	boom := errors.New("boom")
	for _, tt := range []struct {
		name string
		part Part
		want string // error
		also bool   // whether the part after it started
	}{
		{"at once without error", func(context.Context, func()) error { return nil }, "", false},
		{"at once with error", func(context.Context, func()) error { return boom }, "b: boom", false},
		{"later with error", func(_ context.Context, ready func()) error { ready(); time.Sleep(time.Hour); return boom }, "b: boom", true},
		{"later without error", func(_ context.Context, ready func()) error { ready(); time.Sleep(time.Hour); return nil }, "", true},
		{"cancelled by itself", func(context.Context, func()) error { return context.Canceled }, "b: context canceled", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var d diary
				var g Group
				g.Add("a", d.part("a"))
				g.Add("b", tt.part)
				g.Add("c", d.part("c"))
				err := g.Run(t.Context())
				if got := text(err); got != tt.want {
					t.Errorf("error %q, want %q", got, tt.want)
				}
				all := d.all()
				if started := strings.Contains(all, "start c"); started != tt.also || started != strings.Contains(all, "end c") {
					t.Errorf("the part after it: %q", all)
				}
				if !strings.HasSuffix(all, "end a") {
					t.Errorf("the part before it was not stopped: %q", all)
				}
			})
		})
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestStuckPart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d diary
		g := Group{Limit: 10 * time.Second}
		release := make(chan struct{})
		g.Add("a", d.part("a"))
		g.Add("b", func(_ context.Context, ready func()) error { ready(); <-release; return nil })
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		began := time.Now()
		err := g.Run(ctx)
		if !errors.Is(err, ErrStuck) || !strings.Contains(text(err), "b: ") {
			t.Errorf("error %v, want b stuck", err)
		}
		if took := time.Since(began); took != 70*time.Second {
			t.Errorf("took %v, want a minute and ten seconds", took)
		}
		close(release)
		synctest.Wait()
		time.Sleep(time.Minute) // a was told to stop too
		if all := d.all(); !strings.HasSuffix(all, "end a") {
			t.Errorf("the part below the stuck one was not told to stop: %q", all)
		}
	})
}

func TestCancelledWhileStarting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d diary
		var g Group
		g.Add("a", d.part("a"))
		g.Add("never ready", func(ctx context.Context, _ func()) error { <-ctx.Done(); return nil })
		g.Add("c", d.part("c"))
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if err := g.Run(ctx); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff([]string{"start a", "ready a", "end a"}, d.lines); diff != "" {
			t.Errorf("-want +got\n%s", diff)
		}
	})
}

func TestSignals(t *testing.T) {
	runtest.Leaks(t)
	ctx, stop := Signals(context.Background())
	defer stop()
	if err := syscall.Kill(os.Getpid(), syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case <-ctx.Done():
	case <-time.After(5 * time.Second):
		t.Fatal("the signal did not end the context")
	}
}

func TestNoLeaks(t *testing.T) {
	runtest.Leaks(t)
	var g Group
	g.Add("a", func(ctx context.Context, ready func()) error { ready(); <-ctx.Done(); return nil })
	g.Add("b", func(_ context.Context, ready func()) error { ready(); return nil })
	if err := g.Run(t.Context()); err != nil {
		t.Error(err)
	}
}
