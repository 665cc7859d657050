package ledger

import (
	"context"
	"path/filepath"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/ledger/folder"
)

// Unseal opens entries to everyone: from then on each export has their keys and
// payloads. It cannot be taken back.
func (l *Log) Unseal(ctx context.Context, indices ...int64) error {
	for _, index := range indices {
		if err := ctx.Err(); err != nil {
			return err
		}
		o, _, err := l.Read(index)
		if err != nil {
			return err
		}
		text, err := paper.Marshal(o)
		if err != nil {
			return err
		}
		if err := folder.Replace(filepath.Join(l.config.Dir, folder.Opened, folder.OpenedName(index)), text); err != nil {
			return folder.Wrong(fault.Internal, "write", fault.Place{Path: l.config.Dir}, err)
		}
	}
	return nil
}
