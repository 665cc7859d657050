package cli

import (
	"fmt"
	"io"
	"time"
	_ "time/tzdata" // zones by name, also where the system has none

	"github.com/spf13/cobra"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/habit"
	"github.com/noroshi-acd/noroshi/detect/habit/indicator"
	"github.com/noroshi-acd/noroshi/detect/knownbad"
	"github.com/noroshi-acd/noroshi/detect/roster"
	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/share"
	"github.com/noroshi-acd/noroshi/share/deliver"
)

// methodFlags are analyze's flags that methods take.
type methodFlags struct {
	knownBad    []string // files of known-bad indicators
	feeds       string   // description of feeds of indicators
	warnings    string   // folder of warning lists
	habits      []string // files of habits
	exportHabit string   // where to write the habits of what was found
	brands      []string // files of brands that names imitate
	zone        string   // where the people live
	ct, pdns    []string // exports that say since when names are known
}

func (f *methodFlags) flags(s say, c *cobra.Command) {
	fl := c.Flags()
	fl.StringArrayVar(&f.knownBad, "known-bad", nil, s.text("cli.analyze.flag_known_bad"))
	fl.StringVar(&f.feeds, "feeds", "", s.text("cli.analyze.flag_feeds"))
	fl.StringVar(&f.warnings, "warning-lists", "", s.text("cli.analyze.flag_warning_lists"))
	fl.StringArrayVar(&f.habits, "habit", nil, s.text("cli.analyze.flag_habit"))
	fl.StringVar(&f.exportHabit, "export-habit", "", s.text("cli.analyze.flag_export_habit"))
	fl.StringVar(&f.zone, "zone", "Asia/Tokyo", s.text("cli.analyze.flag_zone"))
	fl.StringArrayVar(&f.brands, "brands", nil, s.text("cli.analyze.flag_brands"))
	fl.StringArrayVar(&f.ct, "ct", nil, s.text("cli.analyze.flag_ct"))
	fl.StringArrayVar(&f.pdns, "pdns", nil, s.text("cli.analyze.flag_pdns"))
}

// methods are the detectors of one run.
type methods struct {
	all   []detect.Detector
	bad   *knownbad.Set   // nil without --known-bad and --feeds
	feeds []share.Feed    // what became of each feed
	habit *habit.Detector // nil without --habit and --export-habit
}

// newMethods makes every detector; skips takes the lines of known-bad lists that say
// nothing.
func newMethods(s say, f methodFlags, c *roster.Configs, border *direction.Table, skips *fault.Skips) (methods, error) {
	zone, err := time.LoadLocation(f.zone)
	if err != nil || f.zone == "" {
		return methods{}, &fault.Error{Kind: fault.Invalid, Msg: s.text("cli.analyze.bad_zone", "zone", f.zone), Hint: s.text("cli.analyze.zones")}
	}
	if f.warnings != "" && f.feeds == "" && len(f.knownBad) == 0 {
		fmt.Fprintln(s.Stderr, "noroshi: "+s.text("cli.analyze.idle_warnings"))
	}
	r, err := roster.New(roster.Options{Configs: c, KnownBad: f.knownBad, Feeds: f.feeds, Warnings: f.warnings, Now: time.Now(), Habits: f.habits, LearnHabits: f.exportHabit != "", Brands: f.brands, CT: f.ct, PassiveDNS: f.pdns, Places: border, Zone: zone}, skips)
	return methods{r.All, r.Bad, share.Feeds(r.Feeds), r.Habit}, err
}

// writeHabits writes the habits of the servers that found tells of to
// --export-habit.
func (a *analysis) writeHabits(found []detect.Finding) error {
	if a.flags.exportHabit == "" {
		return nil
	}
	return deliver.File(a.flags.exportHabit, func(w io.Writer) error { return indicator.Write(w, a.habit.Learn(a.engine.Context(), found)) })
}
