package bed

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/noroshi-acd/noroshi/bench/judge"
)

// Spend is what one command took.
type Spend struct {
	Wall time.Duration // from start to exit
	CPU  time.Duration // user and system, all threads
	RSS  int64         // greatest resident memory, bytes
	Exit int
}

// limit is when a command counts as hung.
const limit = 30 * time.Minute

// childFlag is the first argument of a child of bench.
const childFlag = "-child"

// Child runs what the arguments ask for when this process is a child of bench, and
// says whether it was. The caller MUST call it before anything else and then
// return.
//
// The kernel counts the memory of whoever starts a command as the command's own
// until it begins; a child that has just begun is small, so the figure is true
// above some 15 MiB.
func Child(args []string, others map[string]func(args []string, out io.Writer) error) bool {
	if len(args) < 2 || args[0] != childFlag {
		return false
	}
	do := others[args[1]]
	if args[1] == "spend" {
		do = spend
	}
	if do == nil {
		fmt.Fprintf(os.Stderr, "bench: no child is called %q\n", args[1])
		os.Exit(2)
	}
	report := os.NewFile(3, "report")
	if err := do(args[2:], report); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(2)
	}
	return true
}

// spend runs a command and reports its Spend.
func spend(args []string, out io.Writer) error {
	runtime.LockOSThread() // the command must die with us, and the kernel takes the thread for us
	c := exec.Command(args[0], args[1:]...)
	c.Stdout, c.Stderr = os.Stdout, os.Stderr
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	start := time.Now()
	err := c.Run()
	s := Spend{Wall: time.Since(start)}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return err
	}
	use, ok := c.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return errors.New("this system does not report what a command used")
	}
	s.CPU = time.Duration(use.Utime.Nano() + use.Stime.Nano())
	s.RSS, s.Exit = int64(use.Maxrss)<<10, c.ProcessState.ExitCode()
	return json.NewEncoder(out).Encode(s)
}

// child runs this program as a child and decodes what it reports into result.
func child(ctx context.Context, env []string, stdout io.Writer, result any, args ...string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer r.Close()
	c := exec.CommandContext(ctx, self, append([]string{childFlag}, args...)...)
	var said bytes.Buffer
	c.Stdout, c.Stderr, c.ExtraFiles, c.Env = stdout, &said, []*os.File{w}, append(os.Environ(), env...)
	c.WaitDelay = 5 * time.Second
	err = c.Start()
	w.Close()
	if err != nil {
		return err
	}
	text, readErr := io.ReadAll(r)
	if err := c.Wait(); err != nil {
		return fmt.Errorf("running %s: %w: %s", strings.Join(args[:min(4, len(args))], " "), cmp.Or(ctx.Err(), err), tail(said.String()))
	}
	if readErr != nil {
		return readErr
	}
	if err := json.Unmarshal(text, result); err != nil {
		return fmt.Errorf("reading what a child reports: %w", err)
	}
	if s, ok := result.(*Spend); ok && s.Exit > 1 {
		return fmt.Errorf("%s ended with status %d: %s", args[1], s.Exit, tail(said.String()))
	}
	return nil
}

// Used gives the CPU time of this process so far, user and system, all threads.
func Used() time.Duration {
	var use syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &use) != nil {
		return 0
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

func tail(s string) string { return s[max(0, len(s)-400):] }

// Alone runs the named child of this program on one core and decodes its report.
func (b *Bed) Alone(ctx context.Context, result any, args ...string) error {
	return child(ctx, []string{"GOMAXPROCS=1"}, io.Discard, result, args...)
}

// Apart runs the named child of this program on at most two cores and decodes its
// report.
func (b *Bed) Apart(ctx context.Context, result any, args ...string) error {
	return child(ctx, []string{fmt.Sprint("GOMAXPROCS=", min(2, runtime.NumCPU()))}, io.Discard, result, args...)
}

// Run runs a command on at most two of Go's processors; stdout may be nil. Exit
// status 0 and 1 are sound, others an error.
func (b *Bed) Run(ctx context.Context, stdout io.Writer, command ...string) (Spend, error) {
	if stdout == nil {
		stdout = io.Discard
	}
	var s Spend
	err := child(ctx, []string{fmt.Sprint("GOMAXPROCS=", min(2, runtime.NumCPU())), "LC_ALL=C.UTF-8"}, stdout, &s, append([]string{"spend"}, command...)...)
	return s, err
}

// Analyze runs `noroshi analyze --json` with args, flags and paths.
func (b *Bed) Analyze(ctx context.Context, args ...string) (*judge.Document, Spend, error) {
	var out bytes.Buffer
	s, err := b.Run(ctx, &out, append([]string{b.Noroshi, "analyze", "--json"}, args...)...)
	if err != nil {
		return nil, s, err
	}
	d, err := judge.Read(&out)
	return d, s, err
}

// Median gives the medians of wall and CPU time and the greatest memory of runs.
func Median(runs []Spend) Spend {
	if len(runs) == 0 {
		return Spend{}
	}
	middle := func(of func(Spend) time.Duration) time.Duration {
		all := make([]time.Duration, len(runs))
		for i, r := range runs {
			all[i] = of(r)
		}
		slices.Sort(all)
		return all[len(all)/2]
	}
	m := Spend{Wall: middle(func(s Spend) time.Duration { return s.Wall }), CPU: middle(func(s Spend) time.Duration { return s.CPU })}
	for _, r := range runs {
		m.RSS, m.Exit = max(m.RSS, r.RSS), max(m.Exit, r.Exit)
	}
	return m
}

// MiB gives the memory in MiB.
func (s Spend) MiB() float64 { return float64(s.RSS) / (1 << 20) }
