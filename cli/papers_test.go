package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// paperVerbs are the verbs on signed papers, each with those below it.
var paperVerbs = map[string]string{
	"keys": "new show list", "init": "", "root": "new rotate sign accept show", "sign": "",
	"warrant": "new show check narrow suspend revoke", "live": "make show check", "grant": "open close list",
	"ledger": "new add show prove check open export",
}

// TestHelpOfPapers: each verb explains itself in both languages, in 80 columns, and no
// sentence is missing.
func TestHelpOfPapers(t *testing.T) {
	bare := regexp.MustCompile(`\b(trust|papers|logs|desk)\.[a-z]+[._]`)
	for verb, below := range paperVerbs {
		for _, sub := range append([]string{""}, strings.Fields(below)...) {
			for _, lang := range []string{"en", "ja"} {
				args := append(strings.Fields(verb+" "+sub), "--help", "--lang", lang)
				status, out, errs := run(t, args...)
				if status != 0 || errs != "" || strings.TrimSpace(out) == "" {
					t.Errorf("%v: %d %s", args, status, errs)
				}
				if m := bare.FindString(out); m != "" {
					t.Errorf("%v: %q is not in the catalogue", args, m)
				}
				for line := range strings.Lines(out) {
					if i18n.Width(strings.TrimSuffix(line, "\n")) > 80 {
						t.Errorf("%v: too wide: %s", args, line)
					}
				}
			}
		}
	}
}

// TestPapersWrong: what is wrong with a request is said in both languages, with a hint
// and exit status 2, and no file is written.
func TestPapersWrong(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for name, text := range map[string]string{"empty.json": "", "x.toml": "id = 1\n", "bad.toml": "= 1\n", "p": "correct horse\n", "nonsense.pub": "-----BEGIN X-----\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range []string{
		"keys new k --person Yamada --body b", "keys new k --person p --body b", "keys new k --person p --body b --plain --passphrase-file p", "keys show nonsense.pub", "keys show none.pub", "keys list none",
		"init b", "init b --body B", "init b --body b --machine rack", "root new", "root new --draft x.toml --trust t", "root new --draft bad.toml --trust t", "root rotate --trust t", "root rotate --trust t --body b", "root show", "root show --trust t",
		"root accept empty.json --trust t", "root sign empty.json --key k", "root show --trust t --root 1234", "sign empty.json", "sign empty.json --key k.key", "sign none.json --key k.key",
		"warrant new", "warrant new --draft x.toml --out w --trust t", "warrant show empty.json", "warrant check empty.json", "warrant check empty.json --trust t", "warrant narrow empty.json", "warrant suspend empty.json --out s", "warrant suspend empty.json --out s --reason r", "warrant revoke empty.json --out s",
		"live make --trust t", "live make --out l --key k --trust t", "live show empty.json", "live check empty.json --trust t", "grant open empty.json", "grant close empty.json", "grant close empty.json --out g", "grant list .",
		"ledger new l.toml", "ledger add x.toml empty.json --class warrant", "ledger show none.toml", "ledger prove x.toml one", "ledger check empty.json empty.json", "ledger open x.toml -1", "ledger export out x.toml",
	} {
		before := files(t, dir)
		status, _, en := run(t, append(strings.Fields(args), "--lang", "en")...)
		_, _, ja := run(t, append(strings.Fields(args), "--lang", "ja")...)
		if status != 2 || !strings.HasPrefix(en, "noroshi: ") || en == ja || strings.Contains(en, "panic") {
			t.Errorf("%s: status %d\n%s%s", args, status, en, ja)
		}
		if m := regexp.MustCompile(`\b(trust|papers|logs|desk|draft|shelf|keyfile|terminal)\.[a-z]+\.[a-z]`).FindString(en + ja); m != "" {
			t.Errorf("%s: %q is not in the catalogue", args, m)
		}
		if after := files(t, dir); after != before {
			t.Errorf("%s has written %s", args, after)
		}
	}
}

// files lists all files below dir.
func files(t *testing.T, dir string) string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			all = append(all, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(all, " ")
}

// TestKeysJSON: what programs read of a key is what people read, and an init is whole.
func TestKeysJSON(t *testing.T) {
	dir := t.TempDir()
	status, out, errs := run(t, "keys", "new", filepath.Join(dir, "a"), "--person", "person/a", "--body", "b", "--role", "top,member", "--plain", "--json")
	var key struct {
		ID     string   `json:"key_id"`
		Roles  []string `json:"roles"`
		Locked *bool    `json:"locked"`
		Spoken i18n.Text
	}
	if err := json.Unmarshal([]byte(out), &key); err != nil || status != 0 || key.Locked == nil || *key.Locked || len(key.ID) != 64 || strings.Join(key.Roles, " ") != "member top" || !strings.Contains(errs, "WARNING") {
		t.Fatalf("%d %v %+v %s", status, err, key, errs)
	}
	_, page, _ := run(t, "keys", "show", filepath.Join(dir, "a.pub"), "--lang", "ja")
	if !strings.Contains(strings.ReplaceAll(page, "\n", ""), strings.Fields(key.Spoken.JA)[10]) {
		t.Errorf("%s\nlacks %s", page, key.Spoken.JA)
	}
	status, out, errs = run(t, "init", filepath.Join(dir, "body"), "--body", "b", "--machine", "hub/one,tap/two", "--json")
	var body struct {
		Authority string
		Machines  []struct{ Name, Dir string }
		Draft     string
	}
	if err := json.Unmarshal([]byte(out), &body); err != nil || status != 0 || len(body.Machines) != 2 || body.Machines[1].Name != "noroshi://b/tap/two" {
		t.Fatalf("%d %v %+v %s", status, err, body, errs)
	}
	// The draft is refused until somebody has completed it.
	if status, _, errs := run(t, "root", "new", "--draft", body.Draft, "--trust", filepath.Join(dir, "t")); status != 2 {
		t.Errorf("an empty draft became a root: %s", errs)
	}
	for _, secret := range []string{"body/ca/key.pem", "body/machines/hub-one/identity.pem", "a.key"} {
		if info, err := os.Stat(filepath.Join(dir, secret)); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v %v", secret, info, err)
		}
	}
}
