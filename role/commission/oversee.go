package commission

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"

	"github.com/noroshi-acd/noroshi/authority/application"
	"github.com/noroshi-acd/noroshi/authority/docket"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/stage"
	"github.com/noroshi-acd/noroshi/authority/wire"
	"github.com/noroshi-acd/noroshi/books"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/httpd"
	"github.com/noroshi-acd/noroshi/internal/pki"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/oversight/act"
	"github.com/noroshi-acd/noroshi/oversight/register"
)

// most is how many papers of the register one answer has.
const most = 1000

// oversight takes in a paper of oversight. Other bodies' machines bring what is theirs to
// say: an error, what they did about a paper, redress that is done.
func (s *Service) oversight(w http.ResponseWriter, r *http.Request, e *paper.Envelope) error {
	peer := httpd.Peer(r.Context())
	theirs := []string{act.MistakeType, act.FollowUpType, act.RedressType, proof.PeriodType}
	taken := []string{act.ComplaintType}
	switch {
	case s.member(peer), s.ours(peer) && slices.Contains(append(theirs, taken...), e.PayloadType) && peer.Role == wire.Registrar:
	case s.ours(peer) && e.PayloadType == act.OpinionType: // each signs with the key of the own role
	case !s.ours(peer) && slices.Contains(append(theirs, books.PageType), e.PayloadType):
	default:
		return wrong(fault.Permission, "not-yours", nil, "type", e.PayloadType, "role", peer.Role)
	}
	class, index, err := s.oversees.Take(r.Context(), e)
	if err != nil {
		return err
	}
	return httpd.Answer(w, http.StatusOK, wire.Receipt{Class: class, Index: index, Lacks: []application.Lack{}, Origin: s.ledger.Origin(), Paper: e.Digest(), Warnings: []docket.Repetition{}})
}

// open opens entries of the log to everybody, on a member's signed request. The
// certificate only opened the line.
func (s *Service) open(w http.ResponseWriter, r *http.Request, e *paper.Envelope) error {
	if peer := httpd.Peer(r.Context()); !s.member(peer) {
		return wrong(fault.Permission, "not-yours", nil, "type", e.PayloadType, "role", peer.Role)
	}
	index, receipt, err := s.openings.Take(r.Context(), e)
	if err != nil {
		return err
	}
	return httpd.Answer(w, http.StatusOK, wire.Receipt{
		Class: proof.OpeningRequest, Index: index, Lacks: []application.Lack{}, Origin: s.ledger.Origin(), Paper: e.Digest(), Proof: string(receipt), Warnings: []docket.Repetition{},
	})
}

// register lists papers of oversight. Other bodies see what is about them, and no
// complaint.
func (s *Service) register(w http.ResponseWriter, r *http.Request) error {
	q, peer := r.URL.Query(), httpd.Peer(r.Context())
	about, after := paper.ID(q.Get("body")), int64(-1)
	if !s.ours(peer) {
		about = paper.ID(peer.Body)
	}
	if n, err := strconv.ParseInt(q.Get("after"), 10, 64); err == nil {
		after = n
	}
	found, err := s.oversees.List(r.Context(), proof.Class(q.Get("class")), about, after, most)
	if err != nil {
		return err
	}
	return httpd.Answer(w, http.StatusOK, listed(found))
}

// listed writes papers of the register for the line.
func listed(found []*register.Entry) []wire.Entry {
	list := []wire.Entry{}
	for _, x := range found {
		list = append(list, wire.Entry{
			At: x.At, Body: x.About, Class: x.Class, Digest: x.Digest, Due: x.Due, Envelope: json.RawMessage(x.Body), Follows: x.Follows, Index: x.Index, State: x.State,
		})
	}
	return list
}

// opinions gives what monitors and advisers have said about an application: to the
// commission's own machines at once, to the applicant's once it is decided.
func (s *Service) opinions(ctx context.Context, r *docket.Record, ours bool) ([]wire.Entry, error) {
	if !ours && r.Decision == "" {
		return []wire.Entry{}, nil
	}
	found, err := s.oversees.Opinions(ctx, r.Digest)
	return listed(found), err
}

// owed lists the answers to papers of oversight that are owed.
func (s *Service) owed(ctx context.Context, peer pki.Name) ([]wire.Late, error) {
	about, now := paper.ID(""), paper.TimeOf(s.now())
	if !s.ours(peer) {
		about = paper.ID(peer.Body)
	}
	found, err := s.oversees.Owed(ctx, about)
	var list []wire.Late
	for _, x := range found {
		list = append(list, wire.Late{Body: x.About, Due: x.Due, ID: x.ID, Late: now >= x.Due, Paper: x.Digest, What: string(x.Class)})
	}
	return list, err
}

// books says what the books of an application's warrants come to, as far as pages have
// come in. An inspection holds the use of a warrant against them.
func (s *Service) books(ctx context.Context, r *docket.Record) ([]wire.Books, error) {
	list := []wire.Books{}
	for _, p := range []*stage.Permit{r.Life.Ordered, r.Life.Urged} {
		if p == nil {
			continue
		}
		b, err := s.oversees.Books(ctx, p.Warrant)
		if err != nil {
			return nil, err
		}
		x := wire.Books{Imbalances: []wire.Imbalance{}, Pages: b.Pages, Warrant: p.Warrant, Whole: b.Whole}
		for _, i := range b.Imbalances[:min(len(b.Imbalances), most)] {
			x.Imbalances = append(x.Imbalances, wire.Imbalance{
				By: i.By, Equation: i.Equation, Kind: string(i.Kind), Left: i.Left, Link: i.Link, Minute: i.Minute, Number: i.Number, Right: i.Right, Sheet: string(i.Sheet),
			})
		}
		list = append(list, x)
	}
	return list, nil
}
