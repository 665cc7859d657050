package row

import (
	"bytes"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/scalar"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Row is one line of a log. Its getters give zero for what is unset; the first
// value that cannot be read is kept for [Row.Bad].
type Row struct {
	Log     Log
	val     [numFields][]byte
	setSep  []byte
	scratch []byte // texts without escapes
	bad     *fault.Error
	s       *Scanner
}

// Has says whether f is set.
func (r *Row) Has(f Field) bool { return r.val[f] != nil }

// Raw gives f as it stands in the log, nil when it is unset. It is for numbers,
// words and identifiers, which are never escaped.
func (r *Row) Raw(f Field) []byte { return r.val[f] }

// Text gives f without escapes, nil when it is unset. It is valid until the next
// row.
func (r *Row) Text(f Field) []byte {
	if v := r.val[f]; v != nil {
		return r.unescape(v)
	}
	return nil
}

// Count gives a whole number.
func (r *Row) Count(f Field) uint64 {
	v := r.val[f]
	if v == nil {
		return 0
	}
	n, ok := scalar.Count(v)
	if !ok {
		r.Flaw(f, "zeek.value.count")
	}
	return n
}

// Port gives a port, or the type or code of an ICMP message.
func (r *Row) Port(f Field) uint16 {
	n := r.Count(f)
	if n > 0xffff {
		r.Flaw(f, "zeek.value.port")
	}
	return uint16(n)
}

// Time gives a time in ns since 1970, between 1970 and 2200.
func (r *Row) Time(f Field) int64 {
	v := r.val[f]
	if v == nil {
		return 0
	}
	ns, ok := scalar.Instant(v)
	if !ok {
		r.Flaw(f, "zeek.value.time")
	}
	return ns
}

// Interval gives a length of time in ns.
func (r *Row) Interval(f Field) int64 {
	v := r.val[f]
	if v == nil {
		return 0
	}
	ns, ok := scalar.Seconds(v)
	if !ok {
		r.Flaw(f, "zeek.value.interval")
	}
	return ns
}

// Addr gives an address.
func (r *Row) Addr(f Field) flow.Addr {
	v := r.val[f]
	if v == nil {
		return flow.Addr{}
	}
	a, ok := scalar.IP(v)
	if !ok {
		r.Flaw(f, "zeek.value.address")
	}
	return a
}

// Need notes those of the fields that are unset as bad.
func (r *Row) Need(fields ...Field) {
	for _, f := range fields {
		if r.val[f] == nil {
			r.Flaw(f, "zeek.value.missing")
		}
	}
}

// Flaw notes that f is bad; key is the sentence in the catalogue.
func (r *Row) Flaw(f Field, key string, args ...any) {
	if r.bad == nil {
		r.bad = r.s.flaw(fault.Invalid, f, key, args...)
	}
}

// Bad gives the first flaw that was noted, nil for none.
func (r *Row) Bad() error {
	if r.bad == nil {
		return nil
	}
	return r.bad
}

// unset says whether v stands for no value.
func (r *Row) unset(v []byte) bool {
	if len(v) == 0 {
		return true
	}
	s := r.s
	return len(v) == len(s.unset) && v[0] == s.unset[0] && bytes.Equal(v, s.unset) ||
		len(v) == len(s.empty) && v[0] == s.empty[0] && bytes.Equal(v, s.empty)
}

func (r *Row) unescapeHeader(v []byte) []byte {
	var out []byte
	for len(v) > 0 {
		if v[0] == '\\' {
			out, v = unescapeZeek(out, v)
		} else {
			out, v = append(out, v[0]), v[1:]
		}
	}
	return out
}

// flaw makes the error of the current line. It quotes no value: what a line
// holds may be content.
func (s *Scanner) flaw(kind fault.Kind, f Field, key string, args ...any) *fault.Error {
	e := Flaw(kind, fault.Place{Path: s.path, Line: s.lines.Number(), Offset: s.lines.At()}, key, args...)
	if f != none {
		e.Place.Field = f.String()
	}
	return e
}

// Flaw makes an error with the sentence of key and the hint of key+"-hint".
func Flaw(kind fault.Kind, at fault.Place, key string, args ...any) *fault.Error {
	return fault.Said(fault.Error{Kind: kind, Place: at}, i18n.Both("zeek.read"), i18n.Both(key, args...), i18n.Both(key+"-hint"))
}
