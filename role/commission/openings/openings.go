package openings

import (
	"context"
	"errors"
	"log/slog"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/oversight/opening"
	"github.com/noroshi-acd/noroshi/oversight/register"
)

// Log is the log whose entries are opened; *ledger.Log is one.
type Log interface {
	Origin() string
	Read(index int64) (*proof.Opened, []byte, error)
	Receipt(ctx context.Context, index int64) (*proof.Receipt, error)
	Unseal(ctx context.Context, indices ...int64) error
}

// Desk opens entries. It may be used by many goroutines.
type Desk struct {
	Log      Log
	Register *register.Register
	Logger   *slog.Logger
}

// Take records a request, waits until the witnesses have cosigned it, and opens what it
// names, and itself. It gives the index and the receipt of the request's entry. The same
// request brought again gets the same answer, and opens nothing else. Errors:
// fault.Permission where no member has signed it, fault.Invalid where it cannot stand or
// comes too late, fault.NotFound for an entry that is not there, fault.Limit for too many
// entries, and where too few witnesses have cosigned it so far.
//
// Invariant 28: nothing is opened but on record first: who, what, for what.
func (d *Desk) Take(ctx context.Context, e *paper.Envelope) (index int64, receipt []byte, err error) {
	var r opening.Request
	if err := e.Open(opening.Type, &r); err != nil {
		return -1, nil, wrong(fault.Invalid, "paper", err)
	}
	if r.Origin != d.Log.Origin() {
		return -1, nil, wrong(fault.Invalid, "other-log", nil, "origin", r.Origin, "own", d.Log.Origin())
	}
	for _, n := range r.Entries {
		if _, _, err := d.Log.Read(n); err != nil {
			return -1, nil, wrong(fault.NotFound, "entry", err, "index", n)
		}
	}
	_, index, err = d.Register.Take(ctx, e)
	if err != nil {
		return -1, nil, err
	}
	receipt, err = d.carry(ctx, e.Digest(), index, &r)
	return index, receipt, err
}

// carry opens what a request names that is on record.
func (d *Desk) carry(ctx context.Context, digest paper.Digest, index int64, r *opening.Request) ([]byte, error) {
	p, err := d.Log.Receipt(ctx, index)
	if err != nil {
		return nil, wrong(fault.Limit, "unwitnessed", err, "index", index)
	}
	if err := d.Log.Unseal(ctx, append([]int64{index}, r.Entries...)...); err != nil {
		return nil, err
	}
	return p.Marshal(), d.Register.Opened(ctx, digest)
}

// Finish carries out the requests that are on record and were interrupted.
func (d *Desk) Finish(ctx context.Context) error {
	list, err := d.Register.Unopened(ctx)
	if err != nil {
		return err
	}
	var failed []error
	for _, x := range list {
		e, err := paper.ParseEnvelope(x.Body)
		var r opening.Request
		if err == nil {
			err = e.Open(opening.Type, &r)
		}
		if err == nil {
			_, err = d.carry(ctx, x.Digest, x.Index, &r)
		}
		if err == nil {
			d.Logger.Info("entries were opened on a request that was interrupted", "request", x.Index, "entries", len(r.Entries))
		}
		failed = append(failed, err)
	}
	return errors.Join(failed...)
}

// wrong makes the house's error of a sentence of area openings, with its hint.
func wrong(kind fault.Kind, key string, cause error, args ...any) error {
	return fault.Said(fault.Error{Kind: kind, Place: fault.Place{Offset: -1}, Err: cause}, i18n.Both("openings.op"),
		i18n.Both("openings.wrong."+key, args...), i18n.Both("openings.hint."+key, args...))
}
