package direction

import (
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// problem makes a fault of the catalogue's sentences under direction.fault: what is
// wrong, and what to do about it.
func problem(op string, kind fault.Kind, place fault.Place, key string, err error, args ...any) error {
	e := &fault.Error{Op: i18n.Say(i18n.EN, "direction.op."+op), Kind: kind, Place: place, Err: err}
	e.Msg = i18n.Say(i18n.EN, "direction.fault."+key, args...)
	e.Hint = i18n.Say(i18n.EN, "direction.hint."+key, args...)
	return e
}
