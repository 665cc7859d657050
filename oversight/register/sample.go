package register

import (
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/store"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/oversight/act"
)

// committed finds the commitment to a sample, and the index of its entry in the log.
func committed(t *store.Tx, d paper.Digest) (c act.Commitment, index int64, err error) {
	old, err := find(t, d)
	if err != nil {
		return c, -1, err
	}
	if old == nil || old.Class != proof.Sample {
		return c, -1, wrong(fault.NotFound, "follows", "paper", "digest", string(d))
	}
	e, err := paper.ParseEnvelope(old.Body)
	if err != nil {
		return c, -1, err
	}
	return c, old.Index, e.Open(act.CommitmentType, &c)
}

// rootAt is the root that the log had at a size, under what its witnesses have cosigned.
func (g *Register) rootAt(size int64) (paper.Digest, error) {
	tree, signed, err := g.config.Ledger.Tree()
	if err != nil || size > signed.Size {
		return "", wrong(fault.Limit, "unwitnessed", "sample", "size", size)
	}
	h, err := tree.RootAt(size)
	return proof.RootDigest(h), err
}

// steered is the error of a sample that is not the one of its commitment.
func steered(how act.Steered, index int64, at act.Place) error {
	return wrong(fault.Invalid, string(how), "sample", "size", index+1, "index", at.Index, "origin", at.Origin)
}
