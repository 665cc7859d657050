package sealed

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"
)

var key = [KeySize]byte{1, 2, 3}

// write makes a file of frames.
func write(t testing.TB, path string, frames ...[]byte) []Frame {
	t.Helper()
	w, err := Create(path, &key, "test")
	if err != nil {
		t.Fatal(err)
	}
	var at []Frame
	for _, f := range frames {
		x, err := w.Append(f)
		if err != nil {
			t.Fatal(err)
		}
		at = append(at, x)
	}
	if err := errors.Join(w.Sync(), w.Close()); err != nil {
		t.Fatal(err)
	}
	return at
}

// read gives all frames up to an error, io.EOF at the end.
func read(path, purpose string, k *[KeySize]byte) (frames [][]byte, err error) {
	r, err := Open(path, k, purpose)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	for {
		f, err := r.Next()
		if err != nil {
			return frames, err
		}
		frames = append(frames, f)
	}
}

func TestFramesComeBack(t *testing.T) {
	dir, n := t.TempDir(), 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		path := filepath.Join(dir, fmt.Sprint(n))
		want := rapid.SliceOfN(rapid.SliceOf(rapid.Byte()), 0, 6).Draw(rt, "frames")
		at := write(t, path, want...)
		got, err := read(path, "test", &key)
		if err != io.EOF || len(got) != len(want) {
			rt.Fatalf("%d frames of %d, then %v", len(got), len(want), err)
		}
		r, err := Open(path, &key, "test")
		if err != nil {
			rt.Fatal(err)
		}
		defer r.Close()
		for i := range want {
			one, err := r.At([]byte("x"), at[i])
			if err != nil || !bytes.Equal(got[i], want[i]) || string(one) != "x"+string(want[i]) {
				rt.Fatalf("frame %d: %v", i, err)
			}
		}
	})
}

func TestEveryBitCounts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	want := [][]byte{[]byte("one"), {}, []byte("three")}
	write(t, path, want...)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 0x10
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := read(path, "test", &key)
		if err == io.EOF || !errors.Is(err, ErrChanged) && !errors.Is(err, ErrTorn) {
			t.Errorf("byte %d changed: %d frames, then %v", i, len(got), err)
		}
		for j := range got {
			if !bytes.Equal(got[j], want[j]) {
				t.Errorf("byte %d changed: frame %d is %q", i, j, got[j])
			}
		}
	}
	for n := range good { // cut off anywhere, it is the beginning of what was
		if err := os.WriteFile(path, good[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := read(path, "test", &key)
		if !errors.Is(err, ErrTorn) && err != io.EOF || len(got) == len(want) {
			t.Errorf("cut at byte %d: %d frames, then %v", n, len(got), err)
		}
	}
}

func TestFramesStayWhereTheyWere(t *testing.T) {
	dir := t.TempDir()
	path, other := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	at := write(t, path, []byte("aaaa"), []byte("bbbb"))
	write(t, other, []byte("aaaa"), []byte("bbbb"))
	a, _ := os.ReadFile(path)
	b, _ := os.ReadFile(other)
	if bytes.Equal(a[header:], b[header:]) {
		t.Error("two files of the same content are the same")
	}
	size := int(at[1].Offset - at[0].Offset)
	swapped := append(append(bytes.Clone(a[:header]), a[header+size:]...), a[header:header+size]...)
	spliced := append(bytes.Clone(a[:header+size]), b[header+size:]...)
	dropped := append(bytes.Clone(a[:header]), a[header+size:]...)
	for name, text := range map[string][]byte{"swapped": swapped, "spliced": spliced, "dropped": dropped} {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := read(path, "test", &key); !errors.Is(err, ErrChanged) {
			t.Errorf("%s: %q, then %v", name, got, err)
		}
	}
	if _, err := read(other, "other", &key); !errors.Is(err, ErrChanged) {
		t.Errorf("read for another purpose: %v", err)
	}
	if _, err := read(other, "test", &[KeySize]byte{9}); !errors.Is(err, ErrChanged) {
		t.Errorf("read with another key: %v", err)
	}
	if _, err := Create(other, &key, "test"); err == nil {
		t.Error("a file was written twice")
	}
}

func FuzzRead(f *testing.F) {
	path := filepath.Join(f.TempDir(), "seed")
	write(f, path, []byte("one"), []byte("two"))
	seed, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Add(seed[:header+3])
	f.Add([]byte(magic))
	huge := append(bytes.Clone(seed[:header]), 0x0f, 0xff, 0xff, 0xff, 1)
	f.Add(huge)
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "f")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		frames, err := read(path, "test", &key)
		for _, x := range frames {
			if s := string(x); s != "one" && s != "two" {
				t.Errorf("%q was never sealed", s)
			}
		}
		if err != io.EOF && !errors.Is(err, ErrTorn) && !errors.Is(err, ErrChanged) {
			t.Error(err)
		}
	})
}
