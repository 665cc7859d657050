package shelf

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/warrant/warranttest"
	"github.com/noroshi-acd/noroshi/internal/pki"
)

// TestPeers: who opens a line, and as what, is what the root says of a body: a pinned
// authority, and the roles that the body has; a certificate in the folder is not enough.
func TestPeers(t *testing.T) {
	made := map[string]*pki.Authority{}
	for _, body := range []string{"agency", "commission", "police"} {
		a, err := pki.NewAuthority(body, warranttest.Now.Time(), time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		made[body] = a
	}
	w, err := warranttest.New(trust.Lab, func(w *warranttest.World) {
		w.Root.Bodies[0].CA = []paper.Digest{paper.DigestOf(made["agency"].Certificate.Raw)}
		w.Root.Bodies[1].CA = []paper.Digest{paper.DigestOf(made["commission"].Certificate.Raw)}
	})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := Create(RootPath(dir, 1), w.Roots[0]); err != nil {
		t.Fatal(err)
	}
	for body, a := range made {
		if err := CreateBytes(filepath.Join(dir, authorityDir, body+".pem"), pki.Text(a.Certificate)); err != nil {
			t.Fatal(err)
		}
	}
	if err := CreateBytes(filepath.Join(dir, authorityDir, "zz.pem"), []byte("garbage")); err != nil {
		t.Fatal(err)
	}
	x, err := OpenTrust(dir, w.Roots[0].Digest())
	if err != nil {
		t.Fatal(err)
	}
	peers, err := x.Peers(w.View)
	if err != nil {
		t.Fatal(err)
	}
	if len(peers) != 2 || len(peers["agency"].Authorities) != 1 || !slices.Equal(peers["agency"].Roles, []string{"acquirer", "top"}) || !peers["commission"].Authorities[0].Equal(made["commission"].Certificate) {
		t.Errorf("%v", peers)
	}
	if left := x.LeftOut(w.View); len(left) != 1 || filepath.Base(left[0].File) != "zz.pem" {
		t.Errorf("left out: %v", left)
	}
}
