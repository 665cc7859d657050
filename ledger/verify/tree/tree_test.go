package tree

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/ledger/verify/archive"
	"github.com/noroshi-acd/noroshi/ledger/verify/flaw"
	"github.com/noroshi-acd/noroshi/ledger/verify/verifytest"
)

// grown is a log of n leaves written by the second hand.
func grown(t rapid.TB, n int, kept ...int64) (*verifytest.Log, fs.FS, *archive.Memory) {
	l := &verifytest.Log{Origin: "tree.example/log", Entries: make([]*verifytest.Entry, n), Kept: kept}
	for i := range l.Entries {
		e := &verifytest.Entry{Key: sha256.Sum256(fmt.Appendf(nil, "%d", i)), Sealed: true}
		e.At, e.Class, e.Content, e.Role = 1795309200, proof.Build, "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "r"
		if err := l.Replace(i, e); err != nil {
			t.Fatal(err)
		}
	}
	m := archive.NewMemory(map[string][]byte{})
	l.Write(m, 0)
	sub, err := fs.Sub(m, l.Dir()[:len(l.Dir())-1])
	if err != nil {
		t.Fatal(err)
	}
	return l, sub, m
}

// run walks a log with points, and gives the leaves and flaws that it is told of.
func run(t rapid.TB, fsys fs.FS, at Point, history []Point) (leaves []byte, flaws []flaw.Flaw) {
	w := &Walk{FS: fsys, At: at, History: history, Flaw: func(f flaw.Flaw) { flaws = append(flaws, f) }, Leaves: func(l Leaves) error {
		leaves = append(leaves, l.Hashes...)
		return nil
	}}
	if err := w.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	return leaves, flaws
}

// TestFold holds the joining of subtrees against the tree hash of package tlog, at each
// size.
func TestFold(t *testing.T) {
	stored := map[int64]tlog.Hash{}
	reader := tlog.HashReaderFunc(func(list []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(list))
		for i, x := range list {
			out[i] = stored[x]
		}
		return out, nil
	})
	var levels [3]row
	var scratch row
	for n := int64(0); n < 70_000; n++ {
		if n < 1100 || n%257 == 0 || n > 65_500 && n < 65_600 {
			want, err := tlog.TreeHash(n, reader)
			if err != nil {
				t.Fatal(err)
			}
			if got := fold([][]byte{levels[0].bytes(), levels[1].bytes(), levels[2].bytes()}, &scratch); got != want {
				t.Fatalf("size %d: %v, want %v", n, got, want)
			}
		}
		leaf := sha256.Sum256(fmt.Appendf(nil, "%d", n))
		if LeafHash(leaf[:]) != tlog.RecordHash(leaf[:]) {
			t.Fatal("a leaf's hash is another")
		}
		hashes, err := tlog.StoredHashes(n, leaf[:], reader)
		if err != nil {
			t.Fatal(err)
		}
		for i, h := range hashes {
			stored[tlog.StoredHashIndex(0, n)+int64(i)] = h
		}
		levels[0].add(LeafHash(leaf[:]))
		for k := range levels {
			if levels[k].n == proof.TileWidth {
				h := full(levels[k].bytes(), &scratch)
				levels[k].n = 0
				levels[k+1].add(h)
			}
		}
	}
}

// TestHonestTrees: a tree of any size with every earlier checkpoint has no flaw, and all
// its leaves are handed on.
func TestHonestTrees(t *testing.T) {
	l, fsys, _ := grown(t, 1300, 1, 255, 256, 257, 700, 1299)
	var history []Point
	for n := range int64(1300) {
		if n < 300 || n%17 == 0 || n%256 < 2 {
			history = append(history, Point{Size: n, Root: l.Root(n)})
		}
	}
	leaves, flaws := run(t, fsys, Point{Size: 1300, Root: l.Root(1300)}, history)
	if len(leaves) != 1300*hashSize || len(flaws) > 0 {
		t.Errorf("%d leaves, %v", len(leaves)/hashSize, flaws)
	}
	history[20].Root[0] ^= 1
	if _, flaws = run(t, fsys, Point{Size: 1300, Root: l.Root(1300)}, history); len(flaws) != 1 || flaws[0].Code != "fork" || flaws[0].Last != 19 {
		t.Errorf("with a fork at size 20: %v", flaws)
	}
}

// TestOneFlaw: whichever bit of whichever file is changed, at any size, the entry or the
// range that is named holds it, and nothing but it is named exactly.
func TestOneFlaw(t *testing.T) {
	type made struct {
		log *verifytest.Log
		mem *archive.Memory
	}
	cache := map[int]made{}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.SampledFrom([]int{1, 2, 255, 256, 257, 511, 512, 513, 900}).Draw(t, "n")
		if cache[n].log == nil {
			l, _, m := grown(t, n)
			cache[n] = made{l, m}
		}
		l, m := cache[n].log, cache[n].mem.Clone()
		i := rapid.IntRange(0, n-1).Draw(t, "leaf")
		width := min(256, n-i/256*256)
		number := fmt.Sprintf("%03d", i/256)
		if width < 256 {
			number += fmt.Sprintf(".p/%d", width)
		}
		name, at := l.Dir()+"tile/0/"+number, i%256*32+rapid.IntRange(0, 31).Draw(t, "byte")
		if rapid.Bool().Draw(t, "bundle") {
			name, at = l.Dir()+"tile/entries/"+number, i%256*34+2+at%32
		}
		data := append([]byte(nil), m.Get(name)...)
		data[at] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		m.Set(name, data)
		fsys, err := fs.Sub(m, l.Dir()[:len(l.Dir())-1])
		if err != nil {
			t.Fatal(err)
		}
		_, flaws := run(t, fsys, Point{Size: int64(n), Root: l.Root(int64(n))}, nil)
		if len(flaws) != 1 || flaws[0].Index != int64(i) || flaws[0].Last != int64(i) && flaws[0].Last != 0 {
			t.Errorf("leaf %d of %d in %s: %v", i, n, name, flaws)
		}
	})
}

func TestPaths(t *testing.T) {
	for path, want := range map[string]tile{
		"tile/0/000": {0, 0, 256}, "tile/entries/000.p/7": {entries, 0, 7}, "tile/1/x001/234": {1, 1234, 256}, "tile/2/x001/x234/067.p/255": {2, 1234067, 255},
	} {
		if got, ok := parse(path); !ok || got != want {
			t.Errorf("%s: %v %v, want %v", path, got, ok, want)
		}
	}
	for _, path := range []string{"tile", "tile/0", "tile/00/000", "tile/8/000", "tile/-1/000", "tile/0/1", "tile/0/0000", "tile/0/x000/001", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/000.p", "tile/0/001/x002", "tile/data/000", "tile/0/../0/000", "tile/0/000/"} {
		if got, ok := parse(path); ok {
			t.Errorf("%s is taken for %v", path, got)
		}
	}
}
