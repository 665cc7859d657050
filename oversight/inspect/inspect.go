package inspect

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"

	"github.com/noroshi-acd/noroshi/authority/application"
	"github.com/noroshi-acd/noroshi/authority/decision"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime/judge"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/ledger/keyring"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/oversight/act"
)

// Log is the log that is inspected; a *folder.Reader is one, of an export or of the
// keeper's own folder.
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

	papers map[paper.Digest][]int64 // where papers stand, once the log was listed
	votes  map[paper.Digest][]int64 // where the votes on an application stand
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
	if x.papers == nil {
		x.papers, x.votes = map[paper.Digest][]int64{}, map[paper.Digest][]int64{}
	}
	var list []Line
	for i := first; i < last; i++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		o, payload, verdict, _ := x.open(i)
		l := Line{Index: i, Verdict: verdict}
		if o != nil && verdict == act.Right {
			l.Entry = o.Entry
			if d := o.Entry.Paper; d != "" && !slices.Contains(x.papers[d], i) {
				x.papers[d] = append(x.papers[d], i)
				x.vote(i, payload)
			}
		}
		list = append(list, l)
	}
	return list, nil
}

// vote notes on which application a vote was cast.
func (x *Inspector) vote(index int64, payload []byte) {
	var v decision.Vote
	if e, err := paper.ParseEnvelope(payload); err == nil && e.Open(decision.VoteType, &v) == nil {
		x.votes[v.Application] = append(x.votes[v.Application], index)
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
// commission's log before the inspected log publishes the checkpoint that is drawn with;
// the secret is kept until then.
func Commit(origin string, first, last, n int64, at paper.Time) (act.Commitment, []byte, error) {
	secret := make([]byte, act.SecretSize)
	_, _ = rand.Read(secret) // never fails (crypto/rand)
	c := act.Commitment{At: at, First: first, Last: last, N: n, Origin: origin, Secret: paper.DigestOf(secret)}
	return c, secret, c.Check()
}

// Reveal turns a commitment into a sample by a checkpoint that came after it: one that
// witnesses saw later than the commitment's own entry was seen, and that reaches the
// entries. Errors: fault.Invalid for an earlier one.
func Reveal(c act.Commitment, digest paper.Digest, secret []byte, seen paper.Time, later *proof.Signed, at paper.Time) (act.Reveal, []int64, error) {
	if later.Origin != c.Origin || at <= seen || later.Size < c.Last {
		return act.Reveal{}, nil, wrong("early", "size", later.Size)
	}
	r := act.Reveal{Commitment: digest, Root: paper.Digest("sha256:" + fmt.Sprintf("%x", later.Root[:])), Secret: secret, Size: later.Size}
	list, err := act.Draw(c, r)
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
	why := x.again(index, &o.Entry, payload)
	if why != "" {
		f.Verdict, f.Text = act.Wrong, i18n.Say(x.Lang, "inspect.why."+why)
	}
	return f
}

// again does what a paper says again; "" when the same comes of it, or when there is
// nothing to be done again.
func (x *Inspector) again(index int64, e *proof.Entry, payload []byte) string {
	switch e.Class {
	case proof.Approval, proof.PartialApproval, proof.Refusal, proof.Extension, proof.Decision:
	default:
		return ""
	}
	env, err := paper.ParseEnvelope(payload)
	if err != nil {
		return "unread"
	}
	if env.PayloadType == application.IncompleteType {
		return x.judged(env)
	}
	var d decision.Decision
	if env.PayloadType != decision.Type {
		return "" // an admission to the urgent path
	}
	if env.Open(decision.Type, &d) != nil {
		return "unread"
	}
	return x.decided(index, &d)
}

// decided does a decision again from the votes that it names and from all others that
// stand in the log before it: whoever draws a decision cannot leave a vote out.
func (x *Inspector) decided(index int64, d *decision.Decision) string {
	m := decision.Matter{Digest: d.Application, View: x.View(d.At), At: d.At}
	var why string
	if m.Application, why = x.application(d.Application); why != "" {
		return why
	}
	e := x.Rules(m.Application.Rules)
	if e == nil || m.View == nil {
		return "rules"
	}
	i := slices.IndexFunc(e.Rules().Roles.Locks, func(l rules.Lock) bool { return l.Role == d.Role })
	if i < 0 {
		return "lock"
	}
	m.Lock = e.Rules().Roles.Locks[i]
	var votes []*paper.Envelope
	for _, v := range d.Votes {
		env := x.find(v)
		if env == nil {
			return "vote-missing"
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
	if wrong := decision.Verify(d, m, votes); len(wrong) > 0 {
		return wrong[0]
	}
	return ""
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

func wrong(key string, args ...any) error {
	return fault.Said(fault.Error{Kind: fault.Invalid, Place: fault.Place{Offset: -1}}, i18n.Both("inspect.op"), i18n.Both("inspect."+key, args...), i18n.Both("inspect."+key+"-hint"))
}
