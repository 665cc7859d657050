package shelf

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/regime/regimetest"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/warrant/warranttest"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
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

// TestFolder: a folder without a root is refused, a profile under another's name left out.
func TestFolder(t *testing.T) {
	if _, err := OpenTrust(t.TempDir(), ""); fault.KindOf(err) != fault.NotFound {
		t.Errorf("no root: %v", err)
	}
	dir, _ := shelf(t)
	if err := CreateBytes(ProfilePath(dir, paper.DigestOf([]byte("other"))), []byte(regimetest.Police)); err != nil {
		t.Fatal(err)
	}
	x, err := OpenTrust(dir, "")
	if err != nil || len(x.Profiles) != 2 || len(x.LeftOut(nil)) != 1 || !strings.Contains(x.LeftOut(nil)[0].Why.EN, "its name says another") {
		t.Errorf("a profile under another's name: %v, %v", x, err)
	}
	if got, want := filepath.Base(ListPath("", "jp/commission", 3)), "jp_commission-3.json"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestNoiseIsLeftOutByName: files that hold no paper, or one of nobody, stop no view, and
// are named with a reason in both languages.
func TestNoiseIsLeftOutByName(t *testing.T) {
	dir, w := shelf(t)
	unsigned := w.Root
	unsigned.Version, unsigned.Previous = 2, w.Roots[0].Digest()
	nobody, err := paper.Seal(trust.RootType, unsigned, w.Signer("stranger"))
	if err != nil {
		t.Fatal(err)
	}
	agency := w.Root.Bodies[0]
	previous, err := agency.ListDigest(w.Root.Name)
	if err != nil {
		t.Fatal(err)
	}
	list, err := paper.Seal(trust.ListType, trust.List{Body: agency.ID, Issued: warranttest.Now - 60, Keys: agency.Keys, Previous: previous, Root: w.Root.Name, Threshold: 1, Version: 2})
	if err != nil {
		t.Fatal(err)
	}
	text := func(e *paper.Envelope) string {
		b, err := e.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	files := map[string]string{
		"root/000000.json": "garbage", "root/000002.json": text(nobody), "root/000003.json": text(list), "root/empty.json": "",
		"lists/a-1.json": "{}", "lists/agency-2.json": text(list), "lists/root.json": text(w.Roots[0]),
		"profiles/x.json": "[]",
	}
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := CreateBytes(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	x, err := OpenTrust(dir, w.Roots[0].Digest())
	if err != nil {
		t.Fatal(err)
	}
	v, l := x.View(warranttest.Now.Time())
	if v == nil || v.Digest() != w.View.Digest() {
		t.Fatalf("the view is stopped: %v", l)
	}
	for _, left := range x.LeftOut(v) {
		name, err := filepath.Rel(dir, left.File)
		if err != nil || left.Why.EN == "" || left.Why.JA == "" || left.Why.JA == left.Why.EN {
			t.Errorf("%+v", left)
		}
		delete(files, filepath.ToSlash(name))
	}
	if len(files) > 0 {
		t.Errorf("nobody was told of %v", files)
	}
	// What the top has signed and is wrong is no noise.
	unsigned.Witnesses.K = 1
	wrong, err := paper.Seal(trust.RootType, unsigned, w.Signer("member-1"), w.Signer("member-2"), w.Signer("agency-1"))
	if err != nil {
		t.Fatal(err)
	}
	x.Add(wrong, 0)
	if v, l := x.View(warranttest.Now.Time()); v != nil || len(l) == 0 {
		t.Error("a version that the top has signed and cannot stand was passed over")
	}
}

// TestRecords: the earliest record of a paper is what counts, and a line that is none is
// an error with its place.
func TestRecords(t *testing.T) {
	dir, w := shelf(t)
	d, other := w.Roots[0].Digest(), paper.DigestOf([]byte("x"))
	for _, r := range []struct {
		d  paper.Digest
		at paper.Time
	}{{d, 2000}, {other, 1000}, {d, 1500}, {d, 1700}} {
		if err := Record(dir, r.d, r.at); err != nil {
			t.Fatal(err)
		}
	}
	x, err := OpenTrust(dir, d)
	if err != nil || x.Recorded[d] != 1500 || x.Recorded[other] != 1000 {
		t.Fatalf("%v, %v", x, err)
	}
	for _, line := range []string{"x", string(d), string(d) + " now", "sha256:0 2026-11-22T01:00:00Z", "\n"} {
		if err := os.WriteFile(filepath.Join(dir, recordFile), []byte(string(d)+" 2026-11-22T01:00:00Z\n"+line+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		var f *fault.Error
		if _, err := OpenTrust(dir, d); !errors.As(err, &f) || f.Place.Line != 2 {
			t.Errorf("%q: %v", line, err)
		}
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

// TestWhatAPaperCannotSay: a paper that says what cannot be is not called unreadable, and a
// value that its own type refuses is told in the reader's language.
func TestWhatAPaperCannotSay(t *testing.T) {
	if said := fault.Text(Faulty("a.json", errors.New("the path is ordinary or urgent")), i18n.JA); !strings.Contains(said, "この種の書面には書けない内容です") {
		t.Error(said)
	}
	var d struct {
		Direction regime.Direction `json:"direction"`
	}
	err := paper.Unmarshal([]byte(`{"direction":"domestic"}`), &d)
	for l, want := range map[i18n.Lang]string{i18n.EN: "is no direction that a warrant can name", i18n.JA: "承認で指定できる通信区分ではありません"} {
		if said := fault.Text(Faulty("a.json", err), l); !strings.Contains(said, want) || !strings.Contains(said, "domestic") {
			t.Errorf("%s: %q", l, said)
		}
	}
}
