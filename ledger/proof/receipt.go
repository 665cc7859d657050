package proof

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/noroshi-acd/noroshi/authority/paper"
)

// receiptHead is the first line of a proof (tlog-proof).
const receiptHead = "c2sp.org/tlog-proof@v1"

// Receipt is the proof that a leaf stands in a log, to be kept and checked without the
// log: its index, the path to the root and the cosigned checkpoint.
type Receipt struct {
	Index int64
	Path  []tlog.Hash
	Note  []byte // the signed checkpoint
	Extra []byte // of the application; nobody vouches for it
}

// Position is where an entry stands in a witnessed log, and what was relied on for it.
// Only [Receipt.Verify] and who has verified a whole log make one.
type Position struct {
	Origin string
	Index  int64
	Size   int64
	Root   paper.Digest
}

// MakeReceipt takes the proof of a leaf from a tree; text is the signed checkpoint that
// the tree is under.
func MakeReceipt(t *Tree, text []byte, index int64) (*Receipt, error) {
	path, err := t.Inclusion(index)
	if err != nil {
		return nil, err
	}
	return &Receipt{Index: index, Path: path, Note: text}, nil
}

// Marshal writes r as tlog-proof has it.
func (r *Receipt) Marshal() []byte {
	var b strings.Builder
	b.WriteString(receiptHead + "\n")
	if len(r.Extra) > 0 {
		b.WriteString("extra " + encode(r.Extra) + "\n")
	}
	b.WriteString("index " + strconv.FormatInt(r.Index, 10) + "\n")
	for _, h := range r.Path {
		b.WriteString(encode(h[:]) + "\n")
	}
	b.WriteString("\n")
	b.Write(r.Note)
	return []byte(b.String())
}

// ParseReceipt reads a proof. It says nothing about whether it is true.
func ParseReceipt(text []byte) (*Receipt, error) {
	if len(text) > 2*maxNote {
		return nil, fmt.Errorf("a receipt of %d bytes; the most is %d", len(text), 2*maxNote)
	}
	head, checkpoint, ok := strings.Cut(string(text), "\n\n")
	lines := strings.Split(head, "\n")
	if !ok || lines[0] != receiptHead {
		return nil, fmt.Errorf("a receipt begins with the line %s and has an empty line before its checkpoint", receiptHead)
	}
	r, lines := &Receipt{Note: []byte(checkpoint)}, lines[1:]
	if len(lines) > 0 && strings.HasPrefix(lines[0], "extra ") {
		extra, err := decode(strings.TrimPrefix(lines[0], "extra "))
		if err != nil || len(extra) == 0 {
			return nil, errors.New("the extra data of the receipt are no base64")
		}
		r.Extra, lines = extra, lines[1:]
	}
	if len(lines) == 0 || !strings.HasPrefix(lines[0], "index ") {
		return nil, errors.New("the receipt has no line with the index")
	}
	var err error
	if r.Index, err = number(strings.TrimPrefix(lines[0], "index ")); err != nil {
		return nil, fmt.Errorf("the index of the receipt: %w", err)
	}
	if r.Path, err = hashes(lines[1:], maxProof); err != nil {
		return nil, err
	}
	return r, nil
}

// Verify says where a leaf stands, or why the receipt does not prove it: the log's
// signature, the quorum of witnesses, and the path from the leaf to the root.
//
// Invariant 2: an effect asks for this before it happens.
func (r *Receipt) Verify(leaf Commitment, log note.Verifier, q Quorum) (*Position, *Signed, error) {
	s, err := Open(r.Note, log, q)
	if err != nil {
		return nil, nil, err
	}
	if r.Index >= s.Size {
		return nil, nil, fmt.Errorf("the receipt is for index %d; its checkpoint has only %d entries", r.Index, s.Size)
	}
	if err := tlog.CheckRecord(r.Path, s.Size, s.Root, r.Index, leaf.Hash()); err != nil {
		return nil, nil, fmt.Errorf("the receipt does not prove that this entry stands at index %d of %s: %w", r.Index, s.Origin, err)
	}
	return &Position{Origin: s.Origin, Index: r.Index, Size: s.Size, Root: RootDigest(s.Root)}, s, nil
}

// RootDigest writes a root as papers name it.
func RootDigest(h tlog.Hash) paper.Digest { return paper.Digest(fmt.Sprintf("sha256:%x", h[:])) }
