package inspect

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"

	"github.com/noroshi-acd/noroshi/authority/application"
	"github.com/noroshi-acd/noroshi/authority/decision"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime/judge"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
	"github.com/noroshi-acd/noroshi/authority/review"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/ledger/keyring"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/oversight/act"
)

// Log is the log that is inspected: an [Export], the papers that somebody was given
// ([Papers]), or a *folder.Reader on the keeper's own folder.
type Log interface {
	Origin() string
	// Read opens an entry and finds its commitment right.
	Read(index int64) (*proof.Opened, []byte, error)
}

// Inspector is who looks.
type Inspector struct {
	Log  Log
	Lang i18n.Lang // in which findings are written
	// View gives the trust that held at an instant; Rules the rules of a digest, nil when
	// they are not at hand.
	View  func(paper.Time) *trust.View
	Rules func(paper.Digest) *judge.Evaluator

	papers    map[paper.Digest][]int64 // where papers stand, once the log was listed
	votes     map[paper.Digest][]int64 // where the votes on an application stand
	decisions map[paper.Digest][]int64 // where the decisions on it stand
}

// Line is one entry as the list has it.
type Line struct {
	Index   int64
	Entry   proof.Entry // empty when it is not opened
	Verdict act.Verdict // right, refused or gone
}

// List reads all entries from first to before last. What cannot be opened is in the list,
// as refused or gone.
//
// Invariant 28: whoever withholds an entry is named by it.
func (x *Inspector) List(ctx context.Context, first, last int64) ([]Line, error) {
	var list []Line
	for i := first; i < last; i++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		list = append(list, x.line(i))
	}
	return list, nil
}

// Note reads entries in rising order, so that what stands there is found.
func (x *Inspector) Note(indices ...int64) {
	for _, i := range slices.Sorted(slices.Values(indices)) {
		x.line(i)
	}
}

// line reads an entry, and notes which paper stands there.
func (x *Inspector) line(i int64) Line {
	if x.papers == nil {
		x.papers, x.votes, x.decisions = map[paper.Digest][]int64{}, map[paper.Digest][]int64{}, map[paper.Digest][]int64{}
	}
	o, payload, verdict, _ := x.open(i)
	l := Line{Index: i, Verdict: verdict}
	if o != nil && verdict == act.Right {
		l.Entry = o.Entry
		if d := o.Entry.Paper; d != "" && !slices.Contains(x.papers[d], i) {
			x.papers[d] = append(x.papers[d], i)
			x.note(i, payload)
		}
	}
	return l
}

// note notes on which application a vote was cast, and on which a decision was drawn.
func (x *Inspector) note(index int64, payload []byte) {
	var v decision.Vote
	var d decision.Decision
	e, err := paper.ParseEnvelope(payload)
	switch {
	case err != nil:
	case e.PayloadType == decision.VoteType && e.Open(decision.VoteType, &v) == nil:
		x.votes[v.Application] = append(x.votes[v.Application], index)
	case e.PayloadType == decision.Type && e.Open(decision.Type, &d) == nil:
		x.decisions[d.Application] = append(x.decisions[d.Application], index)
	}
}

// open opens an entry, and says what came of it.
func (x *Inspector) open(index int64) (*proof.Opened, []byte, act.Verdict, error) {
	o, payload, err := x.Log.Read(index)
	switch {
	case errors.Is(err, keyring.ErrDisposed):
		return o, nil, act.Gone, err
	case err != nil && fault.KindOf(err) == fault.Permission, err != nil && fault.KindOf(err) == fault.NotFound:
		return o, nil, act.Refused, err
	case err != nil:
		return o, nil, act.Wrong, err
	case paper.DigestOf(payload) != o.Entry.Content:
		return o, nil, act.Wrong, nil
	}
	return o, payload, act.Right, nil
}

// Commit draws up the commitment to a sample and its secret. The commitment goes into the
// commission's log; the secret is kept until then, and until the inspection.
func Commit(origin string, first, last, n int64, at paper.Time) (act.Commitment, []byte, error) {
	secret := make([]byte, act.SecretSize)
	_, _ = rand.Read(secret) // never fails (crypto/rand)
	c := act.Commitment{At: at, First: first, Last: last, N: n, Origin: origin, Secret: paper.DigestOf(secret)}
	return c, secret, c.Check()
}

