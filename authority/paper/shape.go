package paper

import (
	"reflect"
	"slices"
	"strings"
	"sync"
)

// member is one member of a paper's object: a field of the struct.
type member struct {
	name     string
	index    int
	optional bool // omitempty: absent when empty, and never there when empty
}

// checker is a value that knows what it may be.
type checker interface{ Check() error }

// shape is what is known of a type.
type shape struct {
	members []member // of a struct, in the order of their names
	checks  bool     // implements checker
}

// shapes remembers the shapes of types; it guards itself and only grows by the
// types of the program, never by input.
var shapes = sync.OnceValue(func() *sync.Map { return new(sync.Map) })

func shapeOf(t reflect.Type) *shape {
	if s, ok := shapes().Load(t); ok {
		return s.(*shape)
	}
	s := &shape{checks: t.Implements(reflect.TypeFor[checker]())}
	if t.Kind() == reflect.Struct {
		for i := range t.NumField() {
			f := t.Field(i)
			name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
			if !f.IsExported() || name == "-" || name == "" {
				continue
			}
			s.members = append(s.members, member{name: name, index: i, optional: options == "omitempty"})
		}
		slices.SortFunc(s.members, func(a, b member) int { return strings.Compare(a.name, b.name) })
	}
	shapes().Store(t, s)
	return s
}

// isBytes says whether t is written as base64.
func isBytes(t reflect.Type) bool {
	return t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8
}

// empty says whether an optional member with value v is absent.
func empty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Slice, reflect.Map, reflect.String:
		return v.Len() == 0
	}
	return v.IsZero()
}
