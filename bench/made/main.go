package main

import (
	"cmp"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/noroshi-acd/noroshi/bench/made/capture"
	"github.com/noroshi-acd/noroshi/bench/made/day"
	"github.com/noroshi-acd/noroshi/bench/made/threat"
	"github.com/noroshi-acd/noroshi/bench/made/world"
	"github.com/noroshi-acd/noroshi/bench/made/zeeklog"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "made:", err)
		os.Exit(2)
	}
}

// wish is what the flags ask for.
type wish struct {
	dir               string
	zeek, byEnd, list bool
	limit             int64
	day               day.Options
}

// parse reads the flags.
func parse(args []string) (w wish, err error) {
	f := flag.NewFlagSet("made", flag.ContinueOnError)
	f.StringVar(&w.dir, "o", "", "folder to write into")
	f.BoolVar(&w.zeek, "zeek", false, "write Zeek logs of a day instead of a capture")
	f.BoolVar(&w.byEnd, "by-end", false, "with -zeek: conn records in order of ending, as a live sensor writes them")
	f.BoolVar(&w.list, "list", false, "list the threat classes")
	f.Int64Var(&w.limit, "limit", 20_000, "bytes of payload that a capture keeps of each side of a conversation, 0 for all")
	seed := f.Uint64("seed", 1, "changes every address, name and moment")
	hosts := f.Int("hosts", 0, "inside machines (capture 20, day 2000)")
	hours := f.Float64("hours", 0, "length (capture 6, day 24)")
	start := f.String("start", "", "begin, as 2026-11-02T09:00:00Z")
	browsing := f.Float64("browsing", 0, "bursts of pages per person and day (capture 12, day 40)")
	classes := f.String("classes", "", "threat classes, separated by commas, * allowed; none for no threat (capture: one-*; day: all)")
	if err = f.Parse(args); err != nil {
		return w, err
	}
	if f.NArg() > 0 || w.dir == "" && !w.list {
		return w, fmt.Errorf("say where to write: made -o DIR")
	}
	w.day = day.Small()
	if w.zeek {
		w.day = day.Default()
	}
	w.day.Seed = *seed
	w.day.Hosts = cmp.Or(*hosts, w.day.Hosts)
	w.day.Length = cmp.Or(time.Duration(*hours*float64(time.Hour)), w.day.Length)
	w.day.Browsing = cmp.Or(*browsing, w.day.Browsing)
	if *classes != "" {
		w.day.Classes = strings.Split(*classes, ",")
	}
	if *start != "" {
		if w.day.Start, err = time.Parse(time.RFC3339, *start); err != nil {
			return w, fmt.Errorf("reading -start: %w", err)
		}
	}
	return w, nil
}

// run is main without the process.
func run(args []string, out io.Writer) error {
	w, err := parse(args)
	if err != nil {
		return err
	}
	if w.list {
		for _, c := range threat.Classes() {
			fmt.Fprintf(out, "%-10s %s\n", c.Kind, c.Name)
		}
		return nil
	}
	s, err := day.Stage(w.day)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(w.dir, 0o755); err != nil {
		return err
	}
	if w.zeek {
		c, err := zeeklog.Write(w.dir, s, zeeklog.Options{ByEnd: w.byEnd})
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "conn %d, dns %d, ssl %d, http %d, x509 %d records\n", c.Conn, c.DNS, c.TLS, c.HTTP, c.Certificates)
	} else if err := write(w.dir, "capture.pcap", func(to io.Writer) error {
		n, err := capture.Write(to, s, w.limit)
		fmt.Fprintf(out, "%d packets\n", n)
		return err
	}); err != nil {
		return err
	}
	return lists(w.dir, s)
}

// lists writes truth.csv and honest.csv.
func lists(dir string, s *world.Stage) error {
	if err := write(dir, "truth.csv", func(w io.Writer) error { return day.WriteTruth(w, s) }); err != nil {
		return err
	}
	return write(dir, "honest.csv", func(w io.Writer) error { return day.WriteHonest(w, s) })
}

// write makes one file.
func write(dir, name string, fill func(w io.Writer) error) error {
	f, err := os.Create(filepath.Join(dir, name))
	if err != nil {
		return err
	}
	if err := fill(f); err != nil {
		f.Close()
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return f.Close()
}
