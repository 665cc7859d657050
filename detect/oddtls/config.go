package oddtls

import (
	"slices"

	"github.com/noroshi-acd/noroshi/internal/conf"
)

// Config is the detector's part of the configuration.
type Config struct {
	// Pairs is how many pairs of a machine and a server (address and port) are kept at
	// most, rounded up to a power of two; about 260 bytes each.
	Pairs int `toml:"pairs" say:"oddtls.config.pairs"`
	// Certificates is how many certificates, issuers and client fingerprints are told
	// apart at most, each; about 500 bytes together.
	Certificates int `toml:"certificates" say:"oddtls.config.certificates"`
}

// DefaultConfig keeps 32,768 pairs and 16,384 certificates in about 17 MB.
func DefaultConfig() Config { return Config{Pairs: 1 << 15, Certificates: 1 << 14} }

// Validate gives every value that cannot be.
func (c Config) Validate() []conf.Problem {
	return slices.Concat(
		conf.Between("pairs", c.Pairs, 8, 1<<24),
		conf.Between("certificates", c.Certificates, 8, 1<<22),
	)
}
