package bed

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Bed is one run's ground. Its methods are for one goroutine.
type Bed struct {
	Root    string // of the repository
	Shared  string // folder of shared tools, empty when it is not here
	Data    string // folder of unpacked public data, empty when it is not here
	Noroshi string // the built binary
	Temp    string // scratch folder
	Quick   bool
	Seed    uint64

	log     io.Writer
	started time.Time
	days    map[int]string
	daytool string
}

// Options say what a run is to be.
type Options struct {
	Quick bool
	Seed  uint64
	Log   io.Writer // where progress goes
}

// Open finds the folders and builds the binary. NOROSHI_SHARED names the folder of
// shared tools (../shared by default), NOROSHI_DATA that of the data.
func Open(ctx context.Context, o Options) (*Bed, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	gomod := strings.TrimSpace(string(out))
	if err != nil || !filepath.IsAbs(gomod) {
		return nil, errors.Join(errors.New("finding the repository: run bench within it"), err)
	}
	b := &Bed{Root: filepath.Dir(gomod), Quick: o.Quick, Seed: o.Seed, log: o.Log, started: time.Now(), days: map[int]string{}}
	b.Shared = os.Getenv("NOROSHI_SHARED")
	if b.Shared == "" {
		b.Shared = filepath.Join(b.Root, "..", "shared")
	}
	if _, err := os.Stat(filepath.Join(b.Shared, "tools")); err != nil {
		b.Shared = ""
	}
	b.Data = os.Getenv("NOROSHI_DATA")
	if _, err := os.Stat(filepath.Join(b.Data, "detection")); b.Data == "" || err != nil {
		b.Data = ""
	}
	if b.Temp, err = os.MkdirTemp("", "noroshi-bench-"); err != nil {
		return nil, err
	}
	b.Noroshi = filepath.Join(b.Temp, "noroshi")
	b.Say("building the binary")
	if err := b.build(ctx, b.Root, b.Noroshi, "./cmd/noroshi"); err != nil {
		b.Close()
		return nil, err
	}
	return b, nil
}

// Close removes the scratch folder.
func (b *Bed) Close() error { return os.RemoveAll(b.Temp) }

// Say writes a line of progress, where there is somebody to read it.
func (b *Bed) Say(format string, args ...any) {
	if b.log == nil {
		return
	}
	fmt.Fprintf(b.log, "%6.1fs %s\n", time.Since(b.started).Seconds(), fmt.Sprintf(format, args...))
}

// Rand gives a generator for one purpose; the seed of the run and label fix it.
func (b *Bed) Rand(label string) *rand.Rand {
	h := fnv.New64a()
	io.WriteString(h, label)
	return rand.New(rand.NewPCG(b.Seed, h.Sum64()))
}

// Size gives full, or small in a quick run.
func (b *Bed) Size(full, small int) int {
	if b.Quick {
		return small
	}
	return full
}

// Dir makes a folder in the scratch folder.
func (b *Bed) Dir(name string) (string, error) {
	dir := filepath.Join(b.Temp, name)
	return dir, os.MkdirAll(dir, 0o755)
}

func (b *Bed) build(ctx context.Context, dir, out, pkg string) error {
	c := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", out, pkg)
	c.Dir, c.Env = dir, append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
	if text, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("building %s in %s: %w: %s", pkg, dir, err, text)
	}
	return nil
}

// Day gives the folder of the i-th made-up day of the shared tool, with its logs
// and truth.csv. Each i has another seed and other outside addresses. An empty
// folder name means that the tool is not here.
func (b *Bed) Day(ctx context.Context, i int) (string, error) {
	if b.Shared == "" || b.days[i] != "" {
		return b.days[i], nil
	}
	if b.daytool == "" {
		tool := filepath.Join(b.Temp, "day")
		if err := b.build(ctx, filepath.Join(b.Shared, "tools", "day"), tool, "."); err != nil {
			return "", err
		}
		b.daytool = tool
	}
	dir := filepath.Join(b.Temp, fmt.Sprintf("day-%d", i))
	b.Say("making day %d", i+1)
	args := []string{"-o", dir, "-seed", fmt.Sprint(b.Seed%1_000_000_000 + uint64(i)), "-shift", fmt.Sprint((b.Seed%97)*131 + uint64(i)*1009)}
	if b.Quick {
		args = append(args, "-sess", "6")
	}
	if text, err := exec.CommandContext(ctx, b.daytool, args...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("making a day: %w: %s", err, text)
	}
	b.days[i] = dir
	return dir, nil
}

// Drop removes the i-th day.
func (b *Bed) Drop(i int) {
	if b.days[i] != "" {
		os.RemoveAll(b.days[i])
		delete(b.days, i)
	}
}

// DetectionData gives the path of a set of the public data and whether it is here.
func (b *Bed) DetectionData(set ...string) (string, bool) {
	path := filepath.Join(append([]string{b.Data, "detection"}, set...)...)
	_, err := os.Stat(path)
	return path, b.Data != "" && err == nil
}
