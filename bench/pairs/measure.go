package pairs

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"strings"
	"syscall"
	"time"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/roster"
	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// result is what one pass took.
type result struct {
	Records, Pairs int
	Making         time.Duration // CPU of the stream alone
	Wall           time.Duration // in Engine.Observe
	CPU            time.Duration // of the whole pass, less Making
	Asking         time.Duration // wall of asking for all findings once, at the end
	Ground         int64         // bytes resident before the engine began
	RSS            int64         // greatest, bytes
	Tallies        []tally
}

// softMemory is what the command sets for itself, bytes.
const softMemory = 960 << 20

// order is what a child is told.
type order struct {
	Size
	seed        uint64
	profile, to string
}

func parse(args []string) (o order, err error) {
	f := flag.NewFlagSet("pairs", flag.ContinueOnError)
	f.IntVar(&o.Records, "records", 1_000_000, "flows")
	f.IntVar(&o.Pairs, "pairs", 100_000, "live pairs")
	f.IntVar(&o.Hosts, "hosts", 5_000, "hosts inside")
	f.IntVar(&o.Servers, "servers", 30_000, "destinations")
	f.IntVar(&o.Planted, "planted", 40, "command servers")
	f.Uint64Var(&o.seed, "seed", 1, "of all that is made")
	f.StringVar(&o.profile, "profile", "", "file for a profile of the engine's CPU time")
	f.StringVar(&o.to, "to", "", "file to write")
	err = f.Parse(args)
	return o, err
}

// args says o as flags.
func (o *order) args() []string {
	return []string{
		fmt.Sprint("-records=", o.Records), fmt.Sprint("-pairs=", o.Pairs), fmt.Sprint("-hosts=", o.Hosts), fmt.Sprint("-servers=", o.Servers),
		fmt.Sprint("-planted=", o.Planted), fmt.Sprint("-seed=", o.seed), "-profile=" + o.profile, "-to=" + o.to,
	}
}

// play is a world ready to be streamed, as often as is wanted.
type play struct {
	order
	border  *direction.Table
	world   *world
	threats []threat
	events  []event
}

func prepare(o order) (*play, error) {
	border, err := direction.New(direction.Options{})
	if err != nil {
		return nil, err
	}
	p := &play{order: o, border: border}
	r := rand.New(rand.NewPCG(o.seed, 1))
	p.world = newWorld(r, border, o.Size)
	p.threats, p.events = plant(r, p.world, border)
	return p, nil
}

func (p *play) stream() *stream { return newStream(p.world, p.seed, p.events) }

func tell(out io.Writer, v any) error { return json.NewEncoder(out).Encode(v) }

// Measure runs a stream through the engine with all detectors, as analyze has them,
// and habits learnt besides, and reports to out; it is run as a child.
func Measure(args []string, out io.Writer) error {
	debug.SetMemoryLimit(softMemory)
	o, err := parse(args)
	if err != nil {
		return err
	}
	p, err := prepare(o)
	if err != nil {
		return err
	}
	res := result{Records: o.Records + len(p.events), Pairs: len(p.world.to)}
	var b flow.Batch
	before := used()
	for s := p.stream(); s.fill(&b); {
	}
	res.Making = used() - before
	runtime.GC()
	res.Ground = status("VmRSS")
	var skips fault.Skips
	all, err := roster.New(roster.Options{Places: p.border, LearnHabits: true}, &skips)
	if err != nil {
		return err
	}
	engine := detect.NewEngine(detect.DefaultConfig(), p.border, all.All...)
	if o.profile != "" {
		file, err := os.Create(o.profile)
		if err != nil {
			return err
		}
		defer file.Close()
		if err := pprof.StartCPUProfile(file); err != nil {
			return err
		}
	}
	before = used()
	for s := p.stream(); s.fill(&b); {
		start := time.Now()
		engine.Observe(&b)
		res.Wall += time.Since(start)
	}
	res.CPU = used() - before - res.Making
	pprof.StopCPUProfile()
	start := time.Now()
	found := engine.Findings()
	res.Asking, res.RSS = time.Since(start), status("VmHWM")
	res.Tallies = judge(p.threats, found)
	return tell(out, res)
}

// used gives the CPU time of this process.
func used() time.Duration {
	var use syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &use) != nil {
		return 0
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

// status gives a figure of the kernel about this process, bytes.
func status(key string) int64 {
	text, _ := os.ReadFile("/proc/self/status")
	for l := range strings.Lines(string(text)) {
		var kb int64
		if n, _ := fmt.Sscanf(l, key+": %d kB", &kb); n == 1 {
			return kb << 10
		}
	}
	return 0
}
