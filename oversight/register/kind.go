package register

import (
	"slices"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/books"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/store"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/oversight/act"
	"github.com/noroshi-acd/noroshi/oversight/figures"
	"github.com/noroshi-acd/noroshi/oversight/opening"
)

// kind is a paper with what it takes to stand.
type kind struct {
	class   proof.Class
	at      paper.Time
	role    paper.ID // of the entry
	warrant paper.Digest
	change  change
	signed  func(*Register, *paper.Envelope, paper.Time) bool
	checks  []func(*store.Tx) error // beside what is here
}

func (k *kind) stands(t *store.Tx) error {
	for _, check := range k.checks {
		if err := check(t); err != nil {
			return err
		}
	}
	return nil
}

// kind reads a paper.
func (g *Register) kind(e *paper.Envelope) (*kind, error) {
	read, ok := map[string]func(*paper.Envelope, *kind) error{
		act.CommitmentType: g.commitment, act.InspectionType: g.inspection, act.NoticeType: g.notice, act.DemandType: g.demand,
		act.RecommendationType: g.recommendation, act.FollowUpType: g.followUp, act.MistakeType: g.mistake,
		act.ComplaintType: g.complaint, act.AnswerType: g.answer, act.RedressType: g.redress, proof.PeriodType: g.period, figures.Type: g.figures, act.OpinionType: g.opinion,
		opening.Type: g.opening, books.PageType: g.page,
	}[e.PayloadType]
	if !ok {
		return nil, wrong(fault.Invalid, "type", "payloadType", "type", e.PayloadType)
	}
	k := &kind{role: g.config.Role}
	if err := read(e, k); err != nil {
		return nil, wrong(fault.Invalid, "paper", "", "why", err.Error())
	}
	return k, nil
}

// byMember wants the signature of the member who is named; of any one when none is.
func (g *Register) byMember(k *kind, member paper.ID) {
	k.role = g.config.Member
	k.signed = func(g *Register, e *paper.Envelope, at paper.Time) bool {
		for _, h := range g.config.View().Signed(e, g.config.Member, at) {
			if h.Body == g.config.Body && (member == "" || h.Person == member) {
				return true
			}
		}
		return false
	}
}

// byBody wants the signature of a key that a body lists, of that person where one is named.
func (g *Register) byBody(k *kind, body, person paper.ID) {
	k.signed = func(g *Register, e *paper.Envelope, at paper.Time) bool {
		b, _ := g.config.View().Body(body)
		var keys []paper.PublicKey
		for _, x := range b.Keys {
			if (person == "" || x.Person == person) && x.From <= at && at < x.Until {
				keys = append(keys, x.Key)
			}
		}
		return len(paper.Signers(e, keys)) > 0
	}
}

// bySpeaker wants the signature of a key that may speak for a body, as the trust root has
// it: neither a service's own key nor that of a member who was not given it will do.
func (g *Register) bySpeaker(k *kind, body paper.ID) {
	k.signed = func(g *Register, e *paper.Envelope, at paper.Time) bool {
		return slices.ContainsFunc(g.config.View().Signed(e, trust.RoleTop, at), func(h trust.Holder) bool { return h.Body == body })
	}
}

// follows wants that what is followed is here, of one of these classes, and about a body
// where one is named.
func (k *kind) follows(d paper.Digest, about paper.ID, classes ...proof.Class) {
	k.change.Follows = d
	k.checks = append(k.checks, func(t *store.Tx) error {
		old, err := find(t, d)
		if err != nil {
			return err
		}
		if old == nil || !slices.Contains(classes, old.Class) || about != "" && old.About != about {
			return wrong(fault.NotFound, "follows", "paper", "digest", string(d))
		}
		return nil
	})
}

// once wants that nothing of the class follows a paper yet.
func (k *kind) once(d paper.Digest, class proof.Class, key string) {
	k.checks = append(k.checks, func(t *store.Tx) error {
		given, err := several(t, "WHERE follows = $1 AND class = $2", string(d), string(class))
		if err == nil && len(given) > 0 {
			err = wrong(fault.Invalid, key, "follows", "digest", string(given[0].Digest))
		}
		return err
	})
}

// commitment takes the commitment to a sample in. The inspection is owed from then on: of
// many commitments nobody keeps the one whose draw suits him without its being seen.
func (g *Register) commitment(e *paper.Envelope, k *kind) error {
	var c act.Commitment
	err := e.Open(act.CommitmentType, &c)
	k.class, k.at = proof.Sample, c.At
	k.change.About, k.change.Due = g.config.Body, c.At+act.DrawnWithin
	g.byMember(k, "")
	k.checks = append(k.checks, func(*store.Tx) error { return g.within(&c) })
	return err
}

// inspection takes an inspection in. Where it rests on a sample, it is the one that the
// commitment gives, and each entry that was drawn has its finding, and no other.
//
// Invariant 28: nobody can choose another draw, or leave out what it has named.
func (g *Register) inspection(e *paper.Envelope, k *kind) error {
	var i act.Inspection
	err := e.Open(act.InspectionType, &i)
	k.class, k.at = proof.Inspection, i.At
	k.change.About, k.change.ID = i.Body, i.ID
	g.byMember(k, i.Member)
	if err != nil || i.Sample == nil {
		return err
	}
	k.follows(i.Sample.Commitment, "", proof.Sample)
	k.change.Settles = true
	k.once(i.Sample.Commitment, proof.Inspection, "drawn")
	k.checks = append(k.checks, func(t *store.Tx) error {
		c, index, err := committed(t, i.Sample.Commitment)
		if err != nil {
			return err
		}
		root, err := g.rootAt(index + 1)
		if err != nil {
			return err
		}
		if bad, at := act.Judge(c, index, root, &i); bad != "" {
			return steered(bad, index, at)
		}
		return nil
	})
	return nil
}

