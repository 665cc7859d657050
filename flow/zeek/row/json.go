package row

import "bytes"

// maxDepth bounds how deep the objects and arrays of a JSON line may nest.
const maxDepth = 16

// object reads one JSON object into the row; members of inner objects have the
// outer name and a dot before their own. It says whether the object was whole;
// what was read before a fault stays.
func (s *Scanner) object(v []byte) bool {
	s.first = none
	s.name = s.name[:0]
	s.members = 0
	rest, ok := s.inner(v, 0)
	return ok && len(space(rest)) == 0
}

func (s *Scanner) inner(v []byte, depth int) (rest []byte, ok bool) {
	if depth == maxDepth || len(v) == 0 || v[0] != '{' {
		return v, false
	}
	outer := len(s.name)
	v = space(v[1:])
	if len(v) > 0 && v[0] == '}' {
		return v[1:], true
	}
	for ok := true; ok; {
		if v, ok = s.member(v, outer, depth); !ok || len(v) == 0 {
			return v, false
		}
		c := v[0]
		v = space(v[1:])
		if c == '}' {
			s.name = s.name[:outer]
			return v, true
		}
		ok = c == ','
	}
	return v, false
}

// member reads one member of an object that is called s.name[:outer].
func (s *Scanner) member(v []byte, outer, depth int) (rest []byte, ok bool) {
	key, v, ok := jsonString(v)
	v = space(v)
	if !ok || len(v) == 0 || v[0] != ':' {
		return v, false
	}
	s.name = append(s.name[:outer], key...)
	f := byName()[string(s.name)]
	if s.members++; s.members == 1 {
		s.first = f
	}
	v = space(v[1:])
	if len(v) > 0 && v[0] == '{' {
		s.name = append(s.name, '.')
		v, ok = s.inner(v, depth+1)
		return space(v), ok
	}
	value, v, ok := jsonValue(v)
	if ok && f != none && !s.row.unset(value) {
		s.row.val[f] = value
	}
	return space(v), ok
}

func space(v []byte) []byte {
	for len(v) > 0 && (v[0] == ' ' || v[0] == '\t' || v[0] == '\r') {
		v = v[1:]
	}
	return v
}

// jsonString takes a string and gives what stands between its quotes, escapes
// and all.
func jsonString(v []byte) (inside, rest []byte, ok bool) {
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

// jsonValue takes a value: a string without its quotes, a number or word as it
// stands, an array with its brackets, an object with its braces; nil for null.
func jsonValue(v []byte) (value, rest []byte, ok bool) {
	if len(v) == 0 {
		return nil, v, false
	}
	switch v[0] {
	case '"':
		return jsonString(v)
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
	var open [maxDepth]byte
	depth := 0
	for i := 0; i < len(v); i++ {
		switch c := v[i]; c {
		case '"':
			_, rest, ok := jsonString(v[i:])
			if !ok {
				return -1
			}
			i = len(v) - len(rest) - 1
		case '[', '{':
			if depth == maxDepth {
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
