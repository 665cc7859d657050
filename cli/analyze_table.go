package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/flow/source"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/share"
)

// columns is the width that a table is written for.
const columns = 80

// shownErrors is of how many inputs the head of the table names an error.
const shownErrors = 5

// table writes the ranked findings for a person.
func (a *analysis) table(r *share.Result) error {
	var b strings.Builder
	a.head(&b, r)
	shown := r.Findings
	if a.flags.top > 0 && len(shown) > a.flags.top {
		shown = shown[:a.flags.top]
	}
	for i := range shown {
		a.row(&b, i+1, &shown[i])
	}
	switch {
	case len(r.Findings) == 0:
		fmt.Fprintln(&b, a.text("cli.analyze.nothing", "level", a.levelName(a.minLevel)))
	case len(shown) < len(r.Findings):
		fmt.Fprintln(&b, a.text("cli.analyze.more", "n", len(r.Findings)-len(shown)))
	default:
		fmt.Fprintln(&b, a.text("cli.analyze.next"))
	}
	_, err := fmt.Fprint(a.Stdout, b.String())
	return err
}

// head says what was read and how it was classed.
func (a *analysis) head(b *strings.Builder, r *share.Result) {
	var skipped uint64
	unread := 0
	for _, in := range r.Inputs {
		skipped += in.Skipped
		if in.Format == source.Empty || in.Format == source.Unrecognised {
			unread++
		}
	}
	took := time.Since(a.started)
	fmt.Fprintln(b, a.text("cli.analyze.read", "records", r.Records, "inputs", len(r.Inputs), "took", took.Round(10*time.Millisecond)))
	if unread > 0 {
		fmt.Fprintln(b, a.text("cli.analyze.unread", "n", unread))
	}
	if skipped > 0 {
		fmt.Fprintln(b, a.text("cli.analyze.skipped", "n", skipped))
	}
	shown := 0
	for _, in := range r.Inputs {
		if len(in.Errors) > 0 && shown < shownErrors {
			shown++
			a.warn(b, in.Errors[0].In(a.lang))
		}
	}
	a.lists(b, r.KnownBad)
	a.losses(b, r)
	a.classes(b, r)
	if e := r.Edge; e != nil {
		for _, line := range i18n.Wrap(a.text("cli.analyze.edge", "domestic", e.Domestic, "unknown", e.Unknown, "examined", e.Examined, "leaving", e.Leaving), columns) {
			fmt.Fprintln(b, line)
		}
	}
	for _, x := range r.Allowed {
		for _, line := range i18n.Wrap(x.Text.In(a.lang), columns) {
			fmt.Fprintln(b, line)
		}
	}
	fmt.Fprintln(b)
}

// lists says what the lists and feeds of indicators held, if there were any.
func (a *analysis) lists(b *strings.Builder, k *share.Lists) {
	if k == nil {
		return
	}
	fmt.Fprintln(b, a.text("cli.analyze.lists", "n", k.Indicators, "skipped", k.Skipped))
	for _, f := range k.Feeds {
		a.under(b, "  ", f.Text.In(a.lang))
	}
	if len(k.Errors) > 0 {
		a.warn(b, k.Errors[0].In(a.lang))
	}
}

// classes counts the records of each direction class, breaking lines between them.
func (a *analysis) classes(b *strings.Builder, r *share.Result) {
	line := a.text("cli.analyze.classes")
	margin := strings.Repeat(" ", i18n.Width(line))
	for i, c := range []direction.Class{direction.Transit, direction.Inbound, direction.Outbound, direction.Domestic, direction.Unknown} {
		part := a.text("cli.direction."+c.String()) + " " + i18n.Count(int64(r.Directions[c]))
		switch {
		case i == 0:
		case i18n.Width(line)+3+i18n.Width(part) > columns:
			fmt.Fprintln(b, line+" ·")
			line = margin
		default:
			line += " · "
		}
		line += part
	}
	fmt.Fprintln(b, line)
}

// warn writes the first error of an input under what was read.
func (a *analysis) warn(b *strings.Builder, sentence string) { a.under(b, "  ! ", sentence) }

// under writes a sentence under what was read, behind a mark.
func (a *analysis) under(b *strings.Builder, mark, sentence string) {
	for _, line := range i18n.Wrap(i18n.Escape(sentence), columns-4) {
		fmt.Fprintln(b, mark+line)
		mark = "    "
	}
}

// row writes one finding in three lines of at most 80 columns.
func (a *analysis) row(b *strings.Builder, rank int, f *share.Finding) {
	left := fmt.Sprintf("%3d  %s  %s", rank, i18n.Pad(a.levelName(f.Level), 8), i18n.Pad(a.text("cli.kind."+string(f.Kind)), 16))
	sure := fmt.Sprintf("%3.0f%%", detect.Round3(f.Score)*100)
	since := a.text("cli.analyze.since", "time", time.Unix(0, f.First).UTC().Format("2006-01-02 15:04"))
	fmt.Fprintln(b, strings.TrimRight(i18n.Pad(left+"  "+sure, 48)+since, " "))
	fmt.Fprintln(b, "     "+i18n.Cut(a.who(f)+" → "+a.whom(f), columns-5))
	for _, line := range i18n.Wrap(f.Why.In(a.lang), columns-5) {
		fmt.Fprintln(b, "     "+line)
	}
	if s := i18n.Bars(f.Strip); s != "" {
		fmt.Fprintln(b, "     "+s+"  "+f.ID)
	} else {
		fmt.Fprintln(b, "     "+f.ID)
	}
	fmt.Fprintln(b)
}

func (a *analysis) levelName(l detect.Level) string { return a.text("cli.level." + l.String()) }

// who names the source side of f.
func (s say) who(f *share.Finding) string {
	if len(f.Sources) > 0 {
		return s.text("cli.analyze.sources", "n", len(f.Sources))
	}
	if f.Src == "" {
		return s.text("cli.analyze.several")
	}
	return f.Src
}

// whom names the destination side of f.
func (s say) whom(f *share.Finding) string {
	if to := f.Whom(); to != "" {
		return to
	}
	return s.text("cli.analyze.several")
}

func stamp(ns int64) string { return time.Unix(0, ns).UTC().Format("2006-01-02T15:04:05.000Z") }
