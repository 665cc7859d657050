package columns

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/flowtest"
	"github.com/noroshi-acd/noroshi/flow/scalar"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// The columns of a made-up text.
const (
	colTime Column = 1 + iota
	colFrom
	colTo
	colBytes
)

func plain() *Format {
	return NewFormat([Max][]string{colTime: {"Time", "when"}, colFrom: {"From"}, colTo: {"To"}, colBytes: {"Bytes"}}, colTime, colFrom, colTo)
}

// decoder reads the made-up text. Lines that begin with a mark are not rows.
type decoder struct{ passed int }

func (d *decoder) Line(w *Row, line []byte) Kind {
	switch {
	case line[0] == '!':
		d.passed++
		return Other
	case plain().Named(line[:min(4, len(line))]) == colTime:
		return Header
	case !w.Cut(line):
		return Short
	}
	return Record
}

func (d *decoder) Record(w *Row) (rec flow.Record) {
	t, ok := scalar.Instant(w.Val[colTime])
	if !ok {
		w.Flaw(colTime, "argus.value.time")
	}
	rec.First, rec.Last = t, t
	rec.Src, rec.Dst = w.Addr(colFrom, "argus.value.address"), w.Addr(colTo, "argus.value.address")
	rec.SrcBytes = w.Count(colBytes, "argus.value.count")
	rec.Proto = 2
	return rec
}

func open(in io.Reader, skips *fault.Skips, window int) *Reader {
	return NewReader(in, "a.txt", skips, Options{Window: window}, plain(), &decoder{}, Said{Read: "argus.read", Header: "argus.line.header"})
}

const head = "Time,From,x,To,Bytes,label\n"

func row(seconds, bytes int) string {
	return fmt.Sprintf("%d,10.0.0.1,secret,10.0.0.2,%d,a,b,\"c\"\n", seconds, bytes)
}

func shown(seconds, bytes int) string {
	return fmt.Sprintf("flow %ds+0s 10.0.0.1:0>10.0.0.2:0/2 %d/0 bytes 0/0 packets ? service 0", seconds, bytes)
}

func TestLayouts(t *testing.T) {
	want := []string{shown(5, 7), shown(9, 8)}
	for name, in := range map[string]string{
		"plain":                     head + row(5, 7) + row(9, 8),
		"out of order":              head + row(9, 8) + row(5, 7),
		"windows":                   strings.ReplaceAll(head+row(5, 7)+"\n"+row(9, 8), "\n", "\r\n"),
		"mark and hash":             "\xef\xbb\xbf#" + head + row(5, 7) + row(9, 8),
		"other case and name":       "WHEN,from,x,TO,bytes\n" + row(5, 7) + row(9, 8),
		"blanks and quotes":         head + strings.ReplaceAll(row(5, 7)+row(9, 8), "10.0.0.2", "\t \"10.0.0.2\" "),
		"tabs":                      strings.ReplaceAll(head+row(5, 7)+row(9, 8), ",", "\t"),
		"bars":                      strings.ReplaceAll(head+row(5, 7)+row(9, 8), ",", "|"),
		"semicolons":                strings.ReplaceAll(head+row(5, 7)+row(9, 8), ",", ";"),
		"a name twice":              "Time,From,x,To,Bytes,when\n" + row(5, 7) + row(9, 8),
		"a second header":           head + row(5, 7) + head + row(9, 8),
		"another order, other sign": head + row(5, 7) + "time;to;from;bytes\n9;10.0.0.2;10.0.0.1;8\n",
		"passed over":               head + "!a\n" + row(5, 7) + "!\n" + row(9, 8),
		"no newline at the end":     head + row(5, 7) + strings.TrimSuffix(row(9, 8), "\n"),
	} {
		t.Run(name, func(t *testing.T) {
			skips := &fault.Skips{}
			if diff := cmp.Diff(want, flowtest.Drain(t, open(strings.NewReader(in), skips, 0))); diff != "" || skips.Count != 0 {
				t.Errorf("skipped %v -want +got\n%s", skips.First, diff)
			}
			if strings.Contains(name, "header") || strings.Contains(name, "newline") {
				return
			}
			if begin, ok := plain().Recognise([]byte(in), start); !ok || begin != 5e9 {
				t.Errorf("recognised %v, begins at %d", ok, begin)
			}
		})
	}
}

func start(w *Row) (int64, bool) { return scalar.Instant(w.Val[colTime]) }

