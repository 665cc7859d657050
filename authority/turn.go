package authority

import (
	"context"

	"github.com/noroshi-acd/noroshi/authority/docket"
	"github.com/noroshi-acd/noroshi/authority/outbox"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/stage"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// Receipt is what the desk answers to an act that has taken effect.
type Receipt struct {
	Digest   paper.Digest   // of the application
	Index    int64          // of the act's own entry
	Record   *docket.Record // as it is after the act
	Unmet    []unmet.Unmet  // what keeps the act from taking effect; with an application: all that it lacks
	Uncalled string         // why a vote that was cast on call counts as any other; see package decision
}

func (c *Receipt) fill(r *docket.Record) { c.Digest, c.Record = r.Digest, r }

// turn is an act's turn, with what follows from it.
type turn struct {
	*outbox.Turn
	change  docket.Change
	receipt Receipt
}

// record notes an entry for e, and that it is kept with an application. It gives the
// stand-in for its index.
func (u *turn) record(class proof.Class, e *paper.Envelope, role, instrument paper.ID, warrant, application paper.Digest) (int64, error) {
	index, err := u.Record(class, e, role, instrument, warrant)
	u.change.Papers = append(u.change.Papers, docket.Noted{Application: application, Entry: int(-1 - index)})
	return index, err
}

// find gives the record of an application, to be changed and given back with save.
func (u *turn) find(digest paper.Digest) (*docket.Record, error) {
	r, err := docket.Find(u.T, digest)
	if err == nil && r == nil {
		err = wrong(fault.NotFound, "unknown", "application", "digest", string(digest))
	}
	return r, err
}

func (u *turn) save(r *docket.Record) { u.change.Records = append(u.change.Records, r) }

// step takes an act of the life of r, or says that it is not possible now.
func step(r *docket.Record, a stage.Act) error {
	next, ok := stage.Step(r.Life, a)
	if !ok {
		return wrong(fault.Invalid, "stage", "", "stage", stageWord(r.Life.Stage), "act", actWord(a.Kind))
	}
	r.Life = next
	return nil
}

// done says that an act was done before; its receipt is given again.
func (u *turn) done(application paper.Digest, class proof.Class, digest paper.Digest) (bool, error) {
	index, err := docket.Place(u.T, application, class, digest)
	if err != nil || index < 0 {
		return false, err
	}
	u.Skip()
	u.receipt.Index = index
	r, err := u.find(application)
	if err == nil {
		u.receipt.fill(r)
	}
	return true, err
}

// do brings an act to its turn and waits until it has taken effect.
func (d *Desk) do(ctx context.Context, prepare func(*turn) error, subjects ...string) (*Receipt, error) {
	var u *turn
	indices, err := d.box.Do(ctx, func(o *outbox.Turn) error {
		u = &turn{Turn: o}
		err := prepare(u)
		u.Then(&u.change)
		return err
	}, subjects...)
	if err != nil {
		return nil, err
	}
	outbox.Settle(&u.receipt.Index, indices)
	if u.receipt.Record != nil {
		u.receipt.Record.Settle(indices)
	}
	return &u.receipt, nil
}
