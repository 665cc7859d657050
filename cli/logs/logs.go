package logs

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/noroshi-acd/noroshi/authority/desk"
	"github.com/noroshi-acd/noroshi/authority/grant"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/shelf"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/books"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/internal/usage"
	"github.com/noroshi-acd/noroshi/ledger"
	"github.com/noroshi-acd/noroshi/ledger/folder"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// New makes the verb ledger.
func New(d *desk.Desk) *cobra.Command {
	c := &cobra.Command{Use: "ledger", Short: d.Say("logs.short"), Long: d.Say("logs.long"), Args: usage.Args(d.Lang, 0, 0), RunE: func(c *cobra.Command, _ []string) error { return c.Help() }}
	fl := c.PersistentFlags()
	fl.BoolVar(&d.JSON, "json", false, d.Say("trust.flag.json"))
	fl.StringVar(&d.Trust, "trust", "", d.Say("logs.flag.trust"))
	fl.StringVar(&d.Pin, "root", "", d.Say("trust.flag.root"))
	fl.StringVar(&d.PassphraseFile, "passphrase-file", "", d.Say("trust.flag.passphrase"))
	c.AddCommand(newLedger(d), add(d), show(d), prove(d), check(d), export(d), unseal(d), closing(d))
	return c
}

// position is where an entry stands, in JSON results.
type position struct {
	Origin string       `json:"origin"`
	Index  int64        `json:"index"`
	Size   int64        `json:"size"`
	Root   paper.Digest `json:"root"`
}

func newLedger(d *desk.Desk) *cobra.Command {
	c := DefaultConfig()
	v := &cobra.Command{Use: "new FILE", Short: d.Say("logs.new"), Long: d.Say("logs.new_long"), Args: usage.Args(d.Lang, 1, 1)}
	fl := v.Flags()
	for name, to := range map[string]*string{"dir": &c.Dir, "keys": &c.Keys, "origin": &c.Origin, "key": &c.Key, "role": &c.Role} {
		fl.StringVar(to, name, "", d.Say("logs.config."+name))
	}
	fl.StringSliceVar(&c.Witnesses, "witness", nil, d.Say("logs.config.witnesses"))
	v.RunE = func(v *cobra.Command, args []string) error {
		c.Trust, c.Root = d.Trust, d.Pin
		// The file's paths are beside it, the flags' are where we stand.
		base := filepath.Dir(args[0])
		for _, p := range []*string{&c.Dir, &c.Keys, &c.Key, &c.Trust} {
			if *p == "" {
				return desk.Wrong(fault.Invalid, fault.Place{Path: args[0]}, "logs.lacks")
			}
			if rel, err := filepath.Rel(base, *p); err == nil && !filepath.IsAbs(*p) {
				*p = rel
			}
		}
		if err := c.save(d, args[0]); err != nil {
			return err
		}
		read, err := load(d, args[0])
		if err == nil {
			var l *ledger.Log
			if l, err = read.write(v.Context(), d, time.Now().UTC().Format(time.DateOnly)); err == nil {
				err = l.Close()
			}
		}
		if err != nil {
			os.Remove(args[0]) // nothing was begun
			return err
		}
		return d.Result(map[string]string{"file": args[0], "origin": c.Origin, "dir": read.Dir}, d.Wrapped(d.Say("logs.begun", "origin", c.Origin, "dir", read.Dir, "file", args[0])))
	}
	return v
}

// adding is an entry as its flags describe it.
type adding struct{ class, role, instrument, warrant, receipt, entry string }

func add(d *desk.Desk) *cobra.Command {
	var a adding
	c := &cobra.Command{Use: "add FILE PAPER", Short: d.Say("logs.add"), Long: d.Say("logs.add_long"), Args: usage.Args(d.Lang, 2, 2)}
	fl := c.Flags()
	fl.StringVar(&a.class, "class", "", d.Say("logs.flag.class"))
	fl.StringVar(&a.role, "role", "", d.Say("logs.flag.role"))
	fl.StringVar(&a.instrument, "instrument", "", d.Say("logs.flag.instrument"))
	fl.StringVar(&a.warrant, "warrant", "", d.Say("logs.flag.warrant"))
	fl.StringVar(&a.receipt, "receipt", "", d.Say("logs.flag.receipt"))
	fl.StringVar(&a.entry, "entry", "", d.Say("logs.flag.entry"))
	c.RunE = func(c *cobra.Command, args []string) error {
		conf, err := load(d, args[0])
		if err != nil {
			return err
		}
		act, err := a.act(args[1], conf.Role)
		if err != nil {
			return err
		}
		l, err := conf.write(c.Context(), d, "")
		if err != nil {
			return err
		}
		defer l.Close()
		ctx, cancel := conf.patient(c.Context())
		defer cancel()
		index, err := l.Append(ctx, act)
		if err != nil {
			return impatient(ctx, err)
		}
		r, err := l.Receipt(ctx, index)
		if err != nil {
			return impatient(ctx, err)
		}
		return a.written(d, l.Reader, r)
	}
	return c
}

