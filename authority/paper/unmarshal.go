package paper

import (
	"bytes"
	"encoding/base64"
	"reflect"
	"strconv"
	"strings"
)

// Unmarshal reads data, which must be in the one form that is right, into v, a pointer.
// Into an empty interface it reads map[string]any, []any, string, int64 and bool.
// Values of types with a Check method are checked. What v held before is gone. Errors
// are *Error.
func Unmarshal(data []byte, v any) error {
	to := reflect.ValueOf(v)
	if to.Kind() != reflect.Pointer || to.IsNil() {
		return fault(0, BadType, "a paper is read into a pointer")
	}
	if len(data) > MaxSize {
		return fault(MaxSize, TooLarge, "a paper has at most %d bytes, this one %d", MaxSize, len(data))
	}
	to.Elem().SetZero() // an optional member that is absent is empty, whatever stood there
	d := &decoder{data: data}
	if err := d.value(to.Elem()); err != nil {
		return err
	}
	if d.at < len(data) {
		return fault(d.at, BadSyntax, "something stands behind the paper")
	}
	return nil
}

// decoder reads one paper from left to right, once.
type decoder struct {
	data  []byte
	at    int
	depth int
}

func (d *decoder) peek() byte {
	if d.at < len(d.data) {
		return d.data[d.at]
	}
	return 0
}

func (d *decoder) fault(code Code, format string, args ...any) *Error {
	return fault(d.at, code, format, args...)
}

// value reads one value into v.
func (d *decoder) value(v reflect.Value) *Error {
	start := d.at
	if err := d.raw(v); err != nil {
		return err
	}
	if v.Kind() != reflect.Pointer && shapeOf(v.Type()).checks {
		if err := v.Interface().(checker).Check(); err != nil {
			return fault(start, BadValue, "%v", err)
		}
	}
	return nil
}

func (d *decoder) raw(v reflect.Value) *Error {
	t := v.Type()
	switch {
	case t == reflect.TypeFor[Time]():
		return d.time(v)
	case isBytes(t):
		return d.bytes(v)
	}
	switch t.Kind() {
	case reflect.Pointer:
		fresh := reflect.New(t.Elem())
		if err := d.value(fresh.Elem()); err != nil {
			return err
		}
		v.Set(fresh)
		return nil
	case reflect.Interface:
		return d.any(v)
	case reflect.Struct:
		return d.object(v)
	case reflect.Slice:
		return d.array(v)
	case reflect.String:
		s, err := d.text()
		v.SetString(s)
		return err
	case reflect.Bool:
		return d.bool(v)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return d.number(v)
	}
	return d.fault(BadType, "a paper cannot be read into a %s", t)
}

// open steps into an object or an array.
func (d *decoder) open(c byte, what string) *Error {
	if d.peek() != c {
		return d.unlike(what)
	}
	if d.depth++; d.depth > MaxDepth {
		return d.fault(TooDeep, "a paper is at most %d deep", MaxDepth)
	}
	d.at++
	return nil
}

// unlike says what stands here in place of what is wanted.
func (d *decoder) unlike(want string) *Error {
	switch c := d.peek(); {
	case d.at >= len(d.data):
		return d.fault(BadSyntax, "the paper ends where %s must stand", want)
	case c == ' ' || c == '\t' || c == '\n' || c == '\r':
		return d.fault(BadForm, "a paper has no blanks between its parts")
	case c == 'n':
		return d.fault(BadSyntax, "a paper has no null")
	case strings.IndexByte(`{["tf-0123456789`, c) >= 0:
		return d.fault(BadType, "%s must stand here", want)
	}
	return d.fault(BadSyntax, "%s must stand here", want)
}

// more says whether another element or member follows; the closing mark is read.
func (d *decoder) more(first bool, end byte) (bool, *Error) {
	switch c := d.peek(); {
	case c == end:
		d.at++
		d.depth--
		return false, nil
	case first:
		return true, nil
	case c == ',':
		d.at++
		return true, nil
	}
	return false, d.unlike("a comma or the end")
}

