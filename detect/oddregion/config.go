package oddregion

import (
	"slices"

	"github.com/noroshi-acd/noroshi/internal/conf"
)

// Config is the detector's part of the configuration.
type Config struct {
	// Pairs is how many pairs of host and country are remembered; one costs about
	// 220 bytes.
	Pairs int `toml:"pairs" say:"oddregion.config.pairs"`
	// MinContacts and MinHours are how many contacts, and in how many different hours,
	// a pair needs.
	MinContacts int `toml:"min_contacts" say:"oddregion.config.min_contacts"`
	MinHours    int `toml:"min_hours" say:"oddregion.config.min_hours"`
}

// DefaultConfig takes about 8 MB.
func DefaultConfig() Config { return Config{Pairs: 1 << 15, MinContacts: 20, MinHours: 6} }

// Validate gives every value that cannot be.
func (c Config) Validate() []conf.Problem {
	return slices.Concat(
		conf.Between("pairs", c.Pairs, 64, 1<<26),
		conf.Between("min_contacts", c.MinContacts, 5, 1<<20),
		conf.Between("min_hours", c.MinHours, 2, 1<<20),
	)
}
