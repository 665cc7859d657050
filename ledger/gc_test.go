package ledger

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/ledger/folder"
	"github.com/noroshi-acd/noroshi/ledger/frontier"
	"github.com/noroshi-acd/noroshi/ledger/ledgertest"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// TestCollect: clearing away leaves no partial tile whose full one is published, spoils
// no receipt under any checkpoint that is kept, and thins old checkpoints to one an hour.
func TestCollect(t *testing.T) {
	var second atomic.Int64
	second.Store(1_800_000_000)
	clock := func() time.Time { return time.Unix(second.Load(), 0) }
	p := newPlace(t, "")
	bed, err := ledgertest.NewBed(origin, 4, 3, clock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(bed.Close)
	p.Bed, p.config.Witnesses, p.config.Key = bed, bed.Asked(), bed.Key
	p.config.Clock, p.config.KeepHistory, p.config.Birthday = clock, time.Hour, clock().UTC().Format(time.DateOnly)
	l := p.open(t)
	fill(t, l, 0, 220)
	for i := 220; i < 300; i++ { // 10 hours and a half, a checkpoint each eight minutes
		second.Add(480)
		fill(t, l, i, i+1)
	}
	before := partials(t, p.config.Dir)
	if err := l.Collect(t.Context()); err != nil {
		t.Fatal(err)
	}
	after := partials(t, p.config.Dir)
	if len(before) < 150 || len(after) >= len(before) {
		t.Errorf("%d partial tiles before, %d after", len(before), len(after))
	}
	for _, path := range after {
		if strings.Contains(path, "/000.p/") && !strings.Contains(path, "tile/1/") {
			t.Errorf("%s was left", path)
		}
	}
	var sizes []int64
	q, err := p.Quorum()
	if err != nil {
		t.Fatal(err)
	}
	var hours []int64
	if err := l.History(func(text []byte) error {
		s, err := proof.Open(text, p.Log, q)
		if err != nil {
			return err
		}
		sizes = append(sizes, s.Size)
		if s.Median() < second.Load()-3600 {
			hours = append(hours, s.Median()/3600)
		}
		for _, index := range []int64{0, s.Size / 2, s.Size - 1} {
			if _, err := proof.NewTree(s.Checkpoint, l.File).Inclusion(index); err != nil {
				t.Errorf("index %d under the checkpoint of %d: %v", index, s.Size, err)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if !slices.IsSorted(sizes) || sizes[len(sizes)-1] != 300 {
		t.Errorf("sizes %v", sizes)
	}
	if len(hours) != len(slices.Compact(slices.Clone(hours))) || len(hours) < 9 || len(sizes)-len(hours) < 7 {
		t.Errorf("of %d checkpoints %d are old: %v", len(sizes), len(hours), hours)
	}
	shut(t, l)
	l = p.open(t) // and it goes on
	fill(t, l, 300, 310)
	if err := l.Collect(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// partials lists the partial tiles and bundles.
func partials(t testing.TB, dir string) (list []string) {
	t.Helper()
	if err := filepath.WalkDir(filepath.Join(dir, "tree", "tile"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.Contains(path, ".p/") {
			list = append(list, path)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return list
}

// TestExport: an export holds what docs/spec/ledger.md lists and nothing else, and who
// has nothing but it can work out the root, each opened leaf and each payload.
func TestExport(t *testing.T) {
	p := newPlace(t, "")
	l := p.open(t)
	for i := range 5 {
		fill(t, l, i*130, (i+1)*130)
	}
	if _, err := l.Append(t.Context(), act(650)); err != nil {
		t.Fatal(err)
	}
	q, err := p.Quorum()
	if err != nil {
		t.Fatal(err)
	}
	r, err := folder.Open(p.config.Dir, p.config.Keys, p.VKey, q) // beside its writer
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	out := filepath.Join(t.TempDir(), "export")
	done, err := r.Export(t.Context(), out, folder.Readable)
	if err != nil {
		t.Fatal(err)
	}
	read := func(path string) ([]byte, error) { return os.ReadFile(filepath.Join(out, filepath.FromSlash(path))) }
	text, err := read("checkpoint")
	if err != nil {
		t.Fatal(err)
	}
	s, err := proof.Open(text, p.Log, q)
	if err != nil || s.Size != done.Size || done.Opened != done.Size || s.Size < 650 {
		t.Fatalf("%+v, %v", done, err)
	}
	var f frontier.Frontier
	for n := int64(0); n*proof.TileWidth < s.Size; n++ {
		width := int(min(proof.TileWidth, s.Size-n*proof.TileWidth))
		data, err := read(proof.EntriesPath(n, width))
		if err != nil {
			t.Fatal(err)
		}
		list, err := proof.ParseEntries(data)
		if err != nil || len(list) != width {
			t.Fatal(len(list), err)
		}
		for _, leaf := range list {
			f.Add(proof.Commitment(leaf).Hash())
		}
	}
	if f.Root() != s.Root {
		t.Error("the leaves do not give the root")
	}
	tree := proof.NewTree(s.Checkpoint, read)
	for index := range s.Size {
		text, err := read("opened/" + folder.OpenedName(index))
		if err != nil {
			t.Fatal(err)
		}
		var o proof.Opened
		if err := paper.Unmarshal(text, &o); err != nil {
			t.Fatal(err)
		}
		leaf, err := o.Leaf()
		if err != nil {
			t.Fatal(err)
		}
		if at, err := tree.Leaf(index); err != nil || at != leaf.Hash() || o.Index != index {
			t.Fatalf("entry %d: %v", index, err)
		}
		content, err := read("content/" + strings.TrimPrefix(string(o.Entry.Content), "sha256:"))
		if err != nil || paper.DigestOf(content) != o.Entry.Content {
			t.Fatalf("content of %d: %v", index, err)
		}
	}
	known := []string{"checkpoint", "checkpoints/", "tile/", "opened/", "content/"}
	if err := fs.WalkDir(os.DirFS(out), ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !slices.ContainsFunc(known, func(k string) bool { return strings.HasPrefix(path, k) }) {
			t.Errorf("%s is in no table", path)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Export(t.Context(), out, folder.Readable); err == nil {
		t.Error("an export was written over another")
	}
}

// TestReaderRefresh: a reader beside the writer sees what is published, and never goes
// back.
func TestReaderRefresh(t *testing.T) {
	p := newPlace(t, "")
	l := p.open(t)
	q, err := p.Quorum()
	if err != nil {
		t.Fatal(err)
	}
	r, err := folder.Open(p.config.Dir, "", p.VKey, q)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.Tree(); err == nil {
		t.Error("a tree before the first checkpoint")
	}
	fill(t, l, 0, 10)
	path := filepath.Join(p.config.Dir, folder.CheckpointName)
	old, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	fill(t, l, 10, 20)
	if err := r.Refresh(); err != nil || r.Signed().Size != 20 {
		t.Fatalf("%v, %v", r.Signed(), err)
	}
	if err := os.WriteFile(path, old, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := r.Refresh(); err == nil || !strings.Contains(err.Error(), "went back") {
		t.Errorf("got %v", err)
	}
}
