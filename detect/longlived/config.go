package longlived

import (
	"errors"
	"fmt"
	"time"
)

// Config sets what the method remembers and what it joins.
type Config struct {
	// Pairs is how many (source, destination, port) pairs are watched at most,
	// rounded up to a power of two. A pair takes about 450 bytes. When its part
	// of the table is full the pair that stayed least goes.
	Pairs int
	// Stitch is the longest silence inside one connection (same ports both sides)
	// that two records may leave between them.
	Stitch time.Duration
	// Reopen is the longest wait between two connections that still makes them one
	// session; it is at most a quarter of what follows, too.
	Reopen time.Duration
	// Piece is the shortest whole connection that can be part of a session.
	Piece time.Duration
	// Run is the shortest unbroken stay that a finding is made of.
	Run time.Duration
}

// DefaultConfig watches 32,768 pairs (about 15 MB).
func DefaultConfig() Config {
	return Config{Pairs: 32768, Stitch: 15 * time.Minute, Reopen: time.Minute, Piece: 45 * time.Second, Run: time.Hour}
}

// Validate says which settings cannot be worked with.
func (c Config) Validate() error {
	var errs []error
	if c.Pairs < 8 || c.Pairs > 1<<24 {
		errs = append(errs, fmt.Errorf("longlived.pairs must be from 8 to 16777216; it is %d", c.Pairs))
	}
	for _, d := range []struct {
		key    string
		is     time.Duration
		lo, hi time.Duration
	}{
		{"stitch", c.Stitch, time.Second, 6 * time.Hour}, {"reopen", c.Reopen, 0, time.Hour},
		{"piece", c.Piece, time.Second, time.Hour}, {"run", c.Run, time.Minute, 24 * time.Hour},
	} {
		if d.is < d.lo || d.is > d.hi {
			errs = append(errs, fmt.Errorf("longlived.%s must be from %v to %v; it is %v", d.key, d.lo, d.hi, d.is))
		}
	}
	return errors.Join(errs...)
}