// TestEmptyAgain: a column that a second header does not have is empty, not what the
// last row under the first one held.
func TestEmptyAgain(t *testing.T) {
	got := flowtest.Drain(t, open(strings.NewReader(head+row(5, 7)+"Time,From,To\n9,10.0.0.1,10.0.0.2\n"), &fault.Skips{Strict: true}, 0))
	if diff := cmp.Diff([]string{shown(5, 7), shown(9, 0)}, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestBadLines(t *testing.T) {
	at := fmt.Sprintf("a.txt:3 (byte %d", len(head)+len(row(1, 1)))
	for _, tt := range []struct{ name, bad, want string }{
		{"cut", "2,10.0.0.1,x\n", at + "): the line has fewer than 5 columns"},
		{"zero byte", "2,\x00\n", at + "): the line holds a zero byte"},
		{"long", strings.Repeat("x", 2<<20) + "\n", at + "): the line is longer than 1,048,576 bytes"},
		{"first flaw", "x,y,z,w,v\n", at + ", field Time): the value is not a time"},
		{"address", "2,10.0.0.1,x,,1\n", at + ", field To): the value is not an IP address"},
		{"count", "2,10.0.0.1,x,10.0.0.2,1K\n", at + ", field Bytes): the value is not a whole number"},
		{"header", "Time,From\n", at + "): the header does not name"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in := head + row(1, 1) + tt.bad + row(3, 3)
			skips := &fault.Skips{}
			got := flowtest.Drain(t, open(strings.NewReader(in), skips, 0))
			if diff := cmp.Diff([]string{shown(1, 1), shown(3, 3)}, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			if skips.Count != 1 || !strings.Contains(skips.First[0].Error(), tt.want) {
				t.Fatalf("skipped %d %v, want %q", skips.Count, skips.First, tt.want)
			}
			if en, ja := fault.Hint(skips.First[0]), fault.HintIn(skips.First[0], "ja"); en == "" || en == ja {
				t.Errorf("hints %q and %q", en, ja)
			}
			strict := flowtest.Drain(t, open(strings.NewReader(in), &fault.Skips{Strict: true}, 0))
			if len(strict) != 2 || !strings.HasPrefix(strict[1], "error: ") {
				t.Errorf("strict: %q", strict)
			}
		})
	}
}

func TestEnds(t *testing.T) {
	for name, in := range map[string]string{"no header": row(1, 1) + row(2, 2), "needs more": "Time,From\n" + row(1, 1), "one column": "Time\n1\n"} {
		skips := &fault.Skips{}
		if got := flowtest.Drain(t, open(strings.NewReader(in), skips, 0)); len(got) != 0 || skips.Count != 1 {
			t.Errorf("%s: %q, skipped %v", name, got, skips.First)
		}
		if _, ok := plain().Recognise([]byte(in), start); ok {
			t.Errorf("%s: recognised", name)
		}
	}
	if _, ok := plain().Header([]byte(strings.TrimSpace(head) + strings.Repeat(",", maxHeader))); ok {
		t.Error("a header of too many columns is taken")
	}
	skips := &fault.Skips{}
	r := open(io.MultiReader(strings.NewReader(head+row(1, 1)+row(2, 2)[:7]), iotest.ErrReader(io.ErrUnexpectedEOF)), skips, 0)
	if got := flowtest.Drain(t, r); len(got) != 1 || skips.Count != 1 || !errors.Is(skips.First[0], io.ErrUnexpectedEOF) {
		t.Errorf("%q, skipped %v", got, skips.First)
	}
	r.Close()
	var b flow.Batch
	if err := r.Next(&b); err != io.EOF {
		t.Errorf("after Close: %v", err)
	}
}

// TestCut compares with a slow cut by strings.Split.
func TestCut(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		names := rapid.Permutation([]string{"Time", "From", "To", "Bytes", "a", "b", ""}).Draw(rt, "names")
		l, ok := plain().Header([]byte(strings.Join(names, "|")))
		if !ok {
			rt.Fatal("the header is not taken")
		}
		values := rapid.SliceOfN(rapid.SampledFrom([]string{"", "x", " y ", "\t\"z\"", "\"", "1 2", "ä,"}), 0, 9).Draw(rt, "values")
		w := Row{Layout: l}
		whole := w.Cut([]byte(strings.Join(values, "|")))
		if len(values) == 0 {
			values = []string{""}
		}
		last := 0
		for i, n := range names {
			if plain().Named([]byte(n)) != None {
				last = i
			}
		}
		if whole != (len(values) > last) {
			rt.Fatalf("%q under %q: whole is %v", values, names, whole)
		}
		for i := 0; whole && i <= last; i++ {
			want := strings.Trim(values[i], " \t")
			if len(want) >= 2 && want[0] == '"' && want[len(want)-1] == '"' {
				want = want[1 : len(want)-1]
			}
			if c := plain().Named([]byte(names[i])); c != None && string(w.Val[c]) != want {
				rt.Fatalf("%q under %q: %q, want %q", values, names, w.Val[c], want)
			}
		}
	})
}

// TestNoContent plants canaries in columns that the format does not name.
func TestNoContent(t *testing.T) {
	flowtest.CheckNoContent(t, func(rt *rapid.T, p *flowtest.Plants) []byte {
		in := head
		for i := range rapid.IntRange(1, 4).Draw(rt, "rows") {
			in += fmt.Sprintf("%d,10.0.0.1,%s,10.0.0.2,7,%s,%s\n", i, p.Content("unknown column"), p.Content("label"), p.Content("behind all columns"))
		}
		return []byte(in)
	}, func(in []byte) (flowtest.Reader, error) {
		return open(strings.NewReader(string(in)), &fault.Skips{Strict: true}, 0), nil
	})
}

func FuzzReader(f *testing.F) {
	f.Add(head + row(5, 7) + row(3, 1))
	f.Add("when|to|from\n1|::1|::2\nTime;From;To;Bytes\n2;1.1.1.1;1.1.1.2;\"3\"\n!\n")
	f.Fuzz(func(t *testing.T, in string) {
		plain().Recognise([]byte(in), start)
		skips := &fault.Skips{}
		got := flowtest.Drain(t, open(strings.NewReader(in), skips, 4))
		if len(got) > strings.Count(in, "\n")+1 {
			t.Fatalf("%d records of %q", len(got), in)
		}
		for _, err := range skips.First {
			if strings.ContainsAny(err.Error(), "\x00\n\x1b") {
				t.Fatalf("%q", err)
			}
		}
	})
}
