package oversee

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/noroshi-acd/noroshi/authority/office"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/shelf"
	"github.com/noroshi-acd/noroshi/authority/wire"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/ledger/verify/opened"
	"github.com/noroshi-acd/noroshi/oversight/figures"
	"github.com/noroshi-acd/noroshi/oversight/publish"
)

// span reads 7 or 7-12.
func span(text string) (first, last int64, err error) {
	a, b, two := strings.Cut(text, "-")
	first, err = strconv.ParseInt(a, 10, 64)
	last = first
	if two && err == nil {
		last, err = strconv.ParseInt(b, 10, 64)
	}
	if err != nil || first < 0 || last < first || last-first >= 10_000 {
		return 0, 0, wrongText("span", text)
	}
	return first, last, nil
}

func wrongText(key, text string) error {
	return office.Wrong(fault.Invalid, fault.Place{}, key, "text", text)
}

// reporting are the flags of a report.
type reporting struct {
	class, export, origin, out, csv, page, from, until, key string
	register, send                                          bool
}

func (d *door) report() *cobra.Command {
	var f reporting
	c := d.Verb("report", "report", 0, 0, func(ctx context.Context, _ []string) error {
		if f.export == "" {
			return d.registered(ctx, f.class)
		}
		return d.figures(ctx, &f)
	})
	fl := c.Flags()
	fl.BoolVar(&f.register, "register", false, d.Text("flag.register"))
	fl.StringVar(&f.class, "class", "", d.Text("flag.class"))
	fl.StringVar(&f.export, "export", "", d.Text("flag.export"))
	fl.StringVar(&f.origin, "of", "", d.Text("flag.of"))
	fl.StringVar(&f.out, "out", "", d.Say("papers.flag.out"))
	fl.StringVar(&f.csv, "csv", "", d.Text("flag.csv"))
	fl.StringVar(&f.page, "page", "", d.Text("flag.page"))
	fl.StringVar(&f.from, "from", "", d.Text("flag.from"))
	fl.StringVar(&f.until, "until", "", d.Text("flag.until"))
	fl.StringVar(&f.key, "key", "", d.Say("trust.flag.key"))
	fl.BoolVar(&f.send, "send", false, d.Text("flag.send"))
	fl.StringVar(&d.Law, "law", "", d.Text("flag.law"))
	return c
}

// registered lists the register of oversight.
func (d *door) registered(ctx context.Context, class string) error {
	c, _, err := d.Connect()
	if err != nil {
		return err
	}
	list, err := c.Register(ctx, class)
	if err != nil {
		return err
	}
	text := d.Wrapped(d.Text("register_head", "n", len(list)))
	for _, x := range list {
		about, err := d.Paper(x.Envelope)
		if err != nil {
			return err
		}
		text += "\n" + d.Wrapped(d.Text("entry", "index", i18n.Nominal(x.Index), "class", d.What(string(x.Class)), "at", x.At.Time())) + d.Page(about)
		switch {
		case x.Due != 0:
			text += d.Wrapped(d.Text("still_owed", "at", x.Due.Time()))
		case x.State != "":
			text += d.Wrapped(d.Text("settled", "state", d.Say("told.state."+string(x.State))))
		}
	}
	return d.Result(list, text)
}

// figures adds the figures of the law up from an export, by nothing but what is open in
// it and what both keepers have signed.
//
// Invariant 27: who has the export and the same law comes to the same bytes.
func (d *door) figures(ctx context.Context, f *reporting) error {
	if err := office.Need("--of", f.origin, "--from", f.from, "--until", f.until); err != nil {
		return err
	}
	year := figures.Year{Origin: f.origin}
	var err error
	if year.From, err = instant(f.from); err != nil {
		return err
	}
	if year.Until, err = instant(f.until); err != nil {
		return err
	}
	list, err := d.counted(ctx, f)
	if err != nil {
		return err
	}
	if year.Items, err = d.items(list.law); err != nil {
		return err
	}
	var ok bool
	if year.First, year.Last, ok = list.counter.Span(f.origin, year.From, year.Until); !ok {
		return office.Wrong(fault.NotFound, fault.Place{Path: f.export}, "periodless")
	}
	x, err := list.counter.Figures(year)
	var why *figures.Flaw
	if errors.As(err, &why) {
		return office.Wrong(fault.Invalid, fault.Place{Path: f.export}, "figures", "why", i18n.Both("verify.flaw."+why.Code, why.Args...))
	}
	if err != nil {
		return err
	}
	return d.figured(ctx, f, x, list.doubts(x, paper.TimeOf(time.Now())))
}

// instant reads a day, which begins at midnight UTC, or an instant.
func instant(text string) (paper.Time, error) {
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		at, err = time.Parse(time.RFC3339, text)
	}
	if err != nil {
		return 0, wrongText("day", text)
	}
	return paper.TimeOf(at), nil
}

// doubts says why figures could not stand in the log now: the year is not over, or entries
// lie on the wrong side of its bounds.
func (c *counting) doubts(x *figures.Figures, now paper.Time) (list []i18n.Text) {
	if now < x.Until {
		list = append(list, i18n.Both("commission.cli.running", "until", x.Until.Time()))
	}
	for _, w := range c.counter.Outside(x, c.end) {
		if w.Code != "figures-left" || now >= x.Until {
			list = append(list, i18n.Both("verify.flaw."+w.Code, w.Args...))
		}
	}
	return list
}

