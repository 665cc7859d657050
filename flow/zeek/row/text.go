package row

import (
	"bytes"

	"github.com/noroshi-acd/noroshi/flow/jsontext"
	"github.com/noroshi-acd/noroshi/flow/scalar"
)

// unescape gives v as the sensor saw it: Zeek writes bytes that are not
// printable as \xhh in both forms; JSON adds its own escapes.
func (r *Row) unescape(v []byte) []byte {
	i := bytes.IndexByte(v, '\\')
	if i < 0 {
		return v
	}
	from := len(r.scratch)
	out := append(r.scratch, v[:i]...)
	for v = v[i:]; len(v) > 0; {
		if v[0] != '\\' {
			out = append(out, v[0])
			v = v[1:]
			continue
		}
		if r.Log.JSON {
			out, v = unescapeJSON(out, v)
		} else {
			out, v = unescapeZeek(out, v)
		}
	}
	r.scratch = out
	return out[from:len(out):len(out)]
}

// unescapeZeek appends what the backslash at v[0] means.
func unescapeZeek(out, v []byte) (_, rest []byte) {
	if len(v) >= 4 && v[1] == 'x' {
		hi, ok1 := scalar.HexDigit(v[2])
		lo, ok2 := scalar.HexDigit(v[3])
		if ok1 && ok2 {
			return append(out, hi<<4|lo), v[4:]
		}
	}
	if len(v) >= 2 && v[1] == '\\' {
		return append(out, '\\'), v[2:]
	}
	return append(out, '\\'), v[1:]
}

// unescapeJSON is unescapeZeek for a JSON string, where Zeek's own backslash is
// doubled.
func unescapeJSON(out, v []byte) (_, rest []byte) {
	if len(v) > 2 && v[1] == '\\' && v[2] == 'x' {
		return unescapeZeek(out, v[1:])
	}
	return jsontext.Escape(out, v)
}

// List walks over the elements of a set or vector.
type List struct {
	Value []byte // the element, nil when unset; valid as long as the row
	rest  []byte
	row   *Row
	json  bool
	more  bool
}

// List gives the elements of f, none when it is unset.
func (r *Row) List(f Field) List {
	v := r.val[f]
	l := List{row: r, rest: v, more: len(v) > 0}
	if r.Log.JSON && len(v) > 0 && v[0] == '[' {
		l.json, l.rest = true, v[1:]
	}
	return l
}

// Next goes to the next element and says whether there is one.
func (l *List) Next() bool {
	if !l.more {
		return false
	}
	var v []byte
	if l.json {
		v, l.rest, l.more = jsontext.Element(l.rest)
		if !l.more {
			return false
		}
	} else {
		v, l.rest, l.more = bytes.Cut(l.rest, l.row.setSep)
	}
	l.Value = nil
	if !l.row.unset(v) {
		l.Value = l.row.unescape(v)
	}
	return true
}
