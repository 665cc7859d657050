package mirror

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/noroshi-acd/noroshi/ledger/cosign/disk"
	"github.com/noroshi-acd/noroshi/ledger/cosign/exchange"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// Limits of a mirror.
const (
	mostBundle = proof.TileWidth * (2 + 1<<16) // bytes of entries
	mostRound  = 1024                          // bundles a round, so that a stop is never far
	tileHeight = 8
	checkpoint = "checkpoint"
)

// Mirror is the copy of one log. Update is for one goroutine, reading for any.
type Mirror struct {
	dir      string // exists
	url      string // of the log's files
	verifier note.Verifier
	client   *http.Client
	now      func() time.Time

	mu   sync.Mutex
	size int64 // of the checkpoint that is shown
}

// Open takes a folder for the copy of a log, made when it is not there. What is in it is
// checked again by every reading that matters.
func Open(dir, url string, verifier note.Verifier, client *http.Client, now func() time.Time) (*Mirror, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	m := &Mirror{dir: dir, url: strings.TrimRight(url, "/"), verifier: verifier, client: client, now: now}
	text, err := os.ReadFile(filepath.Join(dir, checkpoint))
	if errors.Is(err, fs.ErrNotExist) {
		return m, nil
	}
	if err != nil {
		return nil, err
	}
	s, err := proof.OpenLog(text, verifier, proof.Quorum{})
	if err != nil {
		return nil, fmt.Errorf("the mirror in %s: %w", dir, err)
	}
	m.size = s.Size
	return m, nil
}

// Size is that of the checkpoint that is shown.
func (m *Mirror) Size() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.size
}

// Checkpoint is the one that is shown; nil at first.
func (m *Mirror) Checkpoint() []byte {
	text, err := os.ReadFile(filepath.Join(m.dir, checkpoint))
	if err != nil {
		return nil
	}
	return text
}

// Read gives a tile or bundle of the copy: a proof.Read.
func (m *Mirror) Read(path string) ([]byte, error) {
	if !validPath(path) {
		return nil, fmt.Errorf("%q: %w", path, fs.ErrNotExist)
	}
	return os.ReadFile(filepath.Join(m.dir, filepath.FromSlash(path)))
}

// tilePath is what the paths of tlog-tiles look like, below the size that any log has.
var tilePath = regexp.MustCompile(`^tile/(?:[0-7]|entries)/(?:x[0-9]{3}/){0,6}[0-9]{3}(?:\.p/(?:[1-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5]))?$`)

func validPath(path string) bool { return tilePath.MatchString(path) }

// Update copies what is missing below a checkpoint, which the caller has verified and
// which bears its signatures, and then shows it. It can be broken off at any point and
// goes on where it was. The error names the tile or bundle that is wrong.
func (m *Mirror) Update(ctx context.Context, text []byte) error {
	s, err := proof.OpenLog(text, m.verifier, proof.Quorum{})
	if err != nil {
		return err
	}
	have := m.Size()
	if s.Size < have {
		return nil
	}
	err = m.copy(ctx, s, have, text, &tree{m: m, ctx: ctx})
	if err != nil && !errors.Is(err, ErrMore) && ctx.Err() == nil {
		err = m.copy(ctx, s, have, text, &tree{m: m, ctx: ctx, anew: true})
	}
	return err
}

// copy does the work of Update.
func (m *Mirror) copy(ctx context.Context, s *proof.Signed, have int64, text []byte, tiles *tree) error {
	reader := tlog.TileHashReader(tlog.Tree{N: s.Size, Hash: s.Root}, tiles)
	todo := mostRound
	for n := have / proof.TileWidth; n*proof.TileWidth < s.Size; n++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		if todo--; todo < 0 {
			return m.pause(s)
		}
		if err := m.bundle(ctx, reader, n, s.Size); err != nil {
			return err
		}
	}
	if err := m.bridge(reader, have); err != nil {
		return err
	}
	if err := m.write(checkpoint, text); err != nil {
		return err
	}
	m.mu.Lock()
	m.size = s.Size
	m.mu.Unlock()
	return nil
}

// ErrMore says that there is more to copy than one round does.
var ErrMore = errors.New("more of the log is to be copied")

func (m *Mirror) pause(s *proof.Signed) error {
	return fmt.Errorf("%s up to size %d: %w", s.Origin, s.Size, ErrMore)
}

