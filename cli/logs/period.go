package logs

import (
	"github.com/spf13/cobra"

	"github.com/noroshi-acd/noroshi/authority/desk"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/shelf"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/internal/usage"
	"github.com/noroshi-acd/noroshi/ledger/period"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// closing writes the report of the period that ends now, signed by its keeper. The other
// keeper countersigns it like any paper, and both record it.
func closing(d *desk.Desk) *cobra.Command {
	var key string
	var why period.Reason
	c := &cobra.Command{Use: "period FILE PAPER", Short: d.Say("logs.period"), Long: d.Say("logs.period_long"), Args: usage.Args(d.Lang, 2, 2)}
	c.Flags().StringVar(&key, "key", "", d.Say("logs.flag.keeper"))
	c.Flags().StringVar((*string)(&why.Reason), "reason", "", d.Say("logs.flag.reason"))
	c.Flags().StringVar(&why.Until, "until", "", d.Say("logs.flag.until"))
	c.Flags().BoolVar(&d.Yes, "yes", false, d.Say("trust.flag.yes"))
	c.RunE = func(c *cobra.Command, args []string) error {
		conf, err := load(d, args[0])
		if err != nil {
			return err
		}
		r, _, err := conf.read(d)
		if err != nil {
			return err
		}
		defer r.Close()
		s := r.Signed()
		if s == nil {
			return desk.Wrong(fault.NotFound, fault.Place{Path: conf.Dir}, "logs.unpublished")
		}
		first, err := period.Next(c.Context(), r, s.Size)
		if err != nil {
			return err
		}
		given := &why
		if why == (period.Reason{}) {
			given = nil
		}
		report, err := period.Report(c.Context(), r, first, s.Size, given)
		if err != nil {
			return err
		}
		e, err := paper.Seal(proof.PeriodType, report)
		if err != nil {
			return err
		}
		if d.Trust == "" {
			d.Trust = conf.Trust
		}
		if _, err := d.Sign(args[1], e, key); err != nil {
			return err
		}
		if err := shelf.Create(args[1], e); err != nil {
			return err
		}
		return d.Result(report, d.Wrapped(d.Say("logs.counted", "origin", report.Origin, "first", i18n.Nominal(report.First), "last", i18n.Nominal(report.Last-1), "file", args[1])))
	}
	return c
}
