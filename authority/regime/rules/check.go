package rules

import (
	"errors"
	"fmt"
	"slices"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
)

// The limits of rules.
const (
	MaxConditions = 256 // conditions
	MaxList       = 256 // entries of any other list
	MaxPredicates = 16  // of one "when"
	MaxSpanS      = 40 * 366 * 86400
	maxWords      = 10000
	maxSpan       = 100000 // units
)

// Check says whether r can be followed: lists in order, ids told apart, references that
// lead somewhere, numbers within sense. It does not say whether r is the law.
func (r Rules) Check() error {
	switch {
	case len(r.Conditions) > MaxConditions:
		return fmt.Errorf("rules have at most %d conditions", MaxConditions)
	case max(len(r.Articles), len(r.InForce), len(r.Penalties), len(r.Reports), len(r.Sharing)) > MaxList:
		return fmt.Errorf("a list of rules has at most %d entries", MaxList)
	case !rising(r.Articles) || !rising(r.Kinds):
		return errors.New("articles and kinds stand in order, nothing twice")
	case slices.ContainsFunc(r.Articles, func(a string) bool { return !paper.Says(a) || len(a) > 64 }):
		return errors.New("an article is called by its number, in at most 64 bytes")
	case r.OverlayOf == r.ID:
		return errors.New("rules are no overlay of themselves")
	case r.Calendar == "" && r.needsCalendar():
		return errors.New("a span in working days or hours needs a calendar")
	}
	if err := r.checkConditions(); err != nil {
		return err
	}
	if err := r.checkPeriods(); err != nil {
		return err
	}
	for i, p := range r.Reports {
		if slices.ContainsFunc(r.Reports[:i], func(o Report) bool { return o.ID == p.ID }) {
			return fmt.Errorf("the report %s stands twice", p.ID)
		}
	}
	return nil
}

// needsCalendar says whether a span of r counts working days or hours.
func (r Rules) needsCalendar() bool {
	if r.Time.MaxWorkingDays.Value != nil {
		return true
	}
	for _, s := range r.spans() {
		if s.Unit.Working() {
			return true
		}
	}
	return false
}

// spans lists all spans that are known.
func (r Rules) spans() []Span {
	var list []Span
	if c := r.Time.Change; c != nil && c.ApproveWithin.Value != nil {
		list = append(list, *c.ApproveWithin.Value)
	}
	if u := r.Time.Urgent; u != nil {
		for _, f := range []*Span{u.ConfirmWithin.Value, u.NoticeWithin.Value, u.Lasts.Value} {
			if f != nil {
				list = append(list, *f)
			}
		}
	}
	for _, l := range r.Roles.Locks {
		if l.OnCall != nil {
			list = append(list, l.OnCall.WholeAfter)
		}
		if l.Within.Value != nil {
			list = append(list, *l.Within.Value)
		}
	}
	for _, p := range r.Reports {
		if p.Within.Value != nil {
			list = append(list, *p.Within.Value)
		}
	}
	return list
}

func (r Rules) checkConditions() error {
	at := map[paper.ID]int{}
	for i, c := range r.Conditions {
		if _, twice := at[c.ID]; twice {
			return fmt.Errorf("the condition %s stands twice", c.ID)
		}
		at[c.ID] = i
	}
	for _, c := range r.Conditions {
		for _, o := range c.SimilarTo {
			if _, there := at[o]; !there || o == c.ID {
				return fmt.Errorf("the condition %s must differ from %s, which is no other condition", c.ID, o)
			}
		}
	}
	return nil
}

// checkPeriods refuses two periods that hold for one article at one instant.
func (r Rules) checkPeriods() error {
	for i, p := range r.InForce {
		for _, a := range p.Articles {
			if !slices.Contains(r.Articles, a) {
				return fmt.Errorf("in_force[%d]: the rules have no article %s", i, a)
			}
		}
		for j, o := range r.InForce[:i] {
			if p.overlaps(o) {
				return fmt.Errorf("in_force[%d] overlaps in_force[%d]", i, j)
			}
		}
	}
	return nil
}

