package fastflux

import (
	"slices"

	"github.com/noroshi-acd/noroshi/internal/conf"
)

// Config is the detector's part of the configuration.
type Config struct {
	// Names is how many names are watched at most, rounded up to a power of two. A
	// name takes about 850 bytes. When its part of the table is full the name with
	// the fewest networks that was seen longest ago goes.
	Names int `toml:"names" say:"fastflux.config.names"`
	// Networks is how many networks (/16 of IPv4, /32 of IPv6) one asker must have
	// been led to before a name is judged.
	Networks int `toml:"networks" say:"fastflux.config.networks"`
}

// DefaultConfig watches 32,768 names in about 28 MB.
func DefaultConfig() Config { return Config{Names: 1 << 15, Networks: 5} }

// Validate gives every value that cannot be.
func (c Config) Validate() []conf.Problem {
	return slices.Concat(
		conf.Between("names", c.Names, 8, 1<<24),
		conf.Between("networks", c.Networks, 3, 200),
	)
}