// name reads a member's name and the colon. It must come after the name before.
func (d *decoder) name(first bool, before string) (string, *Error) {
	start := d.at
	name, err := d.text()
	if err != nil {
		return "", err
	}
	if !first && !less(before, name) {
		if before == name {
			return "", fault(start, Duplicate, "the member %q stands twice", clip(name))
		}
		return "", fault(start, BadOrder, "the member %q must stand before %q", clip(name), clip(before))
	}
	if d.peek() != ':' {
		return "", d.unlike("a colon")
	}
	d.at++
	return name, nil
}

func (d *decoder) object(v reflect.Value) *Error {
	if err := d.open('{', "an object"); err != nil {
		return err
	}
	members := shapeOf(v.Type()).members
	before := ""
	for first := true; ; first = false {
		more, err := d.more(first, '}')
		if err != nil {
			return err
		}
		if !more {
			return d.lacking(members, "")
		}
		start := d.at
		name, err := d.name(first, before)
		if err != nil {
			return err
		}
		before = name
		for len(members) > 0 && members[0].name < name {
			if err := d.lacking(members[:1], ""); err != nil {
				return err
			}
			members = members[1:]
		}
		if len(members) == 0 || members[0].name != name {
			return fault(start, Unknown, "this paper has no member %q", clip(name)).under(clip(name))
		}
		if err := d.value(v.Field(members[0].index)); err != nil {
			return err.under(name)
		}
		if members[0].optional && empty(v.Field(members[0].index)) {
			return fault(start, Empty, "an optional member that is empty must be left out").under(name)
		}
		members = members[1:]
	}
}

// lacking is the error for the first member that should have been there.
func (d *decoder) lacking(members []member, _ string) *Error {
	for _, m := range members {
		if !m.optional {
			return d.fault(Missing, "the member %q is missing", m.name).under(m.name)
		}
	}
	return nil
}

func (d *decoder) array(v reflect.Value) *Error {
	if err := d.open('[', "an array"); err != nil {
		return err
	}
	if v.IsNil() {
		v.Set(reflect.MakeSlice(v.Type(), 0, 0)) // [] is an empty list, not none
	}
	v.SetLen(0)
	for i := 0; ; i++ {
		more, err := d.more(i == 0, ']')
		if err != nil || !more {
			return err
		}
		if i >= v.Cap() {
			v.Grow(max(4, i))
		}
		v.SetLen(i + 1)
		v.Index(i).SetZero()
		if err := d.value(v.Index(i)); err != nil {
			return err.under("[" + strconv.Itoa(i) + "]")
		}
	}
}

// any reads a value of any kind into an empty interface.
func (d *decoder) any(v reflect.Value) *Error {
	switch c := d.peek(); {
	case c == '{':
		object, err := d.anyObject()
		v.Set(reflect.ValueOf(object))
		return err
	case c == '[':
		list := []any{}
		err := d.array(reflect.ValueOf(&list).Elem())
		v.Set(reflect.ValueOf(list))
		return err
	case c == '"':
		s, err := d.text()
		v.Set(reflect.ValueOf(s))
		return err
	case c == 't' || c == 'f':
		var b bool
		err := d.bool(reflect.ValueOf(&b).Elem())
		v.Set(reflect.ValueOf(b))
		return err
	case c == '-' || c >= '0' && c <= '9':
		var n int64
		err := d.number(reflect.ValueOf(&n).Elem())
		v.Set(reflect.ValueOf(n))
		return err
	}
	return d.unlike("a value")
}

func (d *decoder) anyObject() (map[string]any, *Error) {
	if err := d.open('{', "an object"); err != nil {
		return nil, err
	}
	object, before := map[string]any{}, ""
	for first := true; ; first = false {
		more, err := d.more(first, '}')
		if err != nil || !more {
			return object, err
		}
		if before, err = d.name(first, before); err != nil {
			return nil, err
		}
		var value any
		if err := d.any(reflect.ValueOf(&value).Elem()); err != nil {
			return nil, err.under(before)
		}
		object[before] = value
	}
}

