package live

import (
	"context"
	"errors"
	"fmt"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// Recorded is what proves that a paper stands in a witnessed log: its entry with the
// key of the commitment, and the receipt.
type Recorded struct {
	Entry   proof.Opened `json:"entry"`
	Receipt []byte       `json:"receipt"` // as [proof.Receipt.Marshal] writes it
}

// Recorder brings papers to a witnessed log. Record returns once the witnesses'
// quorum has cosigned a checkpoint that has the entry, and MUST NOT return before; the
// entry MUST name the paper by its digest and class.
type Recorder interface {
	Record(ctx context.Context, class proof.Class, e *paper.Envelope, warrant paper.Digest) (*Recorded, error)
}

// Prove says where the paper stands in a log of the root, or why r does not prove it.
// The signed checkpoint bears the witnesses' times; see [Clock.Measure].
//
// Invariant 2: no window opens on a word that a log was written to, only on its proof.
func Prove(view *trust.View, e *paper.Envelope, class proof.Class, r *Recorded) (*proof.Position, *proof.Signed, error) {
	if r == nil || e == nil {
		return nil, nil, errors.New("there is no receipt")
	}
	receipt, err := proof.ParseReceipt(r.Receipt)
	if err != nil {
		return nil, nil, err
	}
	o := r.Entry
	if o.Entry.Class != class || o.Entry.Paper != e.Digest() || o.Index != receipt.Index {
		return nil, nil, fmt.Errorf("the receipt is for an entry of class %s about another paper, or for another index", o.Entry.Class)
	}
	leaf, err := o.Leaf()
	if err != nil {
		return nil, nil, err
	}
	origin, err := originOf(receipt.Note)
	if err != nil {
		return nil, nil, err
	}
	log, ok := view.Log(origin)
	if !ok {
		return nil, nil, fmt.Errorf("the root has no log %q", origin)
	}
	key, err := proof.ParseLogKey(log.Key)
	if err != nil {
		return nil, nil, err
	}
	policy := view.Witnesses()
	keys := make([]string, len(policy.Keys))
	for i, w := range policy.Keys {
		keys[i] = w.Key
	}
	quorum, err := proof.NewQuorum(keys, policy.K)
	if err != nil {
		return nil, nil, err
	}
	return receipt.Verify(leaf, key, quorum)
}

// originOf reads the first line of a checkpoint, to know which key to try.
func originOf(text []byte) (string, error) {
	for i, b := range text {
		if b == '\n' && i > 0 && i <= 255 {
			return string(text[:i]), nil
		}
	}
	return "", errors.New("the receipt has no checkpoint")
}

// Wrong makes the house's error of what area live says under a key.
func Wrong(kind fault.Kind, key string, at fault.Place, cause error, args ...any) error {
	return fault.Said(fault.Error{Kind: kind, Place: at, Err: cause},
		i18n.Both("live.op"), i18n.Both("live."+key, args...), i18n.Both("live.hint."+key, args...))
}
