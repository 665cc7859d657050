package direction

import (
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// problem makes a fault of the catalogue's sentences under direction.fault: what is
// wrong, and what to do about it.
func problem(op string, kind fault.Kind, place fault.Place, key string, err error, args ...any) error {
	return fault.Said(fault.Error{Kind: kind, Place: place, Err: err},
		i18n.Both("direction.op."+op), i18n.Both("direction.fault."+key, args...), i18n.Both("direction.hint."+key, args...))
}
