package dnstunnel

import (
	"slices"
	"time"

	"github.com/noroshi-acd/noroshi/internal/conf"
)

// Config sets what the method remembers and how far back.
type Config struct {
	// Pairs is how many (source, zone) pairs are watched at most, rounded up to a
	// power of two. A pair takes 560 bytes. When its part of the table is full
	// the pair that carries least goes.
	Pairs int `toml:"pairs" say:"dnstunnel.config.pairs"`
	// Window is the stretch of time whose names are counted together. A slow
	// tunnel is seen when it carries enough within one window.
	Window time.Duration `toml:"window" say:"dnstunnel.config.window"`
	// MinNames is how many distinct names a pair needs before it can be more than
	// low.
	MinNames int `toml:"min_names" say:"dnstunnel.config.min_names"`
}

// DefaultConfig watches 16,384 pairs (9 MiB) over a day.
func DefaultConfig() Config {
	return Config{Pairs: 16384, Window: 24 * time.Hour, MinNames: 8}
}

// Validate says which settings cannot be worked with.
func (c Config) Validate() []conf.Problem {
	return slices.Concat(
		conf.Between("pairs", c.Pairs, 8, 1<<24),
		conf.Between("window", c.Window, time.Hour, 30*24*time.Hour),
		conf.Between("min_names", c.MinNames, 4, 10_000),
	)
}
