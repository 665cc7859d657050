package tree

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/ledger/verify/flaw"
)

// side is which of two rows of hashes the rest of the tree bears out.
type side uint8

const (
	neither side = iota
	computed
	stored
)

// read gives a file; nil when it is not there, never more than a little over most bytes.
func (w *Walk) read(path string, most int) ([]byte, error) {
	f, err := w.FS.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, flaw.Unread(path, err)
	}
	defer f.Close()
	data := make([]byte, most+1)
	n, err := io.ReadFull(f, data)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, flaw.Unread(path, err)
	}
	return data[:n], nil
}

// load gives the tile of a level that is being filled as the export has it, and tells
// when it is not there or not of its size.
func (w *Walk) load(level int) []byte {
	l := &w.levels[level]
	if l.loaded {
		return l.stored
	}
	t := w.tileAt(level)
	l.loaded, l.stored = true, nil
	data, err := w.read(t.path(), t.width*hashSize)
	switch {
	case err != nil:
		w.failed = errors.Join(w.failed, err)
	case len(data) == t.width*hashSize:
		l.stored = data
	case t.width > 0:
		from, to := w.span(level, l.n*proof.TileWidth, int64(t.width))
		w.Flaw(flaw.Flaw{Code: "tile-missing", Index: from, Last: to, File: t.path()})
	}
	return l.stored
}

// tileAt is the tile of a level that is being filled.
func (w *Walk) tileAt(level int) tile {
	t := tile{level: level, n: w.levels[level].n}
	t.width = t.expected(w.At.Size)
	return t
}

// span gives the first and last leaf under n hashes of a level, from the i-th.
func (w *Walk) span(level int, i, n int64) (from, to int64) {
	return i << (8 * level), min((i+n)<<(8*level), w.At.Size) - 1
}

// tile holds the tile of a level, all of whose hashes are computed, against what the
// export has, tells the differences, and gives the hashes that are borne out; nil when
// there are none.
func (w *Walk) tile(level int) []byte {
	l := &w.levels[level]
	t := w.tileAt(level)
	have, mine := w.load(level), l.truth.bytes()
	right := mine
	if l.gap || !bytes.Equal(have, mine) {
		right = w.judge(t, have, mine)
	}
	if right != nil {
		w.stale(t, hashSize, right)
	}
	return right
}

// judge decides between two rows that differ and tells every place where they do.
func (w *Walk) judge(t tile, have, mine []byte) []byte {
	l := &w.levels[t.level]
	chosen := neither
	if t.width < proof.TileWidth {
		chosen = w.edges()[t.level]
	} else if parent := w.above(t.level); parent != nil {
		switch {
		case !l.gap && slices.Equal(hashOf(mine, &w.scratch), parent):
			chosen = computed
		case have != nil && slices.Equal(hashOf(have, &w.scratch), parent):
			chosen = stored
		}
	}
	if have != nil {
		w.differences(t, have, mine, chosen)
	}
	switch {
	case chosen == stored || l.gap && have != nil:
		return have
	case l.gap:
		return nil
	}
	return mine
}

func hashOf(data []byte, scratch *row) []byte {
	h := full(data, scratch)
	return h[:]
}

// differences tells the hashes that differ. When the tile as computed is borne out, the
// file is wrong; else it is the leaf.
func (w *Walk) differences(t tile, have, mine []byte, chosen side) {
	for i := range len(mine) / hashSize {
		if at(have, i) == at(mine, i) {
			continue
		}
		f := flaw.Flaw{Code: "hash", File: t.path()}
		if f.Index, f.Last = w.span(t.level, t.n*proof.TileWidth+int64(i), 1); t.level == 0 && chosen != computed {
			f.Code, f.File = "leaf", tile{level: entries, n: t.n, width: t.width}.path()
		}
		w.Flaw(f)
	}
}

// above gives the hash that stands for a full tile in the tile above it, as the export
// has it.
func (w *Walk) above(level int) []byte {
	i := int(w.levels[level].n % proof.TileWidth)
	data := w.load(level + 1)
	if data == nil || len(data) < (i+1)*hashSize {
		return nil
	}
	return data[i*hashSize : (i+1)*hashSize]
}

// up hands the root of a full tile to the level above, and goes on there.
func (w *Walk) up(level int, right []byte) {
	l, p := &w.levels[level], &w.levels[level+1]
	var root tlog.Hash
	parent := w.above(level)
	switch {
	case right != nil:
		root = full(right, &w.scratch)
	case parent != nil:
		root = tlog.Hash(parent)
	default:
		p.gap = true
	}
	p.truth.add(root)
	l.n, l.truth.n, l.loaded, l.gap = l.n+1, 0, false, false
	if p.truth.n == proof.TileWidth {
		w.up(level+1, w.tile(level+1))
	}
}

