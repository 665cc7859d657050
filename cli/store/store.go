package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/noroshi-acd/noroshi/authority/office"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/replay"
	"github.com/noroshi-acd/noroshi/authority/shelf"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/internal/store"
	"github.com/noroshi-acd/noroshi/internal/store/backup"
	"github.com/noroshi-acd/noroshi/internal/terminal"
	"github.com/noroshi-acd/noroshi/internal/usage"
	"github.com/noroshi-acd/noroshi/ledger/folder"
	role "github.com/noroshi-acd/noroshi/role/commission"
	"github.com/noroshi-acd/noroshi/role/commission/settings"
)

// most is how many entries a person is shown one by one.
const most = 20

// door is the office with the verbs of this package.
type door struct {
	*office.Door
	passphrase string
}

// New makes the verb store.
func New(base *office.Door) *cobra.Command {
	d := &door{Door: base}
	c := &cobra.Command{Use: "store", Short: d.text("short"), Long: d.text("long"), Args: usage.Args(d.Lang, 0, 0), RunE: func(c *cobra.Command, _ []string) error { return c.Help() }}
	c.PersistentFlags().BoolVar(&d.JSON, "json", false, d.Say("trust.flag.json"))
	c.PersistentFlags().StringVar(&d.passphrase, "passphrase-file", "", d.text("flag_passphrase"))
	c.AddCommand(d.backup(), d.restore(), d.check(), d.rebuild())
	return c
}

func (d *door) text(key string, args ...any) string { return d.Say("store.cli."+key, args...) }

func wrong(kind fault.Kind, key string, at fault.Place, args ...any) error {
	at.Offset = -1
	return fault.Said(fault.Error{Kind: kind, Place: at}, i18n.Text{}, i18n.Both("store.cli."+key, args...), i18n.Both("store.cli."+key+"_hint", args...))
}

// verb makes one verb, whose first argument is the service's configuration.
func (d *door) verb(use string, least, most int, do func(ctx context.Context, c *settings.Config, args []string) error) *cobra.Command {
	name, _, _ := strings.Cut(use, " ")
	c := &cobra.Command{Use: use, Short: d.text(name), Long: d.text(name + "_long"), Args: usage.Args(d.Lang, least, most)}
	c.RunE = func(c *cobra.Command, args []string) error {
		if err := usage.NoneEmpty(d.Lang, c); err != nil {
			return err
		}
		config, err := settings.Load(d.Lang, args[0])
		if err != nil {
			return err
		}
		return do(c.Context(), config, args[1:])
	}
	return c
}

func (d *door) terminal() terminal.Terminal {
	return terminal.Terminal{In: d.Stdin, Out: d.Stderr, Lang: d.Lang, PassphraseFile: d.passphrase}
}

// made is what a backup holds, for programs.
type made struct {
	backup.Summary
	File   string `json:"file"`
	Locked bool   `json:"locked"`
}

func (d *door) backup() *cobra.Command {
	var plain bool
	c := d.verb("backup CONFIG FILE", 2, 2, func(ctx context.Context, c *settings.Config, args []string) error {
		db, err := store.Open(ctx, c.Store.DSN)
		if err != nil {
			return err
		}
		defer db.Close()
		m := made{File: args[0], Locked: !plain}
		var phrase []byte
		if m.Locked {
			if phrase, err = d.terminal().NewPassphrase(); err != nil {
				return err
			}
		}
		if err := written(args[0], func(f *os.File) error { return m.write(ctx, db, f, phrase) }); err != nil {
			return err
		}
		key := "made_locked"
		if plain {
			key = "made_plain"
		}
		return d.Result(m, d.Wrapped(d.text(key, "file", m.File, "rows", m.Rows, "tables", m.Tables, "digest", m.Digest)))
	})
	c.Flags().BoolVar(&plain, "plain", false, d.text("flag_plain"))
	return c
}

