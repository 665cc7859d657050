package scan

import (
	"slices"
	"time"

	"github.com/noroshi-acd/noroshi/internal/conf"
)

// Config sets what the method remembers and how far back.
type Config struct {
	// Inside and Outside are how many sources on each side of the border are
	// watched at most, rounded up to a power of two. A source takes 848 bytes and
	// is watched from its first failed contact on. When its part of the table is
	// full the least suspicious goes.
	Inside  int `toml:"inside" say:"scan.config.inside"`
	Outside int `toml:"outside" say:"scan.config.outside"`
	// Window is the stretch of time whose probes are counted together.
	Window time.Duration `toml:"window" say:"scan.config.window"`
}

// DefaultConfig watches 8,192 sources inside and 4,096 outside (10 MiB) over a day.
func DefaultConfig() Config {
	return Config{Inside: 8192, Outside: 4096, Window: 24 * time.Hour}
}

// Validate gives every value that cannot be.
func (c Config) Validate() []conf.Problem {
	return slices.Concat(
		conf.Between("inside", c.Inside, 8, 1<<22),
		conf.Between("outside", c.Outside, 8, 1<<22),
		conf.Between("window", c.Window, time.Hour, 30*24*time.Hour),
	)
}
