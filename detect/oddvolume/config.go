package oddvolume

import "fmt"

// Config is the detector's part of the configuration.
type Config struct {
	// Pairs is how many host-destination pairs are remembered, those with the largest
	// uploads first; one costs about 200 bytes. Hosts is how many hosts (72 bytes),
	// Targets how many ends that may be flooded (1.2 KB).
	Pairs, Hosts, Targets int
	// MinOctets is how much an upload must have before it is judged.
	MinOctets uint64
}

// DefaultConfig takes about 45 MB.
func DefaultConfig() Config {
	return Config{Pairs: 1 << 17, Hosts: 1 << 17, Targets: 1 << 12, MinOctets: 20 << 20}
}

// Validate names the key that is wrong.
func (c Config) Validate() error {
	for _, x := range []struct {
		key string
		n   int
	}{{"pairs", c.Pairs}, {"hosts", c.Hosts}, {"targets", c.Targets}} {
		if x.n < 64 || x.n > 1<<26 {
			return fmt.Errorf("oddvolume.%s must lie between 64 and 2^26; it is %d", x.key, x.n)
		}
	}
	if c.MinOctets < 1<<20 {
		return fmt.Errorf("oddvolume.min_octets must be at least 1 MiB; it is %d", c.MinOctets)
	}
	return nil
}
