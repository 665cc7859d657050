package tree

import (
	"crypto/sha256"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/noroshi-acd/noroshi/ledger/proof"
)

const (
	hashSize = tlog.HashSize
	// record is what a bundle holds for each leaf: its length in two bytes, and the leaf.
	record = 2 + sha256.Size
)

// row is up to a tile's width of hashes, one behind the other.
type row struct {
	data [proof.TileWidth * hashSize]byte
	n    int
}

func (r *row) add(h tlog.Hash) {
	copy(r.data[r.n*hashSize:], h[:])
	r.n++
}

func (r *row) bytes() []byte { return r.data[:r.n*hashSize] }

func at(data []byte, i int) tlog.Hash { return tlog.Hash(data[i*hashSize:]) }

// LeafHash is the hash of a leaf: of a zero byte and the commitment's 32 bytes.
func LeafHash(leaf []byte) tlog.Hash {
	var buf [1 + sha256.Size]byte
	copy(buf[1:], leaf)
	return sha256.Sum256(buf[:])
}

// node is the hash over two subtrees.
func node(left, right []byte) tlog.Hash {
	var buf [1 + 2*hashSize]byte
	buf[0] = 1
	copy(buf[1:], left)
	copy(buf[1+hashSize:], right)
	return sha256.Sum256(buf[:])
}

// full is the root over the hashes of a full tile. It works in scratch.
func full(data []byte, scratch *row) tlog.Hash {
	out := scratch.data[:]
	for n := len(data) / hashSize; n > 1; n /= 2 {
		for i := range n / 2 {
			h := node(data[2*i*hashSize:(2*i+1)*hashSize], data[(2*i+1)*hashSize:(2*i+2)*hashSize])
			copy(out[i*hashSize:], h[:])
		}
		data = out
	}
	return at(data, 0)
}

// fold is the root over the rows of all levels, the leaves' first, as they stand at one
// size of the tree: the subtrees of which the tree of that size is made, joined from
// the right.
func fold(rows [][]byte, scratch *row) tlog.Hash {
	var root tlog.Hash
	some := false
	for _, data := range rows {
		n := len(data) / hashSize
		for end, bit := n, 1; end > 0; bit *= 2 {
			if end&bit == 0 {
				continue
			}
			peak := full(data[(end-bit)*hashSize:end*hashSize], scratch)
			if end -= bit; !some {
				root, some = peak, true
				continue
			}
			root = node(peak[:], root[:])
		}
	}
	if !some {
		return proof.EmptyRoot()
	}
	return root
}
