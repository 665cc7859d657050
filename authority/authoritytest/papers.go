package authoritytest

import (
	"fmt"
	"slices"

	"github.com/noroshi-acd/noroshi/authority/application"
	"github.com/noroshi-acd/noroshi/authority/decision"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/authority/warrant/warranttest"
)

// who names the key of an applicant.
var who = map[paper.ID]string{"agency": "agency-1", "police": "chief"}

// evidence is one document.
func evidence(name string) []application.Evidence {
	return []application.Evidence{{Class: "document", Digest: paper.DigestOf([]byte(name)), Name: name}}
}

// Collection asks for the collection that warranttest's warrant permits, from an instant
// for thirty days. Each number makes another application, about a case of its own.
func (c *Country) Collection(n int, at paper.Time) *application.Application {
	w := c.CollectionWarrant()
	a := c.application(w, n, at, application.Applicant{Body: "agency", Person: "person/agency-1", Role: "acquirer"})
	a.From, a.Until = at+3600, at+30*86400
	a.Findings = []application.Finding{
		{Condition: "necessity", Evidence: evidence(fmt.Sprint("necessity ", n)), Text: fmt.Sprintf("the botnet number %d is steered from abroad over both links", n)},
		{Condition: "no-other-means", Evidence: evidence(fmt.Sprint("means ", n)), Text: fmt.Sprintf("the carriers of case %d were asked, and could not say who steers it", n)},
	}
	return a
}

// Police asks for the measure that warranttest's warrant permits.
func (c *Country) Police(n int, at paper.Time) *application.Application {
	w := c.PoliceWarrant()
	a := c.application(w, n, at, application.Applicant{Body: "police", Person: "person/chief", Role: "chief"})
	a.From, a.Until = at, at+86400
	for i := range a.People {
		a.People[i].Until = at + 40000
	}
	a.Scope.Targets = []warrant.Target{{Kind: warrant.File, Value: fmt.Sprintf("device/%d", n), Path: "/tmp/.x", Hash: paper.DigestOf([]byte("malware"))}}
	a.Findings = []application.Finding{
		{Condition: "danger", Evidence: evidence(fmt.Sprint("danger ", n)), Text: fmt.Sprintf("hospital %d is about to be attacked", n)},
		{Condition: "no-other-means", Evidence: evidence(fmt.Sprint("means ", n)), Text: fmt.Sprintf("the owner of device %d cannot be reached", n)},
	}
	return a
}

// Urgent asks for the same on the urgent path.
func (c *Country) Urgent(n int, at paper.Time) *application.Application {
	a := c.Police(n, at)
	a.ID, a.Path = paper.ID(fmt.Sprintf("a/urgent-%d", n)), warrant.Urgent
	a.Nonce = warranttest.Nonce(string(a.ID))
	a.Urgency = &application.Urgency{Facts: "the attack begins within the hour", When: at - 600}
	return a
}

func (c *Country) application(w *warrant.Warrant, n int, at paper.Time, by application.Applicant) *application.Application {
	id := paper.ID(fmt.Sprintf("a/%s-%d", w.Kind, n))
	profile := c.Profiles[w.Profile]
	return &application.Application{
		Applicant: by, Articles: w.Articles, At: at, Case: paper.ID(fmt.Sprintf("case/%s-%d", w.Kind, n)), Consultations: []application.Consultation{},
		Holder: w.Holder, ID: id, Instrument: w.Instrument, Kind: w.Kind, Nonce: warranttest.Nonce(string(id)), Path: warrant.Ordinary,
		People: slices.Clone(w.People), Profile: w.Profile, Purpose: w.Purpose, Root: w.Root, RootKind: w.RootKind, Rules: profile.Rules, Scope: w.Scope,
	}
}

// Renewal asks that a warrant may go on, with reasons of its own.
func (c *Country) Renewal(a *application.Application, previous, permit paper.Digest, n int, at, from paper.Time) *application.Application {
	r := *a
	r.ID = paper.ID(fmt.Sprintf("%s/renewal-%d", a.ID, n))
	r.At, r.From, r.Until, r.Nonce = at, from, from+(a.Until-a.From), warranttest.Nonce(string(r.ID))
	r.Previous, r.Warrant = &application.Previous{Digest: previous, Reason: application.Renewal}, permit
	r.Findings = slices.Clone(a.Findings)
	for i := range r.Findings {
		r.Findings[i].Text = fmt.Sprintf("since then %d more nodes were seen, which %s shows", n+3, r.Findings[i].Condition)
	}
	return &r
}

// Sign seals an application with its applicant's key.
func (c *Country) Sign(a *application.Application) (*paper.Envelope, error) {
	return paper.Seal(application.Type, a, c.Signer(who[a.Applicant.Body]))
}

// Vote is a member's vote, signed: member 1 to 5.
func (c *Country) Vote(about paper.Digest, member int, p decision.Position, at paper.Time, change ...func(*decision.Vote)) (*paper.Envelope, error) {
	name := fmt.Sprintf("member-%d", member)
	v := decision.Vote{Application: about, At: at, Member: paper.ID("person/" + name), Position: p, Reasons: fmt.Sprintf("member %d has read the papers", member)}
	for _, f := range change {
		f(&v)
	}
	return paper.Seal(decision.VoteType, v, c.Signer(name))
}

// Permit signs a draft with the keys that its locks need.
func (c *Country) Permit(w *warrant.Warrant) (*paper.Envelope, error) { return c.Seal(w) }

// Suspend is member 2's suspension, for an hour.
func (c *Country) Suspend(w paper.Digest, at paper.Time) (*paper.Envelope, error) {
	return paper.Seal(warrant.SuspensionType, warrant.Suspension{At: at, Reason: "the books do not balance", Until: at + 3600, Warrant: w}, c.Signer("member-2"))
}

// Revoke is the revocation of three members.
func (c *Country) Revoke(w paper.Digest, at paper.Time) (*paper.Envelope, error) {
	return paper.Seal(warrant.RevocationType, warrant.Revocation{At: at, Reason: "the purpose is reached", Warrant: w},
		c.Signer("member-1"), c.Signer("member-2"), c.Signer("member-3"))
}
