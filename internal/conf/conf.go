package conf

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// maxSize bounds a configuration file, in bytes.
const maxSize = 1 << 20

// Section is one component's part of the file.
type Section struct {
	Name string // the table's name in the file
	// Value points to the component's Config, a struct that holds its defaults.
	// Every exported field has a `toml` key and a `say` tag, the catalogue key of
	// the sentence that explains it.
	Value any
	Say   string // catalogue key of the sentence that explains the section
}

// Validator is a Config that knows its limits. Validate gives every problem, not
// the first, and changes nothing.
type Validator interface{ Validate() []Problem }

// Problem is a value that cannot be.
type Problem struct {
	Key  string    // below the section: "window", "limits.records"
	What i18n.Text // what the value must be and what it is: "must be at least 1 min; it is 5 s"
}

// Load reads the file at path into the sections' values, over their defaults, and
// validates them; an empty path validates the defaults. All that is wrong is
// reported together, in language l, as *[fault.Error] values under one joined
// error; the values are not to be used then.
func Load(l i18n.Lang, path string, sections ...Section) error {
	if path == "" {
		return validate(l, "", nil, sections)
	}
	f, err := os.Open(path)
	if err != nil {
		kind := fault.Invalid
		if errors.Is(err, os.ErrNotExist) {
			kind = fault.NotFound
		}
		return &fault.Error{Op: i18n.Say(l, "conf.op"), Kind: kind, Place: fault.Place{Path: path, Offset: -1}, Err: errors.Unwrap(err), Hint: i18n.Say(l, "conf.hint.path")}
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err != nil {
		return &fault.Error{Op: i18n.Say(l, "conf.op"), Kind: fault.Invalid, Place: fault.Place{Path: path, Offset: -1}, Err: err}
	}
	if len(text) > maxSize {
		return &fault.Error{Op: i18n.Say(l, "conf.op"), Kind: fault.Limit, Place: fault.Place{Path: path, Offset: -1}, Msg: i18n.Say(l, "conf.large", "limit", maxSize)}
	}
	return parse(l, path, text, sections)
}

// parse decodes text in one pass over all sections, so that places are those of
// the file.
func parse(l i18n.Lang, path string, text []byte, sections []Section) error {
	all := reflect.New(whole(sections))
	for i, s := range sections {
		all.Elem().Field(i).Set(reflect.ValueOf(s.Value))
	}
	err := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields().Decode(all.Interface())
	var unknown *toml.StrictMissingError
	var wrong *toml.DecodeError
	switch {
	case errors.As(err, &unknown):
		var list []error
		for i := range unknown.Errors {
			e := &unknown.Errors[i]
			list = append(list, &fault.Error{
				Op: i18n.Say(l, "conf.op"), Kind: fault.Invalid, Place: place(path, e),
				Msg:  i18n.Say(l, "conf.unknown", "key", strings.Join(e.Key(), ".")),
				Hint: nearest(l, e.Key(), sections),
			})
		}
		return errors.Join(list...)
	case errors.As(err, &wrong):
		return &fault.Error{
			Op: i18n.Say(l, "conf.op"), Kind: fault.Invalid, Place: place(path, wrong),
			Msg: i18n.Say(l, "conf.wrong"), Err: errors.New(i18n.Escape(strings.TrimPrefix(wrong.Error(), "toml: "))),
		}
	case err != nil:
		return &fault.Error{Op: i18n.Say(l, "conf.op"), Kind: fault.Invalid, Place: fault.Place{Path: path, Offset: -1}, Err: err}
	}
	return validate(l, path, text, sections)
}

func place(path string, e *toml.DecodeError) fault.Place {
	line, _ := e.Position()
	return fault.Place{Path: path, Line: int64(line), Offset: -1, Field: i18n.Escape(strings.Join(e.Key(), "."))}
}

// whole is a struct with one pointer field per section.
func whole(sections []Section) reflect.Type {
	var fields []reflect.StructField
	for i, s := range sections {
		fields = append(fields, reflect.StructField{
			Name: fmt.Sprintf("S%d", i),
			Type: reflect.TypeOf(s.Value),
			Tag:  reflect.StructTag(fmt.Sprintf("toml:%q", s.Name)),
		})
	}
	return reflect.StructOf(fields)
}

// validate asks every section that can judge itself.
func validate(l i18n.Lang, path string, text []byte, sections []Section) error {
	var list []error
	for _, s := range sections {
		v, ok := s.Value.(Validator)
		if !ok {
			continue
		}
		for _, p := range v.Validate() {
			key := s.Name + "." + p.Key
			list = append(list, &fault.Error{
				Op: i18n.Say(l, "conf.op"), Kind: fault.Invalid,
				Place: fault.Place{Path: path, Line: lineOf(text, key), Offset: -1, Field: key},
				Msg:   key + " " + p.What.In(l),
			})
		}
	}
	return errors.Join(list...)
}

// nearest hints at the key that was probably meant, or lists what there is.
func nearest(l i18n.Lang, key []string, sections []Section) string {
	var known []string
	scope := ""
	for _, s := range sections {
		if len(key) > 1 && key[0] == s.Name {
			known, scope = keys(reflect.TypeOf(s.Value).Elem(), s.Name+"."), s.Name
			break
		}
	}
	if known == nil {
		key = key[:1]
		for _, s := range sections {
			known = append(known, s.Name)
		}
	}
	is, best, least := strings.Join(key, "."), "", 1<<30
	for _, k := range known {
		if d := distance(is, k); d < least {
			best, least = k, d
		}
	}
	if rest := is[min(len(is), len(scope)):]; least <= max(2, len(rest)/3) {
		return i18n.Say(l, "conf.hint.nearest", "key", best)
	}
	slices.Sort(known)
	return i18n.Say(l, "conf.hint.known", "keys", strings.Join(known, ", "))
}

// keys lists the keys of a Config, with those of its tables.
func keys(t reflect.Type, prefix string) []string {
	var list []string
	for i := range t.NumField() {
		key := t.Field(i).Tag.Get("toml")
		list = append(list, prefix+key)
		if isTable(t.Field(i).Type) {
			list = append(list, keys(t.Field(i).Type, prefix+key+".")...)
		}
	}
	return list
}

// isTable says whether a field is a table of its own and not a value that reads
// itself from text.
func isTable(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && t.NumField() > 0 && !reflect.PointerTo(t).Implements(textual())
}

// distance is the least number of letters to insert, leave out or change to make b
// of a (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal, row[j+1] = row[j+1], min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
