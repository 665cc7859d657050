package jsontext

// Object walks over the members of an object where it stands.
type Object struct {
	Key   []byte // of the member, escapes and all
	Value []byte // as [Value] gives it
	rest  []byte
	first bool
	whole bool
}

// Open begins at the first member of the object v.
func Open(v []byte) Object {
	v = Space(v)
	if len(v) == 0 || v[0] != '{' {
		return Object{}
	}
	return Object{rest: v[1:], first: true}
}

// Next goes to the next member and says whether there is one.
func (o *Object) Next() bool {
	if o.whole {
		return false
	}
	v := Space(o.rest)
	o.rest = nil
	switch {
	case len(v) == 0:
		return false
	case v[0] == '}':
		o.whole, o.rest = true, v[1:]
		return false
	case !o.first && v[0] != ',':
		return false
	case !o.first:
		v = Space(v[1:])
	}
	o.first = false
	var ok bool
	if o.Key, v, ok = String(v); !ok {
		return false
	}
	if v = Space(v); len(v) == 0 || v[0] != ':' {
		return false
	}
	if o.Value, v, ok = Value(Space(v[1:])); ok {
		o.rest = v
	}
	return ok
}

// Whole says, once Next gave false, whether the object was whole and nothing but
// white space stands behind it.
func (o *Object) Whole() bool { return o.whole && len(Space(o.rest)) == 0 }
