package folder_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/ledger/folder"
)

// TestEveryErrorSaysWhatToDo: each error of the ledger that the sources name has its
// sentence and its hint, in both languages; the name of a sentence is no sentence.
func TestEveryErrorSaysWhatToDo(t *testing.T) {
	call := regexp.MustCompile(`\b[wW]rong\(fault\.\w+, "([\w.]+?)\.?"`)
	keys := map[string]bool{"config.dir": true}
	for _, pattern := range []string{"*.go", "../*.go", "../period/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range call.FindAllStringSubmatch(string(text), -1) {
				if m[1] != "config" { // its name is put together
					keys[m[1]] = true
				}
			}
		}
	}
	if len(keys) < 20 {
		t.Fatalf("only %d errors found", len(keys))
	}
	for k := range keys {
		err := folder.Wrong(fault.Invalid, k, fault.Place{}, nil)
		for _, l := range []i18n.Lang{i18n.EN, i18n.JA} {
			said, hint := fault.Text(err, l), fault.HintIn(err, l)
			if said == "" || hint == "" || regexp.MustCompile(`ledger\.(hint\.)?`+regexp.QuoteMeta(k)+`$`).MatchString(said) || regexp.MustCompile(`^ledger\.hint`).MatchString(hint) {
				t.Errorf("%s: %q, hint %q", k, said, hint)
			}
		}
	}
}
