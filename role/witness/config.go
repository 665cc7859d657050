package witness

import (
	"io"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/internal/conf"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/ledger/cosign/door"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// Config is what the configuration file of a witness can set.
type Config struct {
	Witness  Identity
	Trust    Trust
	Logs     Parties
	Mirror   Mirror
	Peers    Parties
	Exchange Exchange
	Clock    ClockConfig
	Sealed   Sealed
	Limits   Limits
}

// Identity is who the witness is and where it keeps and serves.
type Identity struct {
	Name   string `toml:"name" say:"witness.config.name"`
	Key    string `toml:"key" say:"witness.config.key"`
	State  string `toml:"state" say:"witness.config.state"`
	Listen string `toml:"listen" say:"witness.config.listen"`
	Health string `toml:"health" say:"witness.config.health"`
	Cert   string `toml:"tls_certificate" say:"witness.config.tls_certificate"`
	TLSKey string `toml:"tls_key" say:"witness.config.tls_key"`
}

// Trust is the trust root that names the logs and the witnesses.
type Trust struct {
	Folder      string `toml:"folder" say:"witness.config.trust_folder"`
	Fingerprint string `toml:"fingerprint" say:"witness.config.fingerprint"`
}

// Parties are logs or witnesses: their verifier keys, when no root names them, and where
// they are reached.
type Parties struct {
	Keys []string `toml:"keys" say:"witness.config.keys"`
	URLs []string `toml:"urls" say:"witness.config.urls"`
}

// Mirror says which logs are copied, and where to.
type Mirror struct {
	Folder string   `toml:"folder" say:"witness.config.mirror_folder"`
	Logs   []string `toml:"logs" say:"witness.config.mirror_logs"`
}

// Exchange says how often the witnesses compare, and when it is an alarm that they could
// not.
type Exchange struct {
	Every time.Duration `toml:"every" say:"witness.config.every"`
	Alarm time.Duration `toml:"alarm" say:"witness.config.alarm"`
}

// ClockConfig says when the clock is sure.
type ClockConfig struct {
	Vouched bool          `toml:"vouched" say:"witness.config.vouched"`
	Most    time.Duration `toml:"most" say:"witness.config.most"`
}

// Sealed makes the witness a sealed one.
type Sealed struct {
	Within time.Duration `toml:"within" say:"witness.config.within"`
}

// Limits bound what strangers can take.
type Limits struct {
	Rate        float64  `toml:"rate" say:"witness.config.rate"`
	Burst       int      `toml:"burst" say:"witness.config.burst"`
	Slots       int      `toml:"slots" say:"witness.config.slots"`
	Connections int      `toml:"connections" say:"witness.config.connections"`
	PerAddress  int      `toml:"per_address" say:"witness.config.per_address"`
	Known       []string `toml:"known" say:"witness.config.known"`
}

// DefaultConfig gives the values that are in force where a file says nothing.
func DefaultConfig() *Config {
	d := door.DefaultLimits()
	return &Config{
		Witness:  Identity{Listen: "127.0.0.1:8471", Health: "127.0.0.1:8472"},
		Exchange: Exchange{Every: 30 * time.Second, Alarm: 10 * time.Minute},
		Clock:    ClockConfig{Most: 10 * time.Second},
		Limits:   Limits{Rate: d.Rate, Burst: d.Burst, Slots: d.Slots, Connections: d.Connections, PerAddress: d.PerAddress},
	}
}

// LoadConfig reads a configuration file. Its error lists all that is wrong with it.
func LoadConfig(l i18n.Lang, path string) (*Config, error) {
	c := DefaultConfig()
	if err := conf.Load(l, path, c.sections()...); err != nil {
		return nil, err
	}
	return c, nil
}

// Show writes c as a configuration file, each value with what it means.
func (c *Config) Show(w io.Writer, l i18n.Lang) error { return conf.Show(w, l, c.sections()...) }

func (c *Config) sections() []conf.Section {
	return []conf.Section{
		{Name: "witness", Value: &c.Witness, Say: "witness.config.about_witness"},
		{Name: "trust", Value: &c.Trust, Say: "witness.config.about_trust"},
		{Name: "logs", Value: &c.Logs, Say: "witness.config.about_logs"},
		{Name: "mirror", Value: &c.Mirror, Say: "witness.config.about_mirror"},
		{Name: "peers", Value: &c.Peers, Say: "witness.config.about_peers"},
		{Name: "exchange", Value: &c.Exchange, Say: "witness.config.about_exchange"},
		{Name: "clock", Value: &c.Clock, Say: "witness.config.about_clock"},
		{Name: "sealed", Value: &c.Sealed, Say: "witness.config.about_sealed"},
		{Name: "limits", Value: &c.Limits, Say: "witness.config.about_limits"},
	}
}

func problem(key, say string, args ...any) conf.Problem {
	return conf.Problem{Key: key, What: i18n.Both("witness.wrong."+say, args...)}
}

// Validate lists what cannot be.
func (i *Identity) Validate() []conf.Problem {
	var list []conf.Problem
	for _, f := range []struct{ key, is string }{{"name", i.Name}, {"key", i.Key}, {"state", i.State}} {
		if f.is == "" {
			list = append(list, problem(f.key, "empty"))
		}
	}
	if strings.ContainsAny(i.Name, " \t\n+") {
		list = append(list, problem("name", "name"))
	}
	for _, f := range []struct{ key, is string }{{"listen", i.Listen}, {"health", i.Health}} {
		if _, _, err := net.SplitHostPort(f.is); err != nil {
			list = append(list, problem(f.key, "address"))
		}
	}
	if (i.Cert == "") != (i.TLSKey == "") {
		list = append(list, problem("tls_key", "tls"))
	}
	return list
}

// Validate lists what cannot be.
func (t *Trust) Validate() []conf.Problem {
	switch {
	case t.Folder == "" && t.Fingerprint == "":
		return nil
	case t.Folder == "" || paper.Digest(t.Fingerprint).Check() != nil:
		return []conf.Problem{problem("fingerprint", "fingerprint")}
	}
	return nil
}

// Validate lists what cannot be.
func (p *Parties) Validate() []conf.Problem {
	var list []conf.Problem
	for _, k := range p.Keys {
		_, log := proof.ParseLogKey(k)
		_, cosigner := proof.ParseCosigner(k)
		if log != nil && cosigner != nil {
			list = append(list, problem("keys", "key", "key", k))
		}
	}
	for _, line := range p.URLs {
		if _, _, ok := place(line); !ok {
			list = append(list, problem("urls", "url", "url", line))
		}
	}
	return list
}

// place reads "NAME URL".
func place(line string) (name, address string, ok bool) {
	name, address, ok = strings.Cut(line, " ")
	u, err := url.Parse(address)
	return name, address, ok && name != "" && err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil && u.RawQuery == ""
}

// urls gives the places by name.
func (p *Parties) urls() map[string]string {
	all := map[string]string{}
	for _, line := range p.URLs {
		if name, address, ok := place(line); ok {
			all[name] = address
		}
	}
	return all
}

// Validate lists what cannot be.
func (m *Mirror) Validate() []conf.Problem {
	if len(m.Logs) > 0 && m.Folder == "" {
		return []conf.Problem{problem("folder", "empty")}
	}
	return nil
}

// Validate lists what cannot be.
func (e *Exchange) Validate() []conf.Problem {
	return slices.Concat(conf.Between("every", e.Every, time.Second, time.Hour), conf.AtLeast("alarm", e.Alarm, time.Second))
}

// Validate lists what cannot be.
func (c *ClockConfig) Validate() []conf.Problem {
	return conf.Between("most", c.Most, time.Second, 30*time.Second)
}

// Validate lists what cannot be.
func (s *Sealed) Validate() []conf.Problem {
	return conf.Between("within", s.Within, 0, 24*time.Hour)
}

// Validate lists what cannot be.
func (l *Limits) Validate() []conf.Problem {
	list := slices.Concat(
		conf.Between("rate", l.Rate, 0, 1e6), conf.Between("burst", l.Burst, 1, 1_000_000), conf.Between("slots", l.Slots, 2, 4096),
		conf.Between("connections", l.Connections, 16, 1_000_000), conf.Between("per_address", l.PerAddress, 1, 1_000_000))
	for _, k := range l.Known {
		if _, err := netip.ParsePrefix(k); err != nil {
			list = append(list, problem("known", "prefix", "prefix", k))
		}
	}
	return list
}

// door gives the limits as the door takes them.
func (l *Limits) door() door.Limits {
	d := door.DefaultLimits()
	d.Rate, d.Burst, d.Slots, d.Connections, d.PerAddress = l.Rate, l.Burst, l.Slots, l.Connections, l.PerAddress
	for _, k := range l.Known {
		if p, err := netip.ParsePrefix(k); err == nil {
			d.Always = append(d.Always, p.Masked())
		}
	}
	return d
}
