package main

import (
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

// run is main without the process.
func run(args []string, out io.Writer) error {
	f := flag.NewFlagSet("made", flag.ContinueOnError)
	dir := f.String("o", "", "folder to write into")
	zeek := f.Bool("zeek", false, "write Zeek logs of a day instead of a capture")
	byEnd := f.Bool("by-end", false, "with -zeek: conn records in order of ending, as a live sensor writes them")
	list := f.Bool("list", false, "list the threat classes")
	seed := f.Uint64("seed", 1, "changes every address, name and moment")
	hosts := f.Int("hosts", 0, "inside machines (capture 20, day 2000)")
	hours := f.Float64("hours", 0, "length (capture 6, day 24)")
	start := f.String("start", "", "begin, as 2026-11-02T09:00:00Z")
	browsing := f.Float64("browsing", 0, "bursts of pages per person and day (capture 12, day 40)")
	classes := f.String("classes", "", "threat classes, separated by commas, * allowed; none for no threat (capture: one-*; day: all)")
	limit := f.Int64("limit", 20_000, "bytes of payload that a capture keeps of each side of a conversation, 0 for all")
	if err := f.Parse(args); err != nil {
		return err
	}
	if *list {
		for _, c := range threat.Classes() {
			fmt.Fprintf(out, "%-10s %s\n", c.Kind, c.Name)
		}
		return nil
	}
	o := day.Small()
	if *zeek {
		o = day.Default()
	}
	o.Seed = *seed
	if *hosts != 0 {
		o.Hosts = *hosts
	}
	if *hours != 0 {
		o.Length = time.Duration(*hours * float64(time.Hour))
	}
	if *browsing != 0 {
		o.Browsing = *browsing
	}
	if *classes != "" {
		o.Classes = strings.Split(*classes, ",")
	}
	if *start != "" {
		at, err := time.Parse(time.RFC3339, *start)
		if err != nil {
			return fmt.Errorf("reading -start: %w", err)
		}
		o.Start = at
	}
	if *dir == "" || f.NArg() > 0 {
		return fmt.Errorf("say where to write: made -o DIR")
	}
	s, err := day.Stage(o)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(*dir, 0o755); err != nil {
		return err
	}
	if *zeek {
		c, err := zeeklog.Write(*dir, s, zeeklog.Options{ByEnd: *byEnd})
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "conn %d, dns %d, ssl %d, http %d, x509 %d records\n", c.Conn, c.DNS, c.TLS, c.HTTP, c.Certificates)
	} else if err := write(*dir, "capture.pcap", func(w io.Writer) error {
		n, err := capture.Write(w, s, *limit)
		fmt.Fprintf(out, "%d packets\n", n)
		return err
	}); err != nil {
		return err
	}
	return lists(*dir, s)
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
