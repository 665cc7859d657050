package proof

import (
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

const (
	// TileWidth is how many hashes or entries a full tile has.
	TileWidth  = 256
	tileHeight = 8
	hashSize   = tlog.HashSize
	// entriesLevel is tlog's number for tiles of entries.
	entriesLevel = -1
)

// TilePath is the path of a tile of hashes; width 256 is a full one.
func TilePath(level int, n int64, width int) string {
	return "tile/" + fmt.Sprint(level) + "/" + tileNumber(n, width)
}

// EntriesPath is the path of a bundle of entries.
func EntriesPath(n int64, width int) string { return "tile/entries/" + tileNumber(n, width) }

func tileNumber(n int64, width int) string {
	s := fmt.Sprintf("%03d", n%1000)
	for n /= 1000; n > 0; n /= 1000 {
		s = fmt.Sprintf("x%03d/", n%1000) + s
	}
	if width < TileWidth {
		s += ".p/" + fmt.Sprint(width)
	}
	return s
}

// Width is how many hashes the n-th tile of a level has in a tree of size leaves; 0 when
// there is no such tile.
func Width(level int, n, size int64) int {
	if n < 0 || level < 0 || level*tileHeight >= 63 {
		return 0
	}
	at := size>>(level*tileHeight) - n*TileWidth
	return int(max(0, min(TileWidth, at)))
}

// Read fetches the file at a path of a log's folder. An error that matches
// fs.ErrNotExist says that there is none.
type Read func(path string) ([]byte, error)

// Tree is the tree under a checkpoint, read from tiles as they are needed. Every
// hash that it gives is found right against the checkpoint's root.
type Tree struct {
	at   Checkpoint
	read tlog.HashReader
}

// NewTree gives the tree under a checkpoint, which the caller MUST have verified.
func NewTree(c Checkpoint, read Read) *Tree {
	return &Tree{at: c, read: tlog.TileHashReader(tlog.Tree{N: c.Size, Hash: c.Root}, tiles{read})}
}

// Checkpoint gives the checkpoint that the tree is under.
func (t *Tree) Checkpoint() Checkpoint { return t.at }

// Inclusion gives the proof that the leaf at index stands in the tree.
func (t *Tree) Inclusion(index int64) ([]tlog.Hash, error) {
	if index < 0 || index >= t.at.Size {
		return nil, fmt.Errorf("the log %s has %d entries; there is no index %d", t.at.Origin, t.at.Size, index)
	}
	return tlog.ProveRecord(t.at.Size, index, t.read)
}

// Consistency gives the proof that the tree of an older size is its beginning.
func (t *Tree) Consistency(size int64) ([]tlog.Hash, error) {
	switch {
	case size < 0 || size > t.at.Size:
		return nil, fmt.Errorf("the log %s has %d entries; it was never at %d", t.at.Origin, t.at.Size, size)
	case size == 0 || size == t.at.Size:
		return nil, nil
	}
	return tlog.ProveTree(t.at.Size, size, t.read)
}

// Leaf gives the leaf hash at index.
func (t *Tree) Leaf(index int64) (tlog.Hash, error) {
	if index < 0 || index >= t.at.Size {
		return tlog.Hash{}, fmt.Errorf("the log %s has %d entries; there is no index %d", t.at.Origin, t.at.Size, index)
	}
	list, err := t.read.ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
	if err != nil {
		return tlog.Hash{}, err
	}
	return list[0], nil
}

// RootAt gives the root that the tree had at an older size.
func (t *Tree) RootAt(size int64) (tlog.Hash, error) {
	if size < 0 || size > t.at.Size {
		return tlog.Hash{}, fmt.Errorf("the log %s has %d entries; it was never at %d", t.at.Origin, t.at.Size, size)
	}
	return tlog.TreeHash(size, t.read)
}

// CheckConsistency says whether old is the beginning of new, nil when it is. For equal
// sizes and for an empty old tree the proof is empty.
//
// Invariant 3: a log that lost, changed or reordered an entry has no such proof.
func CheckConsistency(older, newer Checkpoint, proof []tlog.Hash) error {
	at := fmt.Sprintf("from size %d to size %d of %s", older.Size, newer.Size, newer.Origin)
	switch {
	case older.Origin != newer.Origin:
		return fmt.Errorf("the checkpoints are of two logs, %q and %q", older.Origin, newer.Origin)
	case older.Size > newer.Size:
		return fmt.Errorf("%s: the log went back", at)
	case older.Size == newer.Size && older.Root != newer.Root:
		return fmt.Errorf("%s: one size, two roots: the log is forked", at)
	case older.Size == newer.Size || older.Size == 0:
		if len(proof) != 0 {
			return fmt.Errorf("%s: the proof must be empty", at)
		}
		return nil
	}
	if err := tlog.CheckTree(proof, newer.Size, newer.Root, older.Size, older.Root); err != nil {
		return fmt.Errorf("%s: the old tree is not the beginning of the new one: %w", at, err)
	}
	return nil
}

// tiles reads the tiles of C2SP for package tlog, which calls them otherwise.
type tiles struct{ read Read }

func (tiles) Height() int                     { return tileHeight }
func (tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func (t tiles) ReadTiles(list []tlog.Tile) ([][]byte, error) {
	all := make([][]byte, 0, len(list))
	for _, tile := range list {
		if tile.L == entriesLevel {
			return nil, errors.New("no entries here")
		}
		data, err := ReadTile(t.read, tile.L, tile.N, tile.W)
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

// ReadTile reads width hashes of a tile, from the partial one or, when the log has
// cleared that away, from the full one.
func ReadTile(read Read, level int, n int64, width int) ([]byte, error) {
	path := TilePath(level, n, width)
	data, err := read(path)
	if err != nil && width < TileWidth {
		if full, second := read(TilePath(level, n, TileWidth)); second == nil {
			if len(full) != TileWidth*hashSize {
				return nil, fmt.Errorf("tile %s has %d bytes, must have %d", TilePath(level, n, TileWidth), len(full), TileWidth*hashSize)
			}
			return full[:width*hashSize], nil
		}
	}
	if err != nil {
		return nil, fmt.Errorf("tile %s: %w", path, err)
	}
	if len(data) != width*hashSize {
		return nil, fmt.Errorf("tile %s has %d bytes, must have %d", path, len(data), width*hashSize)
	}
	return data, nil
}

// ParseEntries reads a bundle of entries: each with its length before it.
func ParseEntries(data []byte) ([][]byte, error) {
	var list [][]byte
	for rest := data; len(rest) > 0; {
		if len(rest) < 2 {
			return nil, fmt.Errorf("the bundle ends within the length of entry %d", len(list))
		}
		n := int(binary.BigEndian.Uint16(rest))
		if rest = rest[2:]; n > len(rest) {
			return nil, fmt.Errorf("the bundle ends within entry %d: %d bytes of %d", len(list), len(rest), n)
		}
		if len(list) == TileWidth {
			return nil, fmt.Errorf("the bundle has more than %d entries", TileWidth)
		}
		list = append(list, rest[:n:n])
		rest = rest[n:]
	}
	return list, nil
}

// AppendEntry writes one entry of a bundle.
func AppendEntry(bundle, entry []byte) []byte {
	return append(binary.BigEndian.AppendUint16(bundle, uint16(len(entry))), entry...)
}

// Peaks gives the roots of the perfect subtrees that the tree is made of, from the
// largest, on the left, to the smallest: enough to go on from it.
func (t *Tree) Peaks() ([]tlog.Hash, error) {
	var want []int64
	for level, at := 62, int64(0); level >= 0; level-- {
		if t.at.Size>>level&1 == 1 {
			want = append(want, tlog.StoredHashIndex(level, at>>level))
			at += 1 << level
		}
	}
	if len(want) == 0 {
		return nil, nil
	}
	return t.read.ReadHashes(want)
}