// overlaps says whether p and o hold for one article at one instant.
func (p Period) overlaps(o Period) bool {
	apart := p.To != 0 && p.To <= o.From || o.To != 0 && o.To <= p.From
	common := len(p.Articles) == 0 || len(o.Articles) == 0 ||
		slices.ContainsFunc(p.Articles, func(a string) bool { return slices.Contains(o.Articles, a) })
	return !apart && common
}

// Check says whether p is a period.
func (p Period) Check() error {
	if p.To != 0 && p.To <= p.From {
		return errors.New("a period ends after it begins")
	}
	if len(p.Articles) > MaxList || !rising(p.Articles) {
		return errors.New("a period's articles stand in order, nothing twice")
	}
	return nil
}

// Check says whether the roles can be told apart.
func (r Roles) Check() error {
	if len(r.Locks) > 8 || len(r.Consult) > 32 {
		return errors.New("there are at most 8 locks and 32 consultations")
	}
	for i, l := range r.Locks {
		if slices.ContainsFunc(r.Locks[:i], func(o Lock) bool { return o.Role == l.Role }) {
			return fmt.Errorf("two locks have the role %s: nobody holds two locks", l.Role)
		}
	}
	if !risingFact(r.Applicants.Value) || !risingFact(r.Reviewers.Value) {
		return errors.New("roles stand in order, nothing twice")
	}
	return nil
}

// Check says whether a lock can open.
func (l Lock) Check() error {
	switch {
	case l.K < 1 || l.K > 32 || l.Of < 0 || l.Of > 64 || l.Of != 0 && l.K > l.Of:
		return errors.New("a lock has 1 to 32 keys, of as many or more")
	case l.Quorum != 0 && (l.Quorum < l.K || l.Of != 0 && l.Quorum > l.Of):
		return errors.New("a quorum lies between the keys of the lock and the members there are")
	case l.OnCall != nil && (l.OnCall.K < 1 || l.OnCall.K >= l.K):
		return errors.New("an on-call number is smaller than the lock's, and at least 1")
	}
	return nil
}

// Check says whether c can be asked.
func (c Consultee) Check() error { return checkWhen(c.When) }

// Check says whether s is a length of time.
func (s Span) Check() error {
	if s.N < 1 || s.N > maxSpan && s.Unit != Second || s.N > MaxSpanS {
		return errors.New("a span is 1 unit or more, within 40 years")
	}
	return nil
}

// Check says whether the times can follow one another.
func (t Time) Check() error {
	longest, known := t.MaxS.Known()
	switch {
	case known && (longest < 1 || longest > MaxSpanS):
		return errors.New("the longest time is 1 s or more, within 40 years")
	case t.MaxWorkingDays.Value != nil && (*t.MaxWorkingDays.Value < 1 || *t.MaxWorkingDays.Value > 3660):
		return errors.New("the longest time is 1 to 3660 working days")
	}
	if t.Renew == nil {
		return nil
	}
	if w, ok := t.Renew.WindowS.Known(); ok && known && w > longest {
		return errors.New("a renewal cannot be asked for before there is something to renew")
	}
	return nil
}

// Check says whether r allows what it counts.
func (r Renew) Check() error {
	allowed := r.Allowed.Or(false)
	switch {
	case !allowed && (r.MaxCount.Value != nil || r.WindowS.Value != nil):
		return errors.New("a renewal that is not allowed has no number and no window")
	case r.MaxCount.Value != nil && (*r.MaxCount.Value < 1 || *r.MaxCount.Value > 1000):
		return errors.New("renewals are counted from 1 to 1000")
	case r.WindowS.Value != nil && (*r.WindowS.Value < 1 || *r.WindowS.Value > MaxSpanS):
		return errors.New("the window of a renewal is 1 s or more, within 40 years")
	}
	return nil
}

