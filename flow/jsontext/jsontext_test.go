package jsontext_test

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/flow/jsontext"
)

// TestStringAgainstStandard takes strings apart that the standard library wrote.
func TestStringAgainstStandard(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.String().Draw(t, "text")
		enc, _ := json.Marshal(want)
		var clean string // what is not UTF-8 is replaced by the standard library
		_ = json.Unmarshal(enc, &clean)
		inside, rest, ok := jsontext.String(append(enc, ",1"...))
		if !ok || string(rest) != ",1" {
			t.Fatalf("String(%s): %q, %v", enc, rest, ok)
		}
		scratch := []byte("before")
		got, grown := jsontext.Unescape(scratch, inside)
		if string(got) != clean || string(grown[:6]) != "before" {
			t.Fatalf("%s says %q, want %q", enc, got, clean)
		}
	})
}

// TestValueAgainstStandard walks arrays that the standard library wrote.
func TestValueAgainstStandard(t *testing.T) {
	values := rapid.SliceOf(rapid.SampledFrom([]string{`"a\"]"`, `1.5e3`, `true`, `null`, `{"a":[{}]}`, `["]"]`, `"\\"`, `-1`}))
	rapid.Check(t, func(t *rapid.T) {
		in := values.Draw(t, "values")
		array := []byte("[" + strings.Join(in, " , ") + "]")
		whole, rest, ok := jsontext.Value(append(array, '}'))
		if !ok || string(whole) != string(array) || string(rest) != "}" {
			t.Fatalf("Value(%s) = %s, %s, %v", array, whole, rest, ok)
		}
		rest = whole[1:]
		for _, want := range in {
			var v []byte
			if v, rest, ok = jsontext.Element(rest); !ok {
				t.Fatalf("%s ends before %s", array, want)
			}
			if want = strings.Trim(want, `"`); want == "null" {
				want = ""
			}
			if want != string(v) && `"`+string(v)+`"` != want && strings.Trim(string(v), `"`) != want {
				t.Fatalf("%s: got %s, want %s", array, v, want)
			}
		}
		if _, _, ok := jsontext.Element(rest); ok {
			t.Fatalf("%s has more than it has", array)
		}
	})
}

func TestBroken(t *testing.T) {
	for _, in := range []string{"", `"`, `"a`, `"a\"`, "[", "{", `[}`, `{]`, `["`, "nul", "1", strings.Repeat("[", 17) + strings.Repeat("]", 17)} {
		if v, _, ok := jsontext.Value([]byte(in)); ok {
			t.Errorf("Value(%q) = %q", in, v)
		}
	}
	if v, _, ok := jsontext.Value([]byte(strings.Repeat("[", 16) + strings.Repeat("]", 16))); !ok {
		t.Errorf("as deep as allowed: %q", v)
	}
	for in, want := range map[string]string{`\`: `\`, `\u12`: `\u12`, `\ud83d`: "\ufffd", `\ud83d\u0041`: "\ufffdA", `\ud83d\ude00`: "\U0001f600", `\q`: "q"} {
		if got, _ := jsontext.Unescape(nil, []byte(in)); string(got) != want {
			t.Errorf("Unescape(%s) = %q, want %q", in, got, want)
		}
	}
}

// TestObjectAgainstStandard walks objects that the standard library wrote, and
// takes no cut one for whole.
func TestObjectAgainstStandard(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.MapOf(rapid.StringMatching(`[a-z_]{0,4}`), rapid.SampledFrom([]any{"a\"}", 1.5, true, nil, []any{"]", 2.0}, map[string]any{"x": "}"}})).Draw(t, "object")
		enc, _ := json.MarshalIndent(want, "", strings.Repeat(" ", rapid.IntRange(0, 2).Draw(t, "indent")))
		enc = []byte(strings.ReplaceAll(string(enc), "\n", "\t"))
		o := jsontext.Open(enc)
		n := 0
		for o.Next() {
			v, err := json.Marshal(want[string(o.Key)])
			if err != nil {
				t.Fatal(err)
			}
			var compact any = string(o.Value)
			if o.Value == nil {
				compact = "null"
			}
			var again any
			if json.Unmarshal([]byte(compact.(string)), &again) == nil {
				w, _ := json.Marshal(again)
				compact = string(w)
			}
			if got := compact.(string); got != strings.Trim(string(v), `"`) {
				t.Fatalf("%s: member %s is %s, want %s", enc, o.Key, got, v)
			}
			n++
		}
		if n != len(want) || !o.Whole() || o.Next() {
			t.Fatalf("%s: %d members, whole: %v", enc, n, o.Whole())
		}
		cut := jsontext.Open(enc[:rapid.IntRange(0, len(enc)-1).Draw(t, "cut")])
		for cut.Next() {
		}
		if cut.Whole() {
			t.Fatalf("a piece of %s is whole", enc)
		}
	})
	for _, in := range []string{`{"a":1,}`, `{,"a":1}`, `{"a" 1}`, `{"a":}`, `{"a":1 "b":2}`, `{"a":1}x`, `["a"]`, ``} {
		o := jsontext.Open([]byte(in))
		for o.Next() {
		}
		if o.Whole() {
			t.Errorf("%s is whole", in)
		}
	}
}

// elements walks over an array, which must end.
func elements(t *testing.T, v []byte) {
	if len(v) == 0 || v[0] != '[' {
		return
	}
	for left, rest, ok := len(v), v[1:], true; ok; left = len(rest) {
		if _, rest, ok = jsontext.Element(rest); ok && len(rest) >= left {
			t.Fatalf("%q: an array without end", v)
		}
	}
}

// FuzzObject walks any text; what the standard library takes for an object has the
// same members here.
func FuzzObject(f *testing.F) {
	for _, s := range []string{`{"a":1,"b":{"c":[true,"x\"]"]},"d":null}`, `{"a":"\u30ed\ud83d\ude00"}`, `{"a":[1,"2" ,{}]} `, `{"a":1`, `{]}`, `{"a":}`, "{}", `{"":{},"":null}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		o := jsontext.Open(text)
		var got []string
		for o.Next() {
			key, _ := jsontext.Unescape(nil, o.Key)
			got = append(got, string(key))
			elements(t, o.Value)
		}
		var want map[string]json.RawMessage
		if json.Unmarshal(text, &want) != nil || want == nil || strings.Count(string(text), "[")+strings.Count(string(text), "{") > jsontext.MaxDepth || strings.ContainsAny(string(text), "\n") || !utf8.Valid(text) {
			return
		}
		if !o.Whole() {
			t.Fatalf("%q is an object to the standard library", text)
		}
		missed := maps.Clone(want)
		for _, key := range got { // the same key may come twice
			if _, ok := want[key]; !ok && utf8.ValidString(key) && !strings.Contains(string(text), `\u`) {
				t.Fatalf("%q has no member %q", text, key)
			}
			delete(missed, key)
		}
		if len(missed) > 0 && !strings.Contains(string(text), `\u`) {
			t.Fatalf("%q: missed %v", text, missed)
		}
	})
}
