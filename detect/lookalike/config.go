package lookalike

import (
	"errors"
	"fmt"
)

// Config is the detector's part of the configuration.
type Config struct {
	// Contacts is how many contacts (a machine and a name) are kept at most, rounded
	// up to a power of two; about 260 bytes each. The weakest go first.
	Contacts int
	// Names is how many imitating names are told apart at most.
	Names int
}

// DefaultConfig keeps 16,384 contacts with as many names in about 8 MB.
func DefaultConfig() Config { return Config{Contacts: 1 << 14, Names: 1 << 14} }

// Validate names the key that is wrong.
func (c Config) Validate() error {
	var errs []error
	if c.Contacts < 8 || c.Contacts > 1<<24 {
		errs = append(errs, fmt.Errorf("lookalike.contacts must be from 8 to 16777216; it is %d", c.Contacts))
	}
	if c.Names < 8 || c.Names > 1<<20 {
		errs = append(errs, fmt.Errorf("lookalike.names must be from 8 to 1048576; it is %d", c.Names))
	}
	return errors.Join(errs...)
}