// Tree is the commission's log under what its witnesses have cosigned; an [Export] and a
// *folder.Reader are.
type Tree interface {
	Tree() (*proof.Tree, *proof.Signed, error)
}

// Reveal turns a commitment into a sample by the tree of the commission's log that ends
// with the commitment's entry at index. Errors: fault.Limit while no checkpoint reaches
// it, fault.Invalid for a secret that was not committed to.
func Reveal(c act.Commitment, digest paper.Digest, secret []byte, log Tree, index int64) (act.Reveal, []int64, error) {
	tree, signed, err := log.Tree()
	if err != nil {
		return act.Reveal{}, nil, err
	}
	if index < 0 || index >= signed.Size {
		return act.Reveal{}, nil, wrong(fault.Limit, "early", "index", i18n.Nominal(index), "size", signed.Size)
	}
	root, err := tree.RootAt(index + 1)
	if err != nil {
		return act.Reveal{}, nil, wrong(fault.Invalid, "tree", "why", err.Error())
	}
	r := act.Reveal{Commitment: digest, Root: proof.RootDigest(root), Secret: secret, Size: index + 1}
	list, err := act.Draw(c, r)
	if err != nil {
		err = wrong(fault.Invalid, "drawless", "why", err.Error())
	}
	return r, list, err
}

// Look opens the entries of a sample, and does the decisions among them again. There is a
// finding for each, in the order of the log.
func (x *Inspector) Look(ctx context.Context, indices []int64) ([]act.Finding, error) {
	var list []act.Finding
	for _, i := range slices.Sorted(slices.Values(indices)) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		list = append(list, x.finding(i))
	}
	return list, nil
}

func (x *Inspector) finding(index int64) act.Finding {
	f := act.Finding{Place: act.Place{Index: index, Origin: x.Log.Origin()}}
	o, payload, verdict, err := x.open(index)
	f.Verdict = verdict
	if verdict != act.Right {
		f.Text = i18n.Say(x.Lang, "inspect."+string(verdict))
		if err != nil && verdict == act.Wrong {
			f.Text = fault.Text(err, x.Lang)
		}
		return f
	}
	f.Class = o.Entry.Class
	for _, why := range x.again(index, &o.Entry, payload) {
		if f.Text != "" {
			f.Text += "; "
		}
		f.Verdict, f.Text = act.Wrong, f.Text+i18n.Say(x.Lang, "inspect.why."+why)
	}
	return f
}

// Rerun is an application and its decisions judged again.
type Rerun struct {
	Application paper.Digest       `json:"application"`
	Lacks       []application.Lack `json:"lacks"` // by the rules
	Wrong       []string           `json:"wrong"` // by the votes: keys of inspect.why
}

// Rerun judges an application and its decisions again from the papers that were listed: by
// the rules that it names, and by the votes that were signed.
//
// Invariant 28: nobody of the commission's or the agency's needs to help.
func (x *Inspector) Rerun(digest paper.Digest) *Rerun {
	r := &Rerun{Application: digest, Lacks: []application.Lack{}, Wrong: []string{}}
	a, why := x.application(digest)
	if why != "" {
		r.Wrong = append(r.Wrong, why)
		return r
	}
	e := x.Rules(a.Rules)
	if e == nil {
		r.Wrong = append(r.Wrong, "rules")
		return r
	}
	before := application.Before{}
	if a.Previous != nil && a.Previous.Reason == application.Renewal {
		before.Renewal = &rules.Renewal{Count: 1, Previous: a.From}
	}
	for _, u := range e.Unmet(a.Request(before)) {
		r.Lacks = append(r.Lacks, review.Lack(u))
	}
	for _, i := range x.decisions[digest] {
		o, payload, verdict, _ := x.open(i)
		if verdict != act.Right {
			r.Wrong = append(r.Wrong, "unread")
			continue
		}
		r.Wrong = append(r.Wrong, x.again(i, &o.Entry, payload)...)
	}
	return r
}

