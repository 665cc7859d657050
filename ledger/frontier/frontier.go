package frontier

import (
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/noroshi-acd/noroshi/ledger/folder"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// Frontier is the right edge of the tree: the roots of its perfect subtrees from left
// to right. The log computes its own roots from it, so that a tile which went bad on
// the disk is never signed.
type Frontier struct {
	size  int64
	peaks []tlog.Hash
}

// Size is how many leaves the tree has.
func (f *Frontier) Size() int64 { return f.size }

// Add puts a leaf's hash at the end.
func (f *Frontier) Add(h tlog.Hash) {
	for n := f.size; n&1 == 1; n >>= 1 {
		last := len(f.peaks) - 1
		h = tlog.NodeHash(f.peaks[last], h)
		f.peaks = f.peaks[:last]
	}
	f.peaks = append(f.peaks, h)
	f.size++
}

// Root is the root of the tree.
func (f *Frontier) Root() tlog.Hash {
	if len(f.peaks) == 0 {
		return proof.EmptyRoot()
	}
	h := f.peaks[len(f.peaks)-1]
	for i := len(f.peaks) - 2; i >= 0; i-- {
		h = tlog.NodeHash(f.peaks[i], h)
	}
	return h
}

// Load goes on from a published checkpoint to the size that the tree has, leaf by leaf.
// recent is told the last leaves at least.
//
// Invariant 3: a tree that does not bear out what was published is not gone on from.
func (f *Frontier) Load(at proof.Checkpoint, size int64, read proof.Read, last int64, recent func(index int64, c proof.Commitment)) error {
	peaks, err := proof.NewTree(at, read).Peaks()
	if err != nil {
		return err
	}
	f.size, f.peaks = at.Size, peaks
	if f.Root() != at.Root {
		return fmt.Errorf("the tiles do not give the root that was published at size %d", at.Size)
	}
	start := max(0, min(at.Size, size-last)) / proof.TileWidth
	for n := start; n*proof.TileWidth < size; n++ {
		width := int(min(proof.TileWidth, size-n*proof.TileWidth))
		leaves, err := folder.ReadBundle(read, n, width)
		if err != nil {
			return err
		}
		for i, leaf := range leaves {
			index := n*proof.TileWidth + int64(i)
			if index >= f.size {
				f.Add(leaf.Hash())
			}
			recent(index, leaf)
		}
	}
	if size == at.Size {
		return nil
	}
	// The tiles beyond what was published must agree with the leaves.
	now := proof.Checkpoint{Origin: at.Origin, Size: f.size, Root: f.Root()}
	for index := at.Size &^ (proof.TileWidth - 1); index < size; index += proof.TileWidth {
		if _, err := proof.NewTree(now, read).Leaf(index); err != nil {
			return err
		}
	}
	_, err = proof.NewTree(now, read).Leaf(size - 1)
	return err
}
