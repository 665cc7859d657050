package scan

import (
	"errors"
	"fmt"
	"time"
)

// Config sets what the method remembers and how far back.
type Config struct {
	// Inside and Outside are how many sources on each side of the border are
	// watched at most, rounded up to a power of two. A source takes 848 bytes and
	// is watched from its first failed contact on. When its part of the table is
	// full the least suspicious goes.
	Inside, Outside int
	// Window is the stretch of time whose probes are counted together.
	Window time.Duration
}

// DefaultConfig watches 8,192 sources inside and 4,096 outside (10 MiB) over a day.
func DefaultConfig() Config {
	return Config{Inside: 8192, Outside: 4096, Window: 24 * time.Hour}
}

// Validate says which settings cannot be worked with.
func (c Config) Validate() error {
	var errs []error
	for _, s := range []struct {
		key string
		n   int
	}{{"scan.inside", c.Inside}, {"scan.outside", c.Outside}} {
		if s.n < 8 || s.n > 1<<22 {
			errs = append(errs, fmt.Errorf("%s must be from 8 to 4194304; it is %d", s.key, s.n))
		}
	}
	if c.Window < time.Hour {
		errs = append(errs, fmt.Errorf("scan.window must be at least 1 hour; it is %v", c.Window))
	}
	return errors.Join(errs...)
}
