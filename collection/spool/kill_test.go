package spool

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

const childDir = "NOROSHI_TEST_SPOOL"

// TestMain lets the test's program be the child that is killed as well.
func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		work(dir)
	}
	os.Exit(m.Run())
}

func childConfig(dir string) Config {
	return Config{Dir: filepath.Join(dir, "spool"), Keys: filepath.Join(dir, "keys"), Parent: parent, MaxBytes: 256 << 10, SegmentBytes: 8 << 10}
}

// work appends and acknowledges until it is killed, and says each step: before an
// acknowledgement that it tries it, after each call that it returned.
func work(dir string) {
	s, err := Open(childConfig(dir))
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	var mu sync.Mutex
	say := func(words ...any) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Println(words...)
	}
	for i := range 3 {
		go func() {
			for j := 0; ; j++ {
				text := fmt.Sprintf("%d.%d.%d.%s", os.Getpid(), i, j, strings.Repeat("x", j*37%2000))
				if n, err := s.Append(batch(one, text)); err == nil {
					say("put", n, text)
				} else {
					time.Sleep(time.Millisecond) // it is full
				}
			}
		}()
	}
	for after := uint64(0); ; {
		b, err := s.Next(context.Background(), after)
		if err != nil {
			say("error", err)
			os.Exit(1)
		}
		after = b.Number
		if b.Number%7 == 3 { // some wait longer
			continue
		}
		say("try", b.Number)
		if err := s.Ack(b.Number); err != nil {
			say("error", err)
			os.Exit(1)
		}
		say("ack", b.Number)
	}
}

// TestKilledAtAnyInstant: whatever was said to be kept is there with its content, whatever
// was said to be acknowledged is not given again. NOROSHI_KILLS says how often.
func TestKilledAtAnyInstant(t *testing.T) {
	rounds := 20
	if n, err := strconv.Atoi(os.Getenv("NOROSHI_KILLS")); err == nil && n > 0 {
		rounds = n
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	g := rand.New(rand.NewPCG(seed, 1))
	dir := scratch(t)
	w := witness{kept: map[uint64]string{}, tried: map[uint64]bool{}, done: map[uint64]bool{}}
	for round := range rounds {
		w.killed(t, dir, g)
		s, err := Open(childConfig(dir))
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		if f := s.Found(); f.Missing != 0 || len(f.Unreadable) != 0 {
			t.Fatalf("round %d: %+v", round, f)
		}
		got := map[uint64]string{}
		for _, b := range drain(t, s) {
			got[b.Number] = string(b.Content)
			if w.done[b.Number] {
				t.Fatalf("round %d: batch %d was acknowledged and is given again", round, b.Number)
			}
		}
		for n, text := range w.kept {
			if !w.done[n] && got[n] != text && !(w.tried[n] && got[n] == "") {
				t.Fatalf("round %d: batch %d was kept and is %.40q", round, n, got[n])
			}
		}
		w.kept = got
		clear(w.tried)
		// What has waited long is worked off, so that the spool does not fill up.
		if len(got) > 30 {
			for n := range got {
				if err := s.Ack(n); err != nil {
					t.Fatal(err)
				}
				w.done[n] = true
			}
			clear(w.kept)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if w.puts == 0 || w.acks == 0 {
		t.Errorf("only %d kept and %d acknowledged in %d rounds", w.puts, w.acks, rounds)
	}
	t.Logf("%d kept, %d acknowledged in %d rounds", w.puts, w.acks, rounds)
}

// witness writes down what children said.
type witness struct {
	kept       map[uint64]string // put, in this round or before
	tried      map[uint64]bool   // an acknowledgement was begun in this round
	done       map[uint64]bool   // and has returned, ever
	puts, acks int
}

// killed runs a child, and kills it at an instant by chance.
func (w *witness) killed(t *testing.T, dir string, g *rand.Rand) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childDir+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	after := 20 + g.IntN(100)
	wait := time.Duration(g.IntN(3000)) * time.Microsecond
	lines := bufio.NewScanner(out)
	for n := 0; lines.Scan(); n++ {
		f := strings.SplitN(lines.Text(), " ", 3)
		number, err := strconv.ParseUint(f[min(1, len(f)-1)], 10, 64)
		if err != nil {
			_ = cmd.Process.Kill()
			t.Fatalf("the child says %q", lines.Text())
		}
		switch f[0] {
		case "put":
			w.puts++
			w.kept[number] = f[2]
		case "try":
			w.tried[number] = true
		case "ack":
			w.acks++
			w.done[number] = true
		}
		if n == after {
			time.Sleep(wait)
			_ = cmd.Process.Kill()
		}
	}
	_ = cmd.Wait() // it was killed
}
