package longlived

import (
	"slices"
	"time"

	"github.com/noroshi-acd/noroshi/internal/conf"
)

// Config sets what the method remembers and what it joins.
type Config struct {
	// Pairs is how many (source, destination, port) pairs are watched at most,
	// rounded up to a power of two. A pair takes about 450 bytes. When its part
	// of the table is full the pair that stayed least goes.
	Pairs int `toml:"pairs" say:"longlived.config.pairs"`
	// Stitch is the longest silence inside one connection (same ports both sides)
	// that two records may leave between them.
	Stitch time.Duration `toml:"stitch" say:"longlived.config.stitch"`
	// Reopen is the longest wait between two connections that still makes them one
	// session; it is at most a quarter of what follows, too.
	Reopen time.Duration `toml:"reopen" say:"longlived.config.reopen"`
	// Piece is the shortest whole connection that can be part of a session.
	Piece time.Duration `toml:"piece" say:"longlived.config.piece"`
	// Run is the shortest unbroken stay that a finding is made of.
	Run time.Duration `toml:"run" say:"longlived.config.run"`
}

// DefaultConfig watches 32,768 pairs (about 15 MB).
func DefaultConfig() Config {
	return Config{Pairs: 32768, Stitch: 15 * time.Minute, Reopen: time.Minute, Piece: 45 * time.Second, Run: time.Hour}
}

// Validate gives every value that cannot be.
func (c Config) Validate() []conf.Problem {
	return slices.Concat(
		conf.Between("pairs", c.Pairs, 8, 1<<24),
		conf.Between("stitch", c.Stitch, time.Second, 6*time.Hour),
		conf.Between("reopen", c.Reopen, 0, time.Hour),
		conf.Between("piece", c.Piece, time.Second, time.Hour),
		conf.Between("run", c.Run, time.Minute, 24*time.Hour),
	)
}
