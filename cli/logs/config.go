package logs

import (
	"context"
	"crypto/ed25519"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/noroshi-acd/noroshi/authority/desk"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/shelf"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/internal/conf"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/ledger"
	"github.com/noroshi-acd/noroshi/ledger/ask"
	"github.com/noroshi-acd/noroshi/ledger/folder"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// Config is what a ledger's file sets. Paths are sought beside the file.
type Config struct {
	Dir       string        `toml:"dir" say:"logs.config.dir"`
	Keys      string        `toml:"keys" say:"logs.config.keys"`
	Origin    string        `toml:"origin" say:"logs.config.origin"`
	Key       string        `toml:"key" say:"logs.config.key"`
	Role      string        `toml:"role" say:"logs.config.role"`
	Trust     string        `toml:"trust" say:"logs.config.trust"`
	Root      string        `toml:"root" say:"logs.config.root"`
	Witnesses []string      `toml:"witnesses" say:"logs.config.witnesses"`
	Patience  time.Duration `toml:"patience" say:"logs.config.patience"`
}

// DefaultConfig gives the values in force without a file: the patience alone.
func DefaultConfig() Config { return Config{Patience: 20 * time.Second} }

// Validate gives every problem of c.
func (c *Config) Validate() []conf.Problem {
	return conf.Between("patience", c.Patience, time.Second, time.Hour)
}

func (c *Config) section() conf.Section {
	return conf.Section{Name: "ledger", Value: c, Say: "logs.config.about"}
}

// load reads a ledger's file.
func load(d *desk.Desk, path string) (*Config, error) {
	c := DefaultConfig()
	if err := conf.Load(d.Lang, path, c.section()); err != nil {
		return nil, err
	}
	for _, p := range []*string{&c.Dir, &c.Keys, &c.Key, &c.Trust} {
		if *p == "" {
			return nil, desk.Wrong(fault.Invalid, fault.Place{Path: path}, "logs.lacks")
		}
		if !filepath.IsAbs(*p) {
			*p = filepath.Join(filepath.Dir(path), *p)
		}
	}
	return &c, nil
}

// save writes the file of a new ledger, with what each value means.
func (c *Config) save(d *desk.Desk, path string) error {
	var b strings.Builder
	if err := conf.Show(&b, d.Lang, c.section()); err != nil {
		return err
	}
	return shelf.CreateBytes(path, []byte(b.String()))
}

// view is the trust that the ledger's file names.
func (c *Config) view(d *desk.Desk) (*trust.View, error) {
	mine := *d
	if mine.Trust == "" {
		mine.Trust = c.Trust
	}
	if mine.Pin == "" {
		mine.Pin = c.Root
	}
	_, v, err := mine.Trusted()
	return v, err
}

// quorum is the quorum of the trust root.
func quorum(v *trust.View) (proof.Quorum, error) {
	var keys []string
	for _, w := range v.Witnesses().Keys {
		keys = append(keys, w.Key)
	}
	return proof.NewQuorum(keys, v.Witnesses().K)
}

// read opens the ledger's folder for reading, by the log's key in the trust root.
func (c *Config) read(d *desk.Desk) (*folder.Reader, *trust.View, error) {
	v, err := c.view(d)
	if err != nil {
		return nil, nil, err
	}
	q, err := quorum(v)
	if err != nil {
		return nil, nil, err
	}
	log, ok := v.Log(c.Origin)
	if !ok {
		return nil, nil, desk.Wrong(fault.Permission, fault.Place{Field: "origin"}, "logs.foreign", "origin", c.Origin)
	}
	keys := c.Keys
	if _, err := os.Stat(keys); os.IsNotExist(err) {
		keys = "" // a copy without the keys of communications data can still be read
	}
	r, err := folder.Open(c.Dir, keys, log.Key, q)
	return r, v, err
}

// write opens the ledger for writing; birthday is empty unless it is begun today.
func (c *Config) write(ctx context.Context, d *desk.Desk, birthday string) (*ledger.Log, error) {
	v, err := c.view(d)
	if err != nil {
		return nil, err
	}
	key, err := d.Key(c.Key)
	if err != nil {
		return nil, err
	}
	log, ok := v.Log(c.Origin)
	vkey, err := proof.LogKey(c.Origin, key.Public.Key)
	if err != nil || !ok || log.Key != vkey {
		return nil, desk.Wrong(fault.Permission, fault.Place{Field: "origin"}, "logs.foreign", "origin", c.Origin)
	}
	witnesses, err := c.asked(v)
	if err != nil {
		return nil, err
	}
	return ledger.Open(ctx, ledger.Config{
		Dir: c.Dir, Keys: c.Keys, Origin: c.Origin, Key: ed25519.PrivateKey(key.Key()), Role: paper.ID(c.Role),
		Witnesses: witnesses, Quorum: v.Witnesses().K, Birthday: birthday,
	})
}

// asked pairs the witnesses' addresses with their keys in the trust root.
func (c *Config) asked(v *trust.View) ([]ask.Witness, error) {
	var all []ask.Witness
	for _, text := range c.Witnesses {
		name, url, ok := strings.Cut(text, "=")
		found := ""
		for _, w := range v.Witnesses().Keys {
			if strings.HasPrefix(w.Key, name+"+") {
				found = w.Key
			}
		}
		if !ok || found == "" {
			return nil, desk.Wrong(fault.Invalid, fault.Place{Field: "witnesses"}, "logs.witness", "text", text)
		}
		all = append(all, ask.Witness{URL: strings.TrimSuffix(url, "/"), Key: found})
	}
	return all, nil
}

// patient gives a context that ends after the patience for witnesses, and the error that
// says so.
func (c *Config) patient(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, c.Patience, fault.Said(fault.Error{Kind: fault.Limit}, i18n.Text{}, i18n.Both("logs.patience", "long", c.Patience), i18n.Both("logs.patience-hint")))
}
