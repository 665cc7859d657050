package witness

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/warrant/warranttest"
)

// rooted writes a trust root whose first witness is the given one, and gives where.
func rooted(t *testing.T, vkey string, spoil func(*trust.Root)) Trust {
	t.Helper()
	w, err := warranttest.New(trust.Lab)
	if err != nil {
		t.Fatal(err)
	}
	root := w.Root
	if vkey != "" {
		root.Witnesses.Keys[0].Key = vkey
	}
	if spoil != nil {
		spoil(&root)
	}
	e, err := paper.Seal(trust.RootType, root, w.Signer("member-1"), w.Signer("member-2"), w.Signer("agency-1"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := e.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "root"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "root", "000001.json"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	return Trust{Folder: dir, Fingerprint: string(e.Digest())}
}

// TestTheRootNamesWhoCounts: logs and peers come from it, and a root with a quorum that a
// dishonest witness could split, an ended or a foreign one is refused.
func TestTheRootNamesWhoCounts(t *testing.T) {
	w, err := warranttest.New(trust.Lab)
	if err != nil {
		t.Fatal(err)
	}
	self := w.NoteKey("w.example/1", "w.example/1", 4)
	now := warranttest.Now.Time()
	with := func(tr Trust) *Config { c := DefaultConfig(); c.Trust = tr; return c }
	c := with(rooted(t, self, nil))
	c.Peers.URLs = []string{"witness-2.example https://witness-2.example"}
	c.Logs.URLs = []string{warranttest.Acts + " https://acts.example/log"}
	p, err := c.plan(self, now)
	if err != nil || len(p.logs) != 2 || len(p.peers) != 1 || len(p.silent) != 2 || p.outer.K() != 0 || p.until.IsZero() {
		t.Fatalf("%+v, %v", p, err)
	}
	sealed := with(rooted(t, "", nil))
	sealed.Sealed.Within = 24 * time.Hour
	if p, err := sealed.plan(self, now); err != nil || p.outer.K() != 3 || len(p.outer.Witnesses()) != 4 {
		t.Errorf("sealed: %+v, %v", p, err)
	}
	sealedInside := with(rooted(t, self, nil))
	sealedInside.Sealed.Within = time.Hour
	foreign := rooted(t, self, nil)
	foreign.Fingerprint = "sha256:" + strings.Repeat("0", 64)
	for name, c := range map[string]*Config{
		"a quorum that can be split": with(rooted(t, self, func(r *trust.Root) { r.Witnesses.K = 2 })),
		"nobody may be dishonest":    with(rooted(t, self, func(r *trust.Root) { r.Witnesses.Faulty = 0 })),
		"not named":                  with(rooted(t, "", nil)),
		"sealed and named":           sealedInside,
		"another fingerprint":        with(foreign),
	} {
		if p, err := c.plan(self, now); err == nil {
			t.Errorf("%s: %+v", name, p)
		}
	}
	if _, err := with(rooted(t, self, nil)).plan(self, now.AddDate(2, 0, 0)); err == nil {
		t.Error("a root that ended two years ago counts")
	}
}