// impatient adds to an error that the witnesses were waited for long enough.
func impatient(ctx context.Context, err error) error {
	if why := context.Cause(ctx); why != nil {
		return fmt.Errorf("%w: %w", why, err)
	}
	return err
}

// act makes what is recorded of a file: a signed paper, or any other document.
func (a *adding) act(file, role string) (ledger.Act, error) {
	text, err := shelf.Whole(file, ledger.MaxPayload)
	if err != nil {
		return ledger.Act{}, err
	}
	x := ledger.Act{Entry: proof.Entry{Class: proof.Class(a.class), Role: paper.ID(a.role), Instrument: paper.ID(a.instrument)}, Payload: text}
	if a.role == "" {
		x.Entry.Role = paper.ID(role)
	}
	if err := x.Entry.Class.Check(); err != nil {
		var names []string
		for _, c := range proof.Classes() {
			names = append(names, string(c))
		}
		return x, desk.Wrong(fault.Invalid, fault.Place{Field: "--class"}, "logs.class", "classes", strings.Join(names, ", "))
	}
	e, err := shelf.Read(file)
	if err == nil {
		x.Entry.Paper = e.Digest()
		if x.Payload, err = e.Marshal(); err != nil {
			return x, shelf.Faulty(file, err)
		}
		x.Entry.Warrant = under(e)
		var w warrant.Warrant
		if e.Open(warrant.Type, &w) == nil {
			x.Entry.Instrument = w.Instrument
		}
	}
	if a.warrant != "" {
		e, err := shelf.ReadAs(a.warrant, warrant.Type, new(warrant.Warrant))
		if err != nil {
			return x, err
		}
		if said := x.Entry.Warrant; said != "" && said != e.Digest() {
			return x, desk.Wrong(fault.Invalid, fault.Place{Path: file, Field: "warrant"}, "logs.other_warrant", "warrant", string(said))
		}
		x.Entry.Warrant = e.Digest()
	}
	if x.Entry.Class.Acting() && x.Entry.Warrant == "" {
		return x, desk.Wrong(fault.Invalid, fault.Place{Path: file, Field: "--warrant"}, "logs.no_warrant", "class", a.class)
	}
	return x, nil
}

// under gives the warrant that a paper itself says it is done under, or is; none where
// it says nothing. A verifier holds the entry against it.
func under(e *paper.Envelope) paper.Digest {
	var o grant.Open
	var s warrant.Suspension
	var r warrant.Revocation
	var b books.Page
	switch e.PayloadType {
	case warrant.Type:
		return e.Digest()
	case grant.OpenType:
		_ = e.Open(grant.OpenType, &o)
	case warrant.SuspensionType:
		_ = e.Open(warrant.SuspensionType, &s)
	case warrant.RevocationType:
		_ = e.Open(warrant.RevocationType, &r)
	case books.PageType:
		_ = e.Open(books.PageType, &b)
	}
	return cmp.Or(o.Warrant, s.Warrant, r.Warrant, b.Warrant)
}

// written writes a receipt and its opened entry into the files that were asked for.
func (a *adding) written(d *desk.Desk, r *folder.Reader, receipt *proof.Receipt) error {
	if err := r.Refresh(); err != nil {
		return err
	}
	opened, _, err := r.Read(receipt.Index)
	if err != nil {
		return err
	}
	if a.receipt != "" {
		if err := shelf.CreateBytes(a.receipt, receipt.Marshal()); err != nil {
			return err
		}
	}
	if a.entry != "" {
		text, err := paper.Marshal(opened)
		if err != nil {
			return err
		}
		if err := shelf.CreateBytes(a.entry, text); err != nil {
			return err
		}
	}
	return d.Result(map[string]any{"origin": r.Origin(), "index": receipt.Index, "class": opened.Entry.Class, "paper": opened.Entry.Paper, "receipt": string(receipt.Marshal())},
		d.Wrapped(d.Say("logs.recorded", "class", string(opened.Entry.Class), "index", i18n.Nominal(receipt.Index), "origin", r.Origin())))
}

