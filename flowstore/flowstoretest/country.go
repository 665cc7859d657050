package flowstoretest

import (
	"context"
	"sync/atomic"

	"github.com/noroshi-acd/noroshi/authority/live"
	"github.com/noroshi-acd/noroshi/authority/live/livetest"
	"github.com/noroshi-acd/noroshi/authority/liveness"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/authority/warrant/warranttest"
	"github.com/noroshi-acd/noroshi/flowstore"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// Country is the made-up country with a warrant that permits queries of one link.
type Country struct {
	*livetest.Country
	Query    *warrant.Warrant
	Chain    []*paper.Envelope
	Data     paper.Digest // of the collection warrant
	Link     paper.ID
	Revoked  atomic.Bool // whether the commission has stopped saying that the warrant stands
	Recorded atomic.Int64
	Uses     int64 // counted before

	collected *warrant.Warrant
	liveness  *liveness.Verified
}

// New makes the country at warranttest.Now; spoil may change its query warrant.
func New(spoil ...func(*warrant.Warrant)) (*Country, error) {
	w, err := warranttest.New(trust.Lab, func(w *warranttest.World) {
		w.Collection.Kinds = []regime.Kind{regime.Collection, regime.Query}
	})
	if err != nil {
		return nil, err
	}
	c := &Country{Country: &livetest.Country{World: w, True: livetest.NewMachine(warranttest.Now.Time())}}
	c.Of = w.CollectionWarrant()
	if c.Warrant, err = w.Seal(c.Of); err != nil {
		return nil, err
	}
	c.collected, c.Data = c.Of, c.Warrant.Digest()
	c.Link = c.Of.Scope.Links[0].ID
	q := w.QueryWarrant(regime.Query)
	q.Scope.Targets, q.Scope.MaxTargets, q.Scope.MaxUses = nil, 0, 1_000_000
	q.Scope.Directions, q.Scope.DirectionTable, q.Scope.Criteria = nil, "", ""
	q.People = []warrant.Person{{Duty: "analyst", Person: "person/analyst-1", Until: warranttest.Now + 40000}}
	for _, f := range spoil {
		f(q)
	}
	e, err := w.Seal(q)
	if err != nil {
		return nil, err
	}
	c.Query, c.Chain = q, []*paper.Envelope{e}
	c.liveness, err = w.Live(w.Statement(5, warranttest.Now-10, e.Digest()))
	return c, err
}

// Fill is flowstore.Standing.
func (c *Country) Fill(in *warrant.Input) {
	in.View, in.Clock = c.View, warrant.Clock{Earliest: warranttest.Now - 2, Latest: warranttest.Now + 2}
	if !c.Revoked.Load() {
		in.Liveness = c.liveness
	}
	in.Urgents = &warrant.UrgentCount{}
}

// Record counts, and records.
func (c *Country) Record(ctx context.Context, class proof.Class, e *paper.Envelope, w paper.Digest) (*live.Recorded, error) {
	c.Recorded.Add(1)
	return c.Country.Record(ctx, class, e, w)
}

// Config gives what a gate to an engine needs.
func (c *Country) Config(e flowstore.Engine) flowstore.Config {
	return flowstore.Config{
		Engine: e, Standing: c, Profiles: c.Profile, Recorder: c, Signer: paper.Ed25519(c.Private("hub")),
		Used: func(context.Context, []paper.Digest) ([]warrant.Counts, error) {
			return []warrant.Counts{{Uses: c.Uses}}, nil
		},
		Collected: func(d paper.Digest) *warrant.Warrant {
			if d == c.Data {
				return c.collected
			}
			return nil
		},
	}
}

// Ask makes a request that the country's warrant permits, for a query that names no data
// and no link of its own.
func (c *Country) Ask(q flowstore.Query) flowstore.Request {
	u := c.Query.Sample()
	if q.Data == nil {
		q.Data = []paper.Digest{c.Data}
	}
	if q.Link == "" {
		q.Link = c.Link
	}
	return flowstore.Request{
		Warrants: c.Chain, Actor: u.Actor,
		Ask: flowstore.Ask{
			Case: u.Case, Duty: u.Duty, Effect: u.Effect, Instrument: u.Instrument, Person: u.Person, Purpose: u.Purpose,
			Reason: "the server answers a beacon of the case", Query: q,
		},
	}
}
