package cli

import (
	"io"

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

// output writes the files that were asked for.
func (a *analysis) output(d *document, set *source.Set) error {
	o := &a.flags.outputs
	r := a.result(d, set)
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

// result turns what was found into what others may read.
func (a *analysis) result(d *document, set *source.Set) *share.Result {
	ctx := a.engine.Context()
	seen, _ := a.engine.Directions()
	r := &share.Result{
		Program: "noroshi " + version, Made: a.started, Lang: a.lang, Marking: a.flags.marking, MinLevel: a.minLevel,
		Records: d.Records, Outside: d.Outside, First: ctx.First, Last: ctx.Now, Hosts: ctx.Hosts, Directions: seen,
	}
	for _, in := range set.Inputs() {
		r.Inputs = append(r.Inputs, share.Input{Path: in.Path, Format: in.Format, Records: in.Records, Skipped: in.Skipped, Errors: share.Faults(in.Errors)})
	}
	if d.Edge != nil {
		r.Edge = &share.Edge{Examined: d.Edge.Examined, Domestic: d.Edge.DroppedDomestic, Unknown: d.Edge.DroppedUnknown}
	}
	if d.KnownBad != nil {
		r.KnownBad = &share.Lists{Indicators: d.KnownBad.Indicators, Skipped: d.KnownBad.Skipped, Errors: share.Faults(a.listSkips.First)}
	}
	for _, x := range d.Allowed {
		r.Allowed = append(r.Allowed, share.Allowed{Hidden: x.Hidden, Text: x.text})
	}
	cover := share.Cover{Addr: d.cover.addr, Text: d.cover.name, ID: d.cover.lift().ID}
	for i, past := range a.engine.Pasts(d.found) {
		r.Findings = append(r.Findings, share.Tell(i+1, &d.found[i], past, cover))
	}
	return r
}
