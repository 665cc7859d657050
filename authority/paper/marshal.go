package paper

import (
	"encoding/base64"
	"reflect"
	"slices"
	"strconv"
)

// Limits of a paper.
const (
	MaxSize  = 1 << 20   // bytes
	MaxDepth = 32        // objects and arrays inside one another
	MaxInt   = 1<<53 - 1 // the largest whole number, either way
)

// Marshal writes v in the one form that is right. Fields without a json name are
// left out; "omitempty" leaves a member out when it is empty (a null pointer, no
// elements, "", 0, false, a struct of zeros). A value that [Unmarshal] would refuse is
// a *Error with its path.
func Marshal(v any) ([]byte, error) {
	out, err := appendValue(make([]byte, 0, 1024), reflect.ValueOf(v), 0)
	if err != nil {
		return nil, err
	}
	if len(out) > MaxSize {
		return nil, fault(-1, TooLarge, "a paper has at most %d bytes, this one %d", MaxSize, len(out))
	}
	return out, nil
}

func appendValue(out []byte, v reflect.Value, depth int) ([]byte, *Error) {
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		if v.IsNil() {
			return nil, fault(-1, BadSyntax, "a paper has no null")
		}
		v = v.Elem()
	}
	if !v.IsValid() {
		return nil, fault(-1, BadSyntax, "a paper has no null")
	}
	t := v.Type()
	if shapeOf(t).checks {
		if err := v.Interface().(checker).Check(); err != nil {
			return nil, fault(-1, BadValue, "%v", err)
		}
	}
	if t == reflect.TypeFor[Time]() {
		return append(append(append(out, '"'), Time(v.Int()).String()...), '"'), nil
	}
	switch t.Kind() {
	case reflect.Struct, reflect.Map, reflect.Slice, reflect.Array:
		if isBytes(t) {
			return append(base64.StdEncoding.AppendEncode(append(out, '"'), v.Bytes()), '"'), nil
		}
		if depth++; depth > MaxDepth {
			return nil, fault(-1, TooDeep, "a paper is at most %d deep", MaxDepth)
		}
		return appendNested(out, v, depth)
	case reflect.String:
		return appendText(out, v.String())
	case reflect.Bool:
		return strconv.AppendBool(out, v.Bool()), nil
	}
	return appendNumber(out, v)
}

func appendNumber(out []byte, v reflect.Value) ([]byte, *Error) {
	switch {
	case v.CanInt() && v.Int() <= MaxInt && v.Int() >= -MaxInt:
		return strconv.AppendInt(out, v.Int(), 10), nil
	case v.CanUint() && v.Uint() <= MaxInt:
		return strconv.AppendUint(out, v.Uint(), 10), nil
	case v.CanInt() || v.CanUint():
		return nil, fault(-1, BadNumber, "%v is beyond ±(2^53−1)", v)
	}
	return nil, fault(-1, BadType, "a paper cannot hold a %s", v.Type())
}

func appendNested(out []byte, v reflect.Value, depth int) ([]byte, *Error) {
	switch v.Kind() {
	case reflect.Struct:
		return appendStruct(out, v, depth)
	case reflect.Map:
		return appendMap(out, v, depth)
	}
	var err *Error
	out = append(out, '[')
	for i := range v.Len() {
		if i > 0 {
			out = append(out, ',')
		}
		if out, err = appendValue(out, v.Index(i), depth); err != nil {
			return nil, err.under("[" + strconv.Itoa(i) + "]")
		}
	}
	return append(out, ']'), nil
}

func appendStruct(out []byte, v reflect.Value, depth int) ([]byte, *Error) {
	var err *Error
	out = append(out, '{')
	first := true
	for _, m := range shapeOf(v.Type()).members {
		f := v.Field(m.index)
		if m.optional && empty(f) {
			continue
		}
		if !first {
			out = append(out, ',')
		}
		first = false
		out = append(append(append(out, '"'), m.name...), '"', ':')
		if out, err = appendValue(out, f, depth); err != nil {
			return nil, err.under(m.name)
		}
	}
	return append(out, '}'), nil
}

func appendMap(out []byte, v reflect.Value, depth int) ([]byte, *Error) {
	if v.Type().Key().Kind() != reflect.String {
		return nil, fault(-1, BadType, "a paper cannot hold a %s", v.Type())
	}
	names := v.MapKeys()
	slices.SortFunc(names, func(a, b reflect.Value) int {
		switch {
		case less(a.String(), b.String()):
			return -1
		case less(b.String(), a.String()):
			return 1
		}
		return 0
	})
	var err *Error
	out = append(out, '{')
	for i, n := range names {
		if i > 0 {
			out = append(out, ',')
		}
		if out, err = appendText(out, n.String()); err != nil {
			return nil, err
		}
		if out, err = appendValue(append(out, ':'), v.MapIndex(n), depth); err != nil {
			return nil, err.under(n.String())
		}
	}
	return append(out, '}'), nil
}

func appendText(out []byte, s string) ([]byte, *Error) {
	if why := textFault(s); why != "" {
		return nil, fault(-1, BadText, "%s", why)
	}
	out = append(out, '"')
	for i := range len(s) {
		if s[i] == '"' || s[i] == '\\' {
			out = append(out, '\\')
		}
		out = append(out, s[i])
	}
	return append(out, '"'), nil
}
