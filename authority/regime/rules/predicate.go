package rules

import (
	"slices"

	"github.com/noroshi-acd/noroshi/authority/paper"
)

// asking is a request that predicates are asked of.
type asking struct {
	e     *Evaluator
	q     *Request
	grave grave // looked up once: it goes through all findings
}

// grave is whether a risk is grave, as far as that has been looked up.
type grave uint8

const (
	unasked grave = iota
	isGrave
	isNot
)

// holds says whether all predicates hold for the request; none hold always.
func (e *Evaluator) holds(when []Predicate, q *Request) bool {
	a := asking{e: e, q: q}
	return a.holds(when)
}

func (a *asking) holds(when []Predicate) bool {
	for i := range when {
		p := &when[i]
		if a.has(p) == p.Not {
			return false
		}
	}
	return true
}

// has says whether the request has the attribute with one of the values.
func (a *asking) has(p *Predicate) bool {
	q := a.q
	switch p.Attribute {
	case ByPath:
		return slices.Contains(p.Is, paper.ID(q.Path))
	case ByKind:
		return slices.Contains(p.Is, paper.ID(q.Kind))
	case ByPurpose:
		return slices.Contains(p.Is, q.Purpose)
	case ByApplicant:
		return slices.Contains(p.Is, q.Applicant)
	case ByDataClass:
		return slices.Contains(p.Is, q.DataClass)
	case ByDirection:
		return common(p.Is, q.Directions)
	case ByEffect:
		return common(p.Is, q.Effects)
	}
	return (p.Is[0] == Yes) == a.yes(p.Attribute)
}

// yes answers an attribute that is yes or no.
func (a *asking) yes(attribute Attribute) bool {
	q := a.q
	switch attribute {
	case ByOtherUse:
		return q.OtherUse != nil
	case ByForeign:
		return q.ForeignTarget
	case ByRenewal:
		return q.Renewal != nil
	case ByChildData:
		return q.ChildData
	case ByCritical:
		return q.CriticalDevice
	case ByOwnSystem:
		return q.OwnSystem
	case ByAfterRefusal:
		return q.AfterRefusal
	}
	if a.grave == unasked { // BySensitive, the last that a predicate can ask for
		if a.grave = isNot; a.e.sensitive(q) {
			a.grave = isGrave
		}
	}
	return a.grave == isGrave
}

// sensitive says whether a graded risk reaches its threshold, whether or not its
// condition is asked of the request: a risk does not shrink by not being asked for.
func (e *Evaluator) sensitive(q *Request) bool {
	for i := range q.Findings {
		f := &q.Findings[i]
		if at := e.find(f.Condition); at >= 0 && e.rules.Conditions[at].grave(f) {
			return true
		}
	}
	return false
}

// grave says whether one of c's risks reaches its threshold.
func (c *Condition) grave(f *Finding) bool {
	if c.Threshold == Ungraded {
		return false
	}
	for _, g := range f.Grades {
		if g.Grade >= c.Threshold && slices.Contains(c.Risks, g.Risk) {
			return true
		}
	}
	return false
}

func common[A, B ~string](a []A, b []B) bool {
	for _, x := range a {
		for _, y := range b {
			if string(x) == string(y) {
				return true
			}
		}
	}
	return false
}
