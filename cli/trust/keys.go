package trust

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/noroshi-acd/noroshi/authority/desk"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/internal/keyfile"
	"github.com/noroshi-acd/noroshi/internal/usage"
)

// key is a key file in JSON results.
type key struct {
	File   string       `json:"file"`
	ID     string       `json:"key_id"`
	Person string       `json:"person"`
	Body   string       `json:"body"`
	Roles  []string     `json:"roles"`
	Locked *bool        `json:"locked,omitempty"` // of the private file, where it is there
	Spoken i18n.Text    `json:"spoken"`
	digest paper.Digest // the id as a digest, to be spoken
}

func describe(file string, p keyfile.Public) key {
	d := paper.Digest("sha256:" + p.ID())
	k := key{File: file, ID: p.ID(), Person: p.Person, Body: p.Body, Roles: p.Roles, Spoken: desk.Spoken(d), digest: d}
	private := strings.TrimSuffix(strings.TrimSuffix(file, keyfile.PublicEnding), keyfile.KeyEnding) + keyfile.KeyEnding
	if locked, err := keyfile.Locked(private); err == nil {
		k.Locked = &locked
	}
	return k
}

func (k key) text(d *desk.Desk) string {
	held := ""
	if k.Locked != nil {
		held = d.Say("trust.keys.plain")
		if *k.Locked {
			held = d.Say("trust.keys.locked")
		}
	}
	return d.Wrapped(d.Say("trust.keys.line", "person", k.Person, "body", k.Body, "roles", strings.Join(k.Roles, ", "), "file", k.File, "held", held),
		"  "+d.Say("trust.keys.id", "id", k.ID), "  "+d.Say("trust.keys.spoken", "spoken", k.Spoken.In(d.Lang)))
}

// NewKeys makes the verb keys.
func NewKeys(d *desk.Desk) *cobra.Command {
	c := &cobra.Command{Use: "keys", Short: d.Say("trust.keys.short"), Long: d.Say("trust.keys.long"), Args: usage.Args(d.Lang, 0, 0), RunE: func(c *cobra.Command, _ []string) error { return c.Help() }}
	c.PersistentFlags().BoolVar(&d.JSON, "json", false, d.Say("trust.flag.json"))
	c.AddCommand(keysNew(d), keysShow(d), keysList(d))
	return c
}

func keysNew(d *desk.Desk) *cobra.Command {
	var l keyfile.Labels
	var plain bool
	c := &cobra.Command{Use: "new NAME", Short: d.Say("trust.keys.new"), Long: d.Say("trust.keys.new_long"), Args: usage.Args(d.Lang, 1, 1)}
	fl := c.Flags()
	fl.StringVar(&l.Person, "person", "", d.Say("trust.keys.flag_person"))
	fl.StringVar(&l.Body, "body", "", d.Say("trust.keys.flag_body"))
	fl.StringSliceVar(&l.Roles, "role", nil, d.Say("trust.keys.flag_role"))
	fl.BoolVar(&plain, "plain", false, d.Say("trust.keys.flag_plain"))
	fl.StringVar(&d.PassphraseFile, "passphrase-file", "", d.Say("trust.flag.passphrase"))
	c.RunE = func(_ *cobra.Command, args []string) error {
		if plain && d.PassphraseFile != "" {
			return desk.Wrong(fault.Invalid, fault.Place{Field: "--plain"}, "trust.keys.both")
		}
		name := strings.TrimSuffix(args[0], keyfile.KeyEnding)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			return err
		}
		k, err := keyfile.New(l, rand.Reader)
		if err != nil {
			return err
		}
		var passphrase []byte
		if plain {
			fmt.Fprint(d.Stderr, d.Wrapped(d.Say("trust.keys.warning", "file", name+keyfile.KeyEnding)))
		} else if passphrase, err = d.Lock(); err != nil {
			return err
		}
		if err := k.Save(name, passphrase); err != nil {
			return err
		}
		x := describe(name+keyfile.PublicEnding, k.Public)
		return d.Result(x, x.text(d)+d.Wrapped(d.Say("trust.keys.next", "file", name+keyfile.PublicEnding)))
	}
	return c
}

func keysShow(d *desk.Desk) *cobra.Command {
	c := &cobra.Command{Use: "show FILE", Short: d.Say("trust.keys.show"), Args: usage.Args(d.Lang, 1, 1)}
	c.RunE = func(_ *cobra.Command, args []string) error {
		p, err := keyfile.LoadPublic(args[0])
		if err != nil {
			return err
		}
		x := describe(args[0], p)
		return d.Result(x, x.text(d))
	}
	return c
}

func keysList(d *desk.Desk) *cobra.Command {
	c := &cobra.Command{Use: "list [DIR]", Short: d.Say("trust.keys.list"), Args: usage.Args(d.Lang, 0, 1)}
	c.RunE = func(_ *cobra.Command, args []string) error {
		files, err := keyfile.List(append(args, ".")[0])
		if err != nil {
			return err
		}
		all, text := []key{}, ""
		for _, f := range files {
			p, err := keyfile.LoadPublic(f)
			if err != nil {
				return err
			}
			all = append(all, describe(f, p))
			text += all[len(all)-1].text(d)
		}
		if len(all) == 0 {
			text = d.Wrapped(d.Say("trust.keys.none"))
		}
		return d.Result(all, text)
	}
	return c
}
