package deliver_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/share/deliver"
)

func TestCheck(t *testing.T) {
	dir := t.TempDir()
	in, other := filepath.Join(dir, "in"), filepath.Join(dir, "other")
	for _, p := range []string{in, other} {
		if err := os.WriteFile(p, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(in, link); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name  string
		paths []string
		ok    bool
	}{
		{"nothing", []string{"", ""}, true}, {"new", []string{filepath.Join(dir, "new")}, true}, {"another file", []string{other}, true},
		{"the input", []string{"", in}, false}, {"a link to it", []string{link}, false}, {"a folder", []string{dir}, false},
		{"one twice", []string{other, "", filepath.Join(dir, ".", "other")}, false}, {"a device twice", []string{"/dev/null", "/dev/null"}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := deliver.Check([]string{in, "-"}, tt.paths...)
			if (err == nil) != tt.ok || err != nil && (fault.KindOf(err) != fault.Invalid || fault.Hint(err) == "") {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestFileIsWholeOrNotAtAll: a failure leaves what was there, and nothing else.
func TestFileIsWholeOrNotAtAll(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out")
	say := func(text string, err error) func(io.Writer) error {
		return func(w io.Writer) error {
			_, e := io.WriteString(w, text)
			return errors.Join(e, err)
		}
	}
	if err := deliver.File(path, say("one", nil)); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	if err := deliver.File(path, say("two", broken)); !errors.Is(err, broken) || fault.Hint(err) == "" {
		t.Errorf("got %v", err)
	}
	text, err := os.ReadFile(path)
	if err != nil || string(text) != "one" {
		t.Errorf("the file holds %q (%v)", text, err)
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
	if mode := must(os.Stat(path)).Mode().Perm(); mode != 0o600 {
		t.Errorf("others can read the file: %v", mode)
	}
	if err := deliver.File(filepath.Join(path, "below"), say("x", nil)); err == nil {
		t.Error("a file below a file was written")
	}
	if err := deliver.File("/dev/null", say("x", nil)); err != nil {
		t.Errorf("a device cannot be written: %v", err)
	}
}

func must(i os.FileInfo, err error) os.FileInfo {
	if err != nil {
		panic(err)
	}
	return i
}
