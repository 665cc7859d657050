package trust

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/noroshi-acd/noroshi/authority/desk"
	"github.com/noroshi-acd/noroshi/authority/draft"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/shelf"
	"github.com/noroshi-acd/noroshi/authority/told"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/internal/usage"
)

// NewRoot makes the verb root.
func NewRoot(d *desk.Desk) *cobra.Command {
	c := &cobra.Command{Use: "root", Short: d.Say("trust.root.short"), Long: d.Say("trust.root.long"), Args: usage.Args(d.Lang, 0, 0), RunE: func(c *cobra.Command, _ []string) error { return c.Help() }}
	fl := c.PersistentFlags()
	fl.BoolVar(&d.JSON, "json", false, d.Say("trust.flag.json"))
	fl.StringVar(&d.Trust, "trust", "", d.Say("trust.flag.trust"))
	fl.StringVar(&d.Pin, "root", "", d.Say("trust.flag.root"))
	c.AddCommand(rootNew(d), rootRotate(d), rootSign(d), rootAccept(d), rootShow(d))
	return c
}

func rootNew(d *desk.Desk) *cobra.Command {
	var from, out string
	c := &cobra.Command{Use: "new", Short: d.Say("trust.root.new"), Long: d.Say("trust.root.new_long"), Args: usage.Args(d.Lang, 0, 0)}
	c.Flags().StringVar(&from, "draft", "", d.Say("trust.root.flag_draft"))
	c.Flags().StringVar(&out, "out", "", d.Say("trust.root.flag_out"))
	c.RunE = func(c *cobra.Command, _ []string) error {
		if err := usage.NoneEmpty(d.Lang, c); err != nil {
			return err
		}
		if d.Trust == "" || from == "" {
			return desk.Wrong(fault.Invalid, fault.Place{}, "trust.root.needs")
		}
		return version(d, from, out, false, nil, nil)
	}
	return c
}

// version makes a version of a draft, which waits to be signed.
func version(d *desk.Desk, from, out string, lost bool, before *trust.View, last *trust.Root) error {
	now, err := d.Now()
	if err != nil {
		return err
	}
	w, err := draft.Read(from, now)
	if err != nil {
		return err
	}
	if lost {
		w.Recover()
	}
	r, err := w.Root(before, last)
	if err != nil {
		return err
	}
	e, err := paper.Seal(trust.RootType, r.Root)
	if err != nil {
		return shelf.Faulty(from, err)
	}
	if before == nil {
		// A root that cannot stand is not worth a ceremony. Signatures come later.
		_, list := trust.New([]*paper.Envelope{e}, nil, e.Digest(), now)
		list = slices.DeleteFunc(list, func(u unmet.Unmet) bool { return u.Code == "top-signatures" })
		if len(list) > 0 {
			d.Trust = from
			return d.Untrusted(list)
		}
	}
	for digest, p := range r.Profiles {
		path := shelf.ProfilePath(d.Trust, digest)
		text, err := paper.Marshal(p)
		if err != nil {
			return shelf.Faulty(path, err)
		}
		if _, err := os.Stat(path); err == nil {
			continue // of that digest there is only one
		}
		if err := shelf.CreateBytes(path, text); err != nil {
			return err
		}
	}
	if out == "" {
		out = filepath.Join(d.Trust, "pending", fmt.Sprintf("root-%06d.json", r.Version))
	}
	return pending(d, out, e, before)
}

// pending writes a paper that waits for signatures, and says what comes next.
func pending(d *desk.Desk, out string, e *paper.Envelope, before *trust.View) error {
	if err := shelf.Create(out, e); err != nil {
		return err
	}
	about, err := d.Tell(d.Trust, e, told.Known{View: before})
	if err != nil {
		return err
	}
	return d.Result(desk.Describe(out, e, about), d.Page(about)+d.Wrapped("", d.Say("trust.root.step1", "file", out), d.Say("trust.root.step2", "file", out), d.Say("trust.root.step3", "file", out)))
}

