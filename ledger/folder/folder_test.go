package folder

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// TestHistory: notes come back in their order; what a stop cut off is left out and
// mended, and a published checkpoint that the stop kept out comes in.
func TestHistory(t *testing.T) {
	path := filepath.Join(t.TempDir(), HistoryName)
	read := func() (all [][]byte) {
		t.Helper()
		if _, err := ReadHistory(path, func(text []byte) error {
			all = append(all, bytes.Clone(text))
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return all
	}
	if len(read()) != 0 {
		t.Error("a history that is not there")
	}
	for _, text := range []string{"one\n", "two\n", "three\n"} {
		if err := AppendHistory(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for cut := range len("three\n") + historyHead {
		if err := os.WriteFile(path, whole[:len(whole)-cut], 0o600); err != nil {
			t.Fatal(err)
		}
		want := 3
		if cut > 0 {
			want = 2
		}
		if all := read(); len(all) != want || string(all[1]) != "two\n" {
			t.Fatalf("cut by %d: %q", cut, all)
		}
		if err := MendHistory(path, []byte("three\n")); err != nil {
			t.Fatal(err)
		}
		if all := read(); len(all) != 3 || string(all[2]) != "three\n" {
			t.Fatalf("cut by %d and mended: %q", cut, all)
		}
	}
	spoiled := bytes.Clone(whole)
	spoiled[historyHead] ^= 1
	if err := os.WriteFile(path, spoiled, 0o600); err != nil {
		t.Fatal(err)
	}
	if all := read(); len(all) != 0 {
		t.Errorf("a spoiled record was read: %q", all)
	}
	end := errors.New("end")
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadHistory(path, func([]byte) error { return end }); !errors.Is(err, end) {
		t.Errorf("got %v", err)
	}
}

func TestPack(t *testing.T) {
	key := [proof.KeySize]byte{7}
	k, entry, content, err := Unpack(Pack(key, []byte("entry"), []byte("content")))
	if err != nil || k != key || string(entry) != "entry" || string(content) != "content" {
		t.Errorf("%x, %q, %q, %v", k, entry, content, err)
	}
	plain := Pack(key, []byte("entry"), nil)
	for n := range len(plain) {
		if _, _, _, err := Unpack(plain[:n]); err == nil {
			t.Errorf("%d of %d bytes were taken", n, len(plain))
		}
	}
}

// FuzzFolder: no folder, however made, panics when it is read, and no checkpoint in it
// counts that the log did not sign.
func FuzzFolder(f *testing.F) {
	public, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		f.Fatal(err)
	}
	vkey, err := proof.LogKey("ledger.example/acts", public)
	if err != nil {
		f.Fatal(err)
	}
	_, wkey, err := proof.NewCosigner("witness.example", public)
	if err != nil {
		f.Fatal(err)
	}
	q, err := proof.NewQuorum([]string{wkey}, 1)
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(`{"format":1}`), []byte("a\n1\nb\n"), HistoryRecord([]byte("note")), []byte{0, 1, 2})
	f.Add([]byte(`{`), []byte{}, []byte{255, 255, 255, 255, 0, 0, 0, 0}, []byte{})
	f.Fuzz(func(t *testing.T, about, checkpoint, history, bundle []byte) {
		dir := t.TempDir()
		for name, data := range map[string][]byte{AboutName: about, CheckpointName: checkpoint, HistoryName: history} {
			if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if r, err := Open(dir, "", vkey, q); err == nil {
			t.Errorf("%q opened: %+v", checkpoint, r.Signed())
		}
		if good, err := ReadHistory(filepath.Join(dir, HistoryName), func([]byte) error { return nil }); err != nil || good > int64(len(history)) {
			t.Errorf("%d bytes of %d are good, %v", good, len(history), err)
		}
		if leaves, err := ReadBundle(func(string) ([]byte, error) { return bundle, nil }, 0, 2); err == nil && len(leaves) != 2 {
			t.Errorf("%d leaves", len(leaves))
		}
		_, _, _, _ = Unpack(bundle)
	})
}
