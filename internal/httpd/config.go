package httpd

import (
	"net"
	"slices"
	"time"

	"github.com/noroshi-acd/noroshi/internal/conf"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Config is what the configuration file can set of a server.
type Config struct {
	Listen      string        `toml:"listen" say:"httpd.config.listen"`           // HOST:PORT
	Health      string        `toml:"health" say:"httpd.config.health"`           // HOST:PORT on loopback, "" for none
	MaxHeader   int           `toml:"max_header" say:"httpd.config.max_header"`   // bytes
	MaxBody     int           `toml:"max_body" say:"httpd.config.max_body"`       // bytes; no route has more
	Connections int           `toml:"connections" say:"httpd.config.connections"` // open at a time
	PerAddress  int           `toml:"per_address" say:"httpd.config.per_address"` // of those, from one address
	AtWork      int           `toml:"at_work" say:"httpd.config.at_work"`         // requests worked on at a time
	PerBody     int           `toml:"per_body" say:"httpd.config.per_body"`       // of those, for one body
	HeaderTime  time.Duration `toml:"header_time" say:"httpd.config.header_time"` // for the handshake, and for the head of a request
	Time        time.Duration `toml:"time" say:"httpd.config.time"`               // for a request, from its head to the end of the answer
	IdleTime    time.Duration `toml:"idle_time" say:"httpd.config.idle_time"`     // between requests of a connection
	StopTime    time.Duration `toml:"stop_time" say:"httpd.config.stop_time"`     // for requests that are worked on when the server is told to stop
}

// DefaultConfig gives the values that are in force where a file says nothing.
func DefaultConfig() Config {
	return Config{
		Listen: "127.0.0.1:8443", MaxHeader: 16 << 10, MaxBody: 8 << 20,
		Connections: 512, PerAddress: 64, AtWork: 64, PerBody: 16,
		HeaderTime: 10 * time.Second, Time: time.Minute, IdleTime: 2 * time.Minute, StopTime: 20 * time.Second,
	}
}

// Validate gives what cannot be.
func (c *Config) Validate() []conf.Problem {
	list := slices.Concat(
		conf.Between("max_header", c.MaxHeader, 4<<10, 1<<20), conf.Between("max_body", c.MaxBody, 1<<10, 1<<30),
		conf.Between("connections", c.Connections, 1, 1<<16), conf.Between("per_address", c.PerAddress, 1, max(c.Connections, 1)),
		conf.Between("at_work", c.AtWork, 1, 1<<14), conf.Between("per_body", c.PerBody, 1, max(c.AtWork, 1)),
		conf.Between("header_time", c.HeaderTime, 100*time.Millisecond, time.Minute), conf.Between("time", c.Time, 100*time.Millisecond, time.Hour),
		conf.Between("idle_time", c.IdleTime, time.Second, time.Hour), conf.Between("stop_time", c.StopTime, 100*time.Millisecond, 10*time.Minute),
	)
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		list = append(list, conf.Problem{Key: "listen", What: i18n.Both("httpd.want.address", "is", c.Listen)})
	}
	if c.Health != "" && !loopback(c.Health) {
		list = append(list, conf.Problem{Key: "health", What: i18n.Both("httpd.want.loopback", "is", c.Health)})
	}
	return list
}

// loopback says whether an address HOST:PORT can be reached on this machine alone.
func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	ip := net.ParseIP(host)
	return err == nil && ip != nil && ip.IsLoopback()
}
