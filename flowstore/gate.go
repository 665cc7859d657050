package flowstore

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"slices"
	"time"

	"github.com/noroshi-acd/noroshi/authority/live"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// Standing fills a check with what is known now: trust, liveness, stops, clock.
// [live.Watch] is one.
type Standing interface {
	Fill(in *warrant.Input)
}

// Used tells what was used under each warrant of a chain so far, by the log.
type Used func(ctx context.Context, chain []paper.Digest) ([]warrant.Counts, error)

// Config is what a gate works with. All must be there.
type Config struct {
	Engine   Engine
	Standing Standing
	Profiles live.Profiles
	Recorder live.Recorder
	Signer   paper.Signer // signs the recorded questions
	Used     Used
	// Collected gives the warrant of that digest under which records were collected, nil
	// when it is not known here.
	Collected func(paper.Digest) *warrant.Warrant
}

// Gate is the one way to look at records. Its methods may be called by several
// goroutines.
type Gate struct {
	config Config
}

// NewGate makes a gate; a configuration that lacks anything is fault.Invalid.
func NewGate(c Config) (*Gate, error) {
	if c.Engine == nil || c.Standing == nil || c.Profiles == nil || c.Recorder == nil || c.Signer == nil || c.Used == nil || c.Collected == nil {
		return nil, Wrong(fault.Invalid, "gate", fault.Place{Field: "flowstore"}, nil)
	}
	return &Gate{config: c}, nil
}

// Request is a question with what proves that it may be asked.
type Request struct {
	Ask
	Warrants []*paper.Envelope // the query warrant's chain, the first one first
	Actor    paper.PublicKey   // whose connection or signature the caller has seen
}

// Answer says what became of a question.
type Answer struct {
	Asked    *paper.Envelope // as it was recorded
	Recorded *live.Recorded
	More     bool // there are more records than the limit let through
	Tallies  []Tally
}

// Look answers a question for records, batch by batch, in order of time; a batch is
// valid during the call only. When the warrant ends in between, so does the answer, with
// fault.Permission.
func (g *Gate) Look(ctx context.Context, r Request, yield func(*flow.Batch) error) (*Answer, error) {
	if r.Query.Kind != Records {
		return nil, Wrong(fault.Invalid, "ask", fault.Place{Field: "query.kind"}, nil)
	}
	p, a, err := g.admit(ctx, r)
	if err != nil {
		return nil, err
	}
	last := time.Now()
	a.More, err = g.config.Engine.Read(ctx, p, func(b *flow.Batch) error {
		if time.Since(last) > time.Second { // Invariant 1: a revocation reaches what runs
			if err := g.judge(ctx, r, false); err != nil {
				return err
			}
			last = time.Now()
		}
		return yield(b)
	})
	return a, err
}

// Count answers a question that counts. It goes the same way as Look: a count is a look.
func (g *Gate) Count(ctx context.Context, r Request) (*Answer, error) {
	if r.Query.Kind == Records {
		return nil, Wrong(fault.Invalid, "ask", fault.Place{Field: "query.kind"}, nil)
	}
	p, a, err := g.admit(ctx, r)
	if err != nil {
		return nil, err
	}
	a.Tallies, err = g.config.Engine.Count(ctx, p)
	return a, err
}

