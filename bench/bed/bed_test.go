package bed

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/noroshi-acd/noroshi/bench/judge"
)

// TestMain lets the test program be its own child.
func TestMain(m *testing.M) {
	if Child(os.Args[1:], map[string]func([]string, io.Writer) error{
		"echo": func(args []string, out io.Writer) error { _, err := fmt.Fprintf(out, "%q", args[0]); return err },
		"fail": func([]string, io.Writer) error { return fmt.Errorf("on purpose") },
	}) {
		return
	}
	os.Exit(m.Run())
}

func TestMedian(t *testing.T) {
	got := Median([]Spend{{Wall: 9, CPU: 1, RSS: 5}, {Wall: 1, CPU: 3, RSS: 50, Exit: 1}, {Wall: 4, CPU: 2, RSS: 7}})
	if d := cmp.Diff(Spend{Wall: 4, CPU: 2, RSS: 50, Exit: 1}, got); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(Spend{}, Median(nil)); d != "" {
		t.Error(d)
	}
}

// TestRun: the memory is the command's own, not that of the large process that
// asked for it, and what it prints and how it ends come through.
func TestRun(t *testing.T) {
	big := make([]byte, 200<<20)
	for i := 0; i < len(big); i += 4096 {
		big[i] = 1
	}
	b := &Bed{}
	var out strings.Builder
	s, err := b.Run(context.Background(), &out, "sh", "-c", "echo said; exit 1")
	if err != nil || out.String() != "said\n" || s.Exit != 1 {
		t.Fatalf("%+v %q %v", s, out.String(), err)
	}
	if s.MiB() > 100 || s.RSS == 0 || s.Wall <= 0 {
		t.Errorf("a shell took %.0f MiB, %v", s.MiB(), s.Wall)
	}
	if big[4096] != 1 {
		t.Error("the memory went")
	}
	if _, err := b.Run(context.Background(), nil, "sh", "-c", "echo why >&2; exit 2"); err == nil || !strings.Contains(err.Error(), "why") {
		t.Errorf("status 2 gives %v", err)
	}
	if _, err := b.Run(context.Background(), nil, "no-such-command"); err == nil {
		t.Error("a command that is not here ran")
	}
}

// TestRunEnds: a command that hangs dies with the run.
func TestRunEnds(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	start := time.Now()
	if _, err := (&Bed{}).Run(ctx, nil, "sleep", "60"); err == nil {
		t.Error("no error")
	}
	if time.Since(start) > 20*time.Second {
		t.Error("it was waited for")
	}
}

func TestAlone(t *testing.T) {
	b := &Bed{}
	var said string
	if err := b.Alone(context.Background(), &said, "echo", "hello"); err != nil || said != "hello" {
		t.Errorf("%q %v", said, err)
	}
	if err := b.Alone(context.Background(), &said, "fail"); err == nil || !strings.Contains(err.Error(), "on purpose") {
		t.Errorf("%v", err)
	}
}

func TestRandIsFixedBySeedAndLabel(t *testing.T) {
	draw := func(seed uint64, label string) uint64 { return (&Bed{Seed: seed}).Rand(label).Uint64() }
	if x, again := draw(1, "a"), draw(1, "a"); x != again || x == draw(1, "b") || x == draw(2, "a") {
		t.Error("seed and label must fix it, and nothing else")
	}
}

// TestOpen builds the product and analyses nothing, which it refuses.
func TestOpen(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the binary")
	}
	var log strings.Builder
	b, err := Open(context.Background(), Options{Quick: true, Seed: 3, Log: &log})
	if err != nil {
		t.Fatal(err)
	}
	if b.Size(9, 2) != 2 || !strings.Contains(log.String(), "building") {
		t.Errorf("%+v %q", b, log.String())
	}
	if _, _, err := b.Analyze(context.Background(), b.Temp+"/nothing.log"); err == nil {
		t.Error("a file that is not here was analysed")
	}
	dir, err := b.Dir("x")
	if err != nil {
		t.Fatal(err)
	}
	conn := dir + "/conn.log"
	text := "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\n#types\ttime\tstring\taddr\tport\taddr\tport\tenum\n1795132800.0\tC1\t10.0.0.1\t50000\t198.51.100.1\t443\ttcp\n"
	if err := os.WriteFile(conn, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	d, s, err := b.Analyze(context.Background(), conn)
	if err != nil || d.Records != 1 || len(d.Findings) != 0 || s.RSS == 0 {
		t.Errorf("%+v %+v %v", d, s, err)
	}
	if d := cmp.Diff([]judge.Input{{Path: conn, Format: "zeek conn", Records: 1, Errors: []string{}}}, d.Inputs); d != "" {
		t.Error(d)
	}
	b.Close()
	if _, err := os.Stat(b.Temp); err == nil {
		t.Error("the scratch folder stays")
	}
}
