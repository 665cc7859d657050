package tree

import (
	"io/fs"
	"strconv"
	"strings"

	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/ledger/verify/flaw"
)

// entries is the level by which this package calls bundles of leaves.
const entries = -1

// maxLevel is the highest level that a tree of less than 2^63 leaves has.
const maxLevel = 7

// tile is one file below tile/.
type tile struct {
	level int // entries for a bundle
	n     int64
	width int
}

func (t tile) path() string {
	if t.level == entries {
		return proof.EntriesPath(t.n, t.width)
	}
	return proof.TilePath(t.level, t.n, t.width)
}

// parse reads a path in its one spelling.
func parse(path string) (t tile, ok bool) {
	parts := strings.Split(path, "/")
	if len(parts) < 3 || len(parts) > 12 {
		return t, false
	}
	if t.level = entries; parts[1] != "entries" {
		level, err := strconv.Atoi(parts[1])
		if err != nil || level < 0 || level > maxLevel {
			return t, false
		}
		t.level = level
	}
	t.width = proof.TileWidth
	rest := parts[2:]
	if n := len(rest); n > 1 && strings.HasSuffix(rest[n-2], ".p") {
		w, err := strconv.Atoi(rest[n-1])
		if err != nil || w < 1 || w >= proof.TileWidth {
			return t, false
		}
		t.width = w
		rest = rest[:n-1]
		rest[n-2] = strings.TrimSuffix(rest[n-2], ".p")
	}
	return t, t.number(rest) && t.path() == path
}

// number reads the folders and the name of a tile: three digits each.
func (t *tile) number(parts []string) bool {
	for _, p := range parts {
		d, err := strconv.ParseInt(strings.TrimPrefix(p, "x"), 10, 64)
		if err != nil || d < 0 || d > 999 || t.n > 1<<50 {
			return false
		}
		t.n = t.n*1000 + d
	}
	return true
}

// expected is how wide the tile is in a tree of size leaves; 0 when there is none.
func (t tile) expected(size int64) int {
	return proof.Width(max(t.level, 0), t.n, size)
}

// list goes through the files below tile/ and gives the partial tiles that the tree has
// outgrown; what does not belong there is told to stray.
func list(fsys fs.FS, size int64, stray func(path string)) (old map[tile][]int, err error) {
	old = map[tile][]int{}
	err = fs.WalkDir(fsys, "tile", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return flaw.Unread(path, err)
		}
		if d.IsDir() {
			return nil
		}
		t, ok := parse(path)
		want := t.expected(size)
		switch {
		case !ok || !d.Type().IsRegular() || t.width > want:
			stray(path)
		case t.width < want:
			key := tile{level: t.level, n: t.n}
			old[key] = append(old[key], t.width)
		}
		return nil
	})
	return old, err
}
