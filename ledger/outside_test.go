package ledger

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/internal/obs"
	"github.com/noroshi-acd/noroshi/ledger/ask"
	"github.com/noroshi-acd/noroshi/ledger/cosign"
	"github.com/noroshi-acd/noroshi/ledger/cosign/door"
	"github.com/noroshi-acd/noroshi/ledger/folder"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/ledger/verify/flaw"
	"github.com/noroshi-acd/noroshi/ledger/verify/tree"
)

// realWitnesses puts the product's own witnesses, each behind its door, in the place of
// the made-up ones.
func realWitnesses(t *testing.T, p *place) {
	t.Helper()
	p.config.Witnesses = nil
	for i := range 4 {
		_, key, err := ed25519.GenerateKey(nil)
		if err != nil {
			t.Fatal(err)
		}
		c := cosign.Config{Dir: filepath.Join(t.TempDir(), "witness"), Name: fmt.Sprintf("witness%d.example", i+1), Key: key, Logs: []string{p.VKey},
			Clock: func() (time.Time, error) { return time.Now(), nil }}
		_, vkey, err := proof.NewCosigner(c.Name, key.Public().(ed25519.PublicKey))
		if err != nil {
			t.Fatal(err)
		}
		if err := cosign.Create(c.Dir, vkey); err != nil {
			t.Fatal(err)
		}
		w, err := cosign.Open(c)
		if err != nil {
			t.Fatal(err)
		}
		limits := door.DefaultLimits()
		limits.Rate, limits.Burst = 1e6, 1e6 // this test asks faster than a log does
		server := httptest.NewServer(door.New(door.Config{Witness: w, Limits: limits, Now: time.Now, Log: slog.New(slog.DiscardHandler), Count: obs.NewRegistry()}).Handler())
		t.Cleanup(func() {
			server.Close()
			if err := w.Close(); err != nil {
				t.Error(err)
			}
		})
		p.config.Witnesses = append(p.config.Witnesses, ask.Witness{URL: server.URL, Key: vkey})
	}
}

// TestWithTheProductsOwn: the product's witnesses cosign the ledger and refuse its fork,
// and the outside verifier finds nothing wrong with the structure of its export, with
// the history in it.
func TestWithTheProductsOwn(t *testing.T) {
	p := newPlace(t, "")
	realWitnesses(t, p)
	l := p.open(t)
	fill(t, l, 0, 250)
	shut(t, l)
	backup := filepath.Join(t.TempDir(), "backup")
	if err := os.CopyFS(backup, os.DirFS(p.config.Dir)); err != nil {
		t.Fatal(err)
	}
	l = p.open(t)
	for i := range 10 {
		fill(t, l, 250+i, 251+i)
	}
	if err := l.Collect(t.Context()); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "export")
	if _, err := l.Export(t.Context(), out, folder.Readable); err != nil {
		t.Fatal(err)
	}
	walk := tree.Walk{FS: os.DirFS(out), Leaves: func(tree.Leaves) error { return nil }, Flaw: func(f flaw.Flaw) { t.Errorf("the verifier finds %+v", f) }}
	files, err := os.ReadDir(filepath.Join(out, "checkpoints"))
	if err != nil || len(files) < 11 {
		t.Fatalf("%d checkpoints, %v", len(files), err)
	}
	for _, f := range files {
		text, err := os.ReadFile(filepath.Join(out, "checkpoints", f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		s, err := proof.Open(text, p.Log, l.asker.Quorum())
		if err != nil {
			t.Fatal(err)
		}
		walk.At = tree.Point{Size: s.Size, Root: s.Root, File: f.Name()}
		walk.History = append(walk.History, walk.At)
	}
	if walk.At.Size != 260 {
		t.Fatalf("the last checkpoint is of %d", walk.At.Size)
	}
	if err := walk.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	shut(t, l)

	p.config.Dir = backup
	l = p.open(t)
	for i := range 20 {
		if _, err := l.Append(t.Context(), act(5000+i)); err != nil {
			t.Fatal(err)
		}
	}
	soon, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
	defer cancel()
	if r, err := l.Receipt(soon, 269); err == nil || !strings.Contains(err.Error(), "0 cosignatures") {
		t.Errorf("a fork: %v, %v", r, err)
	}
}
