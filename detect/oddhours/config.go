package oddhours

import (
	"slices"

	"github.com/noroshi-acd/noroshi/internal/conf"
)

// Config is the detector's part of the configuration.
type Config struct {
	// Hosts is how many hosts' weeks are remembered (180 bytes each), Pairs how many
	// pairs that spoke at odd hours (230 bytes each).
	Hosts int `toml:"hosts" say:"oddhours.config.hosts"`
	Pairs int `toml:"pairs" say:"oddhours.config.pairs"`
	// MinDays is how long a host must have been watched.
	MinDays int `toml:"min_days" say:"oddhours.config.min_days"`
	// MinOctets is how much must have moved, both ways.
	MinOctets uint64 `toml:"min_octets" say:"oddhours.config.min_octets"`
}

// DefaultConfig takes about 18 MB.
func DefaultConfig() Config {
	return Config{Hosts: 1 << 16, Pairs: 1 << 14, MinDays: 3, MinOctets: 1 << 20}
}

// Validate gives every value that cannot be.
func (c Config) Validate() []conf.Problem {
	return slices.Concat(
		conf.Between("hosts", c.Hosts, 64, 1<<26),
		conf.Between("pairs", c.Pairs, 64, 1<<26),
		conf.Between("min_days", c.MinDays, 3, 365),
		conf.Between("min_octets", c.MinOctets, 1<<16, 1<<50),
	)
}
