package office

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/noroshi-acd/noroshi/authority/application"
	"github.com/noroshi-acd/noroshi/authority/desk"
	"github.com/noroshi-acd/noroshi/authority/docket"
	"github.com/noroshi-acd/noroshi/authority/live"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/shelf"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/authority/warrant/warranttest"
	"github.com/noroshi-acd/noroshi/authority/wire"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/internal/keyfile"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// office is a person's office in a folder: a key, and what was said so far.
func office(t testing.TB, lang i18n.Lang) (d *Door, dir string, out *bytes.Buffer) {
	t.Helper()
	dir, out = t.TempDir(), new(bytes.Buffer)
	k, err := keyfile.New(keyfile.Labels{Person: "person/m1", Body: "commission"}, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if err := k.Save(filepath.Join(dir, "m1"), nil); err != nil {
		t.Fatal(err)
	}
	return &Door{Desk: &desk.Desk{Stdin: strings.NewReader(""), Stdout: out, Stderr: new(bytes.Buffer), Lang: lang}}, dir, out
}

func world(t testing.TB) (*warranttest.World, *paper.Envelope) {
	t.Helper()
	w, err := warranttest.New(trust.Lab)
	if err != nil {
		t.Fatal(err)
	}
	e, err := paper.Seal(warrant.Type, w.PoliceWarrant())
	if err != nil {
		t.Fatal(err)
	}
	return w, e
}

// refused wants an error of one of these kinds.
func refused(t testing.TB, what string, err error, kinds ...fault.Kind) {
	t.Helper()
	for _, k := range kinds {
		if err != nil && fault.KindOf(err) == k {
			return
		}
	}
	t.Errorf("%s: %v (%v), want one of %v", what, err, fault.KindOf(err), kinds)
}

// TestADamagedFolder: keys and papers that are cut, empty or noise are refused with the
// file's name, whatever is wrong with them.
func TestADamagedFolder(t *testing.T) {
	d, dir, _ := office(t, i18n.EN)
	_, e := world(t)
	good := filepath.Join(dir, "w.json")
	if err := shelf.Create(good, e); err != nil {
		t.Fatal(err)
	}
	if got, err := Digest(good); err != nil || got != e.Digest() {
		t.Fatalf("%s %v", got, err)
	}
	if p, err := Person(filepath.Join(dir, "m1.key")); err != nil || p.Person != "person/m1" {
		t.Fatalf("%v %v", p, err)
	}
	for _, file := range []string{"w.json", "m1.pub"} {
		whole, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		for name, text := range map[string][]byte{"empty": nil, "cut": whole[:len(whole)/2], "noise": bytes.Repeat([]byte{0, 0xff}, 500), "two": append(bytes.Clone(whole), whole...), "deep": bytes.Repeat([]byte("["), 100_000)} {
			bad := filepath.Join(dir, name+"-"+file)
			if err := os.WriteFile(bad, text, 0o600); err != nil {
				t.Fatal(err)
			}
			if file == "m1.pub" {
				_, err = Person(bad)
			} else {
				_, err = Digest(bad)
			}
			refused(t, name+" "+file, err, fault.Invalid, fault.NotFound, fault.Limit)
			if err != nil && !strings.Contains(err.Error(), name+"-"+file) {
				t.Errorf("%v does not name the file", err)
			}
		}
	}
	_, err := Digest("sha256:short")
	refused(t, "a digest that is none", err, fault.Invalid)
	_, err = Person("")
	refused(t, "no key", err, fault.Invalid)
	_, err = d.Paper([]byte("{}"))
	if err == nil {
		t.Error("a paper that is none was put into words")
	}
	_, _, err = d.Connect()
	refused(t, "no line", err, fault.Invalid)
	d.Line = filepath.Join(dir, "absent.toml")
	_, _, err = d.Connect()
	refused(t, "a line that is not there", err, fault.NotFound, fault.Invalid)
}

// TestNothingIsSignedUnseen: without assent there is no signature, and nothing to send.
func TestNothingIsSignedUnseen(t *testing.T) {
	d, dir, _ := office(t, i18n.EN)
	w := application.Withdrawal{Applicant: application.Applicant{Body: "b", Person: "person/m1", Role: "r"}, Application: paper.DigestOf(nil), At: warranttest.Now, Reason: "enough"}
	if _, err := d.Sealed("x", application.WithdrawalType, w, filepath.Join(dir, "m1.key")); err == nil {
		t.Error("it was signed though nobody said yes")
	}
	d.Yes = true
	e, err := d.Sealed("x", application.WithdrawalType, w, filepath.Join(dir, "m1.key"))
	if err != nil || len(e.Signatures) != 1 {
		t.Fatalf("%v %v", e, err)
	}
	var back application.Withdrawal
	if err := e.Open(application.WithdrawalType, &back); err != nil || back != w {
		t.Errorf("%+v %v", back, err)
	}
	if said := d.Stderr.(*bytes.Buffer).String(); !strings.Contains(said, "enough") {
		t.Errorf("what is signed was not shown: %q", said)
	}
}

// TestReceiptsInWords: what came of a paper is said in the reader's language, with all that
// it lacks; nothing in it steers the terminal, and what lacks something ends with status 1.
func TestReceiptsInWords(t *testing.T) {
	r := &wire.Receipt{
		Application: paper.DigestOf([]byte("a")), Index: 12, Origin: "log.example", Stage: "incomplete",
		Lacks:    []application.Lack{{Place: "findings", Says: paper.Words{EN: "\x1b[31mnecessity is missing", JA: "必要性がありません"}, Meet: paper.Words{EN: "set it out", JA: "示してください"}, Cite: []string{"art. 1\x07"}, Mark: "S"}},
		Warnings: []docket.Repetition{{Condition: "c", Other: "d", Passage: "sameness", Permille: 874}},
	}
	for lang, want := range map[i18n.Lang][]string{
		i18n.EN: {"necessity is missing", "set it out", "art. 1", "12", "log.example", "sameness", "87"},
		i18n.JA: {"必要性がありません", "示してください", "art. 1", "12", "log.example", "sameness", "87"},
	} {
		d, _, out := office(t, lang)
		if err := d.Taken(r); err == nil {
			t.Error("what lacks something ends well")
		}
		for _, w := range want {
			if !strings.Contains(out.String(), w) {
				t.Errorf("%s: %q is not said in\n%s", lang, w, out)
			}
		}
		if strings.ContainsAny(out.String(), "\x1b\x07") {
			t.Errorf("%s: a control character came through: %q", lang, out)
		}
	}
	d, _, out := office(t, i18n.EN)
	d.JSON = true
	_ = d.Taken(r)
	var back wire.Receipt
	if err := json.Unmarshal(out.Bytes(), &back); err != nil || back.Index != 12 || len(back.Lacks) != 1 {
		t.Errorf("%v %v", back, err)
	}
}

// TestMarksStandBesideTheLaw: what an applicant lacks and what a member is shown of the law
// has its mark, where an article is cited and where none is, and its article in the reader's
// language.
func TestMarksStandBesideTheLaw(t *testing.T) {
	for _, mark := range []string{"S", "R", "U", "Q"} {
		for lang, article := range map[i18n.Lang]string{i18n.EN: "Act 42 art. 17(1)", i18n.JA: "強化法17条1項"} {
			d, _, _ := office(t, lang)
			for _, cite := range [][]string{{"Act 42 art. 17(1)"}, {}} {
				text := d.Lack(application.Lack{Place: "suspicion", Says: paper.Words{EN: "x", JA: "x"}, Cite: cite, Mark: mark})
				if !strings.Contains(text, "["+mark+"]") || strings.Contains(text, article) != (len(cite) > 0) {
					t.Errorf("%s: %q", lang, text)
				}
			}
			text, err := d.packet(&wire.Packet{Record: &docket.Record{}, Doubts: []wire.Doubt{{What: "time.max_s", Mark: mark, Cite: []string{"Act 42 art. 17(1)"}}},
				Clocks: []wire.Clock{{Kind: "expiry", Due: 1795402800, Mark: mark}}})
			if err != nil || !strings.Contains(text, map[i18n.Lang]string{i18n.EN: "longest time [", i18n.JA: "期間の上限 ["}[lang]+mark+"]") || !strings.Contains(text, "UTC ["+mark+"]") || !strings.Contains(text, article) {
				t.Errorf("%s: %v\n%s", lang, err, text)
			}
		}
	}
}

// TestProofsAreKept: receipt and entry are written as they are, and replace nothing.
func TestProofsAreKept(t *testing.T) {
	_, dir, _ := office(t, i18n.EN)
	k := Keep{Receipt: filepath.Join(dir, "r"), Entry: filepath.Join(dir, "e")}
	r := &live.Recorded{Entry: proof.Opened{Index: 3, Key: make([]byte, proof.KeySize), Entry: proof.Entry{At: warranttest.Now, Class: proof.Warrant, Content: paper.DigestOf(nil), Role: "registrar"}}, Receipt: []byte("receipt")}
	if err := written(r, k); err != nil {
		t.Fatal(err)
	}
	var back proof.Opened
	if text, err := os.ReadFile(k.Entry); err != nil || paper.Unmarshal(text, &back) != nil || back.Index != 3 || back.Entry != r.Entry.Entry {
		t.Errorf("%+v %v", back, err)
	}
	r.Receipt = []byte("another")
	if err := written(r, k); err == nil {
		t.Error("a receipt was replaced")
	}
	if text, _ := os.ReadFile(k.Receipt); string(text) != "receipt" {
		t.Errorf("the receipt is now %q", text)
	}
	if err := written(r, Keep{}); err != nil {
		t.Errorf("nothing to be kept: %v", err)
	}
}

// TestQuorumIsTheRoots: as many witnesses as the trust root says, and those.
func TestQuorumIsTheRoots(t *testing.T) {
	w, _ := world(t)
	q, err := Quorum(w.View)
	if err != nil {
		t.Fatal(err)
	}
	want := proof.Quorum{}
	var keys []string
	for _, k := range w.View.Witnesses().Keys {
		keys = append(keys, k.Key)
	}
	if want, err = proof.NewQuorum(keys, w.View.Witnesses().K); err != nil {
		t.Fatal(err)
	}
	if q.K() != want.K() || q.K() < 1 || len(keys) < q.K() {
		t.Errorf("%+v, want %+v", q, want)
	}
}

// FuzzPacket: whatever a service says of an application, it is put into words or refused,
// and what is written steers no terminal.
func FuzzPacket(f *testing.F) {
	_, e := world(f)
	text, err := e.Marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(`{}`))
	f.Add([]byte(`{"application":{},"record":{"id":"a/1","life":{"stage":"received","due":60}},"dissents":["\u001b[2J"],"papers":[{"class":"warrant","envelope":` + string(text) + `}]}`))
	f.Add([]byte(`{"application":{},"record":{},"count":{"votes":[{"why":"x"},{"member":"\u0007"}]},"clocks":[{"due":9223372036854775807}]}`))
	f.Add([]byte(`{"application":{},"record":{},"papers":[{"envelope":null},{"envelope":"x"}],"doubts":[{"cite":["\u001b"],"mark":"Q"}],"precedents":[{"id":"\u001b"}]}`))
	f.Fuzz(func(t *testing.T, answer []byte) {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(answer) }))
		defer s.Close()
		c := &wire.Client{HTTP: s.Client(), URL: s.URL}
		p, err := c.Packet(context.Background(), paper.DigestOf(nil))
		if err != nil {
			return
		}
		d, _, _ := office(t, i18n.EN)
		said, err := d.packet(p)
		if err == nil && strings.ContainsAny(said, "\x1b\x07\x00") {
			t.Errorf("%q", said)
		}
	})
}
