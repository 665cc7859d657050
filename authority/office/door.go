package office

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/noroshi-acd/noroshi/authority/application"
	"github.com/noroshi-acd/noroshi/authority/desk"
	"github.com/noroshi-acd/noroshi/authority/docket"
	"github.com/noroshi-acd/noroshi/authority/draft"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime/compile"
	"github.com/noroshi-acd/noroshi/authority/regime/judge"
	"github.com/noroshi-acd/noroshi/authority/regime/spoken"
	"github.com/noroshi-acd/noroshi/authority/shelf"
	"github.com/noroshi-acd/noroshi/authority/told"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/authority/wire"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/internal/keyfile"
	"github.com/noroshi-acd/noroshi/internal/pki"
	"github.com/noroshi-acd/noroshi/internal/usage"
)

// Door is what the verbs share: the desk, and the line to the commission.
type Door struct {
	*desk.Desk
	Line string // the line's file
	Law  string // a folder with law; empty: the program's
	book *compile.Book
}

// Text gives a sentence of area commission, of its part for the command line.
func (d *Door) Text(key string, args ...any) string { return d.Say("commission.cli."+key, args...) }

// Wrong makes an error about a request.
func Wrong(kind fault.Kind, at fault.Place, key string, args ...any) error {
	return desk.Wrong(kind, at, "commission.cli."+key, args...)
}

// Group makes a verb that only has verbs below it.
func (d *Door) Group(use string, below ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{Use: use, Short: d.Text(use), Long: d.Text(use + "_long"), Args: usage.Args(d.Lang, 0, 0), RunE: func(c *cobra.Command, _ []string) error { return c.Help() }}
	fl := c.PersistentFlags()
	fl.BoolVar(&d.JSON, "json", false, d.Say("trust.flag.json"))
	fl.StringVar(&d.Line, "line", "", d.Text("flag.line"))
	fl.StringVar(&d.Trust, "trust", "", d.Text("flag.trust"))
	fl.StringVar(&d.Pin, "root", "", d.Say("trust.flag.root"))
	fl.StringVar(&d.PassphraseFile, "passphrase-file", "", d.Say("trust.flag.passphrase"))
	fl.BoolVar(&d.Yes, "yes", false, d.Say("trust.flag.yes"))
	c.AddCommand(below...)
	return c
}

// Verb makes one verb; do gets its arguments.
func (d *Door) Verb(use, key string, least, most int, do func(ctx context.Context, args []string) error) *cobra.Command {
	c := &cobra.Command{Use: use, Short: d.Text(key), Args: usage.Args(d.Lang, least, most)}
	c.RunE = func(c *cobra.Command, args []string) error {
		if err := usage.NoneEmpty(d.Lang, c); err != nil {
			return err
		}
		return do(c.Context(), args)
	}
	return c
}

// Need is the error of a flag that is missing.
func Need(flags ...string) error {
	for i := 0; i+1 < len(flags); i += 2 {
		if flags[i+1] == "" {
			return desk.Wrong(fault.Invalid, fault.Place{Field: flags[i]}, "papers.needs", "flag", flags[i])
		}
	}
	return nil
}

// Connect opens the line; the trust root of the line's file serves where none was named.
func (d *Door) Connect() (*wire.Client, pki.Name, error) {
	if d.Line == "" {
		return nil, pki.Name{}, Wrong(fault.Invalid, fault.Place{Field: "--line"}, "lineless")
	}
	c, own, l, err := wire.Connect(d.Lang, d.Line, time.Now)
	if err != nil {
		return nil, own, err
	}
	if d.Trust == "" {
		d.Trust, d.Pin = l.Trust, l.Root
	}
	return c, own, nil
}

// Sealed makes a paper, shows it, asks, and signs it with a key.
func (d *Door) Sealed(file, payloadType string, v any, key string) (*paper.Envelope, error) {
	e, err := paper.Seal(payloadType, v)
	if err != nil {
		return nil, shelf.Faulty(file, err)
	}
	_, err = d.Sign(file, e, key)
	return e, err
}

// Person is whose key lies in a file.
func Person(key string) (keyfile.Public, error) {
	if err := Need("--key", key); err != nil {
		return keyfile.Public{}, err
	}
	return keyfile.LoadPublic(key)
}

