package archive

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

func tarred(names ...string) []byte {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, n := range names {
		_ = w.WriteHeader(&tar.Header{Name: n, Mode: 0o644, Size: int64(len(n)), Typeflag: tar.TypeReg})
		_, _ = w.Write([]byte(n))
	}
	_ = w.Close()
	return b.Bytes()
}

func zipped(t testing.TB, names ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, n := range names {
		w, err := z.Create(n)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(n)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func packed(data []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(data)
	_ = z.Close()
	return b.Bytes()
}

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	folder := filepath.Join(dir, "folder")
	if err := os.MkdirAll(filepath.Join(folder, "root"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "root", "000001.json"), []byte("root/000001.json"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"a.zip": zipped(t, "root/000001.json"), "b": zipped(t, "day/root/000001.json", "day/checkpoint"),
		"c.tar": tarred("./root/000001.json"), "d.tgz": packed(tarred("day/root/000001.json", "day/checkpoint")), "folder": nil,
	} {
		path := filepath.Join(dir, name)
		if data != nil {
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		fsys, closer, err := Open(path)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if text, err := fs.ReadFile(fsys, "root/000001.json"); err != nil || !strings.HasSuffix(string(text), "root/000001.json") {
			t.Errorf("%s: %q, %v", name, text, err)
		}
		if err := closer.Close(); err != nil {
			t.Error(err)
		}
	}
	for name, data := range map[string][]byte{
		"empty": {}, "text": []byte("hello"), "twice.tar": tarred("a", "a"), "outside.tar": tarred("../a"), "absolute.tar": tarred("/a"), "nothing.tar": tarred(),
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, err := Open(path); err == nil {
			t.Errorf("%s was opened", name)
		}
	}
	if _, _, err := Open(filepath.Join(dir, "nowhere")); err == nil {
		t.Error("a file that is not there was opened")
	}
}

func TestTarIsBounded(t *testing.T) {
	if _, err := Tar(bytes.NewReader(tarred("a/b", "a/c")), 140); err != nil {
		t.Error(err)
	}
	if _, err := Tar(bytes.NewReader(tarred("a/b", "a/c")), 139); err == nil {
		t.Error("a tar larger than its limit was read")
	}
}

// TestMemory holds files in memory to the contract of file systems.
func TestMemory(t *testing.T) {
	m := NewMemory(map[string][]byte{"a": []byte("1"), "b/c": []byte("22"), "b/d/e": {}})
	if err := fstest.TestFS(m, "a", "b/c", "b/d/e"); err != nil {
		t.Error(err)
	}
	c := m.Clone()
	c.Set("a", []byte("changed"))
	c.Set("new/file", []byte("3"))
	c.Remove("b/c")
	if err := fstest.TestFS(c, "a", "b/d/e", "new/file"); err != nil {
		t.Error(err)
	}
	if err := fstest.TestFS(m, "a", "b/c", "b/d/e"); err != nil || string(m.Get("a")) != "1" {
		t.Error("the original changed with its copy:", err)
	}
}

// FuzzTar: no archive makes the reader panic or keep more than it may.
func FuzzTar(f *testing.F) {
	f.Add(tarred("a/b", "c"))
	f.Add(packed(tarred("a")))
	f.Fuzz(func(t *testing.T, data []byte) {
		fsys, err := Tar(bytes.NewReader(data), 1<<16)
		if err != nil {
			return
		}
		total := 0
		if err := fs.WalkDir(fsys, ".", func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			text, err := fs.ReadFile(fsys, path)
			total += len(text)
			return err
		}); err != nil || total > 1<<16 {
			t.Errorf("%d bytes, %v", total, err)
		}
	})
}

// TestJapanese: why an export cannot be opened is said without English in Japanese.
func TestJapanese(t *testing.T) {
	dir := t.TempDir()
	for name, data := range map[string]string{"empty": "", "text": "this is no archive at all", "gzip": "\x1f\x8b\x08 broken", "zip": "PK\x03\x04 broken", "tar": strings.Repeat("x", 2048)} {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
		_, _, err := Open(file)
		if err == nil {
			t.Fatalf("%s was opened", name)
		}
		text := strings.ReplaceAll(fault.Text(err, i18n.JA)+fault.HintIn(err, i18n.JA), file, "")
		text = strings.ReplaceAll(text, "noroshi ledger export", "") // a command
		if english := regexp.MustCompile(`[A-Za-z]+ [A-Za-z]+`).FindString(text); english != "" {
			t.Errorf("%s: %q in %s", name, english, text)
		}
	}
	_, _, err := Open(filepath.Join(dir, "nowhere"))
	if text := fault.Text(err, i18n.JA); strings.Contains(text, "no such") {
		t.Error(text)
	}
}