// bundle copies one bundle of entries and finds each entry right.
func (m *Mirror) bundle(ctx context.Context, reader tlog.HashReader, n, size int64) error {
	width := proof.Width(0, n, size)
	path := proof.EntriesPath(n, width)
	if _, err := os.Stat(filepath.Join(m.dir, filepath.FromSlash(path))); err == nil {
		return nil // it was found right when it was written
	}
	indexes := make([]int64, width)
	for i := range indexes {
		indexes[i] = tlog.StoredHashIndex(0, n*proof.TileWidth+int64(i))
	}
	hashes, err := reader.ReadHashes(indexes)
	if err != nil {
		return err
	}
	data, err := m.fetch(ctx, path, mostBundle)
	if err != nil && width < proof.TileWidth {
		if data, err = m.fetch(ctx, proof.EntriesPath(n, proof.TileWidth), mostBundle); err == nil {
			data, err = firstEntries(data, width)
		}
	}
	if err != nil {
		return fmt.Errorf("entries %s: %w", path, err)
	}
	entries, err := proof.ParseEntries(data)
	if err != nil || len(entries) != width {
		return fmt.Errorf("entries %s: %d entries, must be %d: %w", path, len(entries), width, errors.Join(err))
	}
	for i, entry := range entries {
		if tlog.RecordHash(entry) != hashes[i] {
			return fmt.Errorf("entries %s: entry %d is not the one under the signed root", path, n*proof.TileWidth+int64(i))
		}
	}
	return m.write(path, data)
}

// firstEntries cuts a full bundle to its first entries.
func firstEntries(data []byte, width int) ([]byte, error) {
	entries, err := proof.ParseEntries(data)
	if err != nil || len(entries) < width {
		return nil, fmt.Errorf("%d entries, must be at least %d: %w", len(entries), width, errors.Join(err))
	}
	var cut []byte
	for _, e := range entries[:width] {
		cut = proof.AppendEntry(cut, e)
	}
	return cut, nil
}

// bridge finds the tree that was shown before in the new one.
func (m *Mirror) bridge(reader tlog.HashReader, have int64) error {
	text := m.Checkpoint()
	if text == nil || have == 0 {
		return nil
	}
	before, err := proof.OpenLog(text, m.verifier, proof.Quorum{})
	if err != nil {
		return err
	}
	root, err := tlog.TreeHash(have, reader)
	if err == nil && root != before.Root {
		err = fmt.Errorf("%s: the tree of size %d that was copied before is not the beginning of the new one", before.Origin, have)
	}
	return err
}

func (m *Mirror) fetch(ctx context.Context, path string, most int64) ([]byte, error) {
	a, err := exchange.Get(ctx, m.client, m.url+"/"+path, most, m.now)
	if err != nil {
		return nil, err
	}
	return a.Body, nil
}

// write puts a file in its place whole or not at all.
func (m *Mirror) write(path string, data []byte) error {
	name := filepath.Join(m.dir, filepath.FromSlash(path))
	if err := disk.Make(filepath.Dir(name)); err != nil {
		return err
	}
	return disk.Write(name, data)
}

// tree reads the tiles of one checkpoint for package tlog, which hands those that it
// found right to SaveTiles.
type tree struct {
	m   *Mirror
	ctx context.Context
	err error // of writing
	// anew passes over what is on the disk, which was found wrong, and replaces it.
	anew bool
}

// Height is that of C2SP's tiles.
func (*tree) Height() int { return tileHeight }

// ReadTiles takes tiles from the disk, else from the log.
func (t *tree) ReadTiles(list []tlog.Tile) ([][]byte, error) {
	if t.err != nil {
		return nil, t.err
	}
	var all [][]byte
	for _, tile := range list {
		data, err := t.m.Read(proof.TilePath(tile.L, tile.N, tile.W))
		if err != nil || t.anew {
			data, err = proof.ReadTile(func(path string) ([]byte, error) {
				return t.m.fetch(t.ctx, path, proof.TileWidth*tlog.HashSize)
			}, tile.L, tile.N, tile.W)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

// SaveTiles keeps tiles that were found right.
func (t *tree) SaveTiles(tiles []tlog.Tile, data [][]byte) {
	for i, tile := range tiles {
		path := proof.TilePath(tile.L, tile.N, tile.W)
		if _, err := os.Stat(filepath.Join(t.m.dir, filepath.FromSlash(path))); err == nil && !t.anew {
			continue
		}
		if err := t.m.write(path, data[i]); err != nil {
			t.err = err // the next reading fails with it: nothing is shown that is not on the disk
		}
	}
}

// Clear removes partial tiles and bundles that full ones, or wider ones below the
// checkpoint that is shown, have replaced, and what writes that were broken off left.
func (m *Mirror) Clear() error {
	err := filepath.WalkDir(filepath.Join(m.dir, "tile"), func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if err := disk.Clear(name); err != nil || !strings.HasSuffix(name, ".p") {
			return err
		}
		return clearPartial(name)
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// clearPartial removes the partial tiles of a folder but for the widest, and that too
// when the full tile is there.
func clearPartial(dir string) error {
	list, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	_, missing := os.Stat(strings.TrimSuffix(dir, ".p"))
	widths := make([]int, len(list))
	for i, e := range list {
		widths[i], _ = strconv.Atoi(e.Name())
	}
	for i, e := range list {
		if missing != nil && widths[i] == slices.Max(widths) {
			continue
		}
		if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	return nil
}