// write writes the backup, and reads it back as who restores it will.
func (m *made) write(ctx context.Context, db *store.DB, f *os.File, phrase []byte) error {
	var to io.WriteCloser = f
	var err error
	if m.Locked {
		if to, err = backup.Lock(f, phrase); err != nil {
			return err
		}
	}
	if m.Summary, err = db.Backup(ctx, to); err != nil {
		return err
	}
	if m.Locked {
		if err := to.Close(); err != nil {
			return err
		}
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	in, _, err := backup.Unlock(f, func() ([]byte, error) { return phrase, nil })
	if err != nil {
		return err
	}
	back, err := backup.Verify(in)
	if err == nil && back != m.Summary {
		err = wrong(fault.Internal, "differs", fault.Place{Path: m.File})
	}
	return err
}

// written makes a new file that only its owner may read, whole and on the disk or not at
// all.
func written(path string, write func(*os.File) error) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	switch {
	case errors.Is(err, os.ErrExist):
		return wrong(fault.Permission, "there", fault.Place{Path: path})
	case err != nil:
		return unwritten(path, err)
	}
	if err = write(f); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	if dir, err := os.Open(filepath.Dir(path)); err == nil { // the name of the file
		defer dir.Close()
		return dir.Sync()
	}
	return nil
}

func unwritten(path string, cause error) error {
	return fault.Said(fault.Error{Kind: fault.Invalid, Place: fault.Place{Path: path, Offset: -1}, Err: cause}, i18n.Text{}, i18n.Both("store.cli.unwritten"), i18n.Both("store.cli.unwritten_hint"))
}

// opened opens a backup, in the clear.
func (d *door) opened(path string, phrase func() ([]byte, error), read func(io.Reader) error) error {
	f, err := os.Open(path)
	if err != nil {
		return fault.Said(fault.Error{Kind: fault.NotFound, Place: fault.Place{Path: path, Offset: -1}, Err: errors.Unwrap(err)}, i18n.Text{}, i18n.Both("store.cli.unread"), i18n.Both("store.cli.unread_hint"))
	}
	defer f.Close()
	in, _, err := backup.Unlock(f, phrase)
	if err != nil {
		return err
	}
	return read(in)
}

// once asks for a passphrase at most once.
func (d *door) once(path string) func() ([]byte, error) {
	var known []byte
	return func() (_ []byte, err error) {
		if known == nil {
			known, err = d.terminal().Passphrase(path)
		}
		return known, err
	}
}

func (d *door) restore() *cobra.Command {
	return d.verb("restore CONFIG FILE", 2, 2, func(ctx context.Context, c *settings.Config, args []string) error {
		phrase := d.once(args[0])
		// The whole backup is looked through before anything is made of it.
		var s backup.Summary
		err := d.opened(args[0], phrase, func(in io.Reader) (err error) {
			s, err = backup.Verify(in)
			return err
		})
		if err != nil {
			return err
		}
		if err := d.opened(args[0], phrase, func(in io.Reader) error { return restored(ctx, c.Store.DSN, in) }); err != nil {
			return err
		}
		return d.held(ctx, c, d.Wrapped(d.text("restored", "rows", s.Rows, "tables", s.Tables, "dsn", c.Store.DSN)))
	})
}

// restored fills a new database. A file that did not become one is taken away again.
func restored(ctx context.Context, dsn string, in io.Reader) error {
	db, err := store.Create(ctx, dsn)
	if err != nil {
		return err
	}
	if _, err = db.Restore(ctx, in, role.Nouns()...); err == nil {
		err = db.Migrate(ctx, role.Nouns()...)
	}
	err = errors.Join(err, db.Close())
	if path, ok := strings.CutPrefix(dsn, "sqlite:"); ok && err != nil {
		for _, end := range []string{"", "-wal", "-shm"} {
			if bad := os.Remove(path + end); bad != nil && !errors.Is(bad, os.ErrNotExist) {
				err = errors.Join(err, bad)
			}
		}
	}
	return err
}