// Check says whether c says who approves a change, by when, and what becomes of it
// otherwise.
func (c Change) Check() error {
	allowed := c.Allowed.Or(false)
	switch {
	case allowed && (c.ApproveWithin.Value == nil || c.By.Value == nil || !c.Undone.Or(false)):
		return errors.New("a change without time says who approves it, by when, and that it is undone otherwise")
	case !allowed && (c.ApproveWithin.Value != nil || c.By.Value != nil || c.Undone.Value != nil):
		return errors.New("a change without time that is not allowed has nobody and nothing that follows")
	}
	return nil
}

// Check says whether the urgent path says who, and what follows.
func (u Urgent) Check() error {
	if !u.Allowed.Or(false) {
		return u.checkNone()
	}
	who := u.Who.Or(nil)
	if len(who) == 0 || !rising(who) || u.K < 1 || u.K > 32 {
		return errors.New("the urgent path says who takes it, in order, and how many of them")
	}
	switch {
	case u.After.Value == nil || u.OnRefusal.Value == nil:
		return errors.New("the urgent path says what follows, and what a refusal does")
	case *u.After.Value == Confirm && (u.ConfirmWithin.Value == nil || u.NoticeWithin.Value != nil):
		return errors.New("a confirmation has its time, and no time of notice")
	case *u.After.Value == PromptNotice && u.ConfirmWithin.Value != nil:
		return errors.New("a prompt notice has no time of confirmation")
	}
	return nil
}

// checkNone refuses what a path that is not allowed cannot have.
func (u Urgent) checkNone() error {
	follows := u.After.Value != nil || u.ConfirmWithin.Value != nil || u.NoticeWithin.Value != nil || u.OnRefusal.Value != nil
	if follows || u.K != 0 || u.Who.Value != nil || u.Lasts.Value != nil {
		return errors.New("an urgent path that is not allowed has nobody and nothing that follows")
	}
	return nil
}

// Check says whether the scope can be reached.
func (s Scope) Check() error {
	switch {
	case !risingFact(s.DataClass.Value) || !risingFact(s.Directions.Value) || !risingFact(s.Effects.Value):
		return errors.New("lists of a scope stand in order, nothing twice")
	case s.Links.Value != nil && *s.Links.Value < 1:
		return errors.New("a number of links is 1 or more")
	case s.VolumeCapPermille.Value != nil && (*s.VolumeCapPermille.Value < 1 || *s.VolumeCapPermille.Value > 1000):
		return errors.New("a cap on volume is 1 to 1000 permille")
	}
	return nil
}

// Check says whether the times of keeping can be kept.
func (r Retention) Check() error {
	limit, known := r.LimitS.Known()
	every, reviewed := r.ReviewEveryS.Known()
	switch {
	case known && (limit < 1 || limit > MaxSpanS), reviewed && (every < 1 || every > MaxSpanS):
		return errors.New("a time of keeping is 1 s or more, within 40 years")
	case known && reviewed && every > limit:
		return errors.New("a review comes before the limit")
	}
	return nil
}

// Check says whether the time of disposal is one.
func (d Dispose) Check() error {
	if d.WithinS.Value != nil && (*d.WithinS.Value < 0 || *d.WithinS.Value > MaxSpanS) {
		return errors.New("a disposal is done at once (0 s) or within 40 years")
	}
	return nil
}

// Check says whether purposes stand in order.
func (p Purpose) Check() error {
	if !risingFact(p.Allowed.Value) {
		return errors.New("purposes stand in order, nothing twice")
	}
	return nil
}

// Check says whether p can become due and be filled.
func (p Report) Check() error {
	if len(p.Items) > MaxList {
		return fmt.Errorf("a report has at most %d items", MaxList)
	}
	for i, o := range p.Items {
		if len(o.Counts) > MaxList || slices.ContainsFunc(p.Items[:i], func(q Item) bool { return q.ID == o.ID }) {
			return fmt.Errorf("the item %s stands twice or counts too much", o.ID)
		}
	}
	return checkWhen(p.When)
}

