package conf

import (
	"bytes"
	"cmp"
	"errors"
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

// mostWrong bounds how many values of a wrong type are reported at once.
const mostWrong = 20

// Section is one component's part of the file.
type Section struct {
	Name string // the table's name in the file
	// Value points to the component's Config, a struct that holds its defaults.
	// Every field that the file may set has a `toml` key and a `say` tag, the
	// catalogue key of the sentence that explains it; others have neither. A
	// [time.Duration] is written as text: "90s", "6h".
	Value any
	Say   string // catalogue key of the sentence that explains the section
}

// Validator is a Config that knows its limits. Validate gives every problem, not
// the first, and changes nothing.
type Validator interface{ Validate() []Problem }

// Load reads the file at path into the sections' values, over their defaults, and
// validates them; an empty path validates the defaults. All that is wrong is
// reported together, in language l, as *[fault.Error] values under one joined
// error; the values are not to be used then.
func Load(l i18n.Lang, path string, sections ...Section) error {
	if path == "" {
		return joined(validate(l, "", nil, sections))
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
	forms := make([]form, len(sections))
	for i, s := range sections {
		forms[i] = formOf(s)
	}
	var wrongs []*fault.Error
	for rest := text; ; {
		all := reflect.New(whole(forms))
		for i, f := range forms {
			all.Elem().Field(i).Set(f.filled())
		}
		err := toml.NewDecoder(bytes.NewReader(rest)).DisallowUnknownFields().Decode(all.Interface())
		var unknown *toml.StrictMissingError
		var wrong *toml.DecodeError
		switch {
		case errors.As(err, &unknown):
			wrongs = append(wrongs, unknowns(l, path, unknown, forms)...)
		case errors.As(err, &wrong):
			wrongs = append(wrongs, mistyped(l, path, wrong, forms))
			if rest = without(rest, wrong); rest != nil && len(wrongs) < mostWrong {
				continue
			}
			return joined(wrongs)
		case err != nil:
			return &fault.Error{Op: i18n.Say(l, "conf.op"), Kind: fault.Invalid, Place: fault.Place{Path: path, Offset: -1}, Err: err}
		}
		var doubtful []string // keys that have no value that Validate could judge
		for i, f := range forms {
			if p := all.Elem().Field(i); !p.IsNil() {
				doubtful = append(doubtful, badSpans(p.Elem(), f.t, f.name+".")...)
				f.take(p)
			}
		}
		for _, key := range doubtful {
			wrongs = append(wrongs, unfit(l, path, text, key, i18n.Say(l, "conf.want.duration")))
		}
		for _, e := range validate(l, path, text, sections) {
			if !slices.Contains(doubtful, e.Place.Field) {
				wrongs = append(wrongs, e)
			}
		}
		return joined(wrongs)
	}
}

// joined is all that is wrong, in the order of the file; nil when nothing is.
func joined(wrongs []*fault.Error) error {
	slices.SortStableFunc(wrongs, func(a, b *fault.Error) int { return cmp.Compare(a.Place.Line, b.Place.Line) })
	var list []error
	for _, e := range wrongs {
		list = append(list, e)
	}
	return errors.Join(list...)
}

// unknowns says which keys nobody asked for.
func unknowns(l i18n.Lang, path string, unknown *toml.StrictMissingError, forms []form) []*fault.Error {
	var list []*fault.Error
	for i := range unknown.Errors {
		e := &unknown.Errors[i]
		list = append(list, &fault.Error{
			Op: i18n.Say(l, "conf.op"), Kind: fault.Invalid, Place: place(path, e),
			Msg:  i18n.Say(l, "conf.unknown", "key", strings.Join(e.Key(), ".")),
			Hint: nearest(l, e.Key(), forms),
		})
	}
	return list
}

// mistyped says what a value must be that cannot be read.
func mistyped(l i18n.Lang, path string, wrong *toml.DecodeError, forms []form) *fault.Error {
	e := &fault.Error{Op: i18n.Say(l, "conf.op"), Kind: fault.Invalid, Place: place(path, wrong)}
	if t := typeOf(wrong.Key(), forms); t != nil {
		e.Msg = strings.Join(wrong.Key(), ".") + " " + i18n.Say(l, want(t))
		return e
	}
	e.Msg, e.Err = i18n.Say(l, "conf.wrong"), errors.New(i18n.Escape(strings.TrimPrefix(wrong.Error(), "toml: ")))
	return e
}

// without empties the line of a value that cannot be read, so that the rest can be
// looked at; nil when the rest would mean something else then.
func without(text []byte, wrong *toml.DecodeError) []byte {
	var any map[string]any
	if toml.Unmarshal(text, &any) != nil {
		return nil // no TOML at all
	}
	lines := bytes.SplitAfter(text, []byte("\n"))
	n, _ := wrong.Position()
	if n < 1 || n > len(lines) || bytes.HasPrefix(bytes.TrimSpace(lines[n-1]), []byte("[")) {
		return nil
	}
	lines[n-1] = []byte("\n")
	rest := bytes.Join(lines, nil)
	if bytes.Equal(rest, text) || toml.Unmarshal(rest, &any) != nil {
		return nil
	}
	return rest
}

func place(path string, e *toml.DecodeError) fault.Place {
	line, _ := e.Position()
	return fault.Place{Path: path, Line: int64(line), Offset: -1, Field: i18n.Escape(strings.Join(e.Key(), "."))}
}

// validate asks every section that can judge itself.
func validate(l i18n.Lang, path string, text []byte, sections []Section) []*fault.Error {
	var list []*fault.Error
	for _, s := range sections {
		if v, ok := s.Value.(Validator); ok {
			for _, p := range v.Validate() {
				list = append(list, unfit(l, path, text, s.Name+"."+p.Key, p.What.In(l)))
			}
		}
	}
	return list
}

// unfit says of the value at key what it must be.
func unfit(l i18n.Lang, path string, text []byte, key, what string) *fault.Error {
	return &fault.Error{
		Op: i18n.Say(l, "conf.op"), Kind: fault.Invalid,
		Place: fault.Place{Path: path, Line: lineOf(text, key), Offset: -1, Field: key},
		Msg:   key + " " + what,
	}
}

// nearest hints at the key that was probably meant, or lists what there is.
func nearest(l i18n.Lang, key []string, forms []form) string {
	var known []string
	scope := ""
	for _, f := range forms {
		if len(key) > 1 && key[0] == f.name {
			known, scope = keys(f.t, f.name+"."), f.name
			break
		}
	}
	if known == nil {
		key = key[:1]
		for _, f := range forms {
			known = append(known, f.name)
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
