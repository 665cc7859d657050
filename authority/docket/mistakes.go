package docket

import (
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/internal/store"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// Mistakes gives the errors that the desk has recorded of itself after an index, in the
// order of the log, at most 1,000.
func Mistakes(t *store.Tx, after int64) ([]Paper, error) {
	var list []Paper
	err := t.Each(func(scan func(...any) error) error {
		var p Paper
		if err := scan(&p.At, &p.Class, &p.Digest, &p.Index, &p.Body); err != nil {
			return err
		}
		var err error
		p.Envelope, err = paper.ParseEnvelope(p.Body)
		list = append(list, p)
		return err
	}, "SELECT at, class, digest, place, body FROM docket_paper WHERE class = $1 AND place > $2 ORDER BY place LIMIT 1000", string(proof.Mistake), after)
	return list, err
}
