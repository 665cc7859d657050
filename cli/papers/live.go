package papers

import (
	"cmp"
	"slices"

	"github.com/spf13/cobra"

	"github.com/noroshi-acd/noroshi/authority/desk"
	"github.com/noroshi-acd/noroshi/authority/liveness"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/shelf"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/usage"
)

// NewLive makes the verb live.
func NewLive(d *desk.Desk) *cobra.Command {
	return group(d, "live", d.Say("papers.live.short"), d.Say("papers.live.long"), liveMake(d), liveShow(d), liveCheck(d))
}

func liveMake(d *desk.Desk) *cobra.Command {
	var out, after, key string
	var warrants, without []string
	var number, least int64
	c := &cobra.Command{Use: "make", Short: d.Say("papers.live.make"), Long: d.Say("papers.live.make_long"), Args: usage.Args(d.Lang, 0, 0)}
	fl := c.Flags()
	fl.StringVar(&out, "out", "", d.Say("papers.flag.out"))
	fl.StringVar(&after, "after", "", d.Say("papers.flag.after"))
	fl.Int64Var(&number, "number", 0, d.Say("papers.flag.number"))
	fl.StringSliceVar(&warrants, "warrant", nil, d.Say("papers.flag.warrant"))
	fl.StringSliceVar(&without, "without-link", nil, d.Say("papers.flag.without_link"))
	fl.Int64Var(&least, "least-set", 0, d.Say("papers.flag.least"))
	signFlags(d, c, &key)
	c.RunE = func(_ *cobra.Command, _ []string) error {
		if err := need("--out", out, "--key", key); err != nil {
			return err
		}
		_, v, err := d.Trusted()
		if err != nil {
			return err
		}
		s := liveness.Statement{Number: number, Root: v.Name(), RootHash: v.Digest(), RootVersion: v.Version(), Time: v.At(), Warrants: []liveness.Standing{}}
		if after != "" {
			var last liveness.Statement
			if _, err := shelf.ReadAs(after, liveness.Type, &last); err != nil {
				return err
			}
			s.Number = last.Number + 1
		}
		if (after == "") == (number == 0) || s.Number < 1 {
			return desk.Wrong(fault.Invalid, fault.Place{Field: "--number"}, "papers.number")
		}
		if s.Warrants, err = standing(v, warrants, without, least); err != nil {
			return err
		}
		return drafted(d, out, liveness.Type, s, key)
	}
	return c
}

// standing makes the lines of the warrants that stand.
func standing(v *trust.View, warrants, without []string, least int64) ([]liveness.Standing, error) {
	all := []liveness.Standing{}
	for _, f := range warrants {
		var w warrant.Warrant
		e, err := shelf.ReadAs(f, warrant.Type, &w)
		if err != nil {
			return nil, err
		}
		if w.Parent != "" {
			return nil, desk.Wrong(fault.Invalid, fault.Place{Path: f}, "papers.child")
		}
		x := liveness.Standing{Blind: liveness.Blind(e.Digest(), v.At().Day()), DirectionTable: w.Scope.DirectionTable, LeastSet: least, Links: []paper.ID{}}
		for _, k := range w.Scope.Links {
			if !slices.Contains(without, string(k.ID)) {
				x.Links = append(x.Links, k.ID)
			}
		}
		all = append(all, x)
	}
	slices.SortFunc(all, func(a, b liveness.Standing) int { return cmp.Compare(a.Blind, b.Blind) })
	return all, nil
}

func liveShow(d *desk.Desk) *cobra.Command {
	c := &cobra.Command{Use: "show FILE", Short: d.Say("papers.live.show"), Args: usage.Args(d.Lang, 1, 1)}
	c.RunE = func(_ *cobra.Command, args []string) error {
		if _, err := shelf.ReadAs(args[0], liveness.Type, new(liveness.Statement)); err != nil {
			return err
		}
		return show(d, args[0])
	}
	return c
}

func liveCheck(d *desk.Desk) *cobra.Command {
	var held string
	var warrants []string
	c := &cobra.Command{Use: "check FILE", Short: d.Say("papers.live.check"), Long: d.Say("papers.live.check_long"), Args: usage.Args(d.Lang, 1, 1)}
	fl := c.Flags()
	fl.StringVar(&d.At, "at", "", d.Say("trust.flag.at"))
	fl.StringVar(&held, "held", "", d.Say("papers.flag.held"))
	fl.StringSliceVar(&warrants, "warrant", nil, d.Say("papers.flag.warrant_stands"))
	c.RunE = func(_ *cobra.Command, args []string) error {
		_, v, err := d.Trusted()
		if err != nil {
			return err
		}
		e, err := shelf.Read(args[0])
		if err != nil {
			return err
		}
		live, list := liveness.Verify(e, v)
		var more []desk.Condition
		if live != nil {
			list = append(list, live.Fresh(liveness.Clock{Earliest: v.At(), Latest: v.At()}, liveness.StartAge)...)
			if more, err = against(d, v, live, held); err != nil {
				return err
			}
		}
		for _, f := range warrants {
			w, err := shelf.ReadAs(f, warrant.Type, new(warrant.Warrant))
			if err != nil {
				return err
			}
			if live == nil {
				continue
			}
			if _, ok := live.Standing(w.Digest()); !ok {
				more = append(more, desk.Condition{Place: f, Code: "not-live", Text: d.Say("papers.live.fallen", "file", f)})
			}
		}
		return d.Judge(e.Digest(), v.At().Time(), list, more, "papers.live.good")
	}
	return c
}

// against holds a statement beside the newest one that was seen before.
func against(d *desk.Desk, v *trust.View, live *liveness.Verified, held string) ([]desk.Condition, error) {
	if held == "" {
		return nil, nil
	}
	e, err := shelf.Read(held)
	if err != nil {
		return nil, err
	}
	// It was right when it was taken; a root that has changed since is no matter here.
	old, list := liveness.Verify(e, v)
	if old == nil {
		return nil, d.Untrusted(list)
	}
	switch liveness.Compare(old, live) {
	case liveness.Stale:
		return []desk.Condition{{Place: "liveness.number", Code: "liveness-stale", Text: d.Say("papers.live.stale", "number", live.Number(), "held", old.Number())}}, nil
	case liveness.Fork:
		return []desk.Condition{{Place: "liveness.number", Code: "liveness-fork", Text: d.Say("papers.live.fork", "number", live.Number())}}, nil
	}
	return nil, nil
}
