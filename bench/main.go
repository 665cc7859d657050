package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/noroshi-acd/noroshi/bench/bed"
	"github.com/noroshi-acd/noroshi/bench/cases"
	"github.com/noroshi-acd/noroshi/bench/decoders"
	"github.com/noroshi-acd/noroshi/bench/delay"
	"github.com/noroshi-acd/noroshi/bench/files"
	"github.com/noroshi-acd/noroshi/bench/hot"
	"github.com/noroshi-acd/noroshi/bench/labelled"
	"github.com/noroshi-acd/noroshi/bench/laws"
	"github.com/noroshi-acd/noroshi/bench/ledger"
	"github.com/noroshi-acd/noroshi/bench/moved"
	"github.com/noroshi-acd/noroshi/bench/outsider"
	"github.com/noroshi-acd/noroshi/bench/packets"
	"github.com/noroshi-acd/noroshi/bench/pairs"
	"github.com/noroshi-acd/noroshi/bench/papers"
	"github.com/noroshi-acd/noroshi/bench/planted"
	"github.com/noroshi-acd/noroshi/bench/report"
	"github.com/noroshi-acd/noroshi/bench/revocation"
	"github.com/noroshi-acd/noroshi/bench/tiers"
)

func main() {
	if bed.Child(os.Args[1:], children()) {
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		stop()
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(2)
	}
}

// children are what this program does in a process of its own.
func children() map[string]func([]string, io.Writer) error {
	return map[string]func([]string, io.Writer) error{"meter": packets.Meter, "pairs": pairs.Measure, "pairsfile": pairs.Write, "race": decoders.Race}
}

// section is one part of a run.
type section struct {
	key, title string
	measure    func(ctx context.Context, b *bed.Bed, s *report.Section) error
}

// sections lists them in the order in which they run: what lasts and what needs a
// quiet heap first.
func sections() []section {
	return []section{
		{"day", "A day of Zeek logs", planted.Day},
		{"quality", "Quality on made-up days", planted.Quality},
		{"heldout", "Classes held out of tuning, bots in numbers", planted.HeldOut},
		{"detectors", "Every method: labelled cases and look-alikes", cases.Section},
		{"moved", "Servers that moved, found from their habits", moved.Section},
		{"tiers", "Botnets in tiers, grown from one C2", tiers.Section},
		{"captures", "Labelled captures", labelled.Captures},
		{"dga", "Generated names", labelled.Names},
		{"ja4", "Client fingerprints", labelled.Fingerprints},
		{"bareflows", "Published logs cut down to bare flows", labelled.BareFlows},
		{"packets", "Packets", packets.Section},
		{"nfcapd", "Files of nfcapd", files.Section},
		{"decoders", "Exports of flows, decoded", decoders.Section},
		{"delay", "Time to detect on replay", delay.Section},
		{"pairs", "All methods on millions of live pairs", pairs.Section},
		{"papers", "Checks of papers", papers.Section},
		{"laws", "Requests held against the law", laws.Section},
		{"ledger", "The ledger", ledger.Section},
		{"verify", "Exports of the logs, verified by an outsider", outsider.Section},
		{"revocation", "From a revocation to its effect", revocation.Section},
		{"hot", "Hot paths", hot.Section},
	}
}

// wish is what the flags ask for.
type wish struct {
	only  []section
	quick bool
	seed  uint64
	dir   string
	html  string
}

func parse(args []string, stderr io.Writer) (w wish, err error) {
	all := sections()
	var keys []string
	for _, s := range all {
		keys = append(keys, s.key)
	}
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(stderr)
	only := f.String("only", "", "sections to run, separated by commas: "+strings.Join(keys, ", "))
	f.BoolVar(&w.quick, "quick", false, "small sizes, within two minutes; speed and memory are shown, not judged")
	f.Uint64Var(&w.seed, "seed", 0, "of all that is made up; 0 takes a new one and prints it")
	f.StringVar(&w.dir, "o", "", "folder for report.md, report.html and report.json")
	f.StringVar(&w.html, "html", "", "file for the page with pictures, without the others")
	if err := f.Parse(args); err != nil {
		return w, err
	}
	if f.NArg() > 0 {
		return w, fmt.Errorf("%q is no flag", f.Arg(0))
	}
	if w.seed == 0 {
		w.seed = 1 + rand.Uint64N(1<<31)
	}
	if *only == "" {
		w.only = all
		return w, nil
	}
	for key := range strings.SplitSeq(*only, ",") {
		i := slices.Index(keys, strings.TrimSpace(key))
		if i < 0 {
			return w, fmt.Errorf("no section is called %q; there are %s", key, strings.Join(keys, ", "))
		}
		w.only = append(w.only, all[i])
	}
	return w, nil
}

// run is main without the process.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	w, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(stderr, "seed %d\n", w.seed)
	b, err := bed.Open(ctx, bed.Options{Quick: w.quick, Seed: w.seed, Log: stderr})
	if err != nil {
		return err
	}
	defer b.Close()
	r := report.Report{Schema: report.Schema, Started: time.Now(), Seed: w.seed, Quick: w.quick, Machine: report.Describe(b.Root)}
	failed := measure(ctx, b, w.only, &r)
	if err := r.Markdown(stdout); err != nil {
		return err
	}
	if w.dir != "" {
		if err := save(w.dir, &r); err != nil {
			return err
		}
	}
	if w.html != "" {
		if err := write(w.html, r.HTML); err != nil {
			return err
		}
	}
	if len(failed) > 0 {
		return fmt.Errorf("could not be run: %s", strings.Join(failed, ", "))
	}
	return nil
}

// measure runs the sections; one that fails does not keep the others from running.
func measure(ctx context.Context, b *bed.Bed, only []section, r *report.Report) (failed []string) {
	for _, x := range only {
		b.Say("section %s", x.key)
		start := time.Now()
		s := report.Section{Key: x.key, Title: x.title}
		if err := x.measure(ctx, b, &s); err != nil {
			b.Say("section %s: %v", x.key, err)
			s.Failed = strings.ReplaceAll(err.Error(), b.Temp, "TEMP")
			failed = append(failed, x.key)
		}
		s.Seconds = time.Since(start).Seconds()
		r.Sections = append(r.Sections, s)
	}
	return failed
}

// save writes all forms of the report.
func save(dir string, r *report.Report) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for name, fill := range map[string]func(io.Writer) error{"report.md": r.Markdown, "report.html": r.HTML, "report.json": r.JSON} {
		if err := write(filepath.Join(dir, name), fill); err != nil {
			return err
		}
	}
	return nil
}

func write(path string, fill func(io.Writer) error) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := errors.Join(fill(f), f.Close()); err != nil {
		return fmt.Errorf("writing %s: %w", filepath.Base(path), err)
	}
	return nil
}
