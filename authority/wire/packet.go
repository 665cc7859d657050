package wire

import (
	"encoding/json"
	"slices"

	"github.com/noroshi-acd/noroshi/authority"
	"github.com/noroshi-acd/noroshi/authority/docket"
)

// Seen writes a packet as a caller sees it: with the papers that it may read, and with
// votes, precedents and others' applications only when it is one of the commission's.
func Seen(p *authority.Packet, papers []docket.Paper, ours bool) Packet {
	a := Packet{
		Application: p.Application, Chain: append([]*docket.Record{}, p.Chain...), Clocks: []Clock{}, Dissents: []string{}, Doubts: []Doubt{},
		Papers: []Paper{}, Precedents: append([]docket.Precedent{}, p.Precedents...), Record: p.Record,
	}
	if p.ClockError != nil {
		a.ClockError = p.ClockError.Error()
	}
	for _, c := range p.Clocks {
		a.Clocks = append(a.Clocks, Clock{Cite: append([]string{}, c.Cite...), Due: c.Due, Kind: string(c.Kind), Mark: string(c.Mark)})
	}
	for _, d := range p.Doubts {
		a.Doubts = append(a.Doubts, Doubt{Cite: append([]string{}, d.Cite...), Mark: string(d.Mark), What: d.Place})
	}
	for _, x := range papers {
		a.Papers = append(a.Papers, Paper{At: x.At, Class: x.Class, Digest: x.Digest, Envelope: json.RawMessage(x.Body), Index: x.Index})
	}
	votes(&a, p, ours)
	return a
}

// votes puts the votes where the caller may see them: members always, others the dissents
// that were written to be published, once the decision is there.
func votes(a *Packet, p *authority.Packet, ours bool) {
	c := p.Count
	if p.Record.Decision != "" {
		for _, v := range c.Votes {
			if v.Why == "" && v.Vote.Dissent != "" {
				a.Dissents = append(a.Dissents, v.Vote.Dissent)
			}
		}
	}
	if !ours {
		a.Precedents = []docket.Precedent{} // of others' applications
		a.Record = Bare(a.Record)
		for i := range a.Chain {
			a.Chain[i] = Bare(a.Chain[i])
		}
		return
	}
	a.Count = &Count{
		Against: c.Against, Need: c.Need, OnCall: c.OnCall, Outcome: c.Outcome, Quorum: c.Quorum, Recused: c.Recused,
		Seats: c.Seats, Support: c.Support, Taking: c.Taking, Votes: []Vote{},
	}
	for _, v := range c.Votes {
		a.Count.Votes = append(a.Count.Votes, Vote{
			Chair: v.Chair, Digest: v.Digest, Dissent: v.Vote.Dissent, Grant: v.Vote.Grant, Member: v.Vote.Member,
			Position: v.Vote.Position, Reasons: v.Vote.Reasons, Why: v.Why,
		})
	}
}

// Bare is a record without what it says of other bodies' applications.
func Bare(r *docket.Record) *docket.Record {
	c := *r
	c.Warnings = Warned(r.Warnings, false)
	return &c
}

// Warned is which warnings of repetition a caller is shown: what others have written is
// for the commission alone.
func Warned(list []docket.Repetition, ours bool) []docket.Repetition {
	if ours {
		return list
	}
	return slices.DeleteFunc(slices.Clone(list), func(w docket.Repetition) bool { return w.Application != "" && !w.Renewal })
}
