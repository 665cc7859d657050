package fastflux

import (
	"errors"
	"fmt"
)

// Config is the detector's part of the configuration.
type Config struct {
	// Names is how many names are watched at most, rounded up to a power of two. A
	// name takes about 700 bytes. When its part of the table is full the name with
	// the fewest networks that was seen longest ago goes.
	Names int
	// Networks is how many networks (/16 of IPv4, /32 of IPv6) one asker must have
	// been led to before a name is judged.
	Networks int
}

// DefaultConfig watches 32,768 names in about 23 MB.
func DefaultConfig() Config { return Config{Names: 1 << 15, Networks: 5} }

// Validate names the key that is wrong.
func (c Config) Validate() error {
	var errs []error
	if c.Names < 8 || c.Names > 1<<24 {
		errs = append(errs, fmt.Errorf("fastflux.names must be from 8 to 16777216; it is %d", c.Names))
	}
	if c.Networks < 3 || c.Networks > 200 {
		errs = append(errs, fmt.Errorf("fastflux.networks must be from 3 to 200; it is %d", c.Networks))
	}
	return errors.Join(errs...)
}
