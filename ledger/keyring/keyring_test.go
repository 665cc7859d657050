package keyring

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const origin = "ledger.example/acts"

func create(t testing.TB) (*Ring, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "keys")
	if err := Create(dir, origin, 1000); err != nil {
		t.Fatal(err)
	}
	return open(t, dir), dir
}

func open(t testing.TB, dir string) *Ring {
	t.Helper()
	r, err := Open(dir, origin, 1000, true)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// kept is a sealed payload.
type kept struct {
	group Group
	slot  uint32
	bound []byte
	body  []byte
	clear []byte
}

func seal(t testing.TB, r *Ring, g Group, n int) kept {
	t.Helper()
	k := kept{group: g, bound: fmt.Appendf(nil, "leaf %d", n), clear: fmt.Appendf(nil, "payload %d", n)}
	var err error
	if k.slot, k.body, err = r.Seal(g, k.bound, k.clear); err != nil {
		t.Fatal(err)
	}
	return k
}

// TestInvariant07_WhatIsDisposedOfStaysDead: over random sealings, disposals and
// restarts, exactly the payloads of groups that live can be read; and no copy of the
// folder's file of keys from before a disposal, put back or tried on its own, brings one
// of them back.
func TestInvariant07_WhatIsDisposedOfStaysDead(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(t.TempDir(), "ring")
		if err != nil {
			rt.Fatal(err)
		}
		dir = filepath.Join(dir, "keys")
		if err := Create(dir, origin, 1000); err != nil {
			rt.Fatal(err)
		}
		r := open(t, dir)
		var all []kept
		deadGroups := map[string]bool{}
		backups := map[string][]byte{} // of files of keys, without root keys
		for step := range rapid.IntRange(1, 25).Draw(rt, "steps") {
			g := Group{Warrant: rapid.SampledFrom([]string{"a", "b"}).Draw(rt, "warrant"), Day: rapid.SampledFrom([]string{"1", "2"}).Draw(rt, "day"), Class: rapid.SampledFrom([]string{"x", "y"}).Draw(rt, "class")}
			switch rapid.SampledFrom([]string{"seal", "seal", "seal", "dispose", "restart"}).Draw(rt, "act") {
			case "seal":
				if deadGroups[g.Warrant+g.Day] {
					if _, _, err := r.Seal(g, nil, nil); !errors.Is(err, ErrDisposed) {
						rt.Fatalf("a dead group took a payload: %v", err)
					}
					break
				}
				all = append(all, seal(t, r, g, step))
			case "dispose":
				files, _ := filepath.Glob(filepath.Join(dir, "keys.*"))
				for _, f := range files {
					if backups[f], err = os.ReadFile(f); err != nil {
						rt.Fatal(err)
					}
				}
				if err := r.Dispose(g.Warrant, g.Day); err != nil {
					rt.Fatal(err)
				}
				deadGroups[g.Warrant+g.Day] = true
			case "restart":
				r = open(t, dir)
			}
			for _, k := range all {
				got, err := r.Open(k.slot, k.bound, k.body)
				switch dead := deadGroups[k.group.Warrant+k.group.Day]; {
				case dead && !errors.Is(err, ErrDisposed):
					rt.Fatalf("%+v is dead and gives %q, %v", k.group, got, err)
				case !dead && (err != nil || !bytes.Equal(got, k.clear)):
					rt.Fatalf("%+v lives and gives %q, %v", k.group, got, err)
				}
			}
		}
		for path, data := range backups {
			if now, err := os.ReadFile(path); err == nil && bytes.Equal(now, data) {
				continue
			}
			if err := os.WriteFile(path, data, 0o600); err != nil {
				rt.Fatal(err)
			}
		}
		again, err := Open(dir, origin, 1000, false)
		if err != nil {
			return // nothing opens at all
		}
		for _, k := range all {
			if _, err := again.Open(k.slot, k.bound, k.body); err == nil && deadGroups[k.group.Warrant+k.group.Day] {
				rt.Fatalf("%+v is readable from a copy of the keys", k.group)
			}
		}
	})
}

// TestOneRootKey: after a disposal the folder holds one root key, another than before.
func TestOneRootKey(t *testing.T) {
	r, dir := create(t)
	k := seal(t, r, Group{Warrant: "a", Day: "1", Class: "x"}, 1)
	other := seal(t, r, Group{Warrant: "b", Day: "1", Class: "x"}, 2)
	before, err := os.ReadFile(filepath.Join(dir, "root.1"))
	if err != nil {
		t.Fatal(err)
	}
	keys := r.Keys("a", "1")
	if len(keys) != 1 || keys[0].Slot != k.slot || !strings.HasPrefix(string(keys[0].Name), "sha256:") {
		t.Errorf("keys %+v", keys)
	}
	if err := r.Dispose("a", "1"); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 2 {
		t.Fatalf("%v, %v", files, err)
	}
	after, err := os.ReadFile(filepath.Join(dir, "root.2"))
	if err != nil || bytes.Equal(before, after) {
		t.Errorf("the root key is the old one (%v)", err)
	}
	if _, err := r.Open(other.slot, other.bound, other.body); err != nil {
		t.Errorf("another group died too: %v", err)
	}
}

