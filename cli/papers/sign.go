package papers

import (
	"github.com/spf13/cobra"

	"github.com/noroshi-acd/noroshi/authority/desk"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/shelf"
	"github.com/noroshi-acd/noroshi/authority/told"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/usage"
)

// trustFlags are what every verb has that needs to know whom to trust.
func trustFlags(d *desk.Desk, c *cobra.Command) {
	fl := c.PersistentFlags()
	fl.BoolVar(&d.JSON, "json", false, d.Say("trust.flag.json"))
	fl.StringVar(&d.Trust, "trust", "", d.Say("trust.flag.trust"))
	fl.StringVar(&d.Pin, "root", "", d.Say("trust.flag.root"))
}

// signFlags are what every verb has that signs.
func signFlags(d *desk.Desk, c *cobra.Command, key *string) {
	fl := c.Flags()
	fl.StringVar(key, "key", "", d.Say("trust.flag.key"))
	fl.BoolVar(&d.Yes, "yes", false, d.Say("trust.flag.yes"))
	fl.StringVar(&d.PassphraseFile, "passphrase-file", "", d.Say("trust.flag.passphrase"))
}

// group makes a verb that only has verbs below it.
func group(d *desk.Desk, use, short, long string, below ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, Long: long, Args: usage.Args(d.Lang, 0, 0), RunE: func(c *cobra.Command, _ []string) error { return c.Help() }}
	trustFlags(d, c)
	c.AddCommand(below...)
	return c
}

// need is the error of a flag that is missing.
func need(flags ...string) error {
	for i := 0; i+1 < len(flags); i += 2 {
		if flags[i+1] == "" {
			return desk.Wrong(fault.Invalid, fault.Place{Field: flags[i]}, "papers.needs", "flag", flags[i])
		}
	}
	return nil
}

// NewSign makes the verb sign.
func NewSign(d *desk.Desk) *cobra.Command {
	var key string
	c := &cobra.Command{Use: "sign FILE", Short: d.Say("papers.sign.short"), Long: d.Say("papers.sign.long"), Args: usage.Args(d.Lang, 1, 1)}
	trustFlags(d, c)
	signFlags(d, c, &key)
	c.RunE = func(_ *cobra.Command, args []string) error {
		if err := need("--key", key); err != nil {
			return err
		}
		e, err := shelf.Read(args[0])
		if err != nil {
			return err
		}
		return signed(d, args[0], e, key, shelf.Replace)
	}
	return c
}

// signed signs an envelope, writes it and says so.
func signed(d *desk.Desk, file string, e *paper.Envelope, key string, write func(string, *paper.Envelope) error) error {
	about, err := d.Sign(file, e, key)
	if err != nil {
		return err
	}
	if err := write(file, e); err != nil {
		return err
	}
	return d.Result(desk.Describe(file, e, about), d.Wrapped(d.Say("papers.sign.done", "file", file, "n", len(e.Signatures)), "  "+string(e.Digest()), "  "+told.Spoken(e.Digest(), d.Lang)))
}

// drafted writes a new paper: signed when a key is given, else to be signed by others.
func drafted(d *desk.Desk, out, payloadType string, v any, key string) error {
	e, err := paper.Seal(payloadType, v)
	if err != nil {
		return shelf.Faulty(out, err)
	}
	if key != "" {
		return signed(d, out, e, key, shelf.Create)
	}
	known, err := d.Known()
	if err != nil {
		return err
	}
	about, err := d.Tell(out, e, known)
	if err != nil {
		return err
	}
	if err := shelf.Create(out, e); err != nil {
		return err
	}
	return d.Result(desk.Describe(out, e, about), d.Page(about)+d.Wrapped("", d.Say("papers.sign.next", "file", out)))
}
