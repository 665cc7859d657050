package settings

import (
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/wire"
	"github.com/noroshi-acd/noroshi/internal/conf"
	"github.com/noroshi-acd/noroshi/internal/httpd"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/oversight/opening"
)

// Config is what the configuration file of a commission can set. Paths are sought beside
// the file.
type Config struct {
	Commission Identity
	Store      Store
	Ledger     Ledger
	Liveness   Liveness
	Opening    Opening
	Server     httpd.Config

	Path string // of the file, for errors; not read from it
}

// Identity is who the commission is and what it goes by.
type Identity struct {
	Body    string        `toml:"body" say:"commission.config.body"`
	Role    string        `toml:"role" say:"commission.config.role"`
	Machine string        `toml:"machine" say:"commission.config.machine"`
	Trust   string        `toml:"trust" say:"commission.config.trust"`
	Root    string        `toml:"root" say:"commission.config.root"`
	Law     string        `toml:"law" say:"commission.config.law"`
	People  string        `toml:"people" say:"commission.config.people"`
	Promise time.Duration `toml:"promise" say:"commission.config.promise"`
}

// Store is where the service keeps what it must know again.
type Store struct {
	DSN string `toml:"dsn" say:"commission.config.dsn"`
}

// Ledger is the commission's own log.
type Ledger struct {
	Dir        string   `toml:"dir" say:"commission.config.dir"`
	Keys       string   `toml:"keys" say:"commission.config.keys"`
	Origin     string   `toml:"origin" say:"commission.config.origin"`
	Key        string   `toml:"key" say:"commission.config.logkey"`
	Passphrase string   `toml:"passphrase_file" say:"commission.config.passphrase"`
	Witnesses  []string `toml:"witnesses" say:"commission.config.witnesses"`
}

// Liveness is how the commission says what stands.
type Liveness struct {
	Dir        string        `toml:"dir" say:"commission.config.livedir"`
	Key        string        `toml:"key" say:"commission.config.livekey"`
	Passphrase string        `toml:"passphrase_file" say:"commission.config.passphrase"`
	Every      time.Duration `toml:"every" say:"commission.config.every"`
}

// server is the server's part of the file, which must let in the largest paper.
type server httpd.Config

// Validate lists what cannot be.
func (s *server) Validate() []conf.Problem {
	return append((*httpd.Config)(s).Validate(), conf.AtLeast("max_body", s.MaxBody, wire.MaxPaper)...)
}

// Opening is what one request opens.
type Opening struct {
	ByHand int           `toml:"by_hand" say:"commission.config.by_hand"` // entries
	Fresh  time.Duration `toml:"fresh" say:"commission.config.fresh"`
}

// Default gives the values that are in force where a file says nothing.
func Default() *Config {
	return &Config{
		Commission: Identity{Body: "commission", Role: "registrar", Promise: 0},
		Liveness:   Liveness{Every: 5 * time.Second},
		Opening:    Opening{ByHand: 100, Fresh: opening.Fresh},
		Server:     httpd.DefaultConfig(),
	}
}

// Load reads a configuration file. Its error lists all that is wrong with it.
func Load(l i18n.Lang, path string) (*Config, error) {
	c := Default()
	if err := conf.Load(l, path, c.sections()...); err != nil {
		return nil, err
	}
	c.Path = path
	for _, p := range []*string{&c.Commission.Machine, &c.Commission.Trust, &c.Commission.Law, &c.Commission.People, &c.Ledger.Dir, &c.Ledger.Keys, &c.Ledger.Key, &c.Ledger.Passphrase, &c.Liveness.Dir, &c.Liveness.Key, &c.Liveness.Passphrase} {
		*p = beside(path, *p)
	}
	if file, ok := strings.CutPrefix(c.Store.DSN, "sqlite:"); ok {
		c.Store.DSN = "sqlite:" + beside(path, file)
	}
	return c, nil
}

func beside(file, path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(file), path)
}

// Show writes c as a configuration file, each value with what it means.
func (c *Config) Show(w io.Writer, l i18n.Lang) error { return conf.Show(w, l, c.sections()...) }

func (c *Config) sections() []conf.Section {
	return []conf.Section{
		{Name: "commission", Value: &c.Commission, Say: "commission.config.about"},
		{Name: "store", Value: &c.Store, Say: "commission.config.about_store"},
		{Name: "ledger", Value: &c.Ledger, Say: "commission.config.about_ledger"},
		{Name: "liveness", Value: &c.Liveness, Say: "commission.config.about_liveness"},
		{Name: "opening", Value: &c.Opening, Say: "commission.config.about_opening"},
		{Name: "server", Value: (*server)(&c.Server), Say: "commission.config.about_server"},
	}
}

func empty(values map[string]string) []conf.Problem {
	var list []conf.Problem
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if values[key] == "" {
			list = append(list, conf.Problem{Key: key, What: i18n.Both("commission.want.value")})
		}
	}
	return list
}

// Validate lists what cannot be.
func (i *Identity) Validate() []conf.Problem {
	list := empty(map[string]string{"machine": i.Machine, "trust": i.Trust})
	for key, id := range map[string]string{"body": i.Body, "role": i.Role} {
		if paper.ID(id).Check() != nil {
			list = append(list, conf.Problem{Key: key, What: i18n.Both("commission.want.id", "is", id)})
		}
	}
	return append(list, conf.Between("promise", i.Promise, 0, 5*366*24*time.Hour)...)
}

// Validate lists what cannot be.
func (s *Store) Validate() []conf.Problem { return empty(map[string]string{"dsn": s.DSN}) }

// Validate lists what cannot be.
func (l *Ledger) Validate() []conf.Problem {
	list := empty(map[string]string{"dir": l.Dir, "keys": l.Keys, "origin": l.Origin, "key": l.Key})
	for _, w := range l.Witnesses {
		if name, url, ok := strings.Cut(w, "="); !ok || name == "" || url == "" {
			list = append(list, conf.Problem{Key: "witnesses", What: i18n.Both("commission.want.witness", "is", w)})
		}
	}
	return list
}

// Validate lists what cannot be.
func (l *Liveness) Validate() []conf.Problem {
	return append(empty(map[string]string{"dir": l.Dir, "key": l.Key}), conf.Between("every", l.Every, time.Second, time.Minute)...)
}

// Validate lists what cannot be.
func (o *Opening) Validate() []conf.Problem {
	return append(conf.Between("by_hand", o.ByHand, 1, opening.MaxByHand), conf.Between("fresh", o.Fresh, time.Minute, time.Hour)...)
}