// TestStopInBetween: a disposal that stopped at any point between its writes leaves the
// state before or after it, never a folder that does not open.
func TestStopInBetween(t *testing.T) {
	r, dir := create(t)
	k := seal(t, r, Group{Warrant: "a", Day: "1", Class: "x"}, 1)
	old := map[string][]byte{}
	for _, name := range []string{"keys.1", "root.1"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		old[name] = data
	}
	if err := r.Dispose("a", "1"); err != nil {
		t.Fatal(err)
	}
	fresh := map[string][]byte{}
	for _, name := range []string{"keys.2", "root.2"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		fresh[name] = data
	}
	for name, c := range map[string]struct {
		files map[string][]byte
		dead  bool
	}{
		"only the new keys":       {map[string][]byte{"keys.1": old["keys.1"], "root.1": old["root.1"], "keys.2": fresh["keys.2"]}, false},
		"a torn new root key":     {map[string][]byte{"keys.1": old["keys.1"], "root.1": old["root.1"], "keys.2": fresh["keys.2"], "root.2": fresh["root.2"][:7]}, false},
		"both":                    {map[string][]byte{"keys.1": old["keys.1"], "root.1": old["root.1"], "keys.2": fresh["keys.2"], "root.2": fresh["root.2"]}, true},
		"the old half wiped":      {map[string][]byte{"keys.1": old["keys.1"], "root.1": make([]byte, 32), "keys.2": fresh["keys.2"], "root.2": fresh["root.2"]}, true},
		"the old root key gone":   {map[string][]byte{"keys.1": old["keys.1"], "keys.2": fresh["keys.2"], "root.2": fresh["root.2"]}, true},
		"a leftover of a rewrite": {map[string][]byte{"keys.2": fresh["keys.2"], "root.2": fresh["root.2"], "keys.2.new": {1, 2}}, true},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for name, data := range c.files {
				if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			r, err := Open(dir, origin, 1000, true)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := r.Open(k.slot, k.bound, k.body); errors.Is(err, ErrDisposed) != c.dead {
				t.Errorf("dead should be %v: %v", c.dead, err)
			}
			if _, err := os.Stat(filepath.Join(dir, "root.1")); c.dead && err == nil {
				t.Error("the old root key is still there")
			}
		})
	}
}

func TestWrong(t *testing.T) {
	r, dir := create(t)
	k := seal(t, r, Group{Warrant: "a", Day: "1", Class: "x"}, 1)
	if _, err := Open(dir, "ledger.example/other", 1000, true); !errors.Is(err, ErrWrong) {
		t.Errorf("the keys of another ledger: %v", err)
	}
	if _, err := Open(t.TempDir(), origin, 1000, true); !errors.Is(err, ErrNone) {
		t.Errorf("no keys: %v", err)
	}
	if err := Create(dir, origin, 1000); err == nil {
		t.Error("keys were made over others")
	}
	for name, open := range map[string]func() ([]byte, error){
		"another leaf": func() ([]byte, error) { return r.Open(k.slot, []byte("leaf 2"), k.body) },
		"a flipped bit": func() ([]byte, error) {
			return r.Open(k.slot, k.bound, append(bytes.Clone(k.body[:len(k.body)-1]), k.body[len(k.body)-1]^1))
		},
		"cut":             func() ([]byte, error) { return r.Open(k.slot, k.bound, k.body[:20]) },
		"an unknown slot": func() ([]byte, error) { return r.Open(5, k.bound, k.body) },
		"a slot to come":  func() ([]byte, error) { return r.Open(2000, k.bound, k.body) },
	} {
		if got, err := open(); err == nil || errors.Is(err, ErrDisposed) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	reading, err := Open(dir, origin, 1000, false)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := reading.Seal(Group{Warrant: "n", Day: "1"}, nil, nil); err == nil {
		t.Error("a ring open for reading sealed")
	}
	for _, name := range []string{"keys.1", "root.1"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		bad := bytes.Clone(data)
		bad[len(bad)/2] ^= 1
		if err := os.WriteFile(filepath.Join(dir, name), bad, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(dir, origin, 1000, true); !errors.Is(err, ErrWrong) || !strings.Contains(err.Error(), name[:4]) && !strings.Contains(err.Error(), "keys") {
			t.Errorf("%s damaged: %v", name, err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	open(t, dir)
}

// FuzzOpen: no folder of keys and no sealed payload, however made, panics or opens.
func FuzzOpen(f *testing.F) {
	f.Add([]byte{}, []byte{}, []byte{})
	f.Add(make([]byte, 32), make([]byte, 40), make([]byte, 100))
	f.Add(make([]byte, 31), []byte("{}"), make([]byte, 76))
	ring, _ := create(f)
	real := seal(f, ring, Group{Warrant: "a", Day: "1", Class: "x"}, 1)
	f.Add(make([]byte, 32), make([]byte, 12), real.body[1:])
	f.Fuzz(func(t *testing.T, root, keys, sealed []byte) {
		if !bytes.Equal(sealed, real.body) {
			if got, err := ring.Open(real.slot, real.bound, sealed); err == nil {
				t.Errorf("%x opened to %q", sealed, got)
			}
		}
		dir := t.TempDir()
		for name, data := range map[string][]byte{"root.1": root, "keys.1": keys} {
			if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := Open(dir, origin, 1000, true); !errors.Is(err, ErrWrong) {
			t.Errorf("root %x, keys %x: %v", root, keys, err)
		}
	})
}

func BenchmarkSeal(b *testing.B) {
	r, _ := create(b)
	payload := make([]byte, 900)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := r.Seal(Group{Class: "act", Day: "2026-01"}, payload[:32], payload); err != nil {
			b.Fatal(err)
		}
	}
}
