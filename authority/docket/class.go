package docket

import (
	"github.com/noroshi-acd/noroshi/authority/application"
	"github.com/noroshi-acd/noroshi/authority/decision"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
	"github.com/noroshi-acd/noroshi/authority/repeat"
	"github.com/noroshi-acd/noroshi/authority/stage"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/internal/store"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// Class is the class of the entry of an application.
func Class(a *application.Application) proof.Class {
	switch {
	case a.Path == warrant.Urgent:
		return proof.UrgentNotice
	case a.Previous != nil && a.Previous.Reason == application.Correction:
		return proof.Correction
	case a.Previous != nil && a.Previous.Reason == application.Renewal:
		return proof.ExtensionRequest
	}
	return proof.Application
}

// JudgementClass is the class of a decision's entry: by it the yearly report counts.
func (r *Record) JudgementClass(o decision.Position) proof.Class {
	switch {
	case o == decision.Refuse:
		return proof.Refusal
	case o == decision.Correct:
		return proof.Decision
	case r.Renewal > 0:
		return proof.Extension
	case o == decision.Partial:
		return proof.PartialApproval
	}
	return proof.Approval
}

// TakenUp is the class of the entry of the whole body's decision on what those on call
// granted: an approval is counted once, and a refusal is one.
func TakenUp(o decision.Position) proof.Class {
	if o == decision.Refuse {
		return proof.Refusal
	}
	return proof.Decision
}

// History is what has happened to an application, for the rules' clocks.
func (r *Record) History() *rules.History {
	h := &rules.History{Asked: r.Received, Decided: r.Decided, OnCall: r.Life.Whole != 0}
	if r.Life.Urged != nil {
		h.Began, h.Noticed = r.Life.Urged.From, r.Received
	}
	switch {
	case r.Life.Stage.Granted():
		h.Confirmed = r.Decided
	case r.Life.Stage == stage.Refused:
		h.Refused = r.Decided
	}
	for _, p := range []*stage.Permit{r.Life.Urged, r.Life.Ordered} {
		if p != nil && p.Ending != "" {
			h.Ended = p.Ended
		}
	}
	return h
}

// New is the record of an application as it comes in.
func New(a *application.Application, digest paper.Digest, now paper.Time, warnings []repeat.Repetition) *Record {
	return &Record{
		Asked: a.Warrant, Body: a.Applicant.Body, Case: a.Case, Chain: digest, Digest: digest, ID: a.ID, Instrument: a.Instrument, Kind: a.Kind,
		Path: a.Path, Person: a.Applicant.Person, Profile: a.Profile, Received: now, Role: a.Applicant.Role, Rules: a.Rules,
		Targets: a.Scope.Targets, Until: a.Until, Warnings: warnings, Life: stage.Record{Stage: stage.Received, Urgent: a.Path == warrant.Urgent, End: a.Until},
	}
}

// Application reads an application that is on record; nil when there is none.
func Application(t *store.Tx, digest paper.Digest) (*application.Application, error) {
	list, err := Papers(t, digest, proof.Application, proof.Correction, proof.ExtensionRequest, proof.UrgentNotice)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return application.Parse(list[0].Envelope)
}

// Recall brings all applications to mind, in the order of the log, once all were read.
func Recall(t *store.Tx, remember func(*application.Application, paper.Digest)) error {
	list, err := Applications(t)
	if err != nil {
		return err
	}
	for _, p := range list {
		if a, err := application.Parse(p.Envelope); err == nil {
			remember(a, p.Digest)
		}
	}
	return nil
}