// admit makes a pass, once everything stands.
//
// Invariant 14: purpose, case, reason, person and a live warrant come first.
// Invariant 15: the receipt comes before the pass, and there is no other way to one.
func (g *Gate) admit(ctx context.Context, r Request) (*Pass, *Answer, error) {
	r.Nonce, r.Chain = "", nil
	if len(r.Warrants) == 0 || len(r.Warrants) > warrant.MaxDepth {
		return nil, nil, Wrong(fault.Invalid, "ask", fault.Place{Field: "warrants"}, nil)
	}
	for _, e := range r.Warrants {
		if e == nil {
			return nil, nil, Wrong(fault.Invalid, "ask", fault.Place{Field: "warrants"}, nil)
		}
		r.Chain = append(r.Chain, e.Digest())
	}
	if err := r.Check(); err != nil {
		return nil, nil, Wrong(fault.Invalid, "ask", fault.Place{}, err)
	}
	if err := g.purpose(r.Ask); err != nil {
		return nil, nil, err
	}
	if err := g.judge(ctx, r, true); err != nil {
		return nil, nil, err
	}
	nonce := make([]byte, 16)
	_, _ = rand.Read(nonce)
	r.Nonce = base64.RawURLEncoding.EncodeToString(nonce)
	asked, err := paper.Seal(AskType, r.Ask, g.config.Signer)
	if err != nil {
		return nil, nil, Wrong(fault.Invalid, "ask", fault.Place{}, err)
	}
	recorded, err := g.config.Recorder.Record(ctx, proof.Query, asked, r.Chain[len(r.Chain)-1])
	if err != nil {
		return nil, nil, Wrong(fault.Internal, "record", fault.Place{}, err)
	}
	var in warrant.Input
	g.config.Standing.Fill(&in)
	if in.View == nil {
		return nil, nil, Wrong(fault.Permission, "receipt", fault.Place{}, errors.New("there is no trust root"))
	}
	if _, _, err := live.Prove(in.View, asked, proof.Query, recorded); err != nil {
		return nil, nil, Wrong(fault.Permission, "receipt", fault.Place{}, err)
	}
	if err := g.judge(ctx, r, false); err != nil { // recording took its time
		return nil, nil, err
	}
	g.config.Standing.Fill(&in)
	p := &Pass{query: r.Query, now: in.Clock.Latest}
	p.left.Store(true)
	return p, &Answer{Asked: asked, Recorded: recorded}, nil
}

// purpose holds the question's purpose against that of the data.
//
// Invariant 20: records answer for the purpose under which they were collected; nothing
// here evaluates a rule that would allow another one.
func (g *Gate) purpose(a Ask) error {
	for _, d := range a.Query.Data {
		w := g.config.Collected(d)
		if w == nil || w.Kind != regime.Collection || w.Purpose != a.Purpose {
			return Wrong(fault.Permission, "purpose", fault.Place{Field: "query.data"}, nil, "warrant", string(d))
		}
	}
	return nil
}

// judge holds the question against its warrants as they stand now. before is whether the
// use is still to be counted by the log.
func (g *Gate) judge(ctx context.Context, r Request, before bool) error {
	use := useOf(r)
	in := warrant.Input{Chain: r.Warrants, Profiles: g.config.Profiles, Use: use, Start: before}
	if before {
		used, err := g.config.Used(ctx, r.Chain)
		if err != nil || len(used) != len(r.Chain) {
			return Wrong(fault.Internal, "used", fault.Place{}, err)
		}
		used = slices.Clone(used)
		for i := range used {
			used[i].Uses++
			if use.Target != nil {
				used[i].Targets++
			}
		}
		in.Use.Counts, in.Use.Above = used[len(used)-1], used[:len(used)-1]
	} else { // it was counted when it began: the smallest use there is
		one := warrant.Counts{Uses: 1}
		if use.Target != nil {
			one.Targets = 1
		}
		in.Use.Counts, in.Use.Above = one, slices.Repeat([]warrant.Counts{one}, len(r.Warrants)-1)
	}
	g.config.Standing.Fill(&in)
	if in.View == nil {
		return Wrong(fault.Permission, "warrant", fault.Place{}, errors.New("there is no trust root"))
	}
	verified, list := warrant.Check(in)
	if len(list) > 0 {
		return Wrong(fault.Permission, "warrant", fault.Place{}, errors.New(unmet.List(list).String()))
	}
	if verified.Leaf.Kind != regime.Query {
		return Wrong(fault.Permission, "warrant", fault.Place{}, errors.New("the warrant permits no query"))
	}
	return nil
}

// useOf says the question as a use. It names what the last warrant restricts, and nothing
// else: what the question leaves open there is missing, and the check refuses it.
func useOf(r Request) warrant.Use {
	u := warrant.Use{
		Kind: regime.Query, Instrument: r.Instrument, Purpose: r.Purpose, Case: r.Case, Actor: r.Actor,
		Effect: r.Effect, Person: r.Person, Duty: r.Duty,
	}
	var w warrant.Warrant
	if r.Warrants[len(r.Warrants)-1].Open(warrant.Type, &w) != nil {
		return u // the check says what is wrong
	}
	if w.Scope.Criteria != "" {
		u.Selector = r.Query.Selector()
	}
	if len(w.Scope.Targets) > 0 {
		u.Target = r.Query.Target()
	}
	for _, l := range w.Scope.Links {
		if l.ID == r.Query.Link { // records of the link are meant, whichever key took them
			u.Link, u.Tap = l.ID, l.Tap
		}
	}
	return u
}
