package folder

import (
	"fmt"

	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// ReadBundle reads the first width leaves of a bundle, from the full one when the
// partial one was cleared away.
func ReadBundle(read proof.Read, n int64, width int) ([]proof.Commitment, error) {
	path := proof.EntriesPath(n, width)
	data, err := read(path)
	if err != nil && width < proof.TileWidth {
		if full, second := read(proof.EntriesPath(n, proof.TileWidth)); second == nil {
			data, err = full, nil
		}
	}
	if err != nil {
		return nil, fmt.Errorf("bundle %s: %w", path, err)
	}
	list, err := proof.ParseEntries(data)
	if err != nil {
		return nil, fmt.Errorf("bundle %s: %w", path, err)
	}
	if len(list) < width {
		return nil, fmt.Errorf("bundle %s has %d entries, must have %d", path, len(list), width)
	}
	leaves := make([]proof.Commitment, 0, width)
	for i, e := range list[:width] {
		if len(e) != len(proof.Commitment{}) {
			return nil, fmt.Errorf("entry %d of bundle %s has %d bytes: it is no commitment", i, path, len(e))
		}
		leaves = append(leaves, proof.Commitment(e))
	}
	return leaves, nil
}
