package oddvolume

import (
	"slices"

	"github.com/noroshi-acd/noroshi/internal/conf"
)

// Config is the detector's part of the configuration.
type Config struct {
	// Pairs is how many host-destination pairs are remembered, those with the largest
	// uploads first; one costs about 200 bytes. Hosts is how many hosts (72 bytes),
	// Targets how many ends that may be flooded (1.2 KB).
	Pairs   int `toml:"pairs" say:"oddvolume.config.pairs"`
	Hosts   int `toml:"hosts" say:"oddvolume.config.hosts"`
	Targets int `toml:"targets" say:"oddvolume.config.targets"`
	// MinOctets is how much an upload must have before it is judged.
	MinOctets uint64 `toml:"min_octets" say:"oddvolume.config.min_octets"`
}

// DefaultConfig takes about 25 MB.
func DefaultConfig() Config {
	return Config{Pairs: 1 << 16, Hosts: 1 << 16, Targets: 1 << 11, MinOctets: 20 << 20}
}

// Validate gives every value that cannot be.
func (c Config) Validate() []conf.Problem {
	return slices.Concat(
		conf.Between("pairs", c.Pairs, 64, 1<<26),
		conf.Between("hosts", c.Hosts, 64, 1<<26),
		conf.Between("targets", c.Targets, 64, 1<<26),
		conf.Between("min_octets", c.MinOctets, 1<<20, 1<<50),
	)
}
