package lines_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/flow/lines"
)

// read gives each line as "number@offset text", and how the input ended.
func read(in io.Reader, size int) (got []string, end error) {
	l := lines.New(in, size)
	for {
		line, err := l.Next()
		switch {
		case err == lines.ErrLong:
			line = []byte("(long)")
		case err != nil:
			return got, err
		}
		got = append(got, fmt.Sprintf("%d@%d %s", l.Number(), l.At(), line))
	}
}

// TestAgainstSplit compares with cutting the whole text at once.
func TestAgainstSplit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.RuneFrom([]rune("ab\r\n\n")), 0, 200, -1).Draw(t, "text")
		var want []string
		at := 0
		for i, line := range strings.SplitAfter(text, "\n") {
			if line == "" {
				break
			}
			want = append(want, fmt.Sprintf("%d@%d %s", i+1, at, strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")))
			at += len(line)
		}
		got, err := read(iotest.OneByteReader(strings.NewReader(text)), rapid.IntRange(0, 30).Draw(t, "size"))
		if diff := cmp.Diff(want, got); diff != "" || err != io.EOF {
			t.Fatalf("%v -want +got\n%s", err, diff)
		}
	})
}

func TestLong(t *testing.T) {
	long := strings.Repeat("x", 2*lines.MaxLine)
	got, err := read(strings.NewReader("a\n"+long+"\nb\n"+long), 16)
	want := []string{"1@0 a", "2@2 (long)", fmt.Sprintf("3@%d b", 3+len(long)), fmt.Sprintf("4@%d (long)", 5+len(long))}
	if diff := cmp.Diff(want, got); diff != "" || err != io.EOF {
		t.Errorf("%v -want +got\n%s", err, diff)
	}
	exact := bytes.Repeat([]byte("y"), lines.MaxLine)
	if got, err := read(bytes.NewReader(append(exact, "\nz"...)), 16); len(got) != 2 || len(got[0]) != lines.MaxLine+4 || err != io.EOF {
		t.Errorf("a line of MaxLine bytes: %d lines, %v", len(got), err)
	}
}

func TestBreakOff(t *testing.T) {
	broken := errors.New("broken")
	got, err := read(io.MultiReader(strings.NewReader("a\nb"), iotest.ErrReader(broken)), 16)
	if diff := cmp.Diff([]string{"1@0 a"}, got); diff != "" || err != broken {
		t.Errorf("%v -want +got\n%s", err, diff)
	}
	if _, err := read(stuck{}, 16); err != io.ErrNoProgress {
		t.Errorf("a reader that gives nothing: %v", err)
	}
}

type stuck struct{}

func (stuck) Read([]byte) (int, error) { return 0, nil }

// FuzzNext cuts any text in pieces of any size: what comes out is the text.
func FuzzNext(f *testing.F) {
	f.Add([]byte("a\nb\r\n\n\rc"), uint8(1))
	f.Add([]byte("\n\n"), uint8(0))
	f.Fuzz(func(t *testing.T, text []byte, size uint8) {
		l := lines.New(iotest.HalfReader(bytes.NewReader(text)), int(size))
		for at := int64(0); ; {
			line, err := l.Next()
			if err != nil {
				if err != io.EOF || l.Rest() != int64(len(text)) || at != l.Rest() {
					t.Fatalf("%v at %d of %d", err, at, len(text))
				}
				return
			}
			if l.At() != at || !bytes.HasPrefix(text[at:], line) || bytes.IndexByte(line, '\n') >= 0 {
				t.Fatalf("%q at %d, want it at %d", line, l.At(), at)
			}
			at += int64(len(line))
			at += int64(len(text[at:]) - len(bytes.TrimPrefix(bytes.TrimPrefix(text[at:], []byte("\r")), []byte("\n"))))
		}
	})
}
