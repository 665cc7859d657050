package shelf

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime/regimetest"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/warrant/warranttest"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// shelf writes the made-up country's root into a folder.
func shelf(t *testing.T) (string, *warranttest.World) {
	t.Helper()
	w, err := warranttest.New(trust.Lab)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := Create(RootPath(dir, 1), w.Roots[0]); err != nil {
		t.Fatal(err)
	}
	for d, text := range map[paper.Digest]string{w.CollectionWarrant().Profile: regimetest.Collection, w.PoliceWarrant().Profile: regimetest.Police} {
		if err := CreateBytes(ProfilePath(dir, d), []byte(text+"\n")); err != nil {
			t.Fatal(err)
		}
	}
	return dir, w
}

// TestTrust: a folder holds by the fingerprint that was installed and by no other; one
// that takes its fingerprint from the papers would hold by any.
func TestTrust(t *testing.T) {
	dir, w := shelf(t)
	open := func(pin paper.Digest) (*Trust, bool) {
		x, err := OpenTrust(dir, pin)
		if err != nil {
			t.Fatal(err)
		}
		v, list := x.View(warranttest.Now.Time())
		return x, v != nil && len(list) == 0
	}
	if x, ok := open(""); ok || x.Pinned != "" {
		t.Error("it holds without a fingerprint")
	}
	if _, ok := open(paper.DigestOf([]byte("x"))); ok {
		t.Error("it holds by another fingerprint")
	}
	if x, ok := open(w.Roots[0].Digest()); !ok || x.Profile(w.CollectionWarrant().Profile) == nil || len(x.Profiles) != 2 {
		t.Error("it does not hold by its own")
	}
	if err := Pin(dir, w.Roots[0].Digest()); err != nil {
		t.Fatal(err)
	}
	if _, ok := open(""); !ok {
		t.Error("it does not hold by what was installed")
	}
	if _, ok := open(paper.DigestOf([]byte("x"))); ok {
		t.Error("what was installed goes before what is given")
	}
	if err := Pin(dir, paper.DigestOf([]byte("x"))); fault.KindOf(err) != fault.Permission {
		t.Errorf("a fingerprint was replaced: %v", err)
	}
}

// TestFiles: what is wrong with a file is said with its place, in both languages.
func TestFiles(t *testing.T) {
	dir, w := shelf(t)
	good, err := w.Roots[0].Marshal()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "x.json")
	for text, want := range map[string]string{
		string(good):                  "",
		string(good) + "\n":           "",
		string(good) + "\n\n":         "x.json",
		" " + string(good):            "x.json",
		strings.ToUpper(string(good)): "x.json",
		"":                            "x.json",
		"null":                        "x.json",
		strings.Repeat("[", 100):      "x.json",
		strings.Replace(string(good), `"payload"`, `"payload":"","payload"`, 1): "x.json",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		e, err := Read(path)
		var f *fault.Error
		switch {
		case want == "" && (err != nil || e.Digest() != w.Roots[0].Digest()):
			t.Errorf("%.40q: %v", text, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want) || !errors.As(err, &f) || f.JA.Msg == "" || f.JA.Msg == f.Msg):
			t.Errorf("%.40q: %v", text, err)
		}
	}
	if err := os.WriteFile(path, make([]byte, maxFile+1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(path); fault.KindOf(err) != fault.Limit {
		t.Errorf("too large: %v", err)
	}
	if err := Create(path, w.Roots[0]); fault.KindOf(err) != fault.Permission {
		t.Errorf("replaced: %v", err)
	}
	if err := Replace(path, w.Roots[0]); err != nil {
		t.Error(err)
	}
	if e, err := ReadAs(path, trust.RootType, new(trust.Root)); err != nil || e.Digest() != w.Roots[0].Digest() {
		t.Error(err)
	}
	if _, err := ReadAs(path, trust.ListType, new(trust.List)); fault.KindOf(err) != fault.Invalid {
		t.Errorf("another type: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".noroshi-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestFolder: a folder with a profile under another's name, or no root, is refused.
func TestFolder(t *testing.T) {
	if _, err := OpenTrust(t.TempDir(), ""); fault.KindOf(err) != fault.NotFound {
		t.Errorf("no root: %v", err)
	}
	dir, _ := shelf(t)
	if err := CreateBytes(ProfilePath(dir, paper.DigestOf([]byte("other"))), []byte(regimetest.Police)); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenTrust(dir, ""); err == nil || !strings.Contains(err.Error(), "its name says another") {
		t.Errorf("a profile under another's name: %v", err)
	}
	if got, want := filepath.Base(ListPath("", "jp/commission", 3)), "jp_commission-3.json"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"payload":"e30=","payloadType":"application/vnd.noroshi.root+json","signatures":[]}`))
	f.Add([]byte("{}\n"))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(dir, "f.json")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Skip()
		}
		e, err := Read(path)
		if err != nil {
			return
		}
		if again, err := e.Marshal(); err != nil || string(again) != strings.TrimSuffix(string(text), "\n") {
			t.Errorf("%q is read as %q (%v)", text, again, err)
		}
	})
}
