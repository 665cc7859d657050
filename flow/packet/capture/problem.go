package capture

import (
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

func (r *Reader) place(at int64) fault.Place { return fault.Place{Path: r.path, Offset: at} }

// invalid is the error that key of the catalogue's area packet tells, at byte at.
func (r *Reader) invalid(key string, at int64) *fault.Error {
	return fault.Said(fault.Error{Kind: fault.Invalid, Place: r.place(at)},
		i18n.Both("packet.open"), i18n.Both("packet.file."+key), i18n.Both("packet.file.hint."+key))
}

// skip notes a record that could not be read. The error is made only if somebody
// will see it: damage can be everywhere.
func (r *Reader) skip(key string, at int64) error {
	if !r.skips.Strict && r.skips.Count >= fault.KeptSkips {
		r.skips.Count++
		return nil
	}
	return r.skips.Skip(r.invalid(key, at))
}
