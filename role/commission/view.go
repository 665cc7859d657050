package commission

import (
	"net/http"
	"slices"

	"github.com/noroshi-acd/noroshi/authority/docket"
	"github.com/noroshi-acd/noroshi/authority/liveness"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/stage"
	"github.com/noroshi-acd/noroshi/authority/wire"
	"github.com/noroshi-acd/noroshi/internal/httpd"
)

// packet gives all that the caller may see of an application.
func (s *Service) packet(w http.ResponseWriter, r *http.Request) error {
	digest, err := s.seen(r)
	if err != nil {
		return err
	}
	p, err := s.desk.Packet(r.Context(), digest)
	if err != nil {
		return err
	}
	peer := httpd.Peer(r.Context())
	a := wire.Seen(p, s.shown(p, peer), s.ours(peer))
	if a.Opinions, err = s.opinions(r.Context(), p.Record, s.ours(peer)); err != nil {
		return err
	}
	if s.ours(peer) {
		if a.Books, err = s.books(r.Context(), p.Record); err != nil {
			return err
		}
	}
	return httpd.Answer(w, http.StatusOK, a)
}

// overdue lists what is owed: next steps of applications, confirmations, and answers to
// papers of oversight.
func (s *Service) overdue(w http.ResponseWriter, r *http.Request) error {
	peer, now := httpd.Peer(r.Context()), paper.TimeOf(s.now())
	f := docket.Filter{Stages: []stage.Stage{stage.Received, stage.Correcting, stage.Deliberating}, Limit: 1000}
	if !s.ours(peer) {
		f.Body = paper.ID(peer.Body)
	}
	list := []wire.Late{}
	for {
		records, err := s.desk.List(r.Context(), f)
		if err != nil {
			return err
		}
		for _, x := range records {
			f.After = x.Index
			if x.Life.Due != 0 {
				list = append(list, wire.Late{Application: x.Digest, Body: x.Body, Due: x.Life.Due, ID: x.ID, Late: now >= x.Life.Due, What: string(x.Life.Stage)})
			}
			if p := x.Life.Urged; p != nil && x.Life.Confirm != 0 && p.Ending == "" {
				list = append(list, wire.Late{Application: x.Digest, Body: x.Body, Due: x.Life.Confirm, ID: x.ID, Late: now >= x.Life.Confirm, What: "urgent-confirmation"})
			}
		}
		if len(records) < f.Limit {
			break
		}
	}
	untaken, err := s.desk.List(r.Context(), docket.Filter{Stages: []stage.Stage{stage.Approved}, Body: f.Body, Confirming: true, Limit: 1000})
	if err != nil {
		return err
	}
	for _, x := range untaken {
		list = append(list, wire.Late{Application: x.Digest, Body: x.Body, Due: x.Life.Whole, ID: x.ID, Late: now >= x.Life.Whole, What: "whole-body"})
	}
	more, err := s.owed(r.Context(), peer)
	if err != nil {
		return err
	}
	list = append(list, more...)
	slices.SortStableFunc(list, func(a, b wire.Late) int { return int(max(-1, min(1, a.Due-b.Due))) })
	return httpd.Answer(w, http.StatusOK, list)
}

// state says how the service is. What stands is for the commission's own machines: to
// others the liveness says it by blinded names.
func (s *Service) state(w http.ResponseWriter, r *http.Request) error {
	a := wire.State{Origin: s.ledger.Origin(), Problems: []string{}, Root: string(s.view().Digest()), Standing: []wire.Standing{}, Time: paper.TimeOf(s.now())}
	for _, p := range s.problems(r.Context()) {
		a.Problems = append(a.Problems, p.EN+" / "+p.JA)
	}
	if signed := s.ledger.Signed(); signed != nil {
		a.Size = signed.Size
		if text, err := s.ledger.File("checkpoint"); err == nil {
			a.Checkpoint = string(text)
		}
	}
	if e := s.issuer.Latest(); e != nil {
		var said liveness.Statement
		if e.Open(liveness.Type, &said) == nil {
			a.Live = said.Number
		}
	}
	if !s.ours(httpd.Peer(r.Context())) {
		return httpd.Answer(w, http.StatusOK, a)
	}
	list, err := s.desk.Standing(r.Context(), a.Time)
	if err != nil {
		return err
	}
	for _, x := range list {
		a.Standing = append(a.Standing, wire.Standing{Application: x.Application, Instrument: x.Instrument, Permit: x.Permit, State: x.State, Urgent: x.Urgent})
	}
	return httpd.Answer(w, http.StatusOK, a)
}