// Bring sends a paper and says what came of it. With out it is kept in a file too,
// before it is sent: who gets no answer sends that file again.
func (d *Door) Bring(ctx context.Context, e *paper.Envelope, out string) error {
	if out != "" {
		if err := shelf.Create(out, e); err != nil {
			return err
		}
	}
	c, _, err := d.Connect()
	if err != nil {
		return err
	}
	r, err := c.Bring(ctx, e)
	if err != nil {
		return err
	}
	return d.Taken(r)
}

// Taken says what came of a paper: its place in the log, or all that it lacks.
func (d *Door) Taken(r *wire.Receipt) error {
	if err := d.Result(r, d.Receipt(r)); err != nil {
		return err
	}
	if len(r.Lacks) > 0 {
		return usage.Status(1)
	}
	return nil
}

// Receipt writes a receipt for a person.
func (d *Door) Receipt(r *wire.Receipt) string {
	var b strings.Builder
	hang := func(head, text string) {
		indent := i18n.Width(head)
		for _, s := range i18n.Wrap(text, 80-indent) {
			fmt.Fprintln(&b, head+s)
			head = strings.Repeat(" ", indent)
		}
	}
	line := func(text string) { hang("", text) }
	if len(r.Lacks) > 0 {
		line(d.Text("lacking", "n", len(r.Lacks)))
	}
	for n, l := range r.Lacks {
		hang(fmt.Sprintf("%2d  ", n+1), d.Lack(l))
		if meet := d.Words(l.Meet); meet != "" {
			hang("    ", d.Text("meet", "how", meet))
		}
	}
	if r.Index >= 0 {
		line(d.Text("recorded", "index", i18n.Nominal(r.Index), "origin", r.Origin))
	}
	if r.Stage != "" {
		line(d.Text("stage", "stage", i18n.Both("authority.stage."+string(r.Stage)).In(d.Lang)))
	}
	if r.Application != "" {
		line(d.Text("application", "digest", string(r.Application)))
	}
	if r.Uncalled != "" {
		line(d.Text("uncalled." + r.Uncalled))
	}
	for _, w := range r.Warnings {
		line(d.Warning(w))
	}
	return b.String()
}

// Words gives words of a paper in the reader's language.
func (d *Door) Words(w paper.Words) string {
	return i18n.Text{JA: i18n.Escape(w.JA), EN: i18n.Escape(w.EN)}.In(d.Lang)
}

// Lack says one thing that is missing, with the article and the mark of what is known of it.
func (d *Door) Lack(l application.Lack) string {
	text := d.Text("lack", "place", d.voice().Place(l.Place, nil), "says", d.Words(l.Says))
	if len(l.Cite) > 0 {
		text += d.Text("cite", "cite", d.Cites(l.Cite))
	}
	if l.Mark != "" { // what is not known has a mark, and perhaps no article
		text += d.Text("mark", "mark", i18n.Escape(l.Mark))
	}
	return text
}

// Cites writes citations as the reader's language does, by the law at hand; as they are
// where that cannot be read.
func (d *Door) Cites(list []string) string { return i18n.Escape(d.voice().Cites(list)) }

// voice says the law at hand; of a folder that cannot be read it says nothing of its own.
func (d *Door) voice() *spoken.Voice {
	if d.book == nil {
		var err error
		if d.book, err = wire.Book(d.Law); err != nil {
			d.book = &compile.Book{}
		}
	}
	return &spoken.Voice{Book: d.book, Lang: d.Lang}
}

// Warning says that a reason repeats another.
func (d *Door) Warning(w docket.Repetition) string {
	other := d.Text("itself")
	if w.Application != "" {
		other = string(w.Application)
	}
	return d.Text("repeats", "condition", string(w.Condition), "other", string(w.Other), "whose", other, "percent", (w.Permille+5)/10, "passage", w.Passage)
}

// Digest reads an application's digest, or takes it from the file of a paper.
func Digest(text string) (paper.Digest, error) {
	if x := paper.Digest(text); x.Check() == nil {
		return x, nil
	}
	if _, err := os.Stat(text); err != nil {
		return "", Wrong(fault.Invalid, fault.Place{}, "digest", "text", text)
	}
	e, err := shelf.Read(text)
	if err != nil {
		return "", err
	}
	return e.Digest(), nil
}

