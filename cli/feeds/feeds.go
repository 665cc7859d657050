package feeds

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/noroshi-acd/noroshi/detect/knownbad"
	"github.com/noroshi-acd/noroshi/intelligence/feed"
	"github.com/noroshi-acd/noroshi/intelligence/warning"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/internal/usage"
	"github.com/noroshi-acd/noroshi/share"
	"github.com/noroshi-acd/noroshi/share/document"
)

// columns is the width that is written for.
const columns = 80

// Door is what the verb needs of the command line around it.
type Door struct {
	Stdout io.Writer
	Lang   i18n.Lang
}

// flags are the verb's flags as given.
type flags struct {
	warnings     string
	json, strict bool
}

// New makes the command.
func New(d Door) *cobra.Command {
	var f flags
	text := func(key string) string { return i18n.Say(d.Lang, "feeds."+key) }
	c := &cobra.Command{Use: "feeds FILE", Short: text("short"), Long: text("long"), Args: usage.Args(d.Lang, 1, 1)}
	fl := c.Flags()
	fl.StringVar(&f.warnings, "warning-lists", "", i18n.Say(d.Lang, "cli.analyze.flag_warning_lists"))
	fl.BoolVar(&f.json, "json", false, text("flag_json"))
	fl.BoolVar(&f.strict, "strict", false, i18n.Say(d.Lang, "cli.analyze.flag_strict"))
	c.RunE = func(c *cobra.Command, args []string) error {
		if err := usage.NoneEmpty(d.Lang, c); err != nil {
			return err
		}
		return d.show(args[0], f)
	}
	return c
}

// result is what was read, as it stands in JSON.
type result struct {
	Schema         string          `json:"schema"`
	Indicators     int             `json:"indicators"` // told apart
	Feeds          []document.Feed `json:"feeds"`
	WarningLists   int             `json:"warning_lists"`
	WarningEntries int             `json:"warning_entries"`
	Damaged        uint64          `json:"damaged"`
	Errors         []string        `json:"errors"`
}

func (d Door) show(path string, f flags) error {
	skips := &fault.Skips{Strict: f.strict}
	described, err := feed.Describe(path)
	if err != nil {
		return err
	}
	r := result{Schema: "noroshi-feeds/1", Errors: []string{}}
	var guard knownbad.Guard
	if f.warnings != "" {
		lists, err := warning.Load(f.warnings, skips)
		if err != nil {
			return err
		}
		guard = lists
		r.WarningLists, r.WarningEntries = lists.Len()
	}
	b := knownbad.NewBuilder(guard)
	reports, err := feed.Load(described, b, feed.Options{Now: time.Now(), Lang: d.Lang, Skips: skips})
	if err != nil {
		return err
	}
	told := share.Feeds(reports)
	r.Indicators, r.Damaged, r.Feeds = b.Set().Len(), skips.Count, document.Feeds(told)
	for _, x := range share.Faults(skips.First) {
		r.Errors = append(r.Errors, x.In(d.Lang))
	}
	if f.json {
		out := json.NewEncoder(d.Stdout)
		out.SetEscapeHTML(false)
		out.SetIndent("", "  ")
		return out.Encode(r)
	}
	_, err = io.WriteString(d.Stdout, d.page(&r, told, reports))
	return err
}

// page says it to a person, in 80 columns.
func (d Door) page(r *result, told []share.Feed, reports []feed.Report) string {
	var b strings.Builder
	write := func(indent, text string) {
		for _, line := range i18n.Wrap(text, columns-len(indent)) {
			fmt.Fprintln(&b, indent+line)
		}
	}
	write("", i18n.Say(d.Lang, "feeds.total", "n", r.Indicators, "feeds", len(told)))
	if r.WarningLists > 0 {
		write("", i18n.Say(d.Lang, "feeds.warnings", "n", r.WarningLists, "entries", r.WarningEntries))
	}
	for i := range told {
		f := &told[i]
		fmt.Fprintln(&b)
		var about []string
		for _, x := range []string{f.Format, f.Grade, f.TLP, f.Licence} {
			if x != "" {
				about = append(about, i18n.Escape(x))
			}
		}
		write("", i18n.Cut(i18n.Escape(f.Source)+"  "+strings.Join(about, " · "), columns))
		write("  ", i18n.Say(d.Lang, "feeds.counts", "taken", f.Indicators, "expired", f.Expired, "warned", f.Warned))
		if from, to := reports[i].Oldest, reports[i].Newest; from != 0 {
			day := func(ns int64) string { return time.Unix(0, ns).UTC().Format(time.DateOnly) }
			write("  ", i18n.Say(d.Lang, "feeds.dated", "from", day(from), "to", day(to)))
		}
		for _, x := range f.Refused {
			write("  ", i18n.Say(d.Lang, "feeds.refused", "text", x.Text.In(d.Lang)))
		}
	}
	if len(r.Errors) > 0 {
		fmt.Fprintln(&b)
		write("", i18n.Say(d.Lang, "feeds.damaged", "n", r.Damaged))
		for _, e := range r.Errors {
			write("  ", i18n.Escape(e))
		}
	}
	return b.String()
}
