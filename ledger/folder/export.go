package folder

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/ledger/keyring"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// Selection says which entries an export opens.
type Selection uint8

// The selections.
const (
	OpenedOnly Selection = iota // those that were opened to everyone with Unseal
	Readable                    // all whose keys are at hand: what an inspector gets
)

// Exported is how much an export holds.
type Exported struct {
	Size   int64 // entries
	Opened int64 // of these, with key and payload
	Dead   int64 // of those that were asked for, disposed of
}

// OpenedName is the name of an opened entry's file.
func OpenedName(index int64) string { return fmt.Sprintf("%012d.json", index) }

// Export writes one log's folder as docs/spec/ledger.md lays it out, under the latest
// published checkpoint. dir must be empty or not exist.
func (r *Reader) Export(ctx context.Context, dir string, which Selection) (*Exported, error) {
	tree, s, err := r.Tree()
	if err != nil {
		return nil, err
	}
	if files, err := os.ReadDir(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	} else if len(files) > 0 {
		return nil, Wrong(fault.Invalid, "notEmpty", fault.Place{Path: dir}, nil, "name", files[0].Name())
	}
	x := &export{r: r, dir: dir, done: Exported{Size: s.Size}}
	if err := x.tiles(ctx, tree); err != nil {
		return nil, err
	}
	if err := x.checkpoints(s); err != nil {
		return nil, err
	}
	if err := x.entries(ctx, which); err != nil {
		return nil, err
	}
	return &x.done, nil
}

// export is an export that is being written.
type export struct {
	r    *Reader
	dir  string
	done Exported
}

func (x *export) put(path string, data []byte) error {
	full := filepath.Join(x.dir, filepath.FromSlash(path))
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		return err
	}
	return os.WriteFile(full, data, 0o644)
}

// tiles copies the tiles and bundles of the tree, each as wide as the tree has it.
func (x *export) tiles(ctx context.Context, tree *proof.Tree) error {
	size := tree.Checkpoint().Size
	for level := 0; size>>(8*level) > 0; level++ {
		for n := int64(0); ; n++ {
			width := proof.Width(level, n, size)
			if width == 0 {
				break
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			data, err := proof.ReadTile(x.r.File, level, n, width)
			if err == nil && level == 0 {
				// The tree gives no hash of a tile that does not lead to the checkpoint's root, through
				// the tiles above it.
				_, err = tree.Leaf(n * proof.TileWidth)
			}
			if err != nil {
				return Wrong(fault.Invalid, "damaged", fault.Place{Path: x.r.dir}, err)
			}
			if err := x.put(proof.TilePath(level, n, width), data); err != nil {
				return err
			}
			if level > 0 {
				continue
			}
			if err := x.bundle(n, width, data); err != nil {
				return err
			}
		}
	}
	return nil
}

// bundle copies a bundle of leaves and holds each against its hash in the tile.
func (x *export) bundle(n int64, width int, tile []byte) error {
	leaves, err := ReadBundle(x.r.File, n, width)
	if err != nil {
		return Wrong(fault.Invalid, "damaged", fault.Place{Path: x.r.dir}, err)
	}
	var data []byte
	for i, leaf := range leaves {
		if h := leaf.Hash(); !bytes.Equal(h[:], tile[i*len(h):(i+1)*len(h)]) {
			return Wrong(fault.Invalid, "damaged", fault.Place{Path: x.r.dir},
				fmt.Errorf("leaf %d in bundle %s is not that of the tree", n*proof.TileWidth+int64(i), proof.EntriesPath(n, width)))
		}
		data = proof.AppendEntry(data, leaf[:])
	}
	return x.put(proof.EntriesPath(n, width), data)
}

// checkpoints writes the latest checkpoint and those before it that this tree bears out;
// of one size the latest counts.
func (x *export) checkpoints(latest *proof.Signed) error {
	if err := x.put("checkpoint", latest.Note); err != nil {
		return err
	}
	return x.r.History(func(text []byte) error {
		s, err := proof.Open(text, x.r.verifier, x.r.quorum)
		if err != nil || s.Size > latest.Size {
			return nil //nolint:nilerr // of an earlier quorum, or newer than this export
		}
		return x.put(fmt.Sprintf("checkpoints/%020d", s.Size), text)
	})
}

func (x *export) entries(ctx context.Context, which Selection) error {
	if which == Readable {
		for index := range x.done.Size {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := x.entry(index, nil); err != nil {
				return err
			}
		}
		return nil
	}
	files, err := os.ReadDir(filepath.Join(x.r.dir, Opened))
	if err != nil {
		return err
	}
	for _, f := range files {
		var index int64
		if _, err := fmt.Sscanf(f.Name(), "%d.json", &index); err != nil || f.Name() != OpenedName(index) || index >= x.done.Size {
			continue
		}
		text, err := os.ReadFile(filepath.Join(x.r.dir, Opened, f.Name()))
		if err != nil {
			return err
		}
		if err := x.entry(index, text); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// entry writes an opened entry and its payload. opened is its text when it was opened to
// everyone: then it stays so when the payload has died.
func (x *export) entry(index int64, opened []byte) error {
	o, content, err := x.r.read(index)
	dead := errors.Is(err, keyring.ErrDisposed)
	if dead {
		x.done.Dead++
	}
	switch {
	case dead && opened != nil:
	case dead || opened == nil && fault.KindOf(err) == fault.Permission && err != nil:
		return nil
	case err != nil && opened == nil:
		return err
	}
	if opened == nil {
		if opened, err = paper.Marshal(o); err != nil {
			return err
		}
	}
	x.done.Opened++
	if err := x.put("opened/"+OpenedName(index), opened); err != nil {
		return err
	}
	if o == nil {
		return nil
	}
	return x.put("content/"+strings.TrimPrefix(string(o.Entry.Content), "sha256:"), content)
}