// Check says whether c can be met, and can be unmet.
func (c Condition) Check() error {
	number := c.Kind == NumberKind
	switch {
	case c.MinWords < 0 || c.MinWords > maxWords:
		return fmt.Errorf("a number of words lies between 0 and %d", maxWords)
	case number != (c.Min != nil || c.Max != nil):
		return errors.New("a number has a least or a most, and nothing else has")
	case c.Min != nil && c.Max != nil && *c.Min > *c.Max:
		return errors.New("the least is more than the most: nothing could meet the condition")
	case len(c.Cite) == 0:
		return errors.New("a condition cites what it comes from")
	case len(c.SimilarTo) > 32 || !rising(c.SimilarTo):
		return errors.New("the conditions that this one must differ from stand in order, nothing twice")
	}
	if err := c.checkKind(); err != nil {
		return err
	}
	return checkWhen(c.When)
}

// checkKind refuses what a condition of its kind cannot have, or lacks.
func (c Condition) checkKind() error {
	risk := c.Kind == RiskKind
	switch {
	case c.Kind == AttachmentKind && c.Evidence == "":
		return errors.New("an attachment is of a class of evidence")
	case risk != (len(c.Risks) > 0) || !rising(c.Risks) || len(c.Risks) > 32:
		return errors.New("graded risks, and they alone, name up to 32 risks, in order")
	case c.Threshold.Check() != nil, !risk && c.Threshold != Ungraded:
		return errors.New("a threshold is a grade of graded risks")
	}
	return nil
}

func checkWhen(when []Predicate) error {
	if len(when) > MaxPredicates {
		return fmt.Errorf("at most %d predicates hold at once", MaxPredicates)
	}
	return nil
}

// yesOrNo are the attributes with the values yes and no.
func (a Attribute) yesOrNo() bool {
	switch a {
	case ByOtherUse, ByForeign, ByRenewal, ByChildData, ByCritical, ByOwnSystem, BySensitive, ByAfterRefusal:
		return true
	}
	return false
}

// Check says whether a is an attribute.
func (a Attribute) Check() error { return among("attribute", a, Attributes()...) }

// Check says whether p can hold.
func (p Predicate) Check() error {
	if len(p.Is) == 0 || len(p.Is) > 64 || !rising(p.Is) {
		return errors.New("a predicate has 1 to 64 values, in order, nothing twice")
	}
	for _, v := range p.Is {
		var err error
		switch {
		case p.Attribute.yesOrNo() && v != Yes && v != No:
			err = errors.New("it is yes or no")
		case p.Attribute == ByPath:
			err = Path(v).Check()
		case p.Attribute == ByKind:
			err = regime.Kind(v).Check()
		case p.Attribute == ByDirection:
			err = regime.Direction(v).Check()
		}
		if err != nil {
			return fmt.Errorf("the attribute %s is never %s: %w", p.Attribute, v, err)
		}
	}
	if p.Attribute.yesOrNo() && len(p.Is) == 2 {
		return fmt.Errorf("the attribute %s is always yes or no", p.Attribute)
	}
	return nil
}

// rising says whether list stands in strictly rising order.
func rising[T ~string](list []T) bool {
	for i := 1; i < len(list); i++ {
		if list[i-1] >= list[i] {
			return false
		}
	}
	return true
}

func risingFact[T ~string](list *[]T) bool {
	return list == nil || len(*list) <= MaxList && rising(*list)
}

// Parse reads rules' bytes. Errors are *paper.Error with the place.
func Parse(data []byte) (*Rules, error) {
	r := new(Rules)
	if err := paper.Unmarshal(data, r); err != nil {
		return nil, err
	}
	return r, nil
}

// Digest is what the rules are called by; a profile names it.
func (r Rules) Digest() (paper.Digest, error) { return paper.DigestAs(Type, r) }

// ParseRequest reads a request's bytes.
func ParseRequest(data []byte) (*Request, error) {
	q := new(Request)
	if err := paper.Unmarshal(data, q); err != nil {
		return nil, err
	}
	return q, nil
}