// held holds the database against the log, and says what it lacks.
func (d *door) held(ctx context.Context, c *settings.Config, before string) error {
	db, err := store.Open(ctx, c.Store.DSN)
	if err != nil {
		return err
	}
	defer db.Close()
	log, size, err := published(c)
	if err != nil {
		return err
	}
	diff, err := replay.Compare(ctx, db, log, 0, size)
	if err != nil {
		return err
	}
	text := before
	if diff.None() {
		text += d.Wrapped(d.text("agrees", "kept", diff.Kept, "size", diff.Size))
	} else {
		text += d.listed("lacks", diff.Lacks) + d.listed("others", diff.Others)
		if len(diff.Lacks) > 0 {
			text += d.Wrapped(d.text("next"))
		}
	}
	if err := d.Result(diff, text); err != nil {
		return err
	}
	if !diff.None() {
		return usage.Status(1)
	}
	return nil
}

// listed names entries.
func (d *door) listed(key string, list []replay.Entry) string {
	if len(list) == 0 {
		return ""
	}
	text := d.Wrapped(d.text(key, "n", len(list)))
	for _, x := range list[:min(len(list), most)] {
		text += fmt.Sprintf("  %d  %s  %s\n", x.Index, i18n.Escape(string(x.Class)), i18n.Escape(string(x.Paper)))
		if x.Why != "" {
			text += d.Wrapped("    " + i18n.Escape(x.Why))
		}
	}
	if n := len(list) - most; n > 0 {
		text += d.Wrapped(d.text("more", "n", n))
	}
	return text
}

// published opens the log for reading, by the keys of the trust root, beside a service
// that may write it.
func published(c *settings.Config) (*folder.Reader, int64, error) {
	t, err := shelf.OpenTrust(c.Commission.Trust, paper.Digest(c.Commission.Root))
	if err != nil {
		return nil, 0, err
	}
	view, list := t.View(time.Now())
	if len(list) > 0 {
		return nil, 0, fault.Said(fault.Error{Kind: fault.Permission, Place: fault.Place{Path: t.Dir, Offset: -1, Field: list[0].Place}}, i18n.Text{}, i18n.Both(list[0].Key(), list[0].Args...), i18n.Both("commission.hint.root"))
	}
	g, ok := view.Log(c.Ledger.Origin)
	if !ok {
		return nil, 0, wrong(fault.Permission, "foreign", fault.Place{Path: c.Ledger.Dir}, "origin", c.Ledger.Origin)
	}
	q, err := office.Quorum(view)
	if err != nil {
		return nil, 0, err
	}
	r, err := folder.Open(c.Ledger.Dir, c.Ledger.Keys, g.Key, q)
	if err != nil {
		return nil, 0, err
	}
	_, signed, err := r.Tree()
	if err != nil {
		return nil, 0, err
	}
	return r, signed.Size, nil
}

func (d *door) check() *cobra.Command {
	return d.verb("check CONFIG [BACKUP]", 1, 2, func(ctx context.Context, c *settings.Config, args []string) error {
		if len(args) == 0 {
			return d.held(ctx, c, "")
		}
		m := made{File: args[0]}
		phrase := d.once(args[0])
		err := d.opened(args[0], func() ([]byte, error) { m.Locked = true; return phrase() }, func(in io.Reader) (err error) {
			m.Summary, err = backup.Verify(in)
			return err
		})
		if err != nil {
			return err
		}
		return d.Result(m, d.Wrapped(d.text("whole", "file", m.File, "rows", m.Rows, "tables", m.Tables, "digest", m.Digest)))
	})
}

func (d *door) rebuild() *cobra.Command {
	return d.verb("rebuild CONFIG", 1, 1, func(ctx context.Context, c *settings.Config, _ []string) error {
		r, err := role.Rebuild(ctx, c)
		if err != nil {
			return err
		}
		if err := d.Result(r, d.Wrapped(d.text("rebuilt", "n", len(r.Done)))+d.listed("left", r.Left)); err != nil {
			return err
		}
		if len(r.Left) > 0 {
			return usage.Status(1)
		}
		return nil
	})
}
