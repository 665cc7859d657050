package cli

import (
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/noroshi-acd/noroshi/flow/source"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/share"
	"github.com/noroshi-acd/noroshi/share/deliver"
	"github.com/noroshi-acd/noroshi/share/sheet"
	"github.com/noroshi-acd/noroshi/share/stix"
	"github.com/noroshi-acd/noroshi/web/report"
)

// outputs are the files that analyze writes beside what it prints.
type outputs struct {
	report, csv, stix string // paths, empty for none
	tlp               string
	marking           share.Marking
}

func (o *outputs) flags(s say, c *cobra.Command) {
	fl := c.Flags()
	fl.StringVar(&o.report, "report", "", s.text("cli.output.flag_report"))
	fl.StringVar(&o.csv, "csv", "", s.text("cli.output.flag_csv"))
	fl.StringVar(&o.stix, "stix", "", s.text("cli.output.flag_stix"))
	fl.StringVar(&o.tlp, "tlp", string(share.Amber), s.text("cli.output.flag_tlp"))
}

// check reads the marking and refuses a file to write that is being read.
func (o *outputs) check(s say, paths []string) error {
	var ok bool
	if o.marking, ok = share.ParseMarking(o.tlp); !ok {
		return &fault.Error{Kind: fault.Invalid, Msg: s.text("cli.output.bad_tlp", "mark", o.tlp), Hint: s.text("cli.output.tlps")}
	}
	return deliver.Check(paths, o.report, o.csv, o.stix)
}

// spare refuses to write over what is being read: a file that set found in a folder,
// or a list. What stands in a folder and cannot be read may be written anew, as the
// report of yesterday.
func (f *analyzeFlags) spare(set *source.Set) error {
	read := slices.Concat(set.Reading(), f.allow, f.knownBad, f.habits, f.brands, f.ct, f.pdns, []string{f.feeds, f.config})
	return deliver.Check(read, f.report, f.csv, f.stix, f.exportHabit)
}

// output writes the files that were asked for.
func (a *analysis) output(r *share.Result) error {
	o := &a.flags.outputs
	if m, feed := r.Narrowest(); feed != "" && o.report+o.csv+o.stix != "" {
		r.Marking = m
		fmt.Fprintln(a.Stderr, "noroshi: "+a.text("cli.output.narrowed", "mark", m.String(), "feed", feed))
	}
	for _, x := range []struct {
		path string
		fill func(io.Writer, *share.Result) error
	}{{o.report, report.Write}, {o.csv, sheet.Write}, {o.stix, stix.Write}} {
		if x.path == "" {
			continue
		}
		if err := deliver.File(x.path, func(w io.Writer) error { return x.fill(w, r) }); err != nil {
			return err
		}
	}
	return nil
}