// stale holds partial tiles that the tree has outgrown against what is right; size is
// that of one of their elements.
func (w *Walk) stale(t tile, size int, right []byte) {
	key := tile{level: t.level, n: t.n}
	widths := w.old[key]
	slices.Sort(widths)
	for _, width := range widths {
		o := tile{level: t.level, n: t.n, width: width}
		data, err := w.read(o.path(), width*size)
		if err != nil {
			w.failed = errors.Join(w.failed, err)
		}
		want := right[:min(len(right), width*size)]
		if len(data) == width*size && bytes.HasPrefix(data, want) {
			continue
		}
		same := 0
		for same < min(len(data), len(want)) && data[same] == want[same] {
			same++
		}
		from, to := w.span(max(t.level, 0), t.n*proof.TileWidth+int64(same/size), 1)
		w.Flaw(flaw.Flaw{Code: "stale", Index: from, Last: to, File: o.path()})
	}
}

// rows gives the hashes of all levels as they stand; leaves in place of the first one's.
// nil when one has holes.
func (w *Walk) rows(leaves []byte) [][]byte {
	rows := [][]byte{leaves}
	for i := range w.levels[1:] {
		l := &w.levels[i+1]
		if l.gap {
			return nil
		}
		rows = append(rows, l.truth.bytes())
	}
	return rows
}

// points tries the earlier checkpoints whose size lies in the run of leaves that begins
// at first; without leaves, at first itself.
func (w *Walk) points(first int64, leaves []byte) {
	n := int64(len(leaves) / hashSize)
	for w.next < len(w.History) {
		p := w.History[w.next]
		inside := p.Size == first && n == 0 || p.Size > first && p.Size <= first+n && p.Size != first+proof.TileWidth
		if !inside && p.Size > first {
			return
		}
		w.next++
		rows := w.rows(leaves[:max(0, p.Size-first)*hashSize])
		if !inside || rows == nil {
			continue // it lies in a hole, of which was told
		}
		if fold(rows, &w.scratch) == p.Root {
			w.good = p.Size
			continue
		}
		w.forks = append(w.forks, fork{p, w.good})
	}
}

// edges decides, for the partial tiles at the right edge, which rows the checkpoint's
// root bears out: what was computed, or, where that does not lead to the root, what the
// export has.
func (w *Walk) edges() []side {
	if w.edge != nil {
		return w.edge
	}
	w.edge = make([]side, len(w.levels))
	rows, choice := make([][]byte, len(w.levels)), make([][2][]byte, len(w.levels))
	for i := range w.levels {
		l := &w.levels[i]
		if l.truth.n == 0 && !l.gap {
			continue
		}
		choice[i] = [2][]byte{l.truth.bytes(), w.load(i)}
		if l.gap {
			choice[i][0] = nil
		}
	}
	for mask := range 1 << len(rows) {
		ok := true
		for i := range rows {
			which := mask >> i & 1
			rows[i] = choice[i][which]
			ok = ok && (rows[i] != nil || choice[i][0] == nil && choice[i][1] == nil && which == 0)
		}
		if !ok || fold(rows, &w.scratch) != w.At.Root {
			continue
		}
		for i := range rows {
			w.edge[i] = side(1 + mask>>i&1)
		}
		break
	}
	return w.edge
}

// end finishes the tiles at the right edge and holds the root against the checkpoint.
func (w *Walk) end() {
	var rows [][]byte
	whole := true
	for i := range w.levels {
		l := &w.levels[i]
		if l.truth.n == 0 && !l.gap {
			rows = append(rows, nil)
			continue
		}
		right := l.truth.bytes()
		if i > 0 || l.gap {
			right = w.tileEnd(i)
		}
		whole = whole && right != nil
		rows = append(rows, right)
	}
	if !whole {
		return
	}
	if fold(rows, &w.scratch) != w.At.Root && w.edges()[0] == neither {
		if w.good == w.At.Size { // another checkpoint of this size bears the entries out
			w.Flaw(flaw.Flaw{Code: "fork", Index: flaw.None, File: w.At.File, Args: []any{"size", w.At.Size}})
			return
		}
		f := flaw.Flaw{Code: "root", Index: w.good, Last: w.At.Size - 1, File: w.At.File}
		if len(w.forks) > 0 {
			f.Index, f.Last = w.forks[0].after, w.forks[0].Size-1
		}
		w.Flaw(f)
		return
	}
	for _, p := range w.forks {
		w.Flaw(flaw.Flaw{Code: "fork", Index: p.after, Last: p.Size - 1, File: p.File, Args: []any{"size", p.Size}})
	}
}

func (w *Walk) tileEnd(level int) []byte {
	if level == 0 { // told already
		if w.edges()[0] == stored {
			return w.levels[0].stored
		}
		return nil
	}
	return w.tile(level)
}
