package flowstore

import (
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Wrong makes the house's error of what area flowstore says under a key.
func Wrong(kind fault.Kind, key string, at fault.Place, cause error, args ...any) error {
	if at.Offset == 0 {
		at.Offset = -1
	}
	return fault.Said(fault.Error{Kind: kind, Place: at, Err: cause},
		i18n.Both("flowstore.op"), i18n.Both("flowstore."+key, args...), i18n.Both("flowstore.hint."+key, args...))
}
