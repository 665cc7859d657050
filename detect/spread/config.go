package spread

import (
	"errors"
	"fmt"
	"time"
)

// Config sets what the method remembers and what it takes for an outbreak.
type Config struct {
	// Nodes is how many (host, service) pairs are watched at most, rounded up to a
	// power of two. A pair takes 208 bytes. When its part of the table is full the
	// one that turned to fewest machines, longest ago, goes.
	Nodes int
	// Outbreak is how many machines, new to a host, it must turn to within Burst.
	Outbreak int
	// Burst is the time within which an outbreak's machines are counted.
	Burst time.Duration
	// Incubation is how long after it was let in a host's outbreak still counts as
	// caught.
	Incubation time.Duration
	// Past is how much of the stream must have gone by before a host's first
	// administration of many others is surprising.
	Past time.Duration
}

// DefaultConfig watches 16,384 pairs (3.4 MiB).
func DefaultConfig() Config {
	return Config{Nodes: 16384, Outbreak: 8, Burst: 10 * time.Minute, Incubation: 6 * time.Hour, Past: 6 * time.Hour}
}

// Validate says which settings cannot be worked with.
func (c Config) Validate() error {
	var errs []error
	if c.Nodes < 8 || c.Nodes > 1<<24 {
		errs = append(errs, fmt.Errorf("spread.nodes must be from 8 to 16777216; it is %d", c.Nodes))
	}
	if c.Outbreak < 4 || c.Outbreak > 100 {
		errs = append(errs, fmt.Errorf("spread.outbreak must be from 4 to 100; it is %d", c.Outbreak))
	}
	for _, d := range []struct {
		key string
		d   time.Duration
	}{{"spread.burst", c.Burst}, {"spread.incubation", c.Incubation}, {"spread.past", c.Past}} {
		if d.d < time.Minute {
			errs = append(errs, fmt.Errorf("%s must be at least 1 minute; it is %v", d.key, d.d))
		}
	}
	return errors.Join(errs...)
}
