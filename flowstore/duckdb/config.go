package duckdb

import (
	"path/filepath"
	"strings"

	"github.com/noroshi-acd/noroshi/flowstore"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// Config is what a store works with.
type Config struct {
	// Dir is the folder of the sealed records. It may be in a backup: without the keys it
	// says nothing but which warrants have how much.
	Dir string
	// Keys is the folder of the keys. It must lie outside Dir and be in no backup.
	Keys string
	// Memory is how many bytes DuckDB may use, 256 MiB at least.
	Memory int64
	// Threads is how many threads DuckDB may use.
	Threads int
	// Pending is how many records wait in memory, sealed in journals, before they are
	// sorted into a part.
	Pending int
	// Cell is how many records a cell has at most: what is deciphered together.
	Cell int
}

// DefaultConfig gives what suits one machine; the folders must be named.
func DefaultConfig() Config {
	return Config{Memory: 2 << 30, Threads: 2, Pending: 1 << 20, Cell: 1 << 13}
}

// Validate says what of c cannot be used.
func (c Config) Validate() error {
	bad := func(key string) error {
		return flowstore.Wrong(fault.Invalid, "config", fault.Place{Field: "flowstore." + key}, nil, "key", "flowstore."+key)
	}
	inside, err := filepath.Rel(c.Dir, c.Keys)
	switch {
	case c.Dir == "":
		return bad("dir")
	case c.Keys == "" || err != nil || inside == "." || !strings.HasPrefix(inside, ".."):
		return bad("keys")
	case c.Memory < 256<<20:
		return bad("memory")
	case c.Threads < 1 || c.Threads > 1024:
		return bad("threads")
	case c.Pending < 1 || c.Pending > 16<<20:
		return bad("pending")
	case c.Cell < 1024 || c.Cell > 1<<20:
		return bad("cell")
	}
	return nil
}
