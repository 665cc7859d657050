package walk

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/noroshi-acd/noroshi/internal/fault"
)

// visit walks over a document whole and gives each scalar with its place.
func visit(w *Walk, depth int, seen *[]string) error {
	err := w.Either(func(key string) error {
		if key == "skip" {
			return w.Skip()
		}
		if key == "take" {
			var v any
			err := w.Decode(&v)
			*seen = append(*seen, fmt.Sprintf("%d %s %v", w.Place().Line, w.Place().Field, v))
			return err
		}
		return visit(w, depth+1, seen)
	}, func() error { return visit(w, depth+1, seen) })
	if errors.Is(err, ErrShape) {
		return nil
	}
	return err
}

func TestPlaces(t *testing.T) {
	text := "\ufeff{\n \"a\": [\n  {\"take\": 1},\n  {\"skip\": {\"take\": 2, \"x\": [[]]},\n   \"take\": {\n\"y\": 3}},\n  7, null],\n\"take\":\n 4}"
	var seen []string
	if err := visit(New(strings.NewReader(text), "x"), 0, &seen); err != nil {
		t.Fatal(err)
	}
	want := []string{"3 a[0].take 1", "5 a[1].take map[y:3]", "9 take 4"}
	if d := cmp.Diff(want, seen); d != "" {
		t.Error("-want +got\n", d)
	}
}

func TestFaults(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		kind fault.Kind
		want string
	}{
		"cut":       {`{"a":`, fault.Invalid, "x:1 (field a): the document ends too early"},
		"cut low":   {"[\n[1,", fault.Invalid, "x:2 (field [0][1])"},
		"no JSON":   {"{\n\"a\": nope}", fault.Invalid, "x:2 (field a): this is not JSON"},
		"deep":      {strings.Repeat("[", 400), fault.Limit, "nested more than 256"},
		"deep skip": {`{"skip":` + strings.Repeat("[", 400), fault.Limit, "nested more than 256"},
		"large":     {`{"take":"` + strings.Repeat("x", MaxValue+1<<17) + `"}`, fault.Limit, "larger than 4 MiB"},
		"empty":     {"", fault.Invalid, "ends too early"},
	} {
		var seen []string
		err := visit(New(strings.NewReader(c.text), "x"), 0, &seen)
		if err == nil || fault.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}

// many is a document larger than what may be held.
type many struct{ left int }

func (m *many) Read(p []byte) (int, error) {
	if m.left == 0 {
		return 0, io.EOF
	}
	const one = `{"skip":["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"],"b":7},` + "\n"
	n := 0
	for n+len(one) < len(p) && m.left > 0 {
		n += copy(p[n:], one)
		m.left--
	}
	return n, nil
}

func TestLongDocument(t *testing.T) {
	const n = 3 * MaxValue / 64
	w := New(io.MultiReader(strings.NewReader("["), &many{n}, strings.NewReader("0]")), "x")
	var seen []string
	if err := visit(w, 0, &seen); err != nil {
		t.Fatal(err)
	}
	if got := w.Place().Line; got != n+1 {
		t.Errorf("line %d, want %d", got, n+1)
	}
	if c := cap(w.in.ends); c > 1<<17 {
		t.Errorf("%d line ends are held", c)
	}
}

func FuzzWalk(f *testing.F) {
	for _, s := range []string{`{"a":[1,{"take":"x"}],"skip":{}}`, "[[[", `{"a":nul`, "\ufeff[]", `{"take":"\ud800"}`, "{\"a\"\n:\n1}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		w := New(strings.NewReader(s), "x")
		var seen []string
		err := visit(w, 0, &seen)
		var told *fault.Error
		if err != nil && !errors.As(err, &told) {
			t.Errorf("%q: an error without a place: %v", s, err)
		}
		if lines := int64(strings.Count(s, "\n")) + 1; w.Place().Line > lines {
			t.Errorf("%q: line %d of %d", s, w.Place().Line, lines)
		}
	})
}
