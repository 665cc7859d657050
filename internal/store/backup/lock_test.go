package backup

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/noroshi-acd/noroshi/internal/fault"
)

var phrase = []byte("a long passphrase")

// shut locks a small backup, cheaply.
func shut(t testing.TB) ([]byte, Summary) {
	t.Helper()
	var b bytes.Buffer
	l, err := lock(&b, phrase, 10)
	if err != nil {
		t.Fatal(err)
	}
	w, err := NewWriter(l, Head{At: "2026-11-22T00:00:00Z", Engine: "x", Nouns: []Version{{Name: "letter", Version: 1}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Table(Table{Name: "letter", Columns: []Column{{Name: "a", Kind: Text}}}); err != nil {
		t.Fatal(err)
	}
	for range 2000 {
		if err := w.Row([]any{"a secret that nobody is to read"}); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := w.End(); err != nil {
		t.Fatal(err)
	}
	s, err := w.Close()
	if err := errors.Join(err, l.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), s
}

func unlocked(text []byte, by []byte) (Summary, bool, error) {
	r, was, err := Unlock(bytes.NewReader(text), func() ([]byte, error) { return by, nil })
	if err != nil {
		return Summary{}, was, err
	}
	s, err := Verify(r)
	return s, was, err
}

// TestALockedBackup opens with its passphrase and with no other; whatever bit of it is
// changed, and wherever it is cut, it is refused.
func TestALockedBackup(t *testing.T) {
	text, want := shut(t)
	if s, was, err := unlocked(text, phrase); err != nil || !was || s != want {
		t.Fatalf("%+v %v %v, want %+v", s, was, err, want)
	}
	if bytes.Contains(text, []byte("secret")) || bytes.Contains(text, []byte("letter")) {
		t.Error("it can be read without its passphrase")
	}
	for _, other := range []string{"another passphrase", ""} {
		if _, _, err := unlocked(text, []byte(other)); fault.KindOf(err) != fault.Permission || fault.Hint(err) == "" {
			t.Errorf("%q: %v", other, err)
		}
	}
	step := max(1, len(text)/150)
	for at := 0; at < len(text); at += step {
		changed := bytes.Clone(text)
		changed[at] ^= 1
		if _, _, err := unlocked(changed, phrase); err == nil {
			t.Errorf("byte %d was changed, and nobody noticed", at)
		}
		if _, _, err := unlocked(text[:at], phrase); err == nil {
			t.Errorf("cut after %d bytes, and nobody noticed", at)
		}
	}
	if _, err := Lock(io.Discard, []byte("short")); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a short passphrase: %v", err)
	}
}

// TestAnOpenBackupAsksNothing: what is not locked is read as it is.
func TestAnOpenBackupAsksNothing(t *testing.T) {
	r, was, err := Unlock(bytes.NewReader([]byte("anything")), func() ([]byte, error) {
		t.Error("a passphrase was asked for")
		return nil, nil
	})
	if text, _ := io.ReadAll(r); err != nil || was || string(text) != "anything" {
		t.Errorf("%q %v %v", text, was, err)
	}
	refused := errors.New("no")
	text, _ := shut(t)
	if _, was, err := Unlock(bytes.NewReader(text), func() ([]byte, error) { return nil, refused }); !was || !errors.Is(err, refused) {
		t.Errorf("%v %v", was, err)
	}
}
