package table

import (
	_ "embed" // the table is part of the binary
	"sync"
)

//go:embed countries.table
var countries []byte

// Builtin gives the table that ships with the program, decoded once. The error
// means that the binary itself is damaged.
var Builtin = sync.OnceValues(func() (*Table, error) { return Decode(countries) })
