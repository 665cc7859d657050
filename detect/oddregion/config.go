package oddregion

import "fmt"

// Config is the detector's part of the configuration.
type Config struct {
	// Pairs is how many pairs of host and country are remembered; one costs about
	// 220 bytes.
	Pairs int
	// MinContacts and MinHours are how many contacts, and in how many different hours,
	// a pair needs.
	MinContacts, MinHours int
}

// DefaultConfig takes about 15 MB.
func DefaultConfig() Config { return Config{Pairs: 1 << 16, MinContacts: 20, MinHours: 6} }

// Validate names the key that is wrong.
func (c Config) Validate() error {
	switch {
	case c.Pairs < 64 || c.Pairs > 1<<26:
		return fmt.Errorf("oddregion.pairs must lie between 64 and 2^26; it is %d", c.Pairs)
	case c.MinContacts < 5:
		return fmt.Errorf("oddregion.min_contacts must be at least 5; it is %d", c.MinContacts)
	case c.MinHours < 2:
		return fmt.Errorf("oddregion.min_hours must be at least 2; it is %d", c.MinHours)
	}
	return nil
}
