package jsontext

import "bytes"

// MaxDepth bounds how deep the objects and arrays of a line may nest.
const MaxDepth = 16

// Space gives v behind its leading white space. A line holds no newline.
func Space(v []byte) []byte {
	for len(v) > 0 && (v[0] == ' ' || v[0] == '\t' || v[0] == '\r') {
		v = v[1:]
	}
	return v
}

// String takes the string at the beginning of v and gives what stands between its quotes, escapes
// and all.
func String(v []byte) (inside, rest []byte, ok bool) {
	if len(v) == 0 || v[0] != '"' {
		return nil, v, false
	}
	for i := 1; ; {
		j := bytes.IndexByte(v[i:], '"')
		if j < 0 {
			return nil, v, false
		}
		i += j
		back := 0
		for v[i-1-back] == '\\' { // ends at the opening quote at the latest
			back++
		}
		if back%2 == 0 {
			return v[1:i], v[i+1:], true
		}
		i++
	}
}

// Value takes the value at the beginning of v: a string without its quotes, a number or word as it
// stands, an array with its brackets, an object with its braces; nil for null.
func Value(v []byte) (value, rest []byte, ok bool) {
	if len(v) == 0 {
		return nil, v, false
	}
	switch v[0] {
	case '"':
		return String(v)
	case '[', '{':
		end := nested(v)
		if end < 0 {
			return nil, v, false
		}
		return v[:end], v[end:], true
	}
	i := 0
	for i < len(v) && plain(v[i]) {
		i++
	}
	if i == 0 || i == len(v) {
		return nil, v, false // nothing, or cut off
	}
	if string(v[:i]) == "null" {
		return nil, v[i:], true
	}
	return v[:i], v[i:], true
}

// plain says whether c can be part of a number or of true, false, null.
func plain(c byte) bool {
	return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '+' || c == '.' || c == 'E'
}

// nested gives the length of the array or object at the beginning of v, -1 when
// it is cut off, nests too deep or closes what is not open.
func nested(v []byte) int {
	var open [MaxDepth]byte
	depth := 0
	for i := 0; i < len(v); i++ {
		switch c := v[i]; c {
		case '"':
			_, rest, ok := String(v[i:])
			if !ok {
				return -1
			}
			i = len(v) - len(rest) - 1
		case '[', '{':
			if depth == MaxDepth {
				return -1
			}
			open[depth] = c + 2 // the closing sign of both stands two behind
			depth++
		case ']', '}':
			if depth--; open[depth] != c {
				return -1
			}
			if depth == 0 {
				return i + 1
			}
		}
	}
	return -1
}

// Element takes the next value of an array that is known to be whole, of which v
// is what stands behind its opening bracket or behind the value before.
func Element(v []byte) (value, rest []byte, ok bool) {
	v = bytes.TrimLeft(v, " \t,")
	if len(v) == 0 || v[0] == ']' {
		return nil, nil, false
	}
	return Value(v)
}
