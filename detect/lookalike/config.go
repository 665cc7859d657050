package lookalike

import (
	"slices"

	"github.com/noroshi-acd/noroshi/internal/conf"
)

// Config is the detector's part of the configuration.
type Config struct {
	// Contacts is how many contacts (a machine and a name) are kept at most, rounded
	// up to a power of two; about 260 bytes each. The weakest go first.
	Contacts int `toml:"contacts" say:"lookalike.config.contacts"`
	// Names is how many imitating names are told apart at most.
	Names int `toml:"names" say:"lookalike.config.names"`
}

// DefaultConfig keeps 16,384 contacts with as many names in about 8 MB.
func DefaultConfig() Config { return Config{Contacts: 1 << 14, Names: 1 << 14} }

// Validate gives every value that cannot be.
func (c Config) Validate() []conf.Problem {
	return slices.Concat(
		conf.Between("contacts", c.Contacts, 8, 1<<24),
		conf.Between("names", c.Names, 8, 1<<20),
	)
}
