package regimes

import (
	"encoding/json"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime/compile"
	"github.com/noroshi-acd/noroshi/authority/regime/spoken"
	"github.com/noroshi-acd/noroshi/authority/wire"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/internal/usage"
)

// columns is the width that is written for.
const columns = spoken.Columns

// Door is what the verbs need of the command line around them.
type Door struct {
	Stdin  io.Reader
	Stdout io.Writer
	Lang   i18n.Lang
}

// flags are the verbs' flags as given.
type flags struct {
	law, html string
	width     int
	json      bool
}

// New makes the command with its verbs.
func New(d Door) *cobra.Command {
	c := &cobra.Command{Use: "regime", Short: d.say("regimes.short"), Long: d.say("regimes.long"), Args: usage.Args(d.Lang, 0, 0), RunE: func(c *cobra.Command, _ []string) error { return c.Help() }}
	c.AddCommand(
		d.verb("list", "regimes.list_short", "regimes.list_long", 0, 0, func(v *view, _ []string) error { return v.list() }),
		d.verb("show ID...", "regimes.show_short", "regimes.show_long", 1, -1, func(v *view, ids []string) error {
			return v.each(ids, func(i *compile.Instrument) any { return spoken.All(i) }, v.Show)
		}),
		d.verb("check FILE", "regimes.check_short", "regimes.check_long", 1, 1, func(v *view, args []string) error { return v.check(args[0]) }),
		d.verb("explain ID...", "regimes.explain_short", "regimes.explain_long", 1, -1, func(v *view, ids []string) error {
			return v.each(ids, func(i *compile.Instrument) any { return v.Explain(i) }, v.Plainly)
		}),
		d.compareVerb(),
	)
	return c
}

func (d Door) say(key string, args ...any) string { return i18n.Say(d.Lang, key, args...) }

// verb makes one verb; run gets a view of the law.
func (d Door) verb(use, short, long string, least, most int, run func(*view, []string) error) *cobra.Command {
	var f flags
	c := &cobra.Command{Use: use, Short: d.say(short), Long: d.say(long), Args: usage.Args(d.Lang, least, most)}
	c.Flags().StringVar(&f.law, "law", "", d.say("regimes.flag_law"))
	c.Flags().BoolVar(&f.json, "json", false, d.say("regimes.flag_json"))
	c.RunE = func(c *cobra.Command, args []string) error {
		if err := usage.NoneEmpty(d.Lang, c); err != nil {
			return err
		}
		v, err := d.view(f)
		if err != nil {
			return err
		}
		return run(v, args)
	}
	return c
}

func (d Door) compareVerb() *cobra.Command {
	width, page := columns, ""
	c := d.verb("compare FILE", "regimes.compare_short", "regimes.compare_long", 1, 1, func(v *view, args []string) error {
		v.flags.width, v.flags.html = width, page
		return v.compare(args[0])
	})
	c.Flags().StringVar(&page, "html", "", d.say("regimes.flag_html"))
	c.Flags().IntVar(&width, "width", columns, d.say("regimes.flag_width"))
	return c
}

// view is the law as one reader sees it.
type view struct {
	*spoken.Voice
	flags
	Stdin  io.Reader
	Stdout io.Writer
}

func (d Door) view(f flags) (*view, error) {
	book, err := wire.Book(f.law)
	return &view{Stdin: d.Stdin, Stdout: d.Stdout, flags: f, Voice: &spoken.Voice{Book: book, Lang: d.Lang}}, err
}

// each shows the instruments one after another, all of them or none.
func (v *view) each(ids []string, whole func(*compile.Instrument) any, text func(*compile.Instrument) string) error {
	var all []any
	var texts []string
	for _, id := range ids {
		i := v.Book.Instrument(paper.ID(id))
		if i == nil {
			return v.wrong("none", nil, "id", id)
		}
		if v.json {
			all = append(all, whole(i))
			continue
		}
		texts = append(texts, text(i))
	}
	if v.json {
		return v.writeJSON(all)
	}
	_, err := io.WriteString(v.Stdout, strings.Join(texts, "\n"))
	return err
}

func (v *view) writeJSON(x any) error {
	text, err := json.MarshalIndent(x, "", "  ")
	if err != nil {
		return err
	}
	_, err = v.Stdout.Write(append(i18n.EscapeJSON(text), '\n'))
	return err
}

func (v *view) wrong(key string, cause error, args ...any) error {
	kind := fault.Invalid
	if key == "none" {
		kind = fault.NotFound
	}
	return fault.Said(fault.Error{Kind: kind, Err: cause}, i18n.Text{}, i18n.Both("regimes."+key, args...), i18n.Both("regimes."+key+"_hint", args...))
}

// read reads a file that people wrote, "-" for the standard input.
func (v *view) read(path string) ([]byte, error) {
	in := v.Stdin
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, v.badFile(path, err)
		}
		defer f.Close()
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, paper.MaxSize+1))
	if err != nil {
		return nil, v.badFile(path, err)
	}
	return data, nil
}

func (v *view) badFile(path string, err error) error {
	return fault.Said(fault.Error{Kind: fault.Invalid, Place: fault.Place{Path: path, Offset: -1}, Err: err}, i18n.Text{}, i18n.Both("regimes.bad_file"), i18n.Both("regimes.bad_file_hint"))
}