// Paper says a paper of the log in words.
func (d *Door) Paper(text []byte) (*told.About, error) {
	e, err := paper.ParseEnvelope(text)
	if err != nil {
		return nil, err
	}
	known, err := d.Known()
	if err != nil {
		return nil, err
	}
	return d.Tell("", e, known)
}

// Read reads a draft.
func (d *Door) Read(path string) (*draft.Draft, paper.Time, error) {
	now := time.Now().UTC()
	x, err := draft.Read(path, now)
	return x, paper.TimeOf(now), err
}

// Drafted fetches the unsigned warrant that an application leads to.
func (d *Door) Drafted(ctx context.Context, about, id, out string) error {
	if err := Need("--id", id, "--out", out); err != nil {
		return err
	}
	x, err := Digest(about)
	if err != nil {
		return err
	}
	c, _, err := d.Connect()
	if err != nil {
		return err
	}
	nonce, err := draft.Nonce(rand.Reader)
	if err != nil {
		return err
	}
	begin, err := d.begins(ctx, c, x)
	if err != nil {
		return err
	}
	w, err := c.Draft(ctx, x, paper.ID(id), nonce, begin)
	if err != nil {
		return err
	}
	e, err := paper.Seal(warrant.Type, w)
	if err != nil {
		return err
	}
	known, err := d.Known()
	if err != nil {
		return err
	}
	about2, err := d.Tell(out, e, known)
	if err != nil {
		return err
	}
	if err := shelf.Create(out, e); err != nil {
		return err
	}
	return d.Result(desk.Describe(out, e, about2), d.Page(about2)+d.Wrapped("", d.Say("papers.sign.next", "file", out)))
}

// begins is when a warrant that is drafted now begins: now, when the grant has begun. An
// urgent one begins when it is drafted.
func (d *Door) begins(ctx context.Context, c *wire.Client, x paper.Digest) (paper.Time, error) {
	p, err := c.Packet(ctx, x)
	if err != nil {
		return 0, err
	}
	from, until := p.Application.From, p.Application.Until
	if g := p.Record.Grant; g != nil {
		from, until = g.From, g.Until
	}
	if now := paper.TimeOf(time.Now()); now > from && now < until {
		return now, nil
	}
	return 0, nil
}

// Evaluator finds the rules that an application names.
func (d *Door) Evaluator(digest paper.Digest) (*judge.Evaluator, error) {
	all, err := wire.Law(d.Law)
	if err != nil {
		return nil, err
	}
	e := all[digest]
	if e == nil {
		return nil, Wrong(fault.NotFound, fault.Place{Field: "rules"}, "lawless", "digest", string(digest))
	}
	return e, nil
}

// Inbox lists applications.
func (d *Door) Inbox(ctx context.Context, f wire.Filter) error {
	c, _, err := d.Connect()
	if err != nil {
		return err
	}
	list, err := c.List(ctx, f)
	if err != nil {
		return err
	}
	text := d.Wrapped(d.Text("listed", "n", len(list)))
	for _, r := range list {
		text += d.Wrapped("", d.Text("item", "index", i18n.Nominal(r.Index), "id", string(r.ID), "stage", i18n.Say(d.Lang, "authority.stage."+string(r.Life.Stage)), "instrument", string(r.Instrument), "path", d.Say("told.path."+string(r.Path)), "body", string(r.Body)), "   "+string(r.Digest))
		if r.Life.Due != 0 {
			text += d.Wrapped("   " + d.Text("due", "at", r.Life.Due.Time()))
		}
		if n := len(r.Warnings); n > 0 {
			text += d.Wrapped("   " + d.Text("warnings", "n", n))
		}
	}
	return d.Result(list, text)
}

// What names a stage, or the class of a paper.
func (d *Door) What(name string) string {
	for _, prefix := range []string{"authority.stage.", "commission.cli.class."} {
		if text := d.Say(prefix + name); text != prefix+name {
			return text
		}
	}
	return i18n.Escape(name)
}