func rootRotate(d *desk.Desk) *cobra.Command {
	var from, body, out string
	var add, retire []string
	var lost bool
	c := &cobra.Command{Use: "rotate", Short: d.Say("trust.root.rotate"), Long: d.Say("trust.root.rotate_long"), Args: usage.Args(d.Lang, 0, 0)}
	fl := c.Flags()
	fl.StringVar(&from, "draft", "", d.Say("trust.root.flag_draft"))
	fl.StringVar(&out, "out", "", d.Say("trust.root.flag_out"))
	fl.StringVar(&body, "body", "", d.Say("trust.root.flag_body"))
	fl.BoolVar(&lost, "recovery", false, d.Say("trust.root.flag_recovery"))
	fl.StringSliceVar(&add, "add", nil, d.Say("trust.root.flag_add"))
	fl.StringSliceVar(&retire, "retire", nil, d.Say("trust.root.flag_retire"))
	c.RunE = func(c *cobra.Command, _ []string) error {
		if err := usage.NoneEmpty(d.Lang, c); err != nil {
			return err
		}
		if (from == "") == (body == "") || body != "" && len(add)+len(retire) == 0 || lost && body != "" {
			return desk.Wrong(fault.Invalid, fault.Place{}, "trust.root.which")
		}
		_, v, err := d.Trusted()
		if err != nil {
			return err
		}
		if from != "" {
			last := v.Root() // also where a later one is announced: this one takes its place
			return version(d, from, out, lost, v, &last)
		}
		n, err := draft.Keys(v, paper.ID(body), add, retire, v.At().Time())
		if err != nil {
			return err
		}
		e, err := paper.Seal(trust.ListType, n)
		if err != nil {
			return shelf.Faulty(body, err)
		}
		if out == "" {
			out = filepath.Join(d.Trust, "pending", filepath.Base(shelf.ListPath("", n.Body, n.Version)))
		}
		return pending(d, out, e, v)
	}
	return c
}

func rootSign(d *desk.Desk) *cobra.Command {
	var key string
	c := &cobra.Command{Use: "sign FILE", Short: d.Say("trust.root.sign"), Long: d.Say("trust.root.sign_long"), Args: usage.Args(d.Lang, 1, 1)}
	c.Flags().StringVar(&key, "key", "", d.Say("trust.flag.key"))
	c.Flags().BoolVar(&d.Yes, "yes", false, d.Say("trust.flag.yes"))
	c.Flags().StringVar(&d.PassphraseFile, "passphrase-file", "", d.Say("trust.flag.passphrase"))
	c.RunE = func(_ *cobra.Command, args []string) error {
		e, err := shelf.Read(args[0])
		if err != nil {
			return err
		}
		if e.PayloadType != trust.RootType && e.PayloadType != trust.ListType {
			return desk.Wrong(fault.Invalid, fault.Place{Path: args[0]}, "trust.root.other", "type", e.PayloadType)
		}
		about, err := d.Sign(args[0], e, key)
		if err != nil {
			return err
		}
		if err := shelf.Replace(args[0], e); err != nil {
			return err
		}
		return d.Result(desk.Describe(args[0], e, about), d.Wrapped(d.Say("trust.root.signed", "file", args[0], "n", len(e.Signatures)), d.Say("trust.root.compare"), "  "+string(e.Digest()), "  "+told.Spoken(e.Digest(), d.Lang)))
	}
	return c
}

func rootAccept(d *desk.Desk) *cobra.Command {
	var by evidence
	c := &cobra.Command{Use: "accept FILE", Short: d.Say("trust.root.accept"), Long: d.Say("trust.root.accept_long"), Args: usage.Args(d.Lang, 1, 1)}
	c.Flags().StringVar(&by.receipt, "receipt", "", d.Say("trust.root.flag_receipt"))
	c.Flags().StringVar(&by.opened, "opened", "", d.Say("trust.root.flag_opened"))
	c.RunE = func(c *cobra.Command, args []string) error {
		if err := usage.NoneEmpty(d.Lang, c); err != nil {
			return err
		}
		if (by.receipt == "") != (by.opened == "") {
			return desk.Wrong(fault.Invalid, fault.Place{}, "trust.root.evidence")
		}
		e, err := shelf.Read(args[0])
		if err != nil {
			return err
		}
		if d.Trust == "" {
			return desk.Wrong(fault.Invalid, fault.Place{}, "trust.root.needs")
		}
		var r trust.Root
		var n trust.List
		switch e.PayloadType {
		case trust.RootType:
			if err := e.Open(trust.RootType, &r); err != nil {
				return shelf.Faulty(args[0], err)
			}
			if r.Version == 1 {
				return first(d, e)
			}
			return next(d, e, by, shelf.RootPath(d.Trust, r.Version))
		case trust.ListType:
			if err := e.Open(trust.ListType, &n); err != nil {
				return shelf.Faulty(args[0], err)
			}
			return next(d, e, by, shelf.ListPath(d.Trust, n.Body, n.Version))
		}
		return desk.Wrong(fault.Invalid, fault.Place{Path: args[0]}, "trust.root.other", "type", e.PayloadType)
	}
	return c
}

