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

// within refuses a commitment to entries of a log that the trust root does not know, or of the
// own log to such as no witness has seen yet. How far another log reaches is not known here.
//
// Invariant 28: nobody inspects entries that do not exist.
func (g *Register) within(c *act.Commitment) error {
	if c.Origin != g.config.Ledger.Origin() {
		if _, ok := g.config.View().Log(c.Origin); !ok {
			return wrong(fault.NotFound, "no-log", "origin", "origin", c.Origin)
		}
		return nil
	}
	_, signed, err := g.config.Ledger.Tree()
	if err != nil || c.Last > signed.Size {
		size := int64(0)
		if err == nil {
			size = signed.Size
		}
		return wrong(fault.Invalid, "sample-range", "last", "last", c.Last, "size", size, "origin", c.Origin)
	}
	return nil
}

// steered is the error of a sample that is not the one of its commitment.
func steered(how act.Steered, index int64, at act.Place) error {
	return wrong(fault.Invalid, string(how), "sample", "size", index+1, "index", at.Index, "origin", at.Origin)
}
