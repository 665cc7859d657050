package wire

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/authority"
	"github.com/noroshi-acd/noroshi/authority/decision"
	"github.com/noroshi-acd/noroshi/authority/docket"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/internal/pki"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// TestNames: only a commission's machine is a name to be called.
func TestNames(t *testing.T) {
	for text, want := range map[string]bool{
		"noroshi://commission/commission/main": true, "noroshi://commission/member/m1": false, "noroshi://commission/commission": false, "noroshi:///commission/main": false,
		"noroshi://commission/commission/": false, "https://commission/commission/main": false, "noroshi://a/b/commission/main": false, "": false, "noroshi://": false,
	} {
		if n, ok := name(text); ok != want {
			t.Errorf("%q: %v %v", text, n, ok)
		}
	}
}

func FuzzName(f *testing.F) {
	for _, s := range []string{"noroshi://commission/commission/main", "noroshi://a/b/c/d", "noroshi://%2f/commission/x", "noroshi://A/commission/x", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if n, ok := name(text); ok && (n.String() != text || n.Role != Server || n.Body == "" || n.Machine == "") {
			t.Errorf("%q is read as %+v", text, n)
		}
	})
}

// TestLinesThatAreWrong: every problem of a line's file is named at once.
func TestLinesThatAreWrong(t *testing.T) {
	l := DefaultLine()
	if got := len(l.Validate()); got != 4 {
		t.Errorf("an empty line has %d problems, want those of url, peer, identity and trust", got)
	}
	good := Line{URL: "https://h:1", Peer: "noroshi://commission/commission/main", Identity: "i", Trust: "t", Patience: time.Second}
	if got := good.Validate(); len(got) != 0 {
		t.Errorf("%v", got)
	}
	for key, spoil := range map[string]func(*Line){
		"url": func(l *Line) { l.URL = "http://h:1" }, "peer": func(l *Line) { l.Peer = "noroshi://x/member/y" }, "identity": func(l *Line) { l.Identity = "" },
		"trust": func(l *Line) { l.Trust = "" }, "patience": func(l *Line) { l.Patience = 2 * time.Hour },
	} {
		x := good
		spoil(&x)
		if got := x.Validate(); len(got) != 1 || got[0].Key != key {
			t.Errorf("%s: %v", key, got)
		}
	}
}

// TestDamagedFolders: a machine whose folder is damaged gets no line, and is told where.
func TestDamagedFolders(t *testing.T) {
	dir, now := t.TempDir(), time.Now()
	a, err := pki.NewAuthority("commission", now, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	own, err := a.Issue(pki.Name{Body: "commission", Role: Member, Machine: "m1"}, nil, now, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if err := own.Save(filepath.Join(dir, "own")); err != nil {
		t.Fatal(err)
	}
	line := filepath.Join(dir, "line.toml")
	text := "[line]\nurl = \"https://127.0.0.1:1\"\npeer = \"noroshi://commission/commission/main\"\nidentity = \"own\"\ntrust = \"t\"\n"
	identity := filepath.Join(dir, "own", "identity.pem")
	whole, err := os.ReadFile(identity)
	if err != nil {
		t.Fatal(err)
	}
	for name, x := range map[string]struct{ line, identity, names string }{
		"no trust root":      {text, string(whole), "t"},
		"identity cut":       {text, string(whole[:len(whole)/2]), "identity.pem"},
		"identity is empty":  {text, "", "identity.pem"},
		"identity is noise":  {text, strings.Repeat("\x00\xff", 999), "identity.pem"},
		"line is no TOML":    {"[line\n", string(whole), "line.toml"},
		"line has strangers": {text + "colour = 1\n", string(whole), "line.toml"},
		"line is empty":      {"", string(whole), "line.toml"},
	} {
		for path, text := range map[string]string{line: x.line, identity: x.identity} {
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		c, _, _, err := Connect(i18n.EN, line, time.Now)
		if c != nil || err == nil || fault.KindOf(err) == fault.Internal || !strings.Contains(err.Error(), x.names) {
			t.Errorf("%s: %v, want an error that names %s", name, err, x.names)
		}
	}
	if _, _, _, err := Connect(i18n.EN, filepath.Join(dir, "absent.toml"), time.Now); err == nil {
		t.Error("a line without a file")
	}
}

// TestWhoSeesWhat: an applicant sees neither votes nor what others have applied for, and
// of the decision the dissents that were written to be read.
func TestWhoSeesWhat(t *testing.T) {
	count := &decision.Count{Support: 2, Votes: []decision.Cast{
		{Digest: "sha256:1", Vote: decision.Vote{Member: "person/m1", Reasons: "secret", Dissent: "loud"}},
		{Digest: "sha256:2", Vote: decision.Vote{Member: "person/m2", Reasons: "secret", Dissent: "not counted"}, Why: "left"},
	}}
	p := &authority.Packet{
		Record: &docket.Record{Digest: "sha256:a"}, Count: count, Precedents: []docket.Precedent{{ID: "other"}},
		Chain: []*docket.Record{{Warnings: []docket.Repetition{{Application: "sha256:b", Passage: "another's words"}}}},
	}
	papers := []docket.Paper{{Class: proof.Application, Digest: "sha256:a", Index: 3, Body: []byte(`{"x":1}`)}}
	others := Seen(p, papers, false)
	if others.Count != nil || len(others.Precedents) != 0 || len(others.Chain[0].Warnings) != 0 || len(others.Dissents) != 0 {
		t.Errorf("an applicant sees %+v before the decision", others)
	}
	if len(others.Papers) != 1 || others.Papers[0].Index != 3 || string(others.Papers[0].Envelope) != `{"x":1}` {
		t.Errorf("%+v", others.Papers)
	}
	p.Record.Decision = paper.Digest("sha256:d")
	if got := Seen(p, papers, false).Dissents; len(got) != 1 || got[0] != "loud" {
		t.Errorf("after the decision an applicant reads %q", got)
	}
	ours := Seen(p, papers, true)
	if ours.Count == nil || len(ours.Count.Votes) != 2 || ours.Count.Votes[1].Why != "left" || len(ours.Precedents) != 1 || len(ours.Chain[0].Warnings) != 1 {
		t.Errorf("a member sees %+v", ours)
	}
}
