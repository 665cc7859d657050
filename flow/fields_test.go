package flow_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/pelletier/go-toml/v2"

	"github.com/noroshi-acd/noroshi/flow"
)

// field is one entry of fields.toml.
type field struct {
	Struct   string `toml:"struct"`
	Field    string `toml:"field"`
	Name     string `toml:"name"`
	Number   int    `toml:"number"`
	Wire     string `toml:"wire"`
	Unit     string `toml:"unit"`
	IPFIX    []int  `toml:"ipfix"`
	Standard string `toml:"standard"`
	ReasonEN string `toml:"reason_en"`
	ReasonJA string `toml:"reason_ja"`
}

func fieldList(t testing.TB) []field {
	t.Helper()
	var doc struct {
		Field []field `toml:"field"`
	}
	dec := toml.NewDecoder(strings.NewReader(flow.Fields())).DisallowUnknownFields()
	if err := dec.Decode(&doc); err != nil {
		t.Fatal(err)
	}
	return doc.Field
}

// wireNames maps Struct.Field to the name that it has outside Go.
var wireNames = sync.OnceValue(func() map[string]string {
	var doc struct {
		Field []field `toml:"field"`
	}
	if err := toml.Unmarshal([]byte(flow.Fields()), &doc); err != nil {
		panic(err)
	}
	names := map[string]string{}
	for _, f := range doc.Field {
		names[f.Struct+"."+f.Field] = f.Name
	}
	return names
})

var structs = map[string]reflect.Type{
	"Record": reflect.TypeFor[flow.Record](),
	"DNS":    reflect.TypeFor[flow.DNS](),
	"Answer": reflect.TypeFor[flow.Answer](),
	"TLS":    reflect.TypeFor[flow.TLS](),
}

// TestClosedList compares the structs with the list, both ways.
func TestClosedList(t *testing.T) {
	var listed, present []string
	numbers := map[string]int{}
	for _, f := range fieldList(t) {
		listed = append(listed, f.Struct+"."+f.Field)
		if numbers[f.Struct]++; f.Number != numbers[f.Struct] {
			t.Errorf("%s.%s has number %d, the next is %d", f.Struct, f.Field, f.Number, numbers[f.Struct])
		}
	}
	for name, typ := range structs {
		for i := range typ.NumField() {
			present = append(present, name+"."+typ.Field(i).Name)
			if !typ.Field(i).IsExported() {
				t.Errorf("%s.%s is hidden: a record has no field that cannot be listed", name, typ.Field(i).Name)
			}
		}
	}
	slices.Sort(listed)
	slices.Sort(present)
	if d := cmp.Diff(present, listed); d != "" {
		t.Errorf("fields of the structs (-) and of fields.toml (+):\n%s", d)
	}
}

// TestNoRoomForContent refuses every type in which content could lie. Text is
// allowed where the list says so, and only in named fields.
func TestNoRoomForContent(t *testing.T) {
	wire := map[string]string{}
	for _, f := range fieldList(t) {
		wire[f.Struct+"."+f.Field] = f.Wire
	}
	goTypes := map[string][]string{
		"uint": {"uint8", "uint16", "uint32", "uint64", "flow.Kind", "flow.State", "flow.Service"},
		"time": {"int64"},
		"addr": {"flow.Addr"},
		"text": {"flow.Text"},
		"part": {"uint32"},
		"list": {"flow.Span"},
	}
	for name, typ := range structs {
		for i := range typ.NumField() {
			f := typ.Field(i)
			if bad := pointsAway(f.Type); bad != "" {
				t.Errorf("%s.%s holds a %s", name, f.Name, bad)
			}
			if w := wire[name+"."+f.Name]; !slices.Contains(goTypes[w], f.Type.String()) {
				t.Errorf("%s.%s is a %s, which is not how %q is held", name, f.Name, f.Type, w)
			}
			if name == "Record" && f.Type == reflect.TypeFor[flow.Text]() && f.Name != "Host" {
				t.Errorf("Record.%s is text: only Host may be", f.Name)
			}
		}
	}
}

// pointsAway gives the first kind in typ that could hold bytes of any length.
func pointsAway(typ reflect.Type) string {
	switch typ.Kind() {
	case reflect.Struct:
		for i := range typ.NumField() {
			if bad := pointsAway(typ.Field(i).Type); bad != "" {
				return bad
			}
		}
		return ""
	case reflect.Array:
		if typ != reflect.TypeFor[flow.Addr]() {
			return typ.String()
		}
		return ""
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Int64:
		return ""
	}
	return typ.Kind().String()
}

func TestPointsAway(t *testing.T) {
	for _, bad := range []any{"", []byte{}, &struct{}{}, map[int]int{}, struct{ X any }{}, [8]byte{}, struct{ F func() }{}} {
		if pointsAway(reflect.TypeOf(bad)) == "" {
			t.Errorf("a %T would be let in", bad)
		}
	}
}

// TestSizes: records are held by the million; a field that makes them larger is seen.
func TestSizes(t *testing.T) {
	for name, most := range map[string]uintptr{"Record": 120, "Answer": 32} {
		if is := structs[name].Size(); is > most {
			t.Errorf("%s has %d bytes, and had %d", name, is, most)
		}
	}
}

// TestReasons asks that every field is explained to people.
func TestReasons(t *testing.T) {
	for _, f := range fieldList(t) {
		name := f.Struct + "." + f.Field
		if len(f.ReasonEN) < 20 || !strings.HasSuffix(f.ReasonEN, ".") || strings.ContainsFunc(f.ReasonEN, func(r rune) bool { return r > unicode.MaxASCII }) {
			t.Errorf("%s: reason_en is no English sentence: %q", name, f.ReasonEN)
		}
		if len(f.ReasonJA) < 30 || !strings.HasSuffix(f.ReasonJA, "。") || !strings.ContainsFunc(f.ReasonJA, func(r rune) bool { return unicode.Is(unicode.Hiragana, r) }) {
			t.Errorf("%s: reason_ja is no Japanese sentence: %q", name, f.ReasonJA)
		}
		if f.Unit == "" || f.Standard == "" {
			t.Errorf("%s: unit %q, standard %q", name, f.Unit, f.Standard)
		}
		if f.Name == "" || f.Name != strings.ToLower(f.Name) {
			t.Errorf("%s: name %q", name, f.Name)
		}
	}
}

// TestHighestValues guards the decoder's limits of the three closed lists of
// values: the highest constant of each type is accepted, the next is not.
func TestHighestValues(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "record.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	last := map[string]int{}
	for _, d := range file.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.CONST {
			continue
		}
		if typ, ok := g.Specs[0].(*ast.ValueSpec).Type.(*ast.Ident); ok {
			last[typ.Name] = len(g.Specs) - 1
		}
	}
	for typ, record := range map[string]func(v int) flow.Record{
		"Kind":    func(v int) flow.Record { return flow.Record{Kind: flow.Kind(v)} },
		"State":   func(v int) flow.Record { return flow.Record{State: flow.State(v)} },
		"Service": func(v int) flow.Record { return flow.Record{Service: flow.Service(v)} },
	} {
		for v, want := range map[int]flow.Reason{last[typ]: 0, last[typ] + 1: flow.OutOfRange} {
			enc := flow.AppendBatch(nil, &flow.Batch{Records: []flow.Record{record(v)}})
			if got := reasonOf(flow.DecodeBatch(enc, &flow.Batch{})); got != want {
				t.Errorf("%s %d: %v, want %v", typ, v, got, want)
			}
		}
	}
}
