package record

import (
	"context"

	"github.com/noroshi-acd/noroshi/authority/live"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/ledger"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// Log records in a ledger.
type Log struct {
	Ledger *ledger.Log
	Role   paper.ID // in whose name
}

var _ live.Recorder = Log{}

// Record appends a paper and waits for its receipt.
//
// Invariant 2: nobody gets a receipt before the witnesses' quorum has cosigned it.
func (l Log) Record(ctx context.Context, class proof.Class, e *paper.Envelope, warrant paper.Digest) (*live.Recorded, error) {
	payload, err := e.Marshal()
	if err != nil {
		return nil, err
	}
	p, err := l.Ledger.Submit(ctx, ledger.Act{Entry: proof.Entry{Class: class, Paper: e.Digest(), Role: l.Role, Warrant: warrant}, Payload: payload})
	if err != nil {
		return nil, err
	}
	index, err := p.Wait(ctx)
	if err != nil {
		return nil, err
	}
	receipt, err := l.Ledger.Receipt(ctx, index)
	if err != nil {
		return nil, err
	}
	return &live.Recorded{Entry: proof.Opened{Entry: p.Entry, Index: index, Key: p.Key[:]}, Receipt: receipt.Marshal()}, nil
}
