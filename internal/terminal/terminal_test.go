package terminal

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// TestConfirm: only the whole word is assent.
func TestConfirm(t *testing.T) {
	for answer, want := range map[string]bool{
		"yes\n": true, "YES\r\n": true, "はい\n": true, " yes ": true,
		"": false, "\n": false, "y\n": false, "no\n": false, "yes please\n": false, "\nyes\n": false, "いいえ\n": false,
		strings.Repeat(" ", maxAnswer) + "yes\n": false,
	} {
		var out strings.Builder
		if got := (Terminal{In: strings.NewReader(answer), Out: &out, Lang: i18n.JA}).Confirm("Sign \x1b[2J?"); got != want {
			t.Errorf("%.20q: %v, want %v", answer, got, want)
		}
		if strings.Contains(out.String(), "\x1b") || !strings.Contains(out.String(), "「はい」") {
			t.Errorf("%q", out.String())
		}
	}
}

func TestPassphrase(t *testing.T) {
	file := filepath.Join(t.TempDir(), "p")
	for text, want := range map[string]string{"correct horse\r\nmore\n": "correct horse", "no line end": "no line end", "": "", "\nx": ""} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		x := Terminal{In: strings.NewReader("typed\n"), PassphraseFile: file}
		one, err1 := x.Passphrase("k")
		two, err2 := x.NewPassphrase()
		if string(one) != want || string(two) != want || (err1 == nil) != (want != "") || (err2 == nil) != (want != "") {
			t.Errorf("%q: %q %q %v %v", text, one, two, err1, err2)
		}
	}
	x := Terminal{In: strings.NewReader("typed\n"), Out: &strings.Builder{}}
	for _, f := range []func() ([]byte, error){func() ([]byte, error) { return x.Passphrase("k") }, x.NewPassphrase} {
		if got, err := f(); got != nil || fault.HintIn(err, i18n.JA) == fault.HintIn(err, i18n.EN) {
			t.Errorf("without a terminal: %q %v", got, err)
		}
	}
}
