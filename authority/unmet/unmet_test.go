package unmet_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// TestEveryCodeHasItsSentences: the catalogue says each code in both languages, in
// English as the paper does.
func TestEveryCodeHasItsSentences(t *testing.T) {
	for code, english := range unmet.Codes {
		u := unmet.Unmet{Code: code}
		if got := i18n.Say(i18n.EN, u.Key()); got != english {
			t.Errorf("%s: the catalogue says %q, the paper %q", code, got, english)
		}
		if got := i18n.Say(i18n.JA, u.Key()); got == u.Key() {
			t.Errorf("%s has no Japanese sentence", code)
		}
	}
}

// use is a code as the papers note it, with its arguments up to the end of the line.
var use = regexp.MustCompile(`(?m)\b(?:Want|Add|add)\((.*)\)$`)

var (
	literal  = regexp.MustCompile(`"([a-z][a-z0-9_-]*)"`)
	argument = regexp.MustCompile(`\{([a-z]+)\}`)
)

// TestPapersAndCodesAgree: every code that a paper notes is in the table with the
// arguments that it gives, and every code of the table is noted somewhere.
func TestPapersAndCodesAgree(t *testing.T) {
	noted := map[string]bool{}
	err := filepath.WalkDir("..", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(p, ".go") || strings.HasSuffix(p, "_test.go") || strings.Contains(p, "unmet/") {
			return err
		}
		text, err := os.ReadFile(p)
		for _, m := range literal.FindAllStringSubmatch(string(text), -1) {
			noted[m[1]] = true
		}
		for _, m := range use.FindAllStringSubmatch(string(text), -1) {
			words := literal.FindAllStringSubmatch(m[1], -1)
			if lawful := slices.IndexFunc(words, func(w []string) bool { return strings.HasPrefix(w[1], "rule-") }); lawful > 0 {
				words = words[lawful:] // a place may be spelled like another code
			}
			for i, w := range words {
				sentence, ok := unmet.Codes[w[1]]
				if !ok {
					continue
				}
				var given []string
				for _, a := range words[i+1:] {
					given = append(given, a[1])
				}
				for _, a := range argument.FindAllStringSubmatch(sentence, -1) {
					if !slices.Contains(given, a[1]) {
						t.Errorf("%s notes %s without {%s}: %s", p, w[1], a[1], m[0])
					}
				}
				break
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for code := range unmet.Codes {
		if !noted[code] {
			t.Errorf("%s is noted nowhere", code)
		}
	}
}

func TestString(t *testing.T) {
	var l unmet.List
	l.Want(true, "a", "lock")
	l.Want(false, "chain[0].signatures", "lock", "role", "member", "k", 3, "n", 2)
	if got, want := l.String(), "chain[0].signatures: the lock member has 2 of 3 persons"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if !l.Has("lock") || l.Has("paper") {
		t.Error("Has is wrong")
	}
}
