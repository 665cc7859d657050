package ring_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/collection/spool/ring"
)

const magic = "noroshi spool keys/1\n"

func parent(b byte) []byte { return bytes.Repeat([]byte{b}, ring.Size) }

// TestOnlyItsParentOpensARing: another parent, none, and each changed byte are refused; a
// killed key is in no later file.
func TestOnlyItsParentOpensARing(t *testing.T) {
	dir := t.TempDir()
	r, err := ring.Open(dir, parent(1))
	if err != nil {
		t.Fatal(err)
	}
	one, two := paper.DigestOf([]byte("one")), paper.DigestOf([]byte("two"))
	for _, w := range []paper.Digest{one, two} {
		if _, err := r.Of(w); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, ring.Name)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := ring.Open(dir, parent(1)); err != nil || cmp.Diff(r.Keys, again.Keys) != "" {
		t.Fatalf("read again: %v\n%s", err, cmp.Diff(r.Keys, again.Keys))
	}
	if _, err := ring.Open(dir, parent(2)); err == nil {
		t.Error("another parent opens it")
	}
	if _, err := ring.Open(dir, nil); err == nil {
		t.Error("no parent opens it")
	}
	for i := range text {
		other := bytes.Clone(text)
		other[i] ^= 1
		if err := os.WriteFile(path, other, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ring.Open(dir, parent(1)); err == nil {
			t.Fatalf("byte %d can be changed", i)
		}
	}
	if err := r.Kill(one); err != nil {
		t.Fatal(err)
	}
	again, err := ring.Open(dir, parent(1))
	if err != nil || len(again.Keys) != 1 || again.Keys[0].Warrant != two {
		t.Errorf("after the death of one key: %+v %v", again, err)
	}
}

// FuzzOpen reads files of keys that were wrapped rightly and hold anything, and files of
// anything: what opens has whole keys, and reads the same after another parent wrapped it.
func FuzzOpen(f *testing.F) {
	f.Add([]byte(`[{"id":[1,2,3,4,5,6,7,8],"secret":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","warrant":"`+string(paper.DigestOf(nil))+`"}]`), true)
	f.Add([]byte(`[{"secret":"AAAA"}]`), true)
	f.Add([]byte("null"), true)
	f.Add([]byte(magic), false)
	f.Add([]byte{}, false)
	f.Fuzz(func(t *testing.T, text []byte, wrapped bool) {
		dir := t.TempDir()
		if wrapped {
			salt := parent(9)
			aead, err := ring.Sealer(parent(1), salt, magic)
			if err != nil {
				t.Fatal(err)
			}
			text = aead.Seal(append([]byte(magic), salt...), make([]byte, aead.NonceSize()), text, nil)
		}
		if err := os.WriteFile(filepath.Join(dir, ring.Name), text, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := ring.Open(dir, parent(1))
		if err != nil {
			return
		}
		for _, k := range r.Keys {
			if len(k.Secret) != ring.Size || k.Warrant.Check() != nil {
				t.Fatalf("a key that is not whole: %+v", k.ID)
			}
		}
		if did, err := r.Rewrap(parent(2)); !did || err != nil {
			t.Fatal(did, err)
		}
		again, err := ring.Open(dir, parent(2))
		if err != nil || len(again.Keys) != len(r.Keys) || len(r.Keys) > 0 && cmp.Diff(r.Keys, again.Keys) != "" {
			t.Fatalf("wrapped anew it is another ring: %v", err)
		}
	})
}
