package dnstunnel

import (
	"errors"
	"fmt"
	"time"
)

// Config sets what the method remembers and how far back.
type Config struct {
	// Pairs is how many (source, zone) pairs are watched at most, rounded up to a
	// power of two. A pair takes 432 bytes. When its part of the table is full
	// the pair that carries least goes.
	Pairs int
	// Window is the stretch of time whose names are counted together. A slow
	// tunnel is seen when it carries enough within one window.
	Window time.Duration
	// MinNames is how many distinct names a pair needs before it can be more than
	// low.
	MinNames int
}

// DefaultConfig watches 16,384 pairs (7 MiB) over a day.
func DefaultConfig() Config {
	return Config{Pairs: 16384, Window: 24 * time.Hour, MinNames: 8}
}

// Validate says which settings cannot be worked with.
func (c Config) Validate() error {
	var errs []error
	if c.Pairs < 8 || c.Pairs > 1<<24 {
		errs = append(errs, fmt.Errorf("dnstunnel.pairs must be from 8 to 16777216; it is %d", c.Pairs))
	}
	if c.Window < time.Hour {
		errs = append(errs, fmt.Errorf("dnstunnel.window must be at least 1 hour; it is %v", c.Window))
	}
	if c.MinNames < 4 {
		errs = append(errs, fmt.Errorf("dnstunnel.min_names must be at least 4; it is %d", c.MinNames))
	}
	return errors.Join(errs...)
}
