package oversee

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/noroshi-acd/noroshi/authority/office"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/shelf"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/oversight/opening"
)

// opens are the flags of an opening.
type opens struct {
	key, purpose, secret, export, out, receipt string
	articles                                   []string
}

// open makes a request to open entries, signs it here, and brings it: in one step. With a
// sample the entries are those that it drew.
//
// Invariant 13: a machine's certificate opens nothing; a member's own key does.
func (d *door) open() *cobra.Command {
	var f opens
	c := d.Verb("open [INDEX...]", "open", 0, -1, func(ctx context.Context, args []string) error { return d.opened(ctx, args, &f) })
	fl := c.Flags()
	fl.StringVar(&f.key, "key", "", d.Say("trust.flag.key"))
	fl.StringVar(&f.purpose, "purpose", "", d.Text("flag.purpose"))
	fl.StringArrayVar(&f.articles, "article", nil, d.Text("flag.article"))
	fl.StringVar(&f.secret, "secret", "", d.Text("flag.secret"))
	fl.StringVar(&f.export, "export", "", d.Text("flag.export"))
	fl.StringVar(&f.out, "out", "", d.Say("papers.flag.out"))
	fl.StringVar(&f.receipt, "receipt", "", d.Text("flag.opening_receipt"))
	return c
}

func (d *door) opened(ctx context.Context, args []string, f *opens) error {
	c, _, err := d.Connect()
	if err != nil {
		return err
	}
	s, err := c.State(ctx)
	if err != nil {
		return err
	}
	r, err := d.asked(ctx, args, f)
	if err != nil {
		return err
	}
	r.Origin = s.Origin
	e, err := d.Sealed("", opening.Type, r, f.key)
	if err != nil {
		return err
	}
	if f.out != "" {
		if err := shelf.Create(f.out, e); err != nil {
			return err
		}
	}
	answer, err := c.Bring(ctx, e)
	if err != nil {
		return err
	}
	if f.receipt != "" {
		if err := shelf.CreateBytes(f.receipt, []byte(answer.Proof)); err != nil {
			return err
		}
	}
	return d.Result(answer, d.Receipt(answer)+d.Wrapped(d.Text("opened", "n", len(r.Entries), "index", answer.Index)))
}

// asked is the request: for the entries that are named, or for those that a sample drew.
func (d *door) asked(ctx context.Context, args []string, f *opens) (*opening.Request, error) {
	if err := office.Need("--purpose", f.purpose, "--article", strings.Join(f.articles, "")); err != nil {
		return nil, err
	}
	p, err := office.Person(f.key)
	if err != nil {
		return nil, err
	}
	r := &opening.Request{Articles: f.articles, At: paper.TimeOf(time.Now()), Member: paper.ID(p.Person), Purpose: f.purpose}
	if f.secret != "" {
		if len(args) > 0 {
			return nil, office.Wrong(fault.Invalid, fault.Place{Field: "--secret"}, "drawn_by_hand")
		}
		x, err := d.reveal(ctx, f.secret, f.export)
		if err != nil {
			return nil, err
		}
		r.Sample, r.Entries = x.reveal, x.drawn
	}
	for _, a := range args {
		first, last, err := span(a)
		if err != nil {
			return nil, err
		}
		for i := first; i <= last; i++ {
			r.Entries = append(r.Entries, i)
		}
	}
	slices.Sort(r.Entries)
	r.Entries = slices.Compact(r.Entries)
	return r, nil
}
