package commission

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/noroshi-acd/noroshi/authority"
	"github.com/noroshi-acd/noroshi/authority/application"
	"github.com/noroshi-acd/noroshi/authority/decision"
	"github.com/noroshi-acd/noroshi/authority/docket"
	"github.com/noroshi-acd/noroshi/authority/live"
	"github.com/noroshi-acd/noroshi/authority/live/carry"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/review"
	"github.com/noroshi-acd/noroshi/authority/stage"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/authority/wire"
	"github.com/noroshi-acd/noroshi/books"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/httpd"
	"github.com/noroshi-acd/noroshi/internal/pki"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/oversight/opening"
)

// ours says whether a machine is of the commission and may read all.
func (s *Service) ours(n pki.Name) bool {
	switch n.Role {
	case wire.Member, wire.Monitor, wire.Adviser, wire.Registrar:
		return n.Body == s.config.Commission.Body
	}
	return false
}

// member says whether a machine is one of a member's.
func (s *Service) member(n pki.Name) bool { return s.ours(n) && n.Role == wire.Member }

// partner says whether a machine may read or bring anything about applications.
func (s *Service) partner(n pki.Name) bool {
	return s.ours(n) || n.Role == wire.Applicant && n.Body != s.config.Commission.Body
}

// brings says whether a machine may bring papers: those of keepers of the books, pages.
func (s *Service) brings(n pki.Name) bool {
	keeper := n.Role == wire.Tap || n.Role == wire.Edge || n.Role == wire.Hub
	return s.partner(n) || keeper && n.Body != s.config.Commission.Body && n.Body != ""
}

// anybody lets every machine through that the trust root knows: liveness is for all.
func anybody(pki.Name) bool { return true }

func (s *Service) routes() []httpd.Route {
	liveness := httpd.Serve(carry.Handler(s.issuer, s.issuer))
	list := []httpd.Route{
		{Pattern: "POST " + wire.PathPapers, Who: s.brings, MaxBody: wire.MaxPaper, Do: s.papers},
		{Pattern: "POST " + wire.PathDecisions, Who: s.member, MaxBody: 1 << 16, Do: s.decide},
		{Pattern: "GET " + wire.PathApplications, Who: s.partner, Do: s.list},
		{Pattern: "GET " + wire.PathApplications + "/{digest}", Who: s.partner, Do: s.packet},
		{Pattern: "GET " + wire.PathApplications + "/{digest}/draft", Who: s.partner, Do: s.draft},
		{Pattern: "GET " + wire.PathApplications + "/{digest}/proof/{index}", Who: s.partner, Do: s.proof},
		{Pattern: "GET " + wire.PathOverdue, Who: s.partner, Do: s.overdue},
		{Pattern: "GET " + wire.PathRegister, Who: s.partner, Do: s.register},
		{Pattern: "GET " + wire.PathState, Who: anybody, Do: s.state},
		{Pattern: "GET " + carry.Path, Who: anybody, Do: liveness},
		{Pattern: "POST " + carry.Path, Who: anybody, MaxBody: carry.MaxBody, Do: liveness},
	}
	for i := range list {
		do := list[i].Do
		list[i].Do = func(w http.ResponseWriter, r *http.Request) error {
			if s.rootless() {
				return wrong(fault.Limit, "rootless", nil)
			}
			return do(w, r)
		}
	}
	return list
}

// bring is what is done with a paper of a type: by whom it may be brought, and by what
// it is taken.
type bring struct {
	who  func(pki.Name) bool
	take func(context.Context, *paper.Envelope) (*authority.Receipt, error)
}

// brought lists the papers about applications that are taken here.
func (s *Service) brought() map[string]bring {
	return map[string]bring{
		application.Type:           {s.partner, s.desk.Submit},
		application.WithdrawalType: {s.partner, s.desk.Withdraw},
		application.CorrectionType: {s.member, s.desk.AskCorrection},
		decision.VoteType:          {s.member, s.desk.Vote},
		warrant.Type:               {s.partner, s.desk.Issue},
		warrant.SuspensionType:     {s.member, s.stop},
		warrant.RevocationType:     {s.member, s.stop},
	}
}

// stop ends a warrant at the desk, and at once in what is said of it.
func (s *Service) stop(ctx context.Context, e *paper.Envelope) (*authority.Receipt, error) {
	r, err := s.desk.Stop(ctx, e)
	if err == nil && len(r.Unmet) == 0 {
		if lacks, bad := s.issuer.Stop(e); bad != nil || len(lacks) > 0 {
			s.log.Info("a warrant was stopped that was in no statement", "error", bad)
		}
	}
	return r, err
}