// shown is a ledger in JSON results.
type shown struct {
	Origin    string       `json:"origin"`
	Birthday  string       `json:"birthday"`
	Size      int64        `json:"size"`
	Root      paper.Digest `json:"root"`
	Time      string       `json:"time"`
	Witnesses []string     `json:"witnesses"`
	Entries   []row        `json:"entries"`
}

type row struct {
	Index int64        `json:"index"`
	At    string       `json:"at,omitempty"`
	Class proof.Class  `json:"class,omitempty"` // empty: disposed of, or its key is elsewhere
	Role  paper.ID     `json:"role,omitempty"`
	Paper paper.Digest `json:"paper,omitempty"`
}

func show(d *desk.Desk) *cobra.Command {
	var last int64
	c := &cobra.Command{Use: "show FILE", Short: d.Say("logs.show"), Args: usage.Args(d.Lang, 1, 1)}
	c.Flags().Int64Var(&last, "last", 20, d.Say("logs.flag.last"))
	c.RunE = func(_ *cobra.Command, args []string) error {
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
		x := shown{Origin: r.Origin(), Birthday: r.Birthday(), Size: s.Size, Root: proof.RootDigest(s.Root), Time: i18n.Time(time.Unix(s.Median(), 0)), Entries: []row{}}
		for _, w := range s.Cosignatures {
			x.Witnesses = append(x.Witnesses, w.Witness)
		}
		text := d.Wrapped(d.Say("logs.state", "origin", x.Origin, "size", x.Size, "time", x.Time, "witnesses", strings.Join(x.Witnesses, ", ")))
		for i := max(0, s.Size-max(last, 0)); i < s.Size; i++ {
			e := row{Index: i}
			line := d.Say("logs.sealed", "index", i18n.Nominal(i))
			if o, _, err := r.Read(i); err == nil {
				e = row{i, o.Entry.At.String(), o.Entry.Class, o.Entry.Role, o.Entry.Paper}
				line = d.Say("logs.row", "index", i18n.Nominal(i), "at", e.At, "class", string(e.Class), "role", string(e.Role))
			}
			x.Entries = append(x.Entries, e)
			text += d.Wrapped("  " + line)
		}
		return d.Result(x, text)
	}
	return c
}

// number reads the index of an entry.
func number(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, desk.Wrong(fault.Invalid, fault.Place{}, "logs.index", "text", text)
	}
	return n, nil
}

func prove(d *desk.Desk) *cobra.Command {
	var a adding
	c := &cobra.Command{Use: "prove FILE INDEX", Short: d.Say("logs.prove"), Long: d.Say("logs.prove_long"), Args: usage.Args(d.Lang, 2, 2)}
	c.Flags().StringVar(&a.receipt, "receipt", "", d.Say("logs.flag.receipt"))
	c.Flags().StringVar(&a.entry, "entry", "", d.Say("logs.flag.entry"))
	c.RunE = func(_ *cobra.Command, args []string) error {
		index, err := number(args[1])
		if err != nil {
			return err
		}
		conf, err := load(d, args[0])
		if err != nil {
			return err
		}
		r, _, err := conf.read(d)
		if err != nil {
			return err
		}
		defer r.Close()
		receipt, err := r.Prove(index)
		if err != nil {
			return err
		}
		return a.written(d, r, receipt)
	}
	return c
}

