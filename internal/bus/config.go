package bus

import (
	"net"
	"net/url"
	"slices"
	"time"

	"github.com/noroshi-acd/noroshi/internal/conf"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Config is what the configuration file can set on the keeper's side.
type Config struct {
	Servers    []string      `toml:"servers" say:"bus.config.servers"`         // tls://HOST:PORT; none: in this process
	Replicas   int           `toml:"replicas" say:"bus.config.replicas"`       // servers that hold each batch
	Dir        string        `toml:"dir" say:"bus.config.dir"`                 // of the node in this process
	Listen     string        `toml:"listen" say:"bus.config.listen"`           // HOST:PORT, "" for no socket
	LeafListen string        `toml:"leaf_listen" say:"bus.config.leaf_listen"` // HOST:PORT, "" for no socket
	SyncEvery  time.Duration `toml:"sync_every" say:"bus.config.sync_every"`   // 0: before each acknowledgement
	MaxStore   int           `toml:"max_store" say:"bus.config.max_store"`     // bytes of all senders, on this node
	MaxBatch   int           `toml:"max_batch" say:"bus.config.max_batch"`     // bytes
	PerSender  int           `toml:"per_sender" say:"bus.config.per_sender"`   // bytes
	Batches    int           `toml:"batches" say:"bus.config.batches"`         // of one sender
	MaxAge     time.Duration `toml:"max_age" say:"bus.config.max_age"`
	Duplicates time.Duration `toml:"duplicates" say:"bus.config.duplicates"`
	InFlight   int           `toml:"in_flight" say:"bus.config.in_flight"` // batches of one sender, handed out and not settled
	AtWork     int           `toml:"at_work" say:"bus.config.at_work"`     // batches that are kept at a time
	AckTime    time.Duration `toml:"ack_time" say:"bus.config.ack_time"`
	Session    time.Duration `toml:"session" say:"bus.config.session"`
	Lines      int           `toml:"lines" say:"bus.config.lines"` // open at a time
}

// DefaultConfig gives the values that are in force where a file says nothing. A node in
// this process still needs its folder.
func DefaultConfig() Config {
	return Config{
		Replicas: 1, MaxStore: 8 << 30, MaxBatch: 1 << 20, PerSender: 256 << 20, Batches: 1 << 16,
		MaxAge: 24 * time.Hour, Duplicates: 10 * time.Minute, InFlight: 8, AtWork: 4,
		AckTime: 30 * time.Second, Session: time.Hour, Lines: 1024,
	}
}

// mostBatch is the largest batch that can be configured, in bytes: the bus holds whole
// batches in memory on their way.
const mostBatch = 7 << 20

// Validate gives what cannot be.
func (c *Config) Validate() []conf.Problem {
	list := slices.Concat(servers(c.Servers),
		conf.Between("replicas", c.Replicas, 1, 5), conf.Between("sync_every", c.SyncEvery, 0, time.Minute),
		conf.Between("max_batch", c.MaxBatch, 1<<10, mostBatch),
		conf.Between("per_sender", c.PerSender, 4*(c.MaxBatch+slack), 1<<40), conf.Between("max_store", c.MaxStore, c.PerSender, 1<<50),
		conf.Between("batches", c.Batches, 1, 1<<24), conf.Between("max_age", c.MaxAge, time.Minute, 31*24*time.Hour),
		conf.Between("duplicates", c.Duplicates, time.Second, 24*time.Hour),
		conf.Between("in_flight", c.InFlight, 1, 1<<10), conf.Between("at_work", c.AtWork, 1, 1<<10),
		conf.Between("ack_time", c.AckTime, time.Second, time.Hour), conf.Between("session", c.Session, time.Minute, 24*time.Hour),
		conf.Between("lines", c.Lines, 1, 1<<16))
	if c.Replicas%2 == 0 {
		list = append(list, conf.Problem{Key: "replicas", What: i18n.Both("bus.want.odd", "is", c.Replicas)})
	}
	if len(c.Servers) == 0 && c.Replicas > 1 {
		list = append(list, conf.Problem{Key: "replicas", What: i18n.Both("bus.want.servers", "is", c.Replicas)})
	}
	if len(c.Servers) == 0 && c.Dir == "" {
		list = append(list, conf.Problem{Key: "dir", What: i18n.Both("bus.want.dir")})
	}
	if len(c.Servers) > 0 && (c.Listen != "" || c.LeafListen != "") {
		list = append(list, conf.Problem{Key: "servers", What: i18n.Both("bus.want.one")})
	}
	return append(list, addresses(map[string]string{"listen": c.Listen, "leaf_listen": c.LeafListen})...)
}

// SenderConfig is what the configuration file can set on a sender's side.
type SenderConfig struct {
	Servers  []string      `toml:"servers" say:"bus.config.to"` // tls://HOST:PORT
	Leaf     bool          `toml:"leaf" say:"bus.config.leaf"`
	MaxBatch int           `toml:"max_batch" say:"bus.config.max_batch"` // bytes
	AckTime  time.Duration `toml:"ack_time" say:"bus.config.send_time"`
}

// DefaultSenderConfig gives the values that are in force where a file says nothing. The
// servers still have to be named.
func DefaultSenderConfig() SenderConfig {
	return SenderConfig{MaxBatch: 1 << 20, AckTime: 10 * time.Second}
}

// Validate gives what cannot be.
func (c *SenderConfig) Validate() []conf.Problem {
	list := slices.Concat(servers(c.Servers), conf.Between("max_batch", c.MaxBatch, 1<<10, mostBatch),
		conf.Between("ack_time", c.AckTime, 100*time.Millisecond, 10*time.Minute))
	if len(c.Servers) == 0 {
		list = append(list, conf.Problem{Key: "servers", What: i18n.Both("bus.want.some")})
	}
	return list
}

// servers finds addresses that are not tls://HOST:PORT: there is no line in clear.
func servers(list []string) []conf.Problem {
	for _, s := range list {
		u, err := url.Parse(s)
		if err != nil || u.Scheme != "tls" || u.Port() == "" || u.Hostname() == "" || u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "" {
			return []conf.Problem{{Key: "servers", What: i18n.Both("bus.want.server", "is", s)}}
		}
	}
	return nil
}

func addresses(byKey map[string]string) []conf.Problem {
	var list []conf.Problem
	for _, key := range []string{"leaf_listen", "listen"} {
		if at := byKey[key]; at != "" {
			if _, _, err := net.SplitHostPort(at); err != nil {
				list = append(list, conf.Problem{Key: key, What: i18n.Both("bus.want.address", "is", at)})
			}
		}
	}
	return list
}
