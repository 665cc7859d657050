package conf

import (
	"encoding"
	"fmt"
	"reflect"
	"strings"
	"time"
)

// form is how one section's Config stands in the file: the fields with a key, with
// durations as text.
type form struct {
	name string
	t    reflect.Type  // of the struct that the file fills
	v    reflect.Value // the Config
}

func formOf(s Section) form {
	v := reflect.ValueOf(s.Value).Elem()
	return form{name: s.Name, t: mirror(v.Type()), v: v}
}

// filled gives a pointer to a struct of the form that holds the Config's values.
func (f form) filled() reflect.Value {
	p := reflect.New(f.t)
	move(p.Elem(), f.v, f.t)
	return p
}

// take sets the Config to the values that p, of the form, points to.
func (f form) take(p reflect.Value) { move(f.v, p.Elem(), f.t) }

// badSpans lists the keys at which v, of type t, has text that is no length of
// time.
func badSpans(v reflect.Value, t reflect.Type, prefix string) []string {
	var list []string
	for i := range t.NumField() {
		f := t.Field(i)
		key := prefix + f.Tag.Get("toml")
		switch {
		case isTable(f.Type):
			list = append(list, badSpans(v.Field(i), f.Type, key+".")...)
		case f.Type == reflect.TypeFor[span]():
			if _, err := time.ParseDuration(v.Field(i).String()); err != nil {
				list = append(list, key)
			}
		}
	}
	return list
}

// span is a duration in a form: text, so that a bare 5 in the file is refused and not
// taken for nanoseconds.
type span string

// mirror is the struct of those fields of t that have a key.
func mirror(t reflect.Type) reflect.Type {
	var fields []reflect.StructField
	for f := range keyed(t) {
		switch {
		case isTable(f.Type):
			f.Type = mirror(f.Type)
		case f.Type == reflect.TypeFor[time.Duration]():
			f.Type = reflect.TypeFor[span]()
		}
		fields = append(fields, reflect.StructField{Name: f.Name, Type: f.Type, Tag: f.Tag})
	}
	return reflect.StructOf(fields)
}

// move copies the fields of form t from one struct to the other.
func move(to, from reflect.Value, t reflect.Type) {
	for i := range t.NumField() {
		f := t.Field(i)
		a, b := to.FieldByName(f.Name), from.FieldByName(f.Name)
		switch text := reflect.TypeFor[span](); {
		case isTable(f.Type):
			move(a, b, f.Type)
		case a.Type() == text:
			a.SetString(written(time.Duration(b.Int())))
		case b.Type() == text:
			d, _ := time.ParseDuration(b.String()) // it was read as one
			a.SetInt(int64(d))
		default:
			a.Set(b)
		}
	}
}

// keyed goes through the fields of t that have a key.
func keyed(t reflect.Type) func(yield func(reflect.StructField) bool) {
	return func(yield func(reflect.StructField) bool) {
		for i := range t.NumField() {
			if f := t.Field(i); f.Tag.Get("toml") != "" && !yield(f) {
				return
			}
		}
	}
}

// whole is a struct with one pointer field per section.
func whole(forms []form) reflect.Type {
	var fields []reflect.StructField
	for i, f := range forms {
		fields = append(fields, reflect.StructField{
			Name: fmt.Sprintf("S%d", i),
			Type: reflect.PointerTo(f.t),
			Tag:  reflect.StructTag(fmt.Sprintf("toml:%q", f.name)),
		})
	}
	return reflect.StructOf(fields)
}

// keys lists the keys of a form, with those of its tables.
func keys(t reflect.Type, prefix string) []string {
	var list []string
	for f := range keyed(t) {
		key := f.Tag.Get("toml")
		list = append(list, prefix+key)
		if isTable(f.Type) {
			list = append(list, keys(f.Type, prefix+key+".")...)
		}
	}
	return list
}

// typeOf gives the type of the value at a key, nil when there is no such key.
func typeOf(key []string, forms []form) reflect.Type {
	for _, f := range forms {
		if len(key) > 0 && f.name == key[0] {
			return within(f.t, key[1:])
		}
	}
	return nil
}

func within(t reflect.Type, key []string) reflect.Type {
	if len(key) == 0 {
		return t
	}
	if !isTable(t) {
		return nil
	}
	for f := range keyed(t) {
		if strings.EqualFold(f.Tag.Get("toml"), key[0]) {
			return within(f.Type, key[1:])
		}
	}
	return nil
}

// want is the catalogue key of what a value of type t must be.
func want(t reflect.Type) string {
	if t == reflect.TypeFor[span]() {
		return "conf.want.duration"
	}
	switch t.Kind() {
	case reflect.Bool:
		return "conf.want.bool"
	case reflect.Int, reflect.Int64, reflect.Int32:
		return "conf.want.whole"
	case reflect.Uint, reflect.Uint64, reflect.Uint32, reflect.Uint16:
		return "conf.want.count"
	case reflect.Float64:
		return "conf.want.number"
	case reflect.String:
		return "conf.want.text"
	case reflect.Slice:
		return "conf.want.list"
	case reflect.Struct:
		return "conf.want.table"
	}
	return "conf.wrong"
}

// isTable says whether a field is a table of its own and not a value that reads
// itself from text.
func isTable(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && t.NumField() > 0 && !reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}