// first installs the first version by the fingerprint that the owner was given.
func first(d *desk.Desk, e *paper.Envelope) error {
	pin, err := d.Pinned()
	if err != nil {
		return err
	}
	if pin == "" {
		return desk.Wrong(fault.Permission, fault.Place{Field: "--root"}, "trust.root.unpinned")
	}
	now, err := d.Now()
	if err != nil {
		return err
	}
	if _, list := trust.New([]*paper.Envelope{e}, nil, pin, now); len(list) > 0 {
		return d.Untrusted(list)
	}
	if err := shelf.Create(shelf.RootPath(d.Trust, 1), e); err != nil {
		return err
	}
	if err := shelf.Pin(d.Trust, pin); err != nil {
		return err
	}
	return accepted(d, e)
}

// evidence names the files that prove when a paper was recorded; none: it is taken over
// now.
type evidence struct{ receipt, opened string }

// next installs a version or a list that follows what is there. It counts from when a log
// recorded it, or from now: never from the time that it states itself.
func next(d *desk.Desk, e *paper.Envelope, by evidence, path string) error {
	t, before, err := d.Trusted()
	if err != nil {
		return err
	}
	at, known := t.Recorded[e.Digest()]
	if !known {
		at = t.Clock
	}
	if by.receipt != "" {
		if at, err = d.Recorded(before, e, by.receipt, by.opened); err != nil {
			return err
		}
	}
	place := t.Add(e, at)
	v, list := t.View(before.At().Time())
	if len(list) > 0 {
		return d.Untrusted(list)
	}
	if list := passed(v, place); len(list) > 0 {
		return d.Untrusted(list)
	}
	announced, is := pendingIn(v, e)
	if _, was := pendingIn(before, e); was || !is && v.Digest() == before.Digest() {
		return desk.Wrong(fault.Invalid, fault.Place{Path: path}, "trust.root.nothing")
	}
	if err := shelf.Create(shelf.Free(path), e); err != nil {
		return err
	}
	if err := shelf.Record(d.Trust, e.Digest(), at); err != nil {
		return err
	}
	if is {
		fmt.Fprint(d.Stderr, announcement(d, announced))
	}
	return accepted(d, e)
}

// passed gives what kept the paper at a place from counting, though the view holds.
func passed(v *trust.View, place string) []unmet.Unmet {
	return slices.DeleteFunc(v.LeftOut(), func(u unmet.Unmet) bool { return u.Place != place && !strings.HasPrefix(u.Place, place+".") })
}

// pendingIn finds a version among those that are announced.
func pendingIn(v *trust.View, e *paper.Envelope) (trust.Pending, bool) {
	list := v.Pending()
	i := slices.IndexFunc(list, func(p trust.Pending) bool { return p.Digest == e.Digest() })
	if i < 0 {
		return trust.Pending{}, false
	}
	return list[i], true
}

// announcement says when an announced version counts, and by whose word.
func announcement(d *desk.Desk, p trust.Pending) string {
	text := d.Wrapped(d.Say("trust.root.announced", "version", i18n.Nominal(p.Version), "from", i18n.Time(p.From.Time())))
	if p.Recovered {
		text += d.Wrapped(d.Say("trust.root.recovering"))
	}
	return text
}

func accepted(d *desk.Desk, e *paper.Envelope) error {
	known, err := d.Known()
	if err != nil {
		return err
	}
	about, err := d.Tell(d.Trust, e, known)
	if err != nil {
		return err
	}
	return d.Result(desk.Describe("", e, about), d.Wrapped(d.Say("trust.root.accepted", "title", about.Title)))
}

// shown is the trust in force in JSON results.
type shown struct {
	desk.Paper
	Holds bool             `json:"holds"`
	Unmet []desk.Condition `json:"unmet"`
	View  paper.Digest     `json:"view,omitempty"`
	Keys  int              `json:"keys"`

	Recovered bool        `json:"recovered"` // the version in force came by the recovery keys
	Announced []announced `json:"announced"`
	LeftOut   []leftOut   `json:"left_out"`
}

