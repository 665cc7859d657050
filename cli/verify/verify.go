package verify

import (
	"bytes"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/internal/obs"
	"github.com/noroshi-acd/noroshi/internal/usage"
	"github.com/noroshi-acd/noroshi/ledger/verify"
	"github.com/noroshi-acd/noroshi/ledger/verify/archive"
	"github.com/noroshi-acd/noroshi/ledger/verify/trusted"
	"github.com/noroshi-acd/noroshi/oversight/figures"
)

// Door is what the verb needs of the command line around it.
type Door struct {
	Stdout, Stderr io.Writer
	Lang           i18n.Lang
	// Law reads the law of a folder, or that which the program holds; nil: it holds none, and
	// figures are not held against the law.
	Law func(dir string) ([]*rules.Rules, error)
}

// flags are the verb's flags as given.
type flags struct {
	root, mode, at, law string
	since               []string
	fresh               time.Duration
	json                bool
}

// maxNote is the size, in bytes, from which on a file with a checkpoint is refused.
const maxNote = 64 << 10

// New makes the command.
func New(d Door) *cobra.Command {
	var f flags
	text := func(key string) string { return i18n.Say(d.Lang, "verify.door."+key) }
	c := &cobra.Command{Use: "verify EXPORT", Short: text("short"), Long: text("long"), Args: usage.Args(d.Lang, 1, 1)}
	fl := c.Flags()
	fl.StringVar(&f.root, "root", "", text("flag_root"))
	fl.StringArrayVar(&f.since, "since", nil, text("flag_since"))
	fl.DurationVar(&f.fresh, "fresh", 0, text("flag_fresh"))
	fl.StringVar(&f.mode, "mode", string(verify.Public), text("flag_mode"))
	fl.StringVar(&f.at, "at", "", text("flag_at"))
	fl.BoolVar(&f.json, "json", false, text("flag_json"))
	if d.Law != nil {
		fl.StringVar(&f.law, "law", "", text("flag_law"))
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		o, err := f.options(c.Flags().Changed("fresh"))
		if err != nil {
			return err
		}
		if d.Law != nil {
			all, err := d.Law(f.law)
			if err != nil {
				return err
			}
			o.Law = func(ids []paper.ID) []figures.Item { return figures.Asked(all, ids) }
		}
		fsys, closer, err := archive.Open(args[0])
		if err != nil {
			return err
		}
		defer closer.Close()
		o.FS = fsys
		progress := &obs.Progress{}
		if file, ok := d.Stderr.(*os.File); ok {
			progress = obs.NewProgress(file, d.Lang, 0)
		}
		o.Progress = func(done, total int64) { progress.Update(uint64(done), done, total) }
		r, err := verify.Run(c.Context(), o)
		progress.Done()
		if err != nil {
			return err
		}
		if err := d.write(r, f.json); err != nil {
			return err
		}
		if !r.Right {
			return usage.Status(1)
		}
		return nil
	}
	return c
}

// write writes the report.
func (d Door) write(r *verify.Report, asJSON bool) error {
	if !asJSON {
		return r.Write(d.Stdout, d.Lang)
	}
	text, err := r.JSON()
	if err != nil {
		return err
	}
	_, err = d.Stdout.Write(text)
	return err
}

// bad makes an error about a flag.
func bad(key string, args ...any) error {
	return fault.Said(fault.Error{Kind: fault.Invalid}, i18n.Text{}, i18n.Both("verify.door."+key, args...), i18n.Both("verify.door."+key+"_hint", args...))
}

// options checks the flags.
func (f *flags) options(freshGiven bool) (verify.Options, error) {
	o := verify.Options{Root: paper.Digest(strings.TrimSpace(f.root)), Mode: verify.Mode(f.mode), Fresh: f.fresh, Now: time.Now(), Known: trusted.NewKnown()}
	switch {
	case o.Root.Check() != nil:
		return o, bad("bad_root", "text", f.root)
	case o.Mode != verify.Public && o.Mode != verify.Inspector:
		return o, bad("bad_mode", "text", f.mode)
	case freshGiven && f.fresh <= 0:
		return o, bad("bad_fresh")
	case f.fresh == 0 && len(f.since) == 0:
		return o, bad("no_fresh")
	}
	if f.at != "" {
		at, err := paper.ParseTime(f.at)
		if err != nil {
			return o, bad("bad_time", "text", f.at)
		}
		o.Now = at.Time()
	}
	for _, name := range f.since {
		file, err := os.Open(name)
		if err != nil {
			return o, bad("bad_since", "file", name)
		}
		text, err := io.ReadAll(io.LimitReader(file, maxNote+1))
		_ = file.Close() // it was only read
		if err != nil || len(text) > maxNote || !bytes.Contains(text, []byte("\n\n— ")) {
			return o, bad("bad_since", "file", name)
		}
		o.Since = append(o.Since, text)
	}
	return o, nil
}
