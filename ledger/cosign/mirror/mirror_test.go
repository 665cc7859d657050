package mirror

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/noroshi-acd/noroshi/ledger/cosign/cosigntest"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

func open(t *testing.T, dir string, l *cosigntest.Log) (*Mirror, *httptest.Server) {
	t.Helper()
	server := httptest.NewServer(l)
	t.Cleanup(server.Close)
	v, err := proof.ParseLogKey(l.VKey)
	if err != nil {
		t.Fatal(err)
	}
	m, err := Open(dir, server.URL, v, http.DefaultClient, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return m, server
}

// whole finds every leaf and every older root in the copy alone.
func whole(t *testing.T, m *Mirror, l *cosigntest.Log, size int64) {
	t.Helper()
	tree := proof.NewTree(proof.Checkpoint{Origin: l.Origin, Size: size, Root: l.Root(size)}, m.Read)
	for _, old := range []int64{1, 2, 255, 256, 257, 300, 511, 512, size} {
		if old > size {
			continue
		}
		if root, err := tree.RootAt(old); err != nil || root != l.Root(old) {
			t.Errorf("root at %d: %v", old, err)
		}
	}
	for n := int64(0); n*proof.TileWidth < size; n++ {
		data, err := m.Read(proof.EntriesPath(n, proof.Width(0, n, size)))
		if err != nil {
			t.Fatal(err)
		}
		entries, err := proof.ParseEntries(data)
		if err != nil {
			t.Fatal(err)
		}
		for i, e := range entries {
			if leaf, err := tree.Leaf(n*proof.TileWidth + int64(i)); err != nil || leaf != tlog.RecordHash(e) {
				t.Fatalf("leaf %d: %v", n*proof.TileWidth+int64(i), err)
			}
		}
	}
}

// TestMirrorHoldsWhatTheLogHad grows in steps over the borders of tiles, with restarts;
// then the log is gone, and the copy still proves everything.
func TestMirrorHoldsWhatTheLogHad(t *testing.T) {
	l := cosigntest.New(t, "ledger.example/acts")
	dir := t.TempDir()
	var server *httptest.Server
	var m *Mirror
	for _, size := range []int64{1, 10, 255, 256, 257, 300, 512, 700, 1025} {
		l.Grow(int(size-l.Size()), "leaf")
		if m, server = open(t, dir, l); m.Update(t.Context(), l.Sign(size)) != nil {
			t.Fatal(m.Update(t.Context(), l.Sign(size)))
		}
		if err := m.Clear(); err != nil {
			t.Fatal(err)
		}
		if m.Size() != size {
			t.Errorf("size %d, want %d", m.Size(), size)
		}
		whole(t, m, l, size)
	}
	server.Close()
	whole(t, m, l, 1025)
	files := 0
	filepath.WalkDir(dir, func(_ string, d fs.DirEntry, _ error) error {
		if !d.IsDir() {
			files++
		}
		return nil
	})
	if files > 4+4+2*3+1 { // full tiles and bundles; partial ones of three levels; the checkpoint
		t.Errorf("%d files are left after clearing", files)
	}
}

// TestMirrorKeepsNothingWrong: whatever the log serves in place of the truth, nothing of
// it is shown, and the error names the place.
func TestMirrorKeepsNothingWrong(t *testing.T) {
	for name, corrupt := range map[string]func(path string, data []byte) []byte{
		"tile/0/001.p/44": func(path string, data []byte) []byte {
			if strings.HasPrefix(path, "tile/0/001") {
				data[5] ^= 1
			}
			return data
		},
		"tile/entries/001.p/44": func(path string, data []byte) []byte {
			if strings.HasPrefix(path, "tile/entries/001") {
				data[5] ^= 1
			}
			return data
		},
		"tile/entries/000": func(path string, data []byte) []byte {
			if strings.HasPrefix(path, "tile/entries/000") {
				return data[:len(data)-10]
			}
			return data
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := cosigntest.New(t, "ledger.example/acts")
			l.Grow(300, "leaf")
			l.Corrupt = corrupt
			m, _ := open(t, t.TempDir(), l)
			err := m.Update(t.Context(), l.Sign(300))
			if err == nil || m.Checkpoint() != nil || m.Size() != 0 {
				t.Fatalf("%v; it shows %s", err, m.Checkpoint())
			}
			if strings.Contains(name, "entries") && !strings.Contains(err.Error(), name) {
				t.Errorf("%v does not name %s", err, name)
			}
			l.Corrupt = nil
			if err := m.Update(t.Context(), l.Sign(300)); err != nil {
				t.Fatal(err)
			}
			whole(t, m, l, 300)
		})
	}
}

// TestMirrorMendsItself: a wrong tile that lies on the disk where one is needed is fetched
// anew.
func TestMirrorMendsItself(t *testing.T) {
	l := cosigntest.New(t, "ledger.example/acts")
	l.Grow(300, "leaf")
	dir := t.TempDir()
	m, _ := open(t, dir, l)
	if err := m.Update(t.Context(), l.Sign(300)); err != nil {
		t.Fatal(err)
	}
	spoiled := filepath.Join(dir, "tile", "0", "001")
	if err := os.WriteFile(spoiled, make([]byte, proof.TileWidth*tlog.HashSize), 0o600); err != nil {
		t.Fatal(err)
	}
	l.Grow(300, "leaf")
	if err := m.Update(t.Context(), l.Sign(600)); err != nil {
		t.Fatal(err)
	}
	whole(t, m, l, 600)
}

// TestMirrorCanBeBrokenOff at any request and goes on where it was.
func TestMirrorCanBeBrokenOff(t *testing.T) {
	l := cosigntest.New(t, "ledger.example/acts")
	l.Grow(600, "leaf")
	dir := t.TempDir()
	requests := 0
	ctx, cancel := context.WithCancel(t.Context())
	l.Corrupt = func(_ string, data []byte) []byte {
		if requests++; requests == 3 {
			cancel()
		}
		return data
	}
	m, _ := open(t, dir, l)
	if err := m.Update(ctx, l.Sign(600)); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	l.Corrupt = nil
	if err := m.Update(t.Context(), l.Sign(600)); err != nil {
		t.Fatal(err)
	}
	whole(t, m, l, 600)
}

func TestPaths(t *testing.T) {
	for path, want := range map[string]bool{
		"tile/0/000": true, "tile/7/x001/234": true, "tile/entries/x001/x234/067.p/255": true, "tile/0/001.p/1": true,
		"tile/8/000": false, "tile/0/../../key": false, "tile/0/x1/000": false, "tile/0/000.p/256": false, "tile/0/000.p/0": false, "checkpoint": false, "tile/0/0000": false, "": false,
	} {
		if validPath(path) != want {
			t.Errorf("%q: %v", path, !want)
		}
	}
}
