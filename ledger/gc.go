package ledger

import (
	"context"
	"os"
	"path/filepath"

	"github.com/noroshi-acd/noroshi/ledger/folder"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// Collect clears away what nobody needs any more: partial tiles and bundles whose full
// one is under a published checkpoint, and checkpoints that are older than is kept. It
// may run at any time.
func (l *Log) Collect(ctx context.Context) error {
	s := l.Signed()
	if s == nil {
		return nil
	}
	for level := 0; s.Size>>(8*(level+1)) > 0; level++ {
		for n := s.Size>>(8*(level+1)) - 1; n >= 0; n-- {
			if err := ctx.Err(); err != nil {
				return err
			}
			cleared, err := l.clear(proof.TilePath(level, n, proof.TileWidth))
			if err == nil && level == 0 {
				var bundle bool
				bundle, err = l.clear(proof.EntriesPath(n, proof.TileWidth))
				cleared = cleared || bundle
			}
			if err != nil {
				return err
			}
			// Tiles fill from the left, and are cleared from the right: where there is nothing to
			// clear, an earlier run has been.
			if !cleared && n < s.Size>>(8*(level+1))-clearedBehind {
				break
			}
		}
	}
	return l.thinHistory()
}

// clearedBehind is how many tiles without partial ones end the search: a tile that was
// filled by one batch never had any.
const clearedBehind = 4096

// clear removes the partial tiles beside a full one.
func (l *Log) clear(path string) (bool, error) {
	dir := filepath.Join(l.config.Dir, folder.TreeDir, filepath.FromSlash(path)+".p")
	if _, err := os.Lstat(dir); os.IsNotExist(err) {
		return false, nil
	}
	return true, os.RemoveAll(dir)
}

// thinHistory keeps of checkpoints older than KeepHistory the last one of each hour, by
// their witnesses' clocks. Any root in between can be worked out from the tree.
func (l *Log) thinHistory() error {
	limit := l.config.Clock().Add(-l.config.KeepHistory).Unix()
	l.history.Lock()
	defer l.history.Unlock()
	return folder.ThinHistory(filepath.Join(l.config.Dir, folder.HistoryName), limit, func(text []byte) int64 {
		s, err := proof.OpenLog(text, l.verifier, l.asker.Quorum())
		if err != nil || len(s.Cosignatures) == 0 {
			return limit // of an earlier quorum: kept
		}
		return s.Median()
	})
}
