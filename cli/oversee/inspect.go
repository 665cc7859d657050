package oversee

import (
	"context"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/noroshi-acd/noroshi/authority/office"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime/judge"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/internal/usage"
	"github.com/noroshi-acd/noroshi/oversight/act"
	"github.com/noroshi-acd/noroshi/oversight/inspect"
)

// inspect brings an inspection; below it, draw says which entries a sample names, look
// looks at them, and rerun judges a decision again.
func (d *door) inspect() *cobra.Command {
	var from, key, out, secret, export string
	c := d.Verb("inspect", "inspect", 0, 0, func(ctx context.Context, _ []string) error {
		if err := office.Need("--draft", from); err != nil {
			return err
		}
		p, err := office.Person(key)
		if err != nil {
			return err
		}
		x, now, err := d.Read(from)
		if err != nil {
			return err
		}
		i := new(act.Inspection)
		if err := x.Into(i, map[string]any{"at": now.String(), "member": p.Person}, map[string]any{"findings": []any{}}); err != nil {
			return err
		}
		if secret != "" {
			if err := d.found(ctx, i, secret, export); err != nil {
				return err
			}
		}
		e, err := d.Sealed(from, act.InspectionType, i, key)
		if err != nil {
			return err
		}
		return d.Bring(ctx, e, out)
	})
	fl := c.Flags()
	fl.StringVar(&from, "draft", "", d.Text("flag.draft"))
	fl.StringVar(&key, "key", "", d.Say("trust.flag.key"))
	fl.StringVar(&out, "out", "", d.Say("papers.flag.out"))
	fl.StringVar(&secret, "secret", "", d.Text("flag.secret"))
	fl.StringVar(&export, "export", "", d.Text("flag.export"))
	fl.StringVar(&d.Law, "law", "", d.Text("flag.law"))
	c.AddCommand(d.drawVerb(), d.lookVerb(), d.rerun())
	return c
}

// found puts the sample into an inspection, and what the program finds about each entry
// that was drawn and of which the draft says nothing.
func (d *door) found(ctx context.Context, i *act.Inspection, secret, export string) error {
	s, err := d.reveal(ctx, secret, export)
	if err != nil {
		return err
	}
	i.Sample = s.reveal
	own, err := d.look(ctx, s)
	if err != nil {
		return err
	}
	for _, f := range own {
		if !slices.ContainsFunc(i.Findings, func(g act.Finding) bool { return g.Place == f.Place }) {
			i.Findings = append(i.Findings, f)
		}
	}
	slices.SortStableFunc(i.Findings, func(a, b act.Finding) int { return int(max(-1, min(1, a.Place.Index-b.Place.Index))) })
	return nil
}

func (d *door) drawVerb() *cobra.Command {
	var export string
	c := d.Verb("draw SECRET", "draw", 1, 1, func(ctx context.Context, args []string) error {
		s, err := d.reveal(ctx, args[0], export)
		if err != nil {
			return err
		}
		text := d.Wrapped(d.Text("drawn", "n", len(s.drawn)))
		for _, i := range s.drawn {
			text += "  " + strconv.FormatInt(i, 10) + "\n"
		}
		return d.Result(map[string]any{"drawn": s.drawn, "origin": s.Sample.Origin, "root": s.reveal.Root, "size": s.reveal.Size}, text)
	})
	c.Flags().StringVar(&export, "export", "", d.Text("flag.export"))
	return c
}

func (d *door) lookVerb() *cobra.Command {
	var export string
	c := d.Verb("look SECRET", "look", 1, 1, func(ctx context.Context, args []string) error {
		s, err := d.reveal(ctx, args[0], export)
		if err != nil {
			return err
		}
		list, err := d.look(ctx, s)
		if err != nil {
			return err
		}
		text := d.Wrapped(d.Text("drawn", "n", len(list)))
		for _, f := range list {
			text += d.Wrapped("  " + d.Text("finding", "index", i18n.Nominal(f.Place.Index), "class", d.What(string(f.Class)), "verdict", d.Say("told.verdict."+string(f.Verdict)), "why", i18n.Escape(f.Text)))
		}
		return d.Result(list, text)
	})
	c.Flags().StringVar(&export, "export", "", d.Text("flag.export"))
	c.Flags().StringVar(&d.Law, "law", "", d.Text("flag.law"))
	return c
}

// look has the inspector look at the entries that a sample names, after it has read all
// that the export opens of the log.
func (d *door) look(ctx context.Context, s *revealed) ([]act.Finding, error) {
	log, err := d.exported(s.export, s.Sample.Origin)
	if err != nil {
		return nil, err
	}
	_, signed, err := log.Tree()
	if err != nil {
		return nil, err
	}
	if signed.Size < s.Sample.Last {
		return nil, office.Wrong(fault.Invalid, fault.Place{Path: s.export}, "beyond", "size", signed.Size, "last", i18n.Nominal(s.Sample.Last-1))
	}
	x, err := d.inspector(log)
	if err != nil {
		return nil, err
	}
	if _, err := x.List(ctx, 0, signed.Size); err != nil {
		return nil, err
	}
	return x.Look(ctx, s.drawn)
}

// inspector is who looks: by the trust of each instant, and by the law that is at hand.
func (d *door) inspector(log inspect.Log) (*inspect.Inspector, error) {
	t, _, err := d.Trusted()
	if err != nil {
		return nil, err
	}
	return &inspect.Inspector{
		Log: log, Lang: d.Lang,
		View: func(at paper.Time) *trust.View {
			v, lacks := t.View(at.Time())
			if len(lacks) > 0 {
				return nil
			}
			return v
		},
		Rules: func(digest paper.Digest) *judge.Evaluator {
			e, err := d.Evaluator(digest)
			if err != nil {
				return nil
			}
			return e
		},
	}, nil
}

// rerun judges an application and its decisions again from the papers alone: by the rules
// that it names, and by the votes that were signed.
//
// Invariant 28: nobody of the commission's or the agency's needs to help.
func (d *door) rerun() *cobra.Command {
	c := d.Verb("rerun APPLICATION", "rerun", 1, 1, func(ctx context.Context, args []string) error {
		digest, err := office.Digest(args[0])
		if err != nil {
			return err
		}
		c, _, err := d.Connect()
		if err != nil {
			return err
		}
		p, err := c.Packet(ctx, digest)
		if err != nil {
			return err
		}
		papers := &inspect.Papers{At: map[int64]inspect.Kept{}}
		var indices []int64
		for _, k := range p.Papers {
			papers.At[k.Index] = inspect.Kept{Class: k.Class, Payload: k.Envelope}
			indices = append(indices, k.Index)
		}
		x, err := d.inspector(papers)
		if err != nil {
			return err
		}
		x.Note(indices...)
		return d.again(x.Rerun(digest))
	})
	c.Flags().StringVar(&d.Law, "law", "", d.Text("flag.law"))
	return c
}

// again says what came of judging again.
func (d *door) again(r *inspect.Rerun) error {
	text := d.Wrapped(d.Text("again", "lacks", len(r.Lacks), "wrong", len(r.Wrong)))
	for _, l := range r.Lacks {
		text += d.Wrapped("  " + d.Lack(l))
	}
	for _, w := range r.Wrong {
		text += d.Wrapped("  " + d.Say("inspect.why."+w))
	}
	if err := d.Result(r, text); err != nil {
		return err
	}
	if len(r.Lacks)+len(r.Wrong) > 0 {
		return usage.Status(1)
	}
	return nil
}
