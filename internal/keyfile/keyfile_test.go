package keyfile

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/noroshi-acd/noroshi/internal/fault"
)

var yamada = Labels{Person: "person/yamada", Body: "commission", Roles: []string{"member", "top"}}

func newKey(t *testing.T) *Private {
	t.Helper()
	p, err := New(yamada, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestRoundTrip: what was saved is read back, plain and locked, and signs alike.
func TestRoundTrip(t *testing.T) {
	for _, passphrase := range []string{"", "correct horse"} {
		p, path := newKey(t), filepath.Join(t.TempDir(), "yamada")
		if err := p.save(path, []byte(passphrase)[:len(passphrase):len(passphrase)], 10); passphrase != "" && err != nil {
			t.Fatal(err)
		} else if passphrase == "" {
			if err == nil || !strings.Contains(err.Error(), "8 characters") {
				t.Fatalf("an empty passphrase: %v", err)
			}
			if err := p.save(path, nil, 10); err != nil {
				t.Fatal(err)
			}
		}
		info, err := os.Stat(path + KeyEnding)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("mode %v %v", info.Mode(), err)
		}
		asked := 0
		got, err := Load(path+KeyEnding, func(string) ([]byte, error) { asked++; return []byte(passphrase), nil })
		if err != nil {
			t.Fatal(err)
		}
		if (asked == 1) != (passphrase != "") || !got.Key().Equal(p.Key()) {
			t.Errorf("asked %d times, the same key: %v", asked, got.Key().Equal(p.Key()))
		}
		for _, name := range []string{path + PublicEnding, path + KeyEnding} {
			public, err := LoadPublic(name)
			if diff := cmp.Diff(p.Public, public); err != nil || diff != "" {
				t.Errorf("%s: %v -want +got\n%s", name, err, diff)
			}
		}
		if locked, err := Locked(path + KeyEnding); err != nil || locked != (passphrase != "") {
			t.Errorf("locked %v %v", locked, err)
		}
		raw, _ := os.ReadFile(path + KeyEnding)
		if passphrase != "" && bytes.Contains(raw, p.seed) {
			t.Error("the seed lies in the clear")
		}
		if err := newKey(t).save(path, nil, 10); fault.KindOf(err) != fault.Permission {
			t.Errorf("a key was replaced: %v", err)
		}
		if after, _ := os.ReadFile(path + KeyEnding); !bytes.Equal(raw, after) {
			t.Error("the file has changed")
		}
	}
}

// TestRefused: what is wrong with a file is said, each in its own words.
func TestRefused(t *testing.T) {
	p, dir := newKey(t), t.TempDir()
	path := filepath.Join(dir, "a")
	if err := p.save(path, []byte("correct horse"), 10); err != nil {
		t.Fatal(err)
	}
	pub, _ := os.ReadFile(path + PublicEnding)
	key, _ := os.ReadFile(path + KeyEnding)
	load := func(name string, text []byte, mode os.FileMode) error {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, text, mode); err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, KeyEnding) {
			_, err := Load(file, func(string) ([]byte, error) { return []byte("another one"), nil })
			return err
		}
		_, err := LoadPublic(file)
		return err
	}
	swap := func(text []byte, from, to string) []byte {
		out := bytes.Replace(text, []byte(from), []byte(to), 1)
		if bytes.Equal(out, text) {
			t.Fatalf("%q is not there", from)
		}
		return out
	}
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"another's labels":   {load("1.pub", swap(pub, "person/yamada", "person/tanaka"), 0o600), "labels are not those"},
		"another body":       {load("2.pub", swap(pub, "Body: commission", "Body: police"), 0o600), "labels are not those"},
		"one role more":      {load("3.pub", swap(pub, "member,top", "liveness,member,top"), 0o600), "labels are not those"},
		"wrong passphrase":   {load("4.key", key, 0o600), "does not open"},
		"others can read":    {load("5.key", key, 0o640), "others can read"},
		"the private one":    {load("6.pub", key, 0o600), "is NOROSHI ED25519 PRIVATE KEY"},
		"nothing":            {load("7.pub", nil, 0o600), "no key file"},
		"more behind":        {load("8.pub", append(bytes.Clone(pub), pub...), 0o600), "no key file"},
		"more before":        {load("9.pub", append([]byte("x\n"), pub...), 0o600), "no key file"},
		"too large":          {load("10.pub", bytes.Repeat([]byte("x"), maxFile+1), 0o600), "no key file"},
		"another form":       {load("11.pub", swap(pub, "noroshi-key/1", "noroshi-key/2"), 0o600), "no key file"},
		"cut":                {load("12.pub", pub[:len(pub)-40], 0o600), "no key file"},
		"no such file":       {func() error { _, err := LoadPublic(filepath.Join(dir, "none.pub")); return err }(), "cannot be read"},
		"labels of a person": {func() error { _, err := New(Labels{Person: "Yamada Tarō", Body: "b"}, rand.Reader); return err }(), "cannot be a label"},
	} {
		var f *fault.Error
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) || !errors.As(c.err, &f) || f.JA.Msg == "" {
			t.Errorf("%s: %v, want %q in both languages", name, c.err, c.want)
		}
	}
}

// TestPlainSwap: a private key in another's labels is refused.
func TestPlainSwap(t *testing.T) {
	a, b := newKey(t), newKey(t)
	path := filepath.Join(t.TempDir(), "x")
	forged := &Private{Public: b.Public, seed: a.seed}
	forged.Public.Key = a.Key().Public().(ed25519.PublicKey)
	if err := forged.save(path, nil, 10); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(path+KeyEnding, nil); err != nil {
		t.Errorf("one key, one label: %v", err) // the same as a with b's equal labels
	}
	bad := &Private{Public: b.Public, seed: a.seed}
	if err := bad.save(path+"2", nil, 10); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(path+"2"+KeyEnding, nil); err == nil {
		t.Error("the seed of one key with the public half of another")
	}
}

func FuzzParse(f *testing.F) {
	p, _ := New(yamada, bytes.NewReader(bytes.Repeat([]byte{7}, 32)))
	f.Add(p.text())
	f.Add([]byte("-----BEGIN NOROSHI ED25519 PUBLIC KEY-----\nForm: noroshi-key/1\n\nAAAA\n-----END NOROSHI ED25519 PUBLIC KEY-----\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := parsePublic("f", text)
		if err != nil {
			return
		}
		if len(got.Key) != ed25519.PublicKeySize || got.check(fault.Place{}) != nil {
			t.Errorf("%+v", got)
		}
	})
}