func check(d *desk.Desk) *cobra.Command {
	var file string
	c := &cobra.Command{Use: "check RECEIPT ENTRY", Short: d.Say("logs.check"), Long: d.Say("logs.check_long"), Args: usage.Args(d.Lang, 2, 2)}
	c.Flags().StringVar(&file, "paper", "", d.Say("logs.flag.paper"))
	c.Flags().StringVar(&d.At, "at", "", d.Say("trust.flag.at"))
	c.RunE = func(_ *cobra.Command, args []string) error {
		_, v, err := d.Trusted()
		if err != nil {
			return err
		}
		p, opened, err := d.Proven(v, args[0], args[1])
		if err != nil {
			return err
		}
		if file != "" {
			e, err := shelf.Read(file)
			if err != nil {
				return err
			}
			if e.Digest() != opened.Entry.Paper {
				return d.Judge(e.Digest(), v.At().Time(), []unmet.Unmet{{Place: "receipt", Code: "receipt-none"}}, nil, "")
			}
		}
		return d.Result(position{p.Origin, p.Index, p.Size, p.Root}, d.Wrapped(d.Say("logs.proven", "class", string(opened.Entry.Class), "index", i18n.Nominal(p.Index), "origin", p.Origin, "size", p.Size, "at", opened.Entry.At.Time())))
	}
	return c
}

func unseal(d *desk.Desk) *cobra.Command {
	c := &cobra.Command{Use: "open FILE INDEX...", Short: d.Say("logs.open"), Long: d.Say("logs.open_long"), Args: usage.Args(d.Lang, 2, -1)}
	c.Flags().BoolVar(&d.Yes, "yes", false, d.Say("trust.flag.yes"))
	c.RunE = func(c *cobra.Command, args []string) error {
		var list []int64
		for _, text := range args[1:] {
			n, err := number(text)
			if err != nil {
				return err
			}
			list = append(list, n)
		}
		conf, err := load(d, args[0])
		if err != nil {
			return err
		}
		if err := d.Agree("logs.open_ask", "n", len(list)); err != nil {
			return err
		}
		l, err := conf.write(c.Context(), d, "")
		if err != nil {
			return err
		}
		defer l.Close()
		if err := l.Unseal(c.Context(), list...); err != nil {
			return err
		}
		return d.Result(map[string]any{"opened": list}, d.Wrapped(d.Say("logs.opened", "n", len(list))))
	}
	return c
}

// exported is an export in JSON results.
type exported struct {
	Origin string `json:"origin"`
	Dir    string `json:"dir"`
	Size   int64  `json:"size"`
	Opened int64  `json:"opened"`
	Dead   int64  `json:"disposed"`
}

func export(d *desk.Desk) *cobra.Command {
	var inspector bool
	c := &cobra.Command{Use: "export DIR FILE...", Short: d.Say("logs.export"), Long: d.Say("logs.export_long"), Args: usage.Args(d.Lang, 2, -1)}
	c.Flags().BoolVar(&inspector, "inspector", false, d.Say("logs.flag.inspector"))
	c.RunE = func(c *cobra.Command, args []string) error {
		which := folder.OpenedOnly
		if inspector {
			which = folder.Readable
		}
		all, text := []exported{}, ""
		for i, file := range args[1:] {
			conf, err := load(d, file)
			if err != nil {
				return err
			}
			if i == 0 {
				if err := trusted(args[0], conf.Trust); err != nil {
					return err
				}
			}
			r, _, err := conf.read(d)
			if err != nil {
				return err
			}
			name := strings.TrimPrefix(string(paper.DigestOf([]byte(conf.Origin))), "sha256:")
			dir := filepath.Join(args[0], "logs", name)
			done, err := r.Export(c.Context(), dir, which)
			r.Close()
			if err != nil {
				return err
			}
			all = append(all, exported{conf.Origin, dir, done.Size, done.Opened, done.Dead})
			text += d.Wrapped(d.Say("logs.exported", "origin", conf.Origin, "size", done.Size, "opened", done.Opened, "dead", done.Dead))
		}
		return d.Result(all, text)
	}
	return c
}

// trusted copies the trust root's papers beside the logs: they prove themselves by the
// fingerprint that the reader has from elsewhere, which is left out.
func trusted(to, from string) error {
	for _, sub := range []string{"root", "lists", "profiles"} {
		files, err := filepath.Glob(filepath.Join(from, sub, "*.json"))
		if err != nil {
			return err
		}
		for _, f := range files {
			text, err := shelf.Bytes(f, 4<<20)
			if err != nil {
				return err
			}
			if !json.Valid(text) {
				return shelf.Faulty(f, &paper.Error{Code: paper.BadSyntax})
			}
			if err := shelf.CreateBytes(filepath.Join(to, sub, filepath.Base(f)), text); err != nil {
				return err
			}
		}
	}
	return nil
}
