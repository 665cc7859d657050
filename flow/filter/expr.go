package filter

import (
	"net/netip"
	"sync"

	"github.com/noroshi-acd/noroshi/flow"
)

// op is what an expression does with those below it.
type op uint8

const (
	opTerm op = iota
	opNot
	opAnd
	opOr
)

// expr is a filter as it was understood.
type expr struct {
	op   op
	kids []*expr
	term term
}

// side says which end a condition is about.
type side uint8

const (
	either side = iota // of a counter: both together
	source
	target
	both
)

// field is what a condition looks at.
type field uint8

const (
	fAddr field = iota
	fPort
	fProto
	fVersion
	fBytes
	fPackets
	fBps
	fPps
	fBpp
	fDuration
	fFirst
	fLast
	fFlags
	fState
	fService
	fKind
	fDirection
	fName
	fQuestion
	fSNI
	fHost
	fJA3
	fJA4
	fCert
)

// cmp is a comparison.
type cmp uint8

const (
	equal cmp = iota
	unequal
	less
	most
	greater
	least
)

var comparisons = sync.OnceValue(func() map[string]cmp {
	return map[string]cmp{"=": equal, "==": equal, "!=": unequal, "<": less, "<=": most, ">": greater, ">=": least}
})

// term is one condition.
type term struct {
	field       field
	side        side
	cmp         cmp
	number      float64        // counters, rates; lengths of time in ns
	time        int64          // ns
	nets        []netip.Prefix // unmapped
	ports       [][2]uint16
	set         uint64 // of states, services, kinds, directions, versions
	protos      []uint8
	flags, mask uint8
	globs       []string // lower case
}

// Match says whether a record of b meets a filter.
type Match func(b *flow.Batch, r *flow.Record) bool

// Options say what a filter's words mean beyond the record.
type Options struct {
	// Classes are the words of directions, at most 64; Class gives the number of one.
	// Without them, conditions on the direction are refused.
	Classes []string
	Class   func(src, dst flow.Addr) int
}

// Parse reads a filter. An empty one is met by every record. Errors are *[Error].
func Parse(text string, o Options) (Match, error) {
	e, err := parse(text, &o)
	if err != nil {
		return nil, err
	}
	if e == nil {
		return func(*flow.Batch, *flow.Record) bool { return true }, nil
	}
	return compile(e, &o), nil
}