// figured writes figures: as a paper, as a table for others, in words with the doubts
// about them.
func (d *door) figured(ctx context.Context, f *reporting, x *figures.Figures, doubts []i18n.Text) error {
	if f.out != "" {
		e, err := paper.Seal(figures.Type, x)
		if err != nil {
			return err
		}
		if f.key != "" {
			if _, err := d.Sign(f.out, e, f.key); err != nil {
				return err
			}
		}
		if err := shelf.Create(f.out, e); err != nil {
			return err
		}
		if f.send {
			return d.Bring(ctx, e, "")
		}
	}
	if f.csv != "" {
		var b bytes.Buffer
		if err := publish.CSV(&b, x, d.Lang); err != nil {
			return err
		}
		if err := shelf.CreateBytes(f.csv, b.Bytes()); err != nil {
			return err
		}
	}
	if f.page != "" {
		var page bytes.Buffer
		if err := publish.HTML(&page, x, d.Lang, d.Cites, doubts...); err != nil {
			return err
		}
		if err := shelf.CreateBytes(f.page, page.Bytes()); err != nil {
			return err
		}
	}
	text := d.told(x)
	for _, w := range doubts {
		text += d.Wrapped("", d.Text("unready", "what", w.In(d.Lang)))
	}
	return d.Result(x, text)
}

// told says figures in words.
func (d *door) told(x *figures.Figures) string {
	text := d.Wrapped(d.Text("figures_head", "origin", x.Origin, "from", x.From.Time(), "until", x.Until.Time(), "first", i18n.Nominal(x.First), "last", i18n.Nominal(x.Last-1)))
	for n, i := range x.Items { // what several instruments ask for in the same words and numbers stands once, as on the page
		same := func(o figures.Item) bool { return o.ID == i.ID && o.Says == i.Says && slices.Equal(o.Counts, i.Counts) }
		if slices.ContainsFunc(x.Items[:n], same) {
			continue
		}
		var by []string
		for _, o := range x.Items[n:] {
			if same(o) {
				by = append(by, string(o.Rules))
			}
		}
		text += d.Wrapped("", d.Words(i.Says)+" ["+strings.Join(by, ", ")+"]")
		for _, n := range i.Counts {
			text += fmt.Sprintf("  %8d  %s %s\n", n.N, d.What(string(n.Class)), i18n.Escape(string(n.Instrument)))
		}
	}
	for _, r := range x.Repeats {
		text += d.Wrapped("", d.Text("repeating", "instrument", string(r.Instrument), "n", r.N, "of", r.Of))
	}
	for _, w := range x.Withheld {
		text += d.Wrapped("", d.Text("withheld", "n", w.N, "class", d.What(string(w.Class)), "reason", string(w.Reason)))
	}
	for _, s := range x.Sealed {
		text += d.Wrapped("", d.Say("told.sealed", "n", s.N, "reason", string(s.Reason), "until", s.Until))
	}
	return text
}

// counting is what an export comes to.
type counting struct {
	counter figures.Counter
	law     []paper.ID // the instruments that its open entries name
	end     int64      // after the last open entry
}

// counted reads the log of decisions in an export: what is open in it, as it stands
// there. Whether it is right is for noroshi verify to say, which does the same sums.
func (d *door) counted(ctx context.Context, f *reporting) (*counting, error) {
	dir := filepath.Join(f.export, "logs", strings.TrimPrefix(string(paper.DigestOf([]byte(f.origin))), "sha256:"))
	files, err := filepath.Glob(filepath.Join(dir, "opened", "*.json"))
	if err != nil || len(files) == 0 {
		return nil, office.Wrong(fault.NotFound, fault.Place{Path: dir}, "periodless")
	}
	c, reader := &counting{}, opened.NewReader()
	c.counter.Content = func(x paper.Digest) *paper.Envelope {
		e, err := shelf.Read(filepath.Join(dir, "content", strings.TrimPrefix(string(x), "sha256:")))
		if err != nil {
			return nil
		}
		return e
	}
	for _, path := range files { // in the order of their names, which is that of the log
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		text, err := shelf.Whole(path, 1<<20)
		if err != nil {
			return nil, err
		}
		e, err := reader.Read(text)
		if err != nil {
			return nil, shelf.Faulty(path, err)
		}
		if err := c.take(&e, dir, f.origin); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// take takes one open entry in.
func (c *counting) take(o *opened.Entry, dir, origin string) error {
	if o.Instrument != "" && !slices.Contains(c.law, o.Instrument) {
		c.law = append(c.law, o.Instrument)
	}
	c.counter.Entry(o.Index, &o.Entry)
	c.end = o.Index + 1
	e := c.counter.Content(o.Content)
	if e == nil { // disposed of, or a document that is no paper: it has no outline
		return nil
	}
	if o.Class != proof.Period {
		return c.counter.Open(o.Index, o.Class, e)
	}
	var p proof.PeriodReport
	if err := e.Open(proof.PeriodType, &p); err != nil {
		return err
	}
	if p.Origin == origin {
		c.counter.Period(p, e.Digest())
	}
	return nil
}

// items are the figures that the law of the named instruments asks for.
func (d *door) items(ids []paper.ID) ([]figures.Item, error) {
	all, err := wire.Rules(d.Law)
	if err != nil {
		return nil, err
	}
	return figures.Asked(all, ids), nil
}