// papers takes a paper in: the type says which desk it is for, the signature whether it
// counts. The certificate only opened the line; it is never taken for a signature.
func (s *Service) papers(w http.ResponseWriter, r *http.Request) error {
	text, err := httpd.Body(r)
	if err != nil {
		return err
	}
	e, err := paper.ParseEnvelope(text)
	if err != nil {
		return wrong(fault.Invalid, "paper", err)
	}
	peer := httpd.Peer(r.Context())
	b, ok := s.brought()[e.PayloadType]
	switch {
	case !s.partner(peer) && e.PayloadType != books.PageType:
		return wrong(fault.Permission, "not-yours", nil, "type", e.PayloadType, "role", peer.Role)
	case e.PayloadType == opening.Type:
		return s.open(w, r, e)
	case !ok:
		return s.oversight(w, r, e)
	case !b.who(peer):
		return wrong(fault.Permission, "not-yours", nil, "type", e.PayloadType, "role", peer.Role)
	}
	if err := s.theirs(r.Context(), peer, e); err != nil {
		return err
	}
	receipt, err := b.take(r.Context(), e)
	if err != nil {
		return err
	}
	s.stand(r.Context())
	a := s.receipt(e, receipt, s.ours(peer))
	if a.Stage == stage.Incomplete && len(a.Lacks) == 0 { // brought again: the same answer
		if err := s.lacked(r.Context(), &a); err != nil {
			return err
		}
	}
	return httpd.Answer(w, http.StatusOK, a)
}

// lacked puts what an application lacked, as it was recorded, into a receipt.
func (s *Service) lacked(ctx context.Context, a *wire.Receipt) error {
	p, err := s.desk.Packet(ctx, a.Application)
	if err != nil {
		return err
	}
	for _, x := range p.Papers {
		var i application.Incomplete
		if x.Envelope.PayloadType == application.IncompleteType && x.Envelope.Open(application.IncompleteType, &i) == nil {
			a.Lacks = i.Lacks
		}
	}
	return nil
}

// theirs refuses a paper about an application of another body than the machine's.
func (s *Service) theirs(ctx context.Context, peer pki.Name, e *paper.Envelope) error {
	if s.ours(peer) {
		return nil
	}
	body := paper.ID("")
	switch e.PayloadType {
	case application.Type:
		a, err := application.Parse(e)
		if err != nil {
			return wrong(fault.Invalid, "paper", err)
		}
		body = a.Applicant.Body
	case application.WithdrawalType:
		var x application.Withdrawal
		if err := e.Open(application.WithdrawalType, &x); err != nil {
			return wrong(fault.Invalid, "paper", err)
		}
		body = x.Applicant.Body
	default: // a warrant: of an application of this body
		var x warrant.Warrant
		if err := e.Open(warrant.Type, &x); err != nil {
			return wrong(fault.Invalid, "paper", err)
		}
		list, err := s.desk.List(ctx, docket.Filter{Body: paper.ID(peer.Body), After: x.Application.Index - 1, Limit: 2})
		if err != nil {
			return err
		}
		for _, r := range list { // two: after 0 is from the beginning
			if r.Index == x.Application.Index {
				body = r.Body
			}
		}
	}
	if body != paper.ID(peer.Body) {
		return wrong(fault.Permission, "other-body", nil, "body", peer.Body)
	}
	return nil
}

// receipt writes the desk's receipt for the line.
func (s *Service) receipt(e *paper.Envelope, r *authority.Receipt, ours bool) wire.Receipt {
	a := wire.Receipt{Application: r.Digest, Index: -1, Lacks: []application.Lack{}, Origin: s.ledger.Origin(), Uncalled: r.Uncalled, Warnings: []docket.Repetition{}}
	if e != nil {
		a.Paper = e.Digest()
	}
	if r.Record != nil {
		a.Stage, a.Index = r.Record.Life.Stage, r.Index
		a.Warnings = append(a.Warnings, wire.Warned(r.Record.Warnings, ours)...)
	}
	for _, u := range r.Unmet {
		a.Lacks = append(a.Lacks, review.Lack(u))
	}
	return a
}

