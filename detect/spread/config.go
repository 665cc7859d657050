package spread

import (
	"slices"
	"time"

	"github.com/noroshi-acd/noroshi/internal/conf"
)

// Config sets what the method remembers and what it takes for an outbreak.
type Config struct {
	// Nodes is how many (host, service) pairs are watched at most, rounded up to a
	// power of two. A pair takes 208 bytes. When its part of the table is full the
	// one that turned to fewest machines, longest ago, goes.
	Nodes int `toml:"nodes" say:"spread.config.nodes"`
	// Outbreak is how many machines, new to a host, it must turn to within Burst.
	Outbreak int `toml:"outbreak" say:"spread.config.outbreak"`
	// Burst is the time within which an outbreak's machines are counted.
	Burst time.Duration `toml:"burst" say:"spread.config.burst"`
	// Incubation is how long after it was let in a host's outbreak still counts as
	// caught.
	Incubation time.Duration `toml:"incubation" say:"spread.config.incubation"`
	// Past is how much of the stream must have gone by before a host's first
	// administration of many others is surprising.
	Past time.Duration `toml:"past" say:"spread.config.past"`
}

// DefaultConfig watches 16,384 pairs (3.4 MiB).
func DefaultConfig() Config {
	return Config{Nodes: 16384, Outbreak: 8, Burst: 10 * time.Minute, Incubation: 6 * time.Hour, Past: 6 * time.Hour}
}

// Validate gives every value that cannot be.
func (c Config) Validate() []conf.Problem {
	return slices.Concat(
		conf.Between("nodes", c.Nodes, 8, 1<<24),
		conf.Between("outbreak", c.Outbreak, 4, 100),
		conf.Between("burst", c.Burst, time.Minute, 30*24*time.Hour),
		conf.Between("incubation", c.Incubation, time.Minute, 30*24*time.Hour),
		conf.Between("past", c.Past, time.Minute, 30*24*time.Hour),
	)
}