func (g *Register) notice(e *paper.Envelope, k *kind) error {
	var n act.Notice
	err := e.Open(act.NoticeType, &n)
	k.class, k.at = proof.BreachNotice, n.At
	k.change.About, k.change.ID = n.Body, n.ID
	g.byMember(k, n.Member)
	return err
}

func (g *Register) demand(e *paper.Envelope, k *kind) error {
	var d act.Demand
	err := e.Open(act.DemandType, &d)
	k.class, k.at = proof.Demand, d.At
	k.change.About, k.change.ID, k.change.Due = d.Body, d.ID, d.Due
	g.byMember(k, d.Member)
	return err
}

func (g *Register) recommendation(e *paper.Envelope, k *kind) error {
	var r act.Recommendation
	err := e.Open(act.RecommendationType, &r)
	k.class, k.at = proof.Recommendation, r.At
	k.change.About, k.change.ID, k.change.Due = r.Body, r.ID, r.Due
	g.byMember(k, r.Member)
	return err
}

func (g *Register) followUp(e *paper.Envelope, k *kind) error {
	var f act.FollowUp
	err := e.Open(act.FollowUpType, &f)
	k.class, k.at = proof.FollowUp, f.At
	k.change.About, k.change.State, k.change.Settles = f.Body, f.State, f.State != act.Begun
	k.follows(f.Paper, f.Body, proof.BreachNotice, proof.Demand, proof.Recommendation, proof.Mistake)
	g.byBody(k, f.Body, f.Person)
	return err
}

func (g *Register) mistake(e *paper.Envelope, k *kind) error {
	var m act.Mistake
	err := e.Open(act.MistakeType, &m)
	k.class, k.at, k.warrant = proof.Mistake, m.At, m.Warrant
	k.change.About, k.change.ID, k.change.Due = m.Body, m.ID, m.Due
	g.byBody(k, m.Body, "")
	return err
}

func (g *Register) complaint(e *paper.Envelope, k *kind) error {
	var c act.Complaint
	err := e.Open(act.ComplaintType, &c)
	k.class, k.at = proof.Complaint, c.At
	k.change.About, k.change.ID, k.change.Due = g.config.Body, c.ID, c.At+act.AnswerWithin
	g.byBody(k, g.config.Body, "")
	return err
}

func (g *Register) answer(e *paper.Envelope, k *kind) error {
	var a act.Answer
	err := e.Open(act.AnswerType, &a)
	k.class, k.at = proof.Answer, a.At
	k.change.About, k.change.Settles = g.config.Body, true
	k.follows(a.Complaint, "", proof.Complaint)
	k.once(a.Complaint, proof.Answer, "answered")
	g.byMember(k, a.Member)
	return err
}

// redress takes in what a member finds is owed, or a body's word that it was done. What
// was done has been owed before, by that body, in that form and amount.
func (g *Register) redress(e *paper.Envelope, k *kind) error {
	var r act.Redress
	err := e.Open(act.RedressType, &r)
	k.class, k.at = proof.Redress, r.At
	k.change.About = r.Body
	cause := r.Paper
	if cause == "" {
		cause = r.Mistake
	}
	if !r.Done {
		k.change.Due = r.Due
		k.follows(cause, "", proof.Answer, proof.Mistake)
		g.byMember(k, "")
		return err
	}
	k.change.Settles, k.change.State = true, act.Done
	k.change.Follows = cause // of all that is done about it, one at a time
	g.byBody(k, r.Body, "")
	k.checks = append(k.checks, func(t *store.Tx) error {
		owed, err := several(t, "WHERE follows = $1 AND class = $2 AND about = $3 AND due > 0 ORDER BY place", string(cause), string(proof.Redress), string(r.Body))
		if err != nil {
			return err
		}
		for _, o := range owed {
			if same(o, &r) {
				k.change.Follows = o.Digest
				return nil
			}
		}
		return wrong(fault.NotFound, "unowed", "remedy", "remedy", string(r.Remedy))
	})
	return err
}

// same says whether an entry owes what r says was done.
func same(o *Entry, r *act.Redress) bool {
	sealed, err := paper.ParseEnvelope(o.Body)
	var owed act.Redress
	if err != nil || sealed.Open(act.RedressType, &owed) != nil {
		return false
	}
	return !owed.Done && owed.Remedy == r.Remedy && owed.Amount == r.Amount && owed.Currency == r.Currency && slices.Equal(owed.Data, r.Data)
}

// period takes in the count of a period of either log, once one who speaks for the body
// that keeps the log has signed it.
func (g *Register) period(e *paper.Envelope, k *kind) error {
	var r proof.PeriodReport
	err := e.Open(proof.PeriodType, &r)
	log, _ := g.config.View().Log(r.Origin)
	k.class, k.at = proof.Period, paper.TimeOf(g.config.Clock())
	k.change.About = log.Body
	g.bySpeaker(k, log.Body)
	return err
}

// figures takes in the figures of a year that is over. A member signs them who speaks for
// the commission; what they say, anyone works out again.
func (g *Register) figures(e *paper.Envelope, k *kind) error {
	var f figures.Figures
	err := e.Open(figures.Type, &f)
	k.class, k.at = proof.Figures, paper.TimeOf(g.config.Clock())
	k.change.About = g.config.Body
	g.bySpeaker(k, g.config.Body)
	k.role = g.config.Member
	k.checks = append(k.checks, func(*store.Tx) error {
		if now := paper.TimeOf(g.config.Clock()); f.Until > now {
			return wrong(fault.Invalid, "early", "until", "until", f.Until.String())
		}
		return nil
	})
	return err
}
