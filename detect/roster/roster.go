package roster

import (
	"time"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/beacon"
	"github.com/noroshi-acd/noroshi/detect/dga"
	"github.com/noroshi-acd/noroshi/detect/dnstunnel"
	"github.com/noroshi-acd/noroshi/detect/fanin"
	"github.com/noroshi-acd/noroshi/detect/fastflux"
	"github.com/noroshi-acd/noroshi/detect/habit"
	"github.com/noroshi-acd/noroshi/detect/habit/indicator"
	"github.com/noroshi-acd/noroshi/detect/knownbad"
	"github.com/noroshi-acd/noroshi/detect/longlived"
	"github.com/noroshi-acd/noroshi/detect/lookalike"
	"github.com/noroshi-acd/noroshi/detect/lookalike/brand"
	"github.com/noroshi-acd/noroshi/detect/oddhours"
	"github.com/noroshi-acd/noroshi/detect/oddregion"
	"github.com/noroshi-acd/noroshi/detect/oddtls"
	"github.com/noroshi-acd/noroshi/detect/oddvolume"
	"github.com/noroshi-acd/noroshi/detect/scan"
	"github.com/noroshi-acd/noroshi/detect/spread"
	"github.com/noroshi-acd/noroshi/intelligence/feed"
	"github.com/noroshi-acd/noroshi/intelligence/history"
	"github.com/noroshi-acd/noroshi/intelligence/warning"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// Options are what methods go by; lists are paths.
type Options struct {
	Configs     *Configs  // nil for the default
	KnownBad    []string  // known-bad indicators
	Feeds       string    // description of feeds, empty for none
	Warnings    string    // folder of warning lists, empty for none
	Now         time.Time // what feeds say has expired is judged by it
	Habits      []string  // habits of servers that were found before
	LearnHabits bool      // habits are to be learnt
	Brands      []string  // brands that names imitate, beside the built-in list
	CT          []string  // exports of certificate-transparency searches
	PassiveDNS  []string  // exports of passive DNS
	// Places says in which country an address is; nil leaves out odd-region.
	Places oddregion.Places
	Zone   *time.Location // where the people live; nil means Japan
}

// Roster is the detectors of one engine.
type Roster struct {
	All   []detect.Detector
	Bad   *knownbad.Set   // nil without Options.KnownBad and Feeds
	Feeds []feed.Report   // what became of each of Options.Feeds
	Habit *habit.Detector // nil without Options.Habits and LearnHabits
}

// New makes every detector. skips takes the lines of lists that say nothing. Its
// errors are those of the lists.
func New(o Options, skips *fault.Skips) (Roster, error) {
	brands, err := brand.Load(o.Brands...)
	if err != nil {
		return Roster{}, err
	}
	past, err := readPast(o, skips)
	if err != nil {
		return Roster{}, err
	}
	c := o.Configs
	if c == nil {
		def := DefaultConfigs()
		c = &def
	}
	beacons := beacon.New(c.Beacon)
	m := Roster{All: []detect.Detector{
		beacons,
		longlived.New(c.LongLived),
		dnstunnel.New(c.DNSTunnel),
		dga.New(c.DGA),
		scan.New(c.Scan),
		spread.New(c.Spread),
		fanin.New(c.FanIn),
		fastflux.New(c.FastFlux),
		oddvolume.New(c.OddVolume),
		lookalike.New(c.LookAlike, brands, past),
		oddtls.New(c.OddTLS, past),
	}}
	m.All = append(m.All, oddhours.New(c.OddHours, o.Zone))
	if o.Places != nil {
		m.All = append(m.All, oddregion.New(c.OddRegion, o.Places))
	}
	if len(o.Habits) > 0 || o.LearnHabits {
		habits, err := indicator.LoadAll(o.Habits)
		if err != nil {
			return m, err
		}
		m.Habit = habit.New(c.Habit, beacons, habits)
		m.All = append(m.All, m.Habit)
	}
	if len(o.KnownBad) > 0 || o.Feeds != "" {
		if m.Bad, m.Feeds, err = readBad(o, skips); err != nil {
			return m, err
		}
		m.All = append(m.All, knownbad.New(c.KnownBad, m.Bad))
	}
	return m, nil
}

// readBad reads the lists and feeds of indicators, with the warning lists beside them.
func readBad(o Options, skips *fault.Skips) (*knownbad.Set, []feed.Report, error) {
	var guard knownbad.Guard
	if o.Warnings != "" {
		lists, err := warning.Load(o.Warnings, skips)
		if err != nil {
			return nil, nil, err
		}
		guard = lists
	}
	b := knownbad.NewBuilder(guard)
	if err := b.Read(o.KnownBad, skips); err != nil {
		return nil, nil, err
	}
	var reports []feed.Report
	if o.Feeds != "" {
		feeds, err := feed.Describe(o.Feeds)
		if err != nil {
			return nil, nil, err
		}
		if reports, err = feed.Load(feeds, b, feed.Options{Now: o.Now, Skips: skips}); err != nil {
			return nil, nil, err
		}
	}
	return b.Set(), reports, nil
}

// readPast reads the exports that say since when names are known; nil where none is
// given.
func readPast(o Options, skips *fault.Skips) (oddtls.Past, error) {
	if len(o.CT) == 0 && len(o.PassiveDNS) == 0 {
		return nil, nil
	}
	book, err := history.Load(o.CT, o.PassiveDNS, skips)
	if err != nil {
		return nil, err
	}
	return book, nil
}
