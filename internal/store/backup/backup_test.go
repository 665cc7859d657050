package backup_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/store/backup"
)

var form = backup.Table{Name: "letter", Columns: []backup.Column{{Name: "a", Kind: backup.Text}, {Name: "b", Kind: backup.Integer}, {Name: "c", Kind: backup.Bytes}, {Name: "d", Kind: backup.Boolean}, {Name: "e", Kind: backup.Real}}}

func rows() [][]any {
	return [][]any{
		{"x", int64(math.MinInt64), []byte{1}, true, 0.1},
		{"<&>\u2028\"\n", int64(1<<53 + 1), []byte{}, false, math.Inf(1)},
		{nil, nil, nil, nil, nil},
	}
}

func made(t testing.TB) ([]byte, backup.Summary) {
	t.Helper()
	var b bytes.Buffer
	w, err := backup.NewWriter(&b, backup.Head{At: "2026-11-22T00:00:00Z", Engine: "x", Nouns: []backup.Version{{Name: "letter", Version: 1}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Table(form); err != nil {
		t.Fatal(err)
	}
	for _, r := range rows() {
		for i, c := range form.Columns {
			v, ok := backup.Written(c.Kind, r[i])
			if !ok {
				t.Fatalf("%v is not of kind %s", r[i], c.Kind)
			}
			r[i] = v
		}
		if err := w.Row(r); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := w.End(); err != nil {
		t.Fatal(err)
	}
	s, err := w.Close()
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), s
}

func TestThereAndBack(t *testing.T) {
	p, want := made(t)
	r, err := backup.NewReader(bytes.NewReader(p))
	if err != nil {
		t.Fatal(err)
	}
	table, more, err := r.Table()
	if err != nil || !more {
		t.Fatal(more, err)
	}
	if d := cmp.Diff(form, table); d != "" {
		t.Error(d)
	}
	for _, w := range rows() {
		got, more, err := r.Row()
		if d := cmp.Diff(w, got); d != "" || !more || err != nil {
			t.Error(d, more, err)
		}
	}
	if _, more, err := r.Row(); more || err != nil {
		t.Error(more, err)
	}
	if _, more, err := r.Table(); more || err != nil || r.Summary() != want {
		t.Error(more, err, r.Summary(), want)
	}
}

func TestWrittenRefuses(t *testing.T) {
	for _, bad := range []struct {
		kind  backup.Kind
		value any
	}{{backup.Text, int64(1)}, {backup.Integer, "1"}, {backup.Boolean, int64(2)}, {backup.Text, "\xff"}, {backup.Text, "\x00"}, {backup.Real, math.NaN()}, {backup.Bytes, "x"}, {"", "x"}, {backup.Integer, 1.0}} {
		if v, ok := backup.Written(bad.kind, bad.value); ok {
			t.Errorf("%v as %s is %v", bad.value, bad.kind, v)
		}
	}
}

func packed(text []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(text)
	_ = z.Close()
	return b.Bytes()
}

func FuzzVerify(f *testing.F) {
	p, _ := made(f)
	z, err := gzip.NewReader(bytes.NewReader(p))
	if err != nil {
		f.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := backup.Verify(bytes.NewReader(packed(text)))
		if err != nil && (fault.KindOf(err) == fault.Internal || fault.Hint(err) == "") {
			t.Fatal(err)
		}
		if err == nil && s.Digest == "" {
			t.Fatal("whole without a digest")
		}
	})
}
