package obs

import (
	"bytes"
	"errors"
	"log/slog"
	"math"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

func TestLogger(t *testing.T) {
	var b bytes.Buffer
	l := NewLogger(&b, slog.LevelInfo, false)
	l.Debug("not seen")
	l.Warn("skipped a \x1b[2Jrecord", "path", "a\nb.log", "name", "\u202eevil", "n", 3)
	want := `level=warn msg="skipped a \x1b[2Jrecord" path="a\nb.log" name="\u202eevil" n=3` + "\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	b.Reset()
	NewLogger(&b, slog.LevelInfo, true).Info("x")
	if !strings.HasPrefix(b.String(), "time=") {
		t.Errorf("no time in %q", b.String())
	}
}

func TestParseLevel(t *testing.T) {
	for s, want := range map[string]slog.Level{"debug": slog.LevelDebug, "WARN": slog.LevelWarn, "error": slog.LevelError} {
		if got, ok := ParseLevel(s); !ok || got != want {
			t.Errorf("ParseLevel(%q) = %v, %v", s, got, ok)
		}
	}
	if _, ok := ParseLevel("loud"); ok {
		t.Error("ParseLevel accepts loud")
	}
}

func TestVoice(t *testing.T) {
	var b bytes.Buffer
	v := Voice{&b, i18n.EN}
	v.Tell("couldn't open \x1b]x\nsecond", "try again")
	v.Say("general.yes")
	v.Complain(errors.Join(&fault.Error{Msg: "one", Hint: "do"}, errors.New("two")))
	want := "noroshi: couldn't open \\x1b]x\nnoroshi: second\nnoroshi: hint: try again\nnoroshi: yes\n" +
		"noroshi: one\nnoroshi: hint: do\nnoroshi: two\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestProgress(t *testing.T) {
	for _, l := range []i18n.Lang{i18n.EN, i18n.JA, i18n.Pseudo} {
		var b bytes.Buffer
		now := time.Unix(1000, 0)
		p := newProgress(&b, l, 40, func() time.Time { return now })
		p.Update(0, 0, 100)
		for range 100 { // 10 s
			now = now.Add(100 * time.Millisecond)
			p.Update(uint64(now.Unix()-1000)*1000, now.Unix()-1000, 40)
		}
		lines := strings.Split(b.String(), "\r")[1:]
		if len(lines) > 51 || len(lines) < 40 {
			t.Errorf("%s: %d lines in 10 s, want about 50", l, len(lines))
		}
		for _, line := range lines {
			if i18n.Width(line) != 39 {
				t.Errorf("%s: %q takes %d columns of 40", l, line, i18n.Width(line))
			}
		}
		if last := lines[len(lines)-1]; l == i18n.EN && !strings.HasPrefix(last, "10,000 records, 1,000 a second, 25 % r") {
			t.Errorf("last line %q", last)
		}
		b.Reset()
		p.Done()
		p.Done()
		if got := strings.TrimSpace(b.String()); got != "" || strings.Count(b.String(), "\r") != 2 {
			t.Errorf("Done leaves %q", b.String())
		}
	}
}

func TestProgressLeft(t *testing.T) {
	now := time.Unix(1000, 0)
	p := newProgress(nil, i18n.EN, 0, func() time.Time { return now })
	for _, tt := range []struct {
		after       time.Duration
		done, total int64
		want        string
	}{
		{10 * time.Second, 25, 100, "5,000 records, 500 a second, 25 % read, 30 s left"},
		{10 * time.Second, 1, math.MaxInt64, "5,000 records, 500 a second, <0.1 % read, 365 d left"},
		{10 * time.Second, 0, 100, "5,000 records, 500 a second"},
		{10 * time.Second, 200, 100, "5,000 records, 500 a second"},
		{0, 25, 100, "5,000 records, 0 a second"},
	} {
		if got := p.line(now.Add(tt.after), 5000, tt.done, tt.total); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

func TestNoTerminalNoProgress(t *testing.T) {
	f, err := os.CreateTemp(t.TempDir(), "out")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p := NewProgress(f, i18n.EN, 0)
	p.Update(1, 1, 2)
	p.Done()
	var none *Progress
	none.Update(1, 1, 2)
	none.Done()
	if is, _ := f.Stat(); is.Size() != 0 {
		t.Errorf("%d bytes written to a file", is.Size())
	}
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	if IsTerminal(null) || IsTerminal(nil) {
		t.Error("the null device counts as a terminal")
	}
}

func TestRegistry(t *testing.T) {
	r := NewRegistry()
	c := r.Counter("noroshi_flow_records_total", "Records read, \\ all inputs.\nTogether.")
	r.Gauge("noroshi_detect_state_bytes", "Memory of all detectors.", func() float64 { return 1.5 })
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 1000 {
				c.Add(2)
			}
		})
	}
	wg.Wait()
	var b bytes.Buffer
	if err := r.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	want := `# HELP noroshi_detect_state_bytes Memory of all detectors.
# TYPE noroshi_detect_state_bytes gauge
noroshi_detect_state_bytes 1.5
# HELP noroshi_flow_records_total Records read, \\ all inputs.\nTogether.
# TYPE noroshi_flow_records_total counter
noroshi_flow_records_total 16000
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestRegistryRefuses(t *testing.T) {
	for name, do := range map[string]func(*Registry){
		"no help":     func(r *Registry) { r.Counter("noroshi_x_total", " ") },
		"bad name":    func(r *Registry) { r.Gauge("records", "x", nil) },
		"no total":    func(r *Registry) { r.Counter("noroshi_x_records", "x") },
		"used before": func(r *Registry) { r.Counter("noroshi_x_total", "x"); r.Counter("noroshi_x_total", "x") },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("accepted")
				}
			}()
			do(NewRegistry())
		})
	}
}
