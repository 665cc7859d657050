package books

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/noroshi-acd/noroshi/authority/paper"
)

// BatchType is the payload type of a batch's header.
const BatchType = paper.TypePrefix + "batch" + paper.TypeSuffix

// Batch is the header of what one party hands to the next: the records of one window,
// or some of them. Its minute decides on which page both sides count it.
type Batch struct {
	Bytes   int64        `json:"bytes"`   // of the content
	Content paper.Digest `json:"content"` // of the records as they are sent
	Grant   paper.Digest `json:"grant"`   // the opened grant under which they were taken
	Link    paper.ID     `json:"link"`
	Minute  paper.Time   `json:"minute"` // the sender's
	Number  int64        `json:"number"` // 1, 2, 3 … for each warrant, link and sender
	Records int64        `json:"records"`
	Warrant paper.Digest `json:"warrant"`
}

// Check says whether the header can be followed by itself.
func (b Batch) Check() error {
	switch {
	case b.Number < 1:
		return fmt.Errorf("batches are numbered from 1, not %d", b.Number)
	case b.Records < 0 || b.Bytes < 0:
		return fmt.Errorf("a batch of %d records and %d bytes", b.Records, b.Bytes)
	case b.Minute%60 != 0:
		return fmt.Errorf("%v is not the beginning of a minute", b.Minute)
	}
	return nil
}

// Root is the Merkle tree hash (RFC 6962, section 2.1) over the digests of batches in
// the order of their numbers; it stands in the close of a grant. The root of no batch
// is the hash of nothing.
func Root(batches []paper.Digest) paper.Digest {
	sum := tree(batches)
	return paper.Digest("sha256:" + hex.EncodeToString(sum[:]))
}

func tree(list []paper.Digest) [sha256.Size]byte {
	switch len(list) {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		leaf := list[0].Bytes()
		return sha256.Sum256(append([]byte{0}, leaf[:]...))
	}
	k := 1
	for k*2 < len(list) {
		k *= 2
	}
	left, right := tree(list[:k]), tree(list[k:])
	return sha256.Sum256(append(append([]byte{1}, left[:]...), right[:]...))
}
