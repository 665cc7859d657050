package jsontext

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/noroshi-acd/noroshi/flow/scalar"
)

// Unescape gives what the inside v of a string says: v itself when it holds no
// escape, else appended to scratch, of which it gives the new length too.
func Unescape(scratch, v []byte) (text, grown []byte) {
	i := bytes.IndexByte(v, '\\')
	if i < 0 {
		return v, scratch
	}
	from := len(scratch)
	for scratch = append(scratch, v[:i]...); i < len(v); {
		scratch, v = Escape(scratch, v[i:])
		if i = bytes.IndexByte(v, '\\'); i < 0 {
			i = len(v)
		}
		scratch = append(scratch, v[:i]...)
	}
	return scratch[from:len(scratch):len(scratch)], scratch
}

// Escape appends to out what the backslash at v[0] means, and gives what stands
// behind the escape.
func Escape(out, v []byte) (_, rest []byte) {
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
