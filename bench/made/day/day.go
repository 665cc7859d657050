package day

import (
	"bufio"
	"fmt"
	"io"
	"time"

	"github.com/noroshi-acd/noroshi/bench/made/honest"
	"github.com/noroshi-acd/noroshi/bench/made/threat"
	"github.com/noroshi-acd/noroshi/bench/made/world"
)

// Options says what day to make.
type Options struct {
	Seed     uint64        // changes every address, name and moment
	Hosts    int           // inside machines, 1 to 50,000
	Start    time.Time     // UTC; hours of work are taken in UTC
	Length   time.Duration // at most 31 days
	Browsing float64       // bursts of pages per person and day
	Things   float64       // share of hosts that are cameras and the like, 0 to 1
	Classes  []string      // patterns of threat classes; none: all; "none": no threat
	Suffixes []string      // that made-up names end in; none: a mix of common ones
}

// Default gives a day of 2,000 hosts with all threats.
func Default() Options {
	return Options{Seed: 1, Hosts: 2000, Start: time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC), Length: 24 * time.Hour, Browsing: 40, Things: 0.08}
}

// Small gives the stage of a capture that is made and read in seconds: 20 hosts in
// a working morning and noon, one beacon with 30 % jitter to a TLS name, one
// connection that stays.
func Small() Options {
	o := Default()
	o.Hosts, o.Start, o.Length, o.Browsing, o.Things = 20, o.Start.Add(9*time.Hour), 6*time.Hour, 12, 0
	o.Classes, o.Suffixes = []string{"one-beacon", "one-connection"}, []string{"example"}
	return o
}

// Validate says what is wrong with o.
func (o Options) Validate() error {
	switch {
	case o.Hosts < 1 || o.Hosts > 50_000:
		return fmt.Errorf("making a day: %d hosts: 1 to 50,000 are possible", o.Hosts)
	case o.Length <= 0 || o.Length > 31*24*time.Hour:
		return fmt.Errorf("making a day: %v long: up to 31 days are possible", o.Length)
	case o.Browsing <= 0 || o.Browsing > 1000:
		return fmt.Errorf("making a day: %v bursts of browsing: more than 0 and up to 1,000 are possible", o.Browsing)
	case !(o.Things >= 0 && o.Things <= 1):
		return fmt.Errorf("making a day: a share of things of %v: 0 to 1 is possible", o.Things)
	case o.Start.Year() < 1980 || o.Start.Year() > 2100:
		return fmt.Errorf("making a day: it begins in %d: 1980 to 2100 are possible", o.Start.Year())
	}
	_, err := threat.Choose(o.Classes)
	return err
}

// Stage sets a stage with everybody on it, ready to be played once.
func Stage(o Options) (*world.Stage, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	classes, err := threat.Choose(o.Classes)
	if err != nil {
		return nil, err
	}
	s := world.NewStage(world.New(o.Seed, world.Size{Hosts: o.Hosts, Start: o.Start, Length: o.Length, Suffixes: o.Suffixes, Things: o.Things}))
	honest.Enter(s, o.Browsing)
	threat.Enter(s, classes)
	return s, nil
}

// WriteTruth writes the planted threats after the play as lines
// kind,class,source,target,count; a target * stands for many. Threats that the day
// was too short for (no exchange) are left out.
func WriteTruth(w io.Writer, s *world.Stage) error {
	return list(w, s.Sorted())
}

// WriteHonest writes who uses which harmless service, in the same form with the
// kind honest and count 1, so that false alarms can be named.
func WriteHonest(w io.Writer, s *world.Stage) error {
	all := make([]world.Threat, len(s.Honest))
	for i, t := range s.Honest {
		t.Count = 1
		all[i] = t
	}
	return list(w, all)
}

func list(w io.Writer, all []world.Threat) error {
	b := bufio.NewWriter(w)
	for _, t := range all {
		if t.Count > 0 {
			fmt.Fprintf(b, "%s,%s,%s,%s,%d\n", t.Kind, t.Class, t.Src, t.Target, t.Count)
		}
	}
	return b.Flush()
}