// text reads a string. Of the escapes only \" and \\ are in the one right form:
// all other characters that JSON escapes cannot stand on paper.
func (d *decoder) text() (string, *Error) {
	if d.peek() != '"' {
		return "", d.unlike("a string")
	}
	start := d.at + 1
	escaped := false
	for i := start; i < len(d.data); i++ {
		switch d.data[i] {
		case '"':
			s := string(d.data[start:i])
			if escaped {
				s = unescape(s)
			}
			if why := textFault(s); why != "" {
				return "", fault(start, BadText, "%s", why)
			}
			d.at = i + 1
			return s, nil
		case '\\':
			if i+1 >= len(d.data) || d.data[i+1] != '"' && d.data[i+1] != '\\' {
				return "", fault(i, BadForm, `a string has no escapes but \" and \\`)
			}
			escaped = true
			i++
		}
	}
	return "", fault(len(d.data), BadSyntax, "the paper ends inside a string")
}

func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func (d *decoder) time(v reflect.Value) *Error {
	start := d.at
	s, err := d.text()
	if err != nil {
		return err
	}
	at, bad := ParseTime(s)
	if bad != nil {
		return fault(start, BadValue, "%v", bad)
	}
	v.SetInt(int64(at))
	return nil
}

func (d *decoder) bytes(v reflect.Value) *Error {
	start := d.at
	s, err := d.text()
	if err != nil {
		return err
	}
	data, bad := base64.StdEncoding.Strict().DecodeString(s)
	if bad != nil {
		return fault(start, BadValue, "this is no base64 (standard alphabet, padded)")
	}
	v.SetBytes(data)
	return nil
}

func (d *decoder) bool(v reflect.Value) *Error {
	switch rest := d.data[d.at:]; {
	case bytes.HasPrefix(rest, []byte("true")):
		v.SetBool(true)
		d.at += 4
		return nil
	case bytes.HasPrefix(rest, []byte("false")):
		v.SetBool(false)
		d.at += 5
		return nil
	}
	return d.unlike("true or false")
}

func (d *decoder) number(v reflect.Value) *Error {
	start := d.at
	n, err := d.whole()
	if err != nil {
		return err
	}
	switch {
	case v.CanInt() && !v.OverflowInt(n):
		v.SetInt(n)
	case v.CanUint() && n >= 0 && !v.OverflowUint(uint64(n)):
		v.SetUint(uint64(n))
	default:
		return fault(start, BadNumber, "this member cannot hold %d", n)
	}
	return nil
}

// whole reads a whole number in its only spelling.
func (d *decoder) whole() (int64, *Error) {
	start := d.at
	rest := d.data[start:]
	digits := bytes.TrimPrefix(rest, []byte("-"))
	signed := len(digits) < len(rest)
	n := 0
	for n < len(digits) && digits[n] >= '0' && digits[n] <= '9' {
		n++
	}
	digits, rest = digits[:n], digits[n:]
	switch {
	case n == 0:
		return 0, d.unlike("a whole number")
	case len(rest) > 0 && bytes.IndexByte([]byte(".eE"), rest[0]) >= 0:
		return 0, fault(len(d.data)-len(rest), BadNumber, "a paper has whole numbers only, without fraction or exponent")
	case digits[0] == '0' && (n > 1 || signed):
		return 0, fault(start, BadForm, "a number has no leading zero, and zero no sign")
	}
	value, err := strconv.ParseInt(string(digits[:min(n, 20)]), 10, 64)
	if err != nil || value > MaxInt {
		return 0, fault(start, BadNumber, "the number is beyond ±(2^53−1)")
	}
	if signed {
		value = -value
	}
	d.at = len(d.data) - len(rest)
	return value, nil
}
