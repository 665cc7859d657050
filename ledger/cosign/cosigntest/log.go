package cosigntest

import (
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// Log is a log with all its leaves in memory. Branches share its key.
type Log struct {
	tb     testing.TB
	Origin string
	VKey   string
	key    ed25519.PrivateKey

	mu        sync.Mutex
	leaves    [][]byte
	hashes    []tlog.Hash
	published []byte
	Corrupt   func(path string, data []byte) []byte // changes what is served, when it is there
}

// New makes an empty log.
func New(tb testing.TB, origin string) *Log {
	tb.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	vkey, err := proof.LogKey(origin, public)
	if err != nil {
		tb.Fatal(err)
	}
	return &Log{tb: tb, Origin: origin, VKey: vkey, key: private}
}

// Grow adds n leaves whose text begins with mark.
func (l *Log) Grow(n int, mark string) {
	l.tb.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for range n {
		leaf := []byte(fmt.Sprintf("%s %d", mark, len(l.leaves)))
		hashes, err := tlog.StoredHashes(int64(len(l.leaves)), leaf, reader(l.hashes))
		if err != nil {
			l.tb.Fatal(err)
		}
		l.hashes = append(l.hashes, hashes...)
		l.leaves = append(l.leaves, leaf)
	}
}

// Branch is the same log as far as size, to be grown another way.
func (l *Log) Branch(size int) *Log {
	b := &Log{tb: l.tb, Origin: l.Origin, VKey: l.VKey, key: l.key}
	for i := range size {
		hashes, err := tlog.StoredHashes(int64(i), l.leaves[i], reader(b.hashes))
		if err != nil {
			l.tb.Fatal(err)
		}
		b.hashes, b.leaves = append(b.hashes, hashes...), append(b.leaves, l.leaves[i])
	}
	return b
}

// Size is how many leaves there are.
func (l *Log) Size() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return int64(len(l.leaves))
}

// Root is the root at a size.
func (l *Log) Root(size int64) tlog.Hash {
	l.mu.Lock()
	defer l.mu.Unlock()
	root, err := tlog.TreeHash(size, reader(l.hashes))
	if err != nil {
		l.tb.Fatal(err)
	}
	return root
}

// Sign gives the signed checkpoint of a size.
func (l *Log) Sign(size int64, extension ...string) []byte {
	return l.SignText(proof.Checkpoint{Origin: l.Origin, Size: size, Root: l.Root(size), Extension: extension}.Text())
}

// SignText signs any text.
func (l *Log) SignText(text string) []byte {
	l.tb.Helper()
	v, err := proof.ParseLogKey(l.VKey)
	if err != nil {
		l.tb.Fatal(err)
	}
	signed, err := note.Sign(&note.Note{Text: text}, signer{v, l.key})
	if err != nil {
		l.tb.Fatal(err)
	}
	return signed
}

// Proof is that the tree of size old is the beginning of that of size size.
func (l *Log) Proof(old, size int64) []tlog.Hash {
	l.tb.Helper()
	if old == 0 || old == size {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	p, err := tlog.ProveTree(size, old, reader(l.hashes))
	if err != nil {
		l.tb.Fatal(err)
	}
	return p
}

// Request is the body of an honest request.
func (l *Log) Request(old, size int64) []byte {
	return (&proof.Request{Old: old, Proof: l.Proof(old, size), Note: l.Sign(size)}).Marshal()
}

// Publish makes text the checkpoint that is served.
func (l *Log) Publish(text []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.published = text
}

// ServeHTTP serves the checkpoint, tiles and entries.
func (l *Log) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	data, err := l.Read(strings.TrimPrefix(r.URL.Path, "/"))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	w.Write(data)
}

// Read gives a file of the log: a proof.Read.
func (l *Log) Read(path string) ([]byte, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	data, err := l.file(path)
	if err == nil && l.Corrupt != nil {
		data = l.Corrupt(path, data)
	}
	return data, err
}

func (l *Log) file(path string) ([]byte, error) {
	if path == "checkpoint" && l.published != nil {
		return l.published, nil
	}
	size := int64(len(l.leaves))
	for level := range 4 {
		for n := int64(0); proof.Width(level, n, size) > 0; n++ {
			widest := proof.Width(level, n, size)
			width := widest
			if i := strings.LastIndex(path, ".p/"); i >= 0 {
				width, _ = strconv.Atoi(path[i+3:])
			}
			if width < 1 || width > widest {
				continue
			}
			if path == proof.TilePath(level, n, width) {
				return tlog.ReadTileData(tlog.Tile{H: 8, L: level, N: n, W: width}, reader(l.hashes))
			}
			if level == 0 && path == proof.EntriesPath(n, width) {
				var bundle []byte
				for _, leaf := range l.leaves[n*proof.TileWidth:][:width] {
					bundle = proof.AppendEntry(bundle, leaf)
				}
				return bundle, nil
			}
		}
	}
	return nil, fs.ErrNotExist
}

// reader reads stored hashes.
type reader []tlog.Hash

// ReadHashes is of tlog.HashReader.
func (r reader) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	list := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		if x >= int64(len(r)) {
			return nil, fmt.Errorf("no hash %d", x)
		}
		list[i] = r[x]
	}
	return list, nil
}

type signer struct {
	note.Verifier
	key ed25519.PrivateKey
}

// Sign is of note.Signer.
func (s signer) Sign(msg []byte) ([]byte, error) { return ed25519.Sign(s.key, msg), nil }
