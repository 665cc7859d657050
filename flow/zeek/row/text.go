package row

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/noroshi-acd/noroshi/flow/zeek/scalar"
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
	if len(v) < 2 {
		return append(out, v...), nil
	}
	switch c := v[1]; c {
	case 'b', 'f', 'n', 'r', 't':
		return append(out, "\b\f\n\r\t"[bytes.IndexByte([]byte("bfnrt"), c)]), v[2:]
	case 'u':
		u, ok := hex4(v)
		if !ok {
			return append(out, '\\'), v[1:]
		}
		v = v[6:]
		if utf16.IsSurrogate(u) {
			low, _ := hex4(v)
			if u = utf16.DecodeRune(u, low); u != utf8.RuneError {
				v = v[6:]
			}
		}
		return utf8.AppendRune(out, u), v
	case '\\':
		if len(v) > 2 && v[2] == 'x' {
			return unescapeZeek(out, v[1:])
		}
		return append(out, '\\'), v[2:]
	default:
		return append(out, c), v[2:]
	}
}

// hex4 reads \uhhhh at the beginning of v.
func hex4(v []byte) (rune, bool) {
	if len(v) < 6 || v[0] != '\\' || v[1] != 'u' {
		return 0, false
	}
	var u rune
	for _, c := range v[2:6] {
		d, ok := scalar.HexDigit(c)
		if !ok {
			return 0, false
		}
		u = u<<4 | rune(d)
	}
	return u, true
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
		v, l.rest, l.more = element(l.rest)
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

// element takes the next value of a JSON array that is known to be whole.
func element(v []byte) (value, rest []byte, ok bool) {
	v = bytes.TrimLeft(v, " \t,")
	if len(v) == 0 || v[0] == ']' {
		return nil, nil, false
	}
	value, rest, ok = jsonValue(v)
	return value, rest, ok
}
