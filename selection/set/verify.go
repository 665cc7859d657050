package set

import (
	"fmt"
	"strings"

	"github.com/noroshi-acd/noroshi/authority/liveness"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/authority/warrant/criteria"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// Code is what is wrong, in one of a few words.
type Code string

// The codes.
const (
	BadPaper     Code = "paper"     // it cannot be read
	BadSignature Code = "signature" // the warrant's holder has not signed
	BadWarrant   Code = "warrant"   // it is of another warrant, or of one that permits no collection
	BadRoot      Code = "root"      // the warrant or the liveness was checked against another state of trust
	NoReceipt    Code = "receipt"   // it does not stand in a log of acts
	NotNewer     Code = "number"    // a set with this number or a higher one was taken before
	Withdrawn    Code = "withdrawn" // the commission's least set number is higher
	NotLive      Code = "live"      // there is no liveness, or the warrant does not stand
	BadTime      Code = "time"      // it is dated outside the warrant, or after now
	BadPage      Code = "page"      // a page is not the one that the set names
	BadOrder     Code = "order"     // ids do not rise
	NoReason     Code = "reason"    // no reason is said
	BadExpiry    Code = "expiry"    // it never ends, has ended when the set is made, or outlives the warrant
	BadTerms     Code = "terms"     // none, too many, or not in the order of their fields
	BadField     Code = "field"     // there is no such field
	BadValue     Code = "value"     // the value is not one of the field, or in a second spelling
	BadCondition Code = "condition" // nothing can meet it, or it asks nothing of a record
	Outside      Code = "outside"   // it reaches beyond the criteria
)

// Refusal is one thing for which a set is refused, with its place.
type Refusal struct {
	Code  Code
	Page  int    // from 0; -1 for the set itself
	Index int    // of the selector on its page; -1 for the page itself
	ID    ID     // of the selector, 0 when there is none
	Field string // of the selector or the set
	Why   string // in English, for the operator
}

// Error writes "page 2, selector 17 (id 80123), dst: outside: …".
func (r *Refusal) Error() string {
	var at []string
	if r.Page >= 0 {
		at = append(at, fmt.Sprintf("page %d", r.Page))
	}
	if r.Index >= 0 {
		at = append(at, fmt.Sprintf("selector %d (id %d)", r.Index, r.ID))
	}
	if r.Field != "" {
		at = append(at, r.Field)
	}
	text := string(r.Code)
	if len(at) > 0 {
		text = strings.Join(at, ", ") + ": " + text
	}
	if r.Why != "" {
		text += ": " + r.Why
	}
	return text
}

// MaxRefusals is how many faults are named; a set with more is refused all the same.
const MaxRefusals = 100

// Input is all that a check of a set looks at.
type Input struct {
	Envelope *paper.Envelope
	Page     func(i int) ([]byte, error) // the bytes of page i, as the set names them
	Warrant  *warrant.Verified           // the chain, found right for collection; the set names its last warrant
	View     *trust.View
	Liveness *liveness.Verified
	Position *proof.Position // of the set in a log of acts; nil when there is no receipt
	Earlier  int64           // the highest number of a set of this warrant that was taken before, 0 for none
	Clock    liveness.Clock
}

// Verified is a set that was found right. Only [Verify] makes one.
type Verified struct {
	set      Set
	digest   paper.Digest
	first    paper.Digest // the first warrant of the chain
	position proof.Position
}

// Set gives the paper.
func (v *Verified) Set() Set { return v.set }

// Digest gives the paper's digest.
func (v *Verified) Digest() paper.Digest { return v.digest }

// First is the digest of the first warrant of the chain: the one that liveness names.
func (v *Verified) First() paper.Digest { return v.first }

// Position gives where its entry stands.
func (v *Verified) Position() proof.Position { return v.position }

// refusals collects them, up to MaxRefusals.
type refusals []*Refusal

func (l *refusals) add(r Refusal) {
	if len(*l) < MaxRefusals {
		*l = append(*l, &r)
	}
}

// head notes a fault of the set itself.
func (l *refusals) head(ok bool, code Code, field, why string) {
	if !ok {
		l.add(Refusal{Code: code, Page: -1, Index: -1, Field: field, Why: why})
	}
}

// Verify holds a set and all its pages against everything, and hands each selector that
// is right to each, in the order of ids, while it reads: what each was given counts only
// when Verify gives a *Verified. A fault of one selector does not hide another's.
//
// Invariant 18: a selector without reason, owner or expiry is refused with its set.
func Verify(in Input, each func(*Selector)) (*Verified, []*Refusal) {
	var l refusals
	if in.Envelope == nil || in.Page == nil || in.Warrant == nil || in.View == nil || len(in.Warrant.Chain) == 0 {
		l.head(false, BadPaper, "", "nothing is there")
		return nil, l
	}
	v := &Verified{digest: in.Envelope.Digest(), first: in.Warrant.Chain[0]}
	if err := in.Envelope.Open(Type, &v.set); err != nil {
		l.head(false, BadPaper, "", err.Error())
		return nil, l
	}
	v.standing(&l, &in)
	leaf := &in.Warrant.Leaf
	whole, err := criteria.ParseExact(leaf.Scope.Criteria)
	if err != nil {
		l.head(false, BadWarrant, "criteria", err.Error())
		return nil, l
	}
	r := reader{refusals: &l, set: &v.set, criteria: whole, until: leaf.NotAfter, each: each}
	for i := range v.set.Pages {
		data, err := in.Page(i)
		r.page(i, data, err)
	}
	if len(l) > 0 {
		return nil, l
	}
	v.position = *in.Position
	return v, nil
}

// standing notes what keeps the head from being followed.
func (v *Verified) standing(l *refusals, in *Input) {
	s, leaf := &v.set, &in.Warrant.Leaf
	l.head(len(paper.Signers(in.Envelope, []paper.PublicKey{leaf.Holder})) == 1, BadSignature, "signatures", "")
	l.head(s.Warrant == in.Warrant.Digest && leaf.Kind == regime.Collection, BadWarrant, "warrant", "")
	l.head(in.Warrant.View == in.View.Digest(), BadRoot, "warrant", "")
	l.head(s.Number > in.Earlier, NotNewer, "number", fmt.Sprintf("%d is not above %d", s.Number, in.Earlier))
	l.head(in.Clock.Sure() && leaf.NotBefore <= s.At && s.At < leaf.NotAfter && s.At <= in.Clock.Latest, BadTime, "at", "")
	if p := in.Position; p == nil {
		l.head(false, NoReceipt, "position", "")
	} else {
		log, ok := in.View.Log(p.Origin)
		l.head(ok && log.Duty == trust.Acts && p.Index >= 0 && p.Index < p.Size, NoReceipt, "position", p.Origin)
	}
	if in.Liveness == nil {
		l.head(false, NotLive, "liveness", "")
		return
	}
	l.head(in.Liveness.View() == in.View.Digest(), BadRoot, "liveness", "")
	l.head(len(in.Liveness.Fresh(in.Clock, liveness.StartAge)) == 0, NotLive, "liveness", "too old, or of the future")
	stands, ok := in.Liveness.Standing(v.first)
	l.head(ok, NotLive, "warrant", "")
	l.head(!ok || s.Number >= stands.LeastSet, Withdrawn, "number", fmt.Sprintf("%d is below %d", s.Number, stands.LeastSet))
}

// reader goes through pages.
type reader struct {
	*refusals
	set      *Set
	criteria *criteria.Criteria
	until    paper.Time // the warrant's end
	before   ID
	each     func(*Selector)
}

func (r *reader) page(i int, data []byte, err error) {
	bad := func(why string) { r.add(Refusal{Code: BadPage, Page: i, Index: -1, Why: why}) }
	entry := &r.set.Pages[i]
	if err != nil {
		bad(err.Error())
		return
	}
	if Digest(data) != entry.Digest {
		bad("it has another digest")
		return
	}
	var p Page
	if err := paper.Unmarshal(data, &p); err != nil {
		bad(err.Error())
		return
	}
	n := len(p.Selectors)
	if int64(n) != entry.N || p.Selectors[0].ID != entry.First || p.Selectors[n-1].ID != entry.Last {
		bad("it has other selectors than the set says")
		return
	}
	for j := range p.Selectors {
		r.selector(i, j, &p.Selectors[j])
	}
}

// selector notes what one selector lacks, or hands it on.
func (r *reader) selector(page, index int, s *Selector) {
	right := true
	bad := func(code Code, field, why string) {
		right = false
		r.add(Refusal{Code: code, Page: page, Index: index, ID: s.ID, Field: field, Why: why})
	}
	if s.ID <= r.before {
		bad(BadOrder, "id", fmt.Sprintf("%d does not come after %d", s.ID, r.before))
	}
	r.before = max(r.before, s.ID)
	if !paper.Says(s.Reason) {
		bad(NoReason, "reason", "")
	}
	if s.Expires <= r.set.At || s.Expires > r.until {
		bad(BadExpiry, "expires", fmt.Sprintf("it must lie after %s and not after %s", r.set.At, r.until))
	}
	if code, field, why := s.form(); code != "" {
		bad(code, field, why)
	} else if c, err := s.Condition(); err != nil {
		bad(BadCondition, "terms", err.Error())
	} else if !criteria.Covers(r.criteria, c) {
		bad(Outside, "terms", c.String())
	}
	if right && r.each != nil {
		r.each(s)
	}
}

// form says what is wrong with the terms; "" when nothing is.
func (s *Selector) form() (code Code, field, why string) {
	if len(s.Terms) == 0 || len(s.Terms) > MaxTerms {
		return BadTerms, "terms", fmt.Sprintf("%d terms; 1 to %d can be", len(s.Terms), MaxTerms)
	}
	for i, t := range s.Terms {
		if t.Field.Form() == NoForm {
			return BadField, string(t.Field), "no such field"
		}
		if i > 0 && s.Terms[i-1].Field >= t.Field {
			return BadTerms, string(t.Field), "terms stand in the order of their fields, none twice"
		}
		if err := t.check(); err != nil {
			return BadValue, string(t.Field), err.Error()
		}
	}
	return "", "", ""
}

// Check says what is wrong with a selector by itself, outside any set; nil when nothing
// is. Whoever writes one asks before it is signed.
func (s *Selector) Check(c *criteria.Criteria, at, until paper.Time) *Refusal {
	var l refusals
	r := reader{refusals: &l, set: &Set{At: at}, criteria: c, until: until}
	if r.selector(-1, -1, s); len(l) > 0 {
		return l[0]
	}
	return nil
}
