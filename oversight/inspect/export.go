package inspect

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// maxContent is the size from which on a payload is not read, maxText that of an opened
// entry, a checkpoint and a tile, in bytes.
const (
	maxContent = 64 << 20
	maxText    = 1 << 20
)

// Export is one log of an export, as docs/spec/ledger.md lays it out. Whether all of it is
// right is for noroshi verify to say; what is read here is held against the tree.
type Export struct {
	origin string
	fsys   fs.FS
	tree   *proof.Tree
	signed *proof.Signed
}

// OpenExport opens a log of an export under its latest checkpoint, which must bear the
// log's signature and those of the witnesses by the trust that is given. Errors:
// fault.NotFound when the export does not hold the log, fault.Permission when the trust
// root does not know it, fault.Invalid for a checkpoint that proves nothing.
func OpenExport(fsys fs.FS, origin string, view *trust.View) (*Export, error) {
	g, ok := view.Log(origin)
	if !ok {
		return nil, wrong(fault.Permission, "foreign", "origin", origin)
	}
	sum := sha256.Sum256([]byte(origin))
	if sub, err := fs.Sub(fsys, "logs/"+hex.EncodeToString(sum[:])); err == nil {
		if _, err := fs.Stat(sub, "checkpoint"); err == nil {
			fsys = sub
		}
	}
	text, err := read(fsys, "checkpoint", maxText)
	if err != nil || !strings.HasPrefix(string(text), origin+"\n") {
		return nil, wrong(fault.NotFound, "absent", "origin", origin)
	}
	var keys []string
	for _, w := range view.Witnesses().Keys {
		keys = append(keys, w.Key)
	}
	quorum, err := proof.NewQuorum(keys, view.Witnesses().K)
	if err != nil {
		return nil, wrong(fault.Invalid, "unproven", "why", err.Error())
	}
	key, err := proof.ParseLogKey(g.Key)
	if err != nil {
		return nil, wrong(fault.Invalid, "unproven", "why", err.Error())
	}
	signed, err := proof.Open(text, key, quorum)
	if err != nil {
		return nil, wrong(fault.Invalid, "unproven", "why", err.Error())
	}
	x := &Export{origin: origin, fsys: fsys, signed: signed}
	x.tree = proof.NewTree(signed.Checkpoint, func(path string) ([]byte, error) { return read(fsys, path, maxText) })
	return x, nil
}

// read reads a file that is not longer than most bytes.
func read(fsys fs.FS, path string, most int64) ([]byte, error) {
	f, err := fsys.Open(path)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(f, most+1))
	if err = errors.Join(err, f.Close()); err == nil && int64(len(text)) > most {
		err = fmt.Errorf("%s has more than %d bytes", path, most)
	}
	return text, err
}

// Origin is the log's name.
func (x *Export) Origin() string { return x.origin }

// Tree is the log's tree, and the checkpoint that it is under.
func (x *Export) Tree() (*proof.Tree, *proof.Signed, error) { return x.tree, x.signed, nil }

// Read opens an entry and its payload, and holds them against the leaf in the tree. The
// error is fault.NotFound when the export does not open it.
func (x *Export) Read(index int64) (*proof.Opened, []byte, error) {
	text, err := read(x.fsys, fmt.Sprintf("opened/%012d.json", index), maxText)
	if err != nil {
		return nil, nil, x.unread(err, index)
	}
	o := new(proof.Opened)
	if err := paper.Unmarshal(text, o); err != nil {
		return nil, nil, wrong(fault.Invalid, "entry", "index", index, "why", err.Error())
	}
	leaf, err := o.Leaf()
	if err != nil || o.Index != index {
		return nil, nil, wrong(fault.Invalid, "entry", "index", index, "why", "form")
	}
	if stands, err := x.tree.Leaf(index); err != nil || stands != leaf.Hash() {
		return nil, nil, wrong(fault.Invalid, "leaf", "index", index)
	}
	payload, err := read(x.fsys, "content/"+strings.TrimPrefix(string(o.Entry.Content), "sha256:"), maxContent)
	if err != nil {
		return nil, nil, x.unread(err, index)
	}
	if paper.DigestOf(payload) != o.Entry.Content {
		return nil, nil, wrong(fault.Invalid, "leaf", "index", index)
	}
	return o, payload, nil
}

func (x *Export) unread(err error, index int64) error {
	if errors.Is(err, fs.ErrNotExist) {
		return wrong(fault.NotFound, "unopened", "index", index)
	}
	return wrong(fault.Invalid, "entry", "index", index, "why", err.Error())
}

// Papers is a log of which only some papers are at hand, as the commission's service has
// given them out. It proves nothing of their places: that is for an export.
type Papers struct {
	Name string // the log's
	At   map[int64]Kept
}

// Kept is a paper of [Papers].
type Kept struct {
	Class   proof.Class
	Payload []byte // an envelope
}

// Origin is the log's name.
func (p *Papers) Origin() string { return p.Name }

// Read gives a paper. The error is fault.NotFound when it is not at hand.
func (p *Papers) Read(index int64) (*proof.Opened, []byte, error) {
	k, ok := p.At[index]
	if !ok {
		return nil, nil, wrong(fault.NotFound, "unopened", "index", index)
	}
	e, err := paper.ParseEnvelope(k.Payload)
	if err != nil {
		return nil, nil, wrong(fault.Invalid, "entry", "index", index, "why", err.Error())
	}
	o := &proof.Opened{Index: index, Entry: proof.Entry{Class: k.Class, Content: paper.DigestOf(k.Payload), Paper: e.Digest()}}
	return o, k.Payload, nil
}
