package opened

import (
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// Fits says whether a log of the duty records the class.
func Fits(c proof.Class, d trust.Duty) bool {
	switch c {
	case proof.Application, proof.Decision, proof.Refusal, proof.Suspension, proof.Revocation, proof.Liveness, proof.Inspection,
		proof.CorrectionRequest, proof.Correction, proof.Withdrawal, proof.Dismissal, proof.Vote, proof.Approval, proof.PartialApproval,
		proof.ExtensionRequest, proof.Extension, proof.UrgentNotice, proof.Sample, proof.BreachNotice, proof.Demand,
		proof.Recommendation, proof.FollowUp, proof.Complaint, proof.Answer, proof.Redress, proof.Opinion, proof.Figures, proof.OpeningRequest:
		return d == trust.Decisions
	case proof.GrantOpen, proof.GrantClose, proof.Selectors, proof.Query, proof.Opening, proof.Disclosure, proof.Order, proof.Result:
		return d == trust.Acts
	}
	return true
}

// Kinds gives the kinds of warrant that permit an entry of the class; none when it is
// nothing that only a warrant permits.
func Kinds(c proof.Class) []regime.Kind {
	switch c {
	case proof.GrantOpen:
		return []regime.Kind{regime.Collection}
	case proof.Query:
		return []regime.Kind{regime.Query}
	case proof.Opening:
		return []regime.Kind{regime.Reidentify}
	case proof.Disclosure:
		return []regime.Kind{regime.Share}
	case proof.Order:
		return []regime.Kind{regime.Access, regime.Neutralise}
	}
	return nil
}

// Asks says whether an entry of the class asks for a warrant, or that one may go on.
func Asks(c proof.Class) bool {
	return c == proof.Application || c == proof.Correction || c == proof.ExtensionRequest || c == proof.UrgentNotice
}

// Decides says whether an entry of the class can be the decision that a warrant rests on.
// A refusal is none.
func Decides(c proof.Class) bool {
	return c == proof.Decision || c == proof.Approval || c == proof.PartialApproval || c == proof.Extension
}

// Types gives the types of the paper that is the payload of an entry of the class; nil
// when it needs none.
func Types(c proof.Class) []string {
	name := func(s string) string { return paper.TypePrefix + s + paper.TypeSuffix }
	switch c {
	case proof.Warrant, proof.Suspension, proof.Revocation, proof.Liveness, proof.GrantOpen, proof.GrantClose, proof.Disposal, proof.Period:
		return []string{name(string(c))}
	case proof.CorrectionRequest, proof.Withdrawal, proof.Dismissal, proof.Vote, proof.BreachNotice, proof.Demand, proof.Recommendation, proof.FollowUp,
		proof.Complaint, proof.Answer, proof.Redress, proof.Opinion, proof.Figures, proof.OpeningRequest:
		return []string{name(string(c))}
	case proof.Correction, proof.ExtensionRequest, proof.UrgentNotice:
		return []string{name("application")}
	case proof.Approval, proof.PartialApproval, proof.Extension:
		return []string{name("decision")}
	case proof.Sample:
		return []string{name("sample-commitment")}
	case proof.Trust:
		return []string{trust.RootType, trust.ListType}
	case proof.Books:
		return []string{name("books-page")}
	}
	return nil
}
