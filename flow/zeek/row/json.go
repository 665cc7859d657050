package row

import "github.com/noroshi-acd/noroshi/flow/jsontext"

// object reads one JSON object into the row; members of inner objects have the
// outer name and a dot before their own. It says whether the object was whole;
// what was read before a fault stays.
func (s *Scanner) object(v []byte) bool {
	s.first = none
	s.name = s.name[:0]
	s.members = 0
	rest, ok := s.inner(v, 0)
	return ok && len(jsontext.Space(rest)) == 0
}

func (s *Scanner) inner(v []byte, depth int) (rest []byte, ok bool) {
	if depth == jsontext.MaxDepth || len(v) == 0 || v[0] != '{' {
		return v, false
	}
	outer := len(s.name)
	v = jsontext.Space(v[1:])
	if len(v) > 0 && v[0] == '}' {
		return v[1:], true
	}
	for ok := true; ok; {
		if v, ok = s.member(v, outer, depth); !ok || len(v) == 0 {
			return v, false
		}
		c := v[0]
		v = jsontext.Space(v[1:])
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
	key, v, ok := jsontext.String(v)
	v = jsontext.Space(v)
	if !ok || len(v) == 0 || v[0] != ':' {
		return v, false
	}
	s.name = append(s.name[:outer], key...)
	f := byName()[string(s.name)]
	if s.members++; s.members == 1 {
		s.first = f
	}
	v = jsontext.Space(v[1:])
	if len(v) > 0 && v[0] == '{' {
		s.name = append(s.name, '.')
		v, ok = s.inner(v, depth+1)
		return jsontext.Space(v), ok
	}
	value, v, ok := jsontext.Value(v)
	if ok && f != none && !s.row.unset(value) {
		s.row.val[f] = value
	}
	return jsontext.Space(v), ok
}