// announced is a version that does not count yet, in JSON results.
type announced struct {
	Version   int64        `json:"version"`
	Digest    paper.Digest `json:"digest"`
	From      string       `json:"from"`
	Recovered bool         `json:"recovered"`
}

// leftOut is a file that was left out, in JSON results.
type leftOut struct {
	File string `json:"file"`
	Why  string `json:"why"`
}

func rootShow(d *desk.Desk) *cobra.Command {
	c := &cobra.Command{Use: "show", Short: d.Say("trust.root.show"), Long: d.Say("trust.root.show_long"), Args: usage.Args(d.Lang, 0, 0)}
	c.Flags().StringVar(&d.At, "at", "", d.Say("trust.flag.at"))
	c.RunE = func(_ *cobra.Command, _ []string) error {
		t, err := d.Folder()
		if err != nil {
			return err
		}
		now, err := d.Now()
		if err != nil {
			return err
		}
		v, list := t.View(now)
		d.Warn(t, v)
		e, err := toShow(t, v)
		if err != nil {
			return err
		}
		about, err := d.Tell(d.Trust, e, told.Known{View: v, Profiles: t.Profile})
		if err != nil {
			return err
		}
		s := shown{Paper: desk.Describe("", e, about), Holds: v != nil, Unmet: []desk.Condition{}, Announced: []announced{}, LeftOut: []leftOut{}}
		for _, u := range list {
			s.Unmet = append(s.Unmet, desk.Condition{Place: u.Place, Code: u.Code, Text: told.Unmet(u, d.Lang)})
		}
		for _, left := range t.LeftOut(v) {
			s.LeftOut = append(s.LeftOut, leftOut{left.File, left.Why.In(d.Lang)})
		}
		text := d.Page(about) + state(d, t, v, &s)
		if err := d.Result(s, text); err != nil || s.Holds {
			return err
		}
		return usage.Status(1)
	}
	return c
}

// toShow gives the version in force, or where nothing holds the latest that is there.
func toShow(t *shelf.Trust, v *trust.View) (*paper.Envelope, error) {
	for _, e := range t.Roots {
		if v != nil && e.Digest() == v.RootDigest() {
			return e, nil
		}
	}
	_, e, err := t.Latest()
	return e, err
}

// state says whether the root holds, how its version came, and what is announced.
func state(d *desk.Desk, t *shelf.Trust, v *trust.View, s *shown) string {
	var b strings.Builder
	switch {
	case t.Pinned == "":
		return d.Wrapped("", d.Say("trust.root.bare"))
	case v == nil:
		b.WriteString(d.Wrapped("", d.Say("trust.root.broken")))
		for _, u := range s.Unmet {
			b.WriteString(d.Wrapped("  " + u.Text))
		}
		return b.String()
	}
	s.View, s.Recovered = v.Digest(), v.Recovered()
	b.WriteString(d.Wrapped("", d.Say("trust.root.holds", "version", v.Version(), "view", string(v.Digest()))))
	if v.Recovered() {
		b.WriteString(d.Wrapped(d.Say("trust.root.recovered", "version", i18n.Nominal(v.Version()), "from", i18n.Time(v.Start().Time()))))
	}
	for _, p := range v.Pending() {
		s.Announced = append(s.Announced, announced{p.Version, p.Digest, p.From.String(), p.Recovered})
		b.WriteString(announcement(d, p))
	}
	b.WriteString(inForce(d, v, s))
	return b.String()
}

// inForce lists the keys by body as the bodies' own lists now have them.
func inForce(d *desk.Desk, v *trust.View, s *shown) string {
	var b strings.Builder
	for _, body := range v.Bodies() {
		b.WriteString(d.Wrapped(d.Say("trust.root.listed", "body", string(body.ID), "list", body.List)))
		for _, k := range body.Keys {
			s.Keys++
			roles := make([]string, len(k.Roles))
			for i, r := range k.Roles {
				roles[i] = string(r)
			}
			b.WriteString(d.Wrapped("  " + d.Say("trust.root.key", "key", string(k.Key.ID()[:16]), "person", string(k.Person), "roles", strings.Join(roles, ", "))))
		}
	}
	return b.String()
}
