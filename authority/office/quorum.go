package office

import (
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// Quorum is the witnesses' quorum of a trust root.
func Quorum(v *trust.View) (proof.Quorum, error) {
	var keys []string
	for _, w := range v.Witnesses().Keys {
		keys = append(keys, w.Key)
	}
	return proof.NewQuorum(keys, v.Witnesses().K)
}