func (s *Service) decide(w http.ResponseWriter, r *http.Request) error {
	var d wire.Decide
	if err := s.asked(r, &d); err != nil {
		return err
	}
	receipt, err := s.desk.Decide(r.Context(), d.Application, authority.Manner{Due: d.Due, Precedents: d.Precedents})
	if err != nil {
		return err
	}
	s.stand(r.Context())
	return httpd.Answer(w, http.StatusOK, s.receipt(nil, receipt, true))
}

// asked reads what is asked, strictly.
func (s *Service) asked(r *http.Request, to any) error {
	text, err := httpd.Body(r)
	if err != nil {
		return err
	}
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil {
		return wrong(fault.Invalid, "asked", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) { // more than one value
		return wrong(fault.Invalid, "asked", err)
	}
	return nil
}

func (s *Service) list(w http.ResponseWriter, r *http.Request) error {
	q, peer := r.URL.Query(), httpd.Peer(r.Context())
	f := docket.Filter{Instrument: paper.ID(q.Get("instrument")), Body: paper.ID(q.Get("body")), Case: paper.ID(q.Get("case"))}
	if !s.ours(peer) {
		f.Body = paper.ID(peer.Body)
	}
	for _, name := range strings.Fields(strings.ReplaceAll(q.Get("stage"), ",", " ")) {
		f.Stages = append(f.Stages, stage.Stage(name))
	}
	f.After, _ = strconv.ParseInt(q.Get("after"), 10, 64) // what is no number is from the beginning
	f.Limit, _ = strconv.Atoi(q.Get("limit"))
	list, err := s.desk.List(r.Context(), f)
	if err != nil {
		return err
	}
	for i := range list {
		if !s.ours(peer) {
			list[i] = wire.Bare(list[i])
		}
	}
	return httpd.Answer(w, http.StatusOK, append([]*docket.Record{}, list...))
}

// seen finds the application that a request names, when the caller may see it. To others
// it is not there: who may not see it does not learn that it is.
func (s *Service) seen(r *http.Request) (paper.Digest, error) {
	digest, peer := paper.Digest(r.PathValue("digest")), httpd.Peer(r.Context())
	if digest.Check() != nil {
		return "", wrong(fault.Invalid, "digest", nil)
	}
	record, err := s.desk.Get(r.Context(), digest)
	if err == nil && !s.ours(peer) && record.Body != paper.ID(peer.Body) {
		err = wrong(fault.NotFound, "unseen", nil)
	}
	return digest, err
}

func (s *Service) draft(w http.ResponseWriter, r *http.Request) error {
	digest, err := s.seen(r)
	if err != nil {
		return err
	}
	q, begin := r.URL.Query(), paper.Time(0)
	if text := q.Get("begin"); text != "" {
		if begin, err = paper.ParseTime(text); err != nil {
			return wrong(fault.Invalid, "asked", err)
		}
	}
	x, err := s.desk.Draft(r.Context(), digest, paper.ID(q.Get("id")), q.Get("nonce"), begin)
	if err != nil {
		return err
	}
	return httpd.Answer(w, http.StatusOK, wire.Draft{Warrant: x})
}

// proof gives the receipt of a paper about an application, once the witnesses have
// cosigned it.
func (s *Service) proof(w http.ResponseWriter, r *http.Request) error {
	digest, err := s.seen(r)
	if err != nil {
		return err
	}
	index, err := strconv.ParseInt(r.PathValue("index"), 10, 64)
	if err != nil {
		return wrong(fault.Invalid, "asked", err)
	}
	packet, err := s.desk.Packet(r.Context(), digest)
	if err != nil {
		return err
	}
	for _, p := range s.shown(packet, httpd.Peer(r.Context())) {
		if p.Index == index {
			return s.proven(w, r, index)
		}
	}
	return wrong(fault.NotFound, "unseen", nil)
}

func (s *Service) proven(w http.ResponseWriter, r *http.Request, index int64) error {
	receipt, err := s.ledger.Receipt(r.Context(), index)
	if err != nil {
		return wrong(fault.Limit, "unwitnessed", err)
	}
	opened, _, err := s.ledger.Read(index)
	if err != nil {
		return err
	}
	return httpd.Answer(w, http.StatusOK, live.Recorded{Entry: *opened, Receipt: receipt.Marshal()})
}

// shown is which papers of a packet a caller sees: applicants no votes.
func (s *Service) shown(p *authority.Packet, peer pki.Name) []docket.Paper {
	if s.ours(peer) {
		return p.Papers
	}
	var list []docket.Paper
	for _, x := range p.Papers {
		if x.Class != proof.Vote {
			list = append(list, x)
		}
	}
	return list
}
