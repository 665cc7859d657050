package replay

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/noroshi-acd/noroshi/authority"
	"github.com/noroshi-acd/noroshi/authority/application"
	"github.com/noroshi-acd/noroshi/authority/decision"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/ledger"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/oversight/act"
	"github.com/noroshi-acd/noroshi/oversight/register"
)

// Furthest is how many entries of the end of a log can be worked out again: the log knows
// so many by their keys, and takes none of them twice.
const Furthest = 16 << 10

// Log is the log of decisions; *ledger.Log is one.
type Log interface {
	register.Ledger
	Reader
}

// Config says whose store is worked out again. Ledger, Clock and Keys of the desks are
// set by [Run].
type Config struct {
	Log      Log
	Desk     authority.Config
	Register register.Config
}

// Result is what came of it.
type Result struct {
	Done []Entry `json:"done"` // worked out again
	Left []Entry `json:"left"` // not: each with the reason
}

// again is one run.
type again struct {
	log      Log
	now      paper.Time
	left     map[int64]*proof.Opened // what the store lacks
	taken    []int64                 // of these, by the act that is under way
	desk     *authority.Desk
	register *register.Register
}

// Run works out again what the store lacks. It changes nothing in the log, and nothing in
// a store that is whole. What stands otherwise in store and log is refused with
// fault.Permission; a store that lacks more than [Furthest] entries of the log's end with
// fault.Limit.
func Run(ctx context.Context, c Config) (r *Result, err error) {
	size := Size(c.Log)
	d, err := Compare(ctx, c.Desk.Store, c.Log, 0, size)
	if err != nil {
		return nil, err
	}
	r = &Result{Done: []Entry{}, Left: []Entry{}}
	switch {
	case len(d.Others) > 0:
		return nil, wrong(fault.Permission, "otherwise", "n", len(d.Others), "index", d.Others[0].Index)
	case len(d.Lacks) == 0:
		return r, nil
	case d.Lacks[0].Index < size-Furthest:
		return nil, wrong(fault.Limit, "far", "index", d.Lacks[0].Index, "most", Furthest)
	}
	a := &again{log: c.Log, left: map[int64]*proof.Opened{}}
	for _, x := range d.Lacks {
		if a.left[x.Index], _, err = c.Log.Read(x.Index); err != nil {
			return nil, err
		}
	}
	if err := a.open(ctx, c); err != nil {
		return nil, errors.Join(err, a.close())
	}
	whys := map[int64]error{}
	for _, x := range d.Lacks {
		if a.left[x.Index] != nil {
			whys[x.Index] = a.act(ctx, x.Index)
		}
	}
	if err := a.close(); err != nil {
		return nil, err
	}
	// What has come of it is in the store, whatever the desks said.
	after, err := Compare(ctx, c.Desk.Store, c.Log, 0, size)
	if err != nil {
		return nil, err
	}
	for _, x := range d.Lacks {
		if !slices.ContainsFunc(after.Lacks, func(y Entry) bool { return y.Index == x.Index }) {
			r.Done = append(r.Done, x)
			continue
		}
		x.Why = fault.Text(cmp.Or(whys[x.Index], errOther), i18n.EN)
		r.Left = append(r.Left, x)
	}
	return r, nil
}

// errOther: the act was done, and came to another entry or to none.
var errOther = errors.New("the act comes to no such entry")

// open opens the desks so that they stand at the instant of each entry.
func (a *again) open(ctx context.Context, c Config) (err error) {
	clock := func() time.Time { return a.now.Time() }
	a.now = paper.TimeOf(c.Desk.Clock())
	log := &known{a.log, map[string]bool{}}
	for _, o := range a.left {
		log.keys[string(o.Key)] = true
	}
	c.Desk.Ledger, c.Desk.Clock, c.Desk.Keys = log, clock, a.key
	if a.desk, err = authority.Open(ctx, c.Desk); err != nil {
		return err
	}
	c.Register.Ledger, c.Register.Clock, c.Register.Keys = log, clock, a.key
	a.register, err = register.Open(ctx, c.Register)
	return err
}

func (a *again) close() error {
	var list []error
	if a.register != nil {
		list = append(list, a.register.Close())
	}
	if a.desk != nil {
		list = append(list, a.desk.Close())
	}
	return errors.Join(list...)
}

// key gives the key of the entry that an act comes to, which then is no longer lacking.
// An entry that is not in the log is refused: nothing is recorded here.
func (a *again) key(e proof.Entry) ([]byte, error) {
	found := []int64{}
	for index, o := range a.left {
		if o.Entry == e {
			found = append(found, index)
		}
	}
	if len(found) == 0 {
		return nil, wrong(fault.Permission, "new", "class", string(e.Class))
	}
	index := slices.Min(found)
	a.taken = append(a.taken, index)
	return a.left[index].Key, nil
}

// act does again what led to an entry, at its instant.
func (a *again) act(ctx context.Context, index int64) error {
	o, payload, err := a.log.Read(index)
	if err != nil {
		return err
	}
	a.now = o.Entry.At
	e, err := paper.ParseEnvelope(payload)
	if err != nil {
		return err
	}
	a.taken = nil
	if err := a.done(ctx, e); err != nil {
		return err
	}
	for _, index := range a.taken {
		delete(a.left, index)
	}
	return nil
}

// known is the log, which takes nothing but what it has.
type known struct {
	Log
	keys map[string]bool
}

// Submit brings an act that is in the log again: it is not put in twice.
func (k *known) Submit(ctx context.Context, x ledger.Act) (*ledger.Pending, error) {
	if !k.keys[string(x.Key[:])] {
		return nil, wrong(fault.Permission, "new", "class", string(x.Entry.Class))
	}
	return k.Log.Submit(ctx, x)
}

// wrong makes the house's error of a sentence of area replay, with its hint.
func wrong(kind fault.Kind, key string, args ...any) error {
	return fault.Said(fault.Error{Kind: kind, Place: fault.Place{Offset: -1}}, i18n.Both("replay.op"), i18n.Both("replay.wrong."+key, args...), i18n.Both("replay.hint."+key, args...))
}

// done brings a paper to the desk that it came from.
func (a *again) done(ctx context.Context, e *paper.Envelope) error {
	var err error
	switch e.PayloadType {
	case application.Type:
		_, err = a.desk.Submit(ctx, e)
	case application.WithdrawalType:
		_, err = a.desk.Withdraw(ctx, e)
	case application.CorrectionType:
		_, err = a.desk.AskCorrection(ctx, e)
	case decision.VoteType:
		_, err = a.desk.Vote(ctx, e)
	case decision.Type:
		var d decision.Decision
		if err = e.Open(decision.Type, &d); err == nil {
			_, err = a.desk.Decide(ctx, d.Application, authority.Manner{Precedents: d.Precedents})
		}
	case warrant.Type:
		_, err = a.desk.Issue(ctx, e)
	case warrant.SuspensionType, warrant.RevocationType:
		_, err = a.desk.Stop(ctx, e)
	case act.MistakeType:
		if len(e.Signatures) > 0 { // of a body; the desk's own say themselves
			_, _, err = a.register.Take(ctx, e)
			break
		}
		// Others may be late by then that the log has later: their turn comes.
		_, err = a.desk.Tick(ctx)
	default:
		_, _, err = a.register.Take(ctx, e)
	}
	return err
}
