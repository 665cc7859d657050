package tree

import (
	"context"
	"encoding/binary"
	"errors"
	"io/fs"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/ledger/verify/flaw"
)

// Point is what a checkpoint states: the root at a size.
type Point struct {
	Size int64
	Root tlog.Hash
	File string // where it stands
}

// Leaves is a run of leaf hashes as the tree bears them out; no Hashes where the export
// has lost them.
type Leaves struct {
	First  int64
	N      int
	Hashes []byte // 32 bytes each
}

// Walk is one pass over a log. The functions are called in the order of the leaves.
type Walk struct {
	FS      fs.FS   // the log's folder
	At      Point   // of the checkpoint that the tree is under; it MUST have been verified
	History []Point // earlier ones, by rising size
	Leaves  func(Leaves) error
	Flaw    func(flaw.Flaw)

	old     map[tile][]int
	levels  [maxLevel + 2]level
	scratch row
	good    int64 // the largest size at which a checkpoint was borne out
	next    int   // in History
	forks   []fork
	edge    []side // of the tiles at the right edge, once it is known
	failed  error  // the first file that could not be read
}

// fork is a checkpoint that the tree does not bear out; after is the largest size
// before it at which one was borne out.
type fork struct {
	Point
	after int64
}

// level is the tile of a level that is being filled.
type level struct {
	n      int64
	truth  row    // by hashing from below
	stored []byte // as the export has it; nil when it has none
	loaded bool
	gap    bool // the truth has holes
}

// Run hashes the log. An error says that it could not be read, not that it is wrong.
func (w *Walk) Run(ctx context.Context) error {
	var err error
	w.old, err = list(w.FS, w.At.Size, func(path string) {
		w.Flaw(flaw.Flaw{Code: "stray", Index: flaw.None, File: path})
	})
	if err != nil && (w.At.Size > 0 || !errors.Is(err, fs.ErrNotExist)) {
		if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		w.Flaw(flaw.Flaw{Code: "tile-missing", Index: 0, Last: w.At.Size - 1, File: "tile"})
		return nil
	}
	for n := int64(0); n*proof.TileWidth < w.At.Size; n++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := w.bundle(n); err != nil {
			return err
		}
	}
	w.end()
	return w.failed
}

// bundle reads a bundle of leaves, hashes them, and finishes their tile.
func (w *Walk) bundle(n int64) error {
	t := tile{level: entries, n: n}
	t.width = t.expected(w.At.Size)
	first := n * proof.TileWidth
	data, err := w.read(t.path(), t.width*record)
	if err != nil {
		return err
	}
	l := &w.levels[0]
	rest := data
	for i := range t.width {
		leaf, after, ok := cut(rest)
		if !ok {
			w.Flaw(flaw.Flaw{Code: "leaf-missing", Index: first + int64(i), File: t.path(), Args: []any{"n", t.width - i}})
			l.gap = true
			break
		}
		l.truth.add(LeafHash(leaf))
		rest = after
	}
	if !l.gap && len(rest) > 0 {
		w.Flaw(flaw.Flaw{Code: "stray", Index: flaw.None, File: t.path()})
	}
	w.stale(t, record, data)
	hashes := w.tile(0)
	if err := w.Leaves(Leaves{First: first, N: t.width, Hashes: hashes}); err != nil {
		return err
	}
	w.points(first, hashes)
	if t.width == proof.TileWidth {
		w.up(0, hashes)
		w.points(first+proof.TileWidth, nil)
	}
	return nil
}

// cut takes a leaf off a bundle.
func cut(data []byte) (leaf, rest []byte, ok bool) {
	if len(data) < record || binary.BigEndian.Uint16(data) != record-2 {
		return nil, nil, false
	}
	return data[2:record], data[record:], true
}