// again does what a paper says again; nothing when the same comes of it, or when there is
// nothing to be done again.
func (x *Inspector) again(index int64, e *proof.Entry, payload []byte) []string {
	switch e.Class {
	case proof.Approval, proof.PartialApproval, proof.Refusal, proof.Extension, proof.Decision:
	default:
		return nil
	}
	env, err := paper.ParseEnvelope(payload)
	if err != nil {
		return []string{"unread"}
	}
	if env.PayloadType == application.IncompleteType {
		return some(x.judged(env))
	}
	var d decision.Decision
	if env.PayloadType != decision.Type {
		return nil // an admission to the urgent path
	}
	if env.Open(decision.Type, &d) != nil {
		return []string{"unread"}
	}
	return x.decided(index, &d)
}

// some is a list of what is there.
func some(why string) []string {
	if why == "" {
		return nil
	}
	return []string{why}
}

// decided does a decision again from the votes that it names and from all others that
// stand in the log before it: whoever draws a decision cannot leave a vote out.
func (x *Inspector) decided(index int64, d *decision.Decision) []string {
	m := decision.Matter{Digest: d.Application, View: x.View(d.At), At: d.At}
	var why string
	if m.Application, why = x.application(d.Application); why != "" {
		return some(why)
	}
	e := x.Rules(m.Application.Rules)
	if e == nil || m.View == nil {
		return some("rules")
	}
	i := slices.IndexFunc(e.Rules().Roles.Locks, func(l rules.Lock) bool { return l.Role == d.Role })
	if i < 0 {
		return some("lock")
	}
	m.Lock = e.Rules().Roles.Locks[i]
	m.OnCallEnds = decision.OnCallEnds(m.Lock, m.Application, e.After)
	var votes []*paper.Envelope
	for _, v := range d.Votes {
		env := x.find(v)
		if env == nil {
			return some("vote-missing")
		}
		votes = append(votes, env)
	}
	for _, i := range x.votes[d.Application] {
		if _, payload, verdict, _ := x.open(i); i < index && verdict == act.Right {
			if env, err := paper.ParseEnvelope(payload); err == nil {
				votes = append(votes, env)
			}
		}
	}
	return decision.Verify(d, m, votes)
}

// judged judges an application again that the machine has refused: it still lacks
// something by the rules that it names, and everything that the refusal says by code.
func (x *Inspector) judged(env *paper.Envelope) string {
	var p application.Incomplete
	if env.Open(application.IncompleteType, &p) != nil {
		return "unread"
	}
	a, why := x.application(p.Application)
	if why != "" {
		return why
	}
	e := x.Rules(a.Rules)
	if e == nil {
		return "rules"
	}
	lacks := map[string]bool{}
	for _, u := range e.Unmet(a.Request(application.Before{})) {
		lacks[u.Place+" "+u.Code] = true
	}
	for _, l := range p.Lacks {
		// Only the desk knows what it counts: renewals, urgent measures of the day.
		ruled := len(l.Code) > 5 && l.Code[:5] == "rule-" && a.Previous == nil
		if ruled && !lacks[l.Place+" "+l.Code] {
			return "lacks"
		}
	}
	return ""
}

func (x *Inspector) application(d paper.Digest) (*application.Application, string) {
	env := x.find(d)
	if env == nil {
		return nil, "application-missing"
	}
	a, err := application.Parse(env)
	if err != nil {
		return nil, "unread"
	}
	return a, ""
}

// find finds a paper in the log by its digest, where it was listed.
func (x *Inspector) find(d paper.Digest) *paper.Envelope {
	for _, i := range x.papers[d] {
		_, payload, verdict, _ := x.open(i)
		if verdict != act.Right {
			continue
		}
		if env, err := paper.ParseEnvelope(payload); err == nil && env.Digest() == d {
			return env
		}
	}
	return nil
}

func wrong(kind fault.Kind, key string, args ...any) error {
	return fault.Said(fault.Error{Kind: kind, Place: fault.Place{Offset: -1}}, i18n.Both("inspect.op"), i18n.Both("inspect."+key, args...), i18n.Both("inspect."+key+"-hint"))
}
