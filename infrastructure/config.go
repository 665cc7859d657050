package infrastructure

import (
	"slices"

	"github.com/noroshi-acd/noroshi/internal/conf"
)

// Config is the part of the configuration that is about infrastructure.
type Config struct {
	// Links bounds the pairs of machines remembered, Stations the machines whose
	// latest exchanges are remembered to see what they pass on.
	Links    int `toml:"links" say:"infrastructure.config.links"`
	Stations int `toml:"stations" say:"infrastructure.config.stations"`
	// Nodes bounds the graph.
	Nodes int `toml:"nodes" say:"infrastructure.config.nodes"`
}

// DefaultConfig serves a day of some thousand hosts in about 100 MB, which are taken
// only when there is something to grow from.
func DefaultConfig() Config { return Config{Links: 500_000, Stations: 50_000, Nodes: 5000} }

// Validate gives every value that cannot be.
func (c Config) Validate() []conf.Problem {
	return slices.Concat(
		conf.Between("links", c.Links, 1000, 1<<28),
		conf.Between("stations", c.Stations, 1000, 1<<26),
		conf.Between("nodes", c.Nodes, 10, 1<<20),
	)
}
