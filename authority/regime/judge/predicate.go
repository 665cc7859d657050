package judge

import (
	"slices"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
)

// asking is a request that predicates are asked of.
type asking struct {
	e     *Evaluator
	q     *rules.Request
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
func (e *Evaluator) holds(when []rules.Predicate, q *rules.Request) bool {
	a := asking{e: e, q: q}
	return a.holds(when)
}

func (a *asking) holds(when []rules.Predicate) bool {
	for i := range when {
		p := &when[i]
		if a.has(p) == p.Not {
			return false
		}
	}
	return true
}

// has says whether the request has the attribute with one of the values.
func (a *asking) has(p *rules.Predicate) bool {
	q := a.q
	switch p.Attribute {
	case rules.ByPath:
		return slices.Contains(p.Is, paper.ID(q.Path))
	case rules.ByKind:
		return slices.Contains(p.Is, paper.ID(q.Kind))
	case rules.ByPurpose:
		return slices.Contains(p.Is, q.Purpose)
	case rules.ByApplicant:
		return slices.Contains(p.Is, q.Applicant)
	case rules.ByDataClass:
		return slices.Contains(p.Is, q.DataClass)
	case rules.ByDirection:
		return common(p.Is, q.Directions)
	case rules.ByEffect:
		return common(p.Is, q.Effects)
	}
	return (p.Is[0] == rules.Yes) == a.yes(p.Attribute)
}

// yes answers an attribute that is yes or no.
func (a *asking) yes(attribute rules.Attribute) bool {
	q := a.q
	switch attribute {
	case rules.ByOtherUse:
		return q.OtherUse != nil
	case rules.ByForeign:
		return q.ForeignTarget
	case rules.ByRenewal:
		return q.Renewal != nil
	case rules.ByChildData:
		return q.ChildData
	case rules.ByCritical:
		return q.CriticalDevice
	case rules.ByOwnSystem:
		return q.OwnSystem
	case rules.ByAfterRefusal:
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
func (e *Evaluator) sensitive(q *rules.Request) bool {
	for i := range q.Findings {
		f := &q.Findings[i]
		if at := e.find(f.Condition); at >= 0 && reaches(&e.rules.Conditions[at], f) {
			return true
		}
	}
	return false
}

// reaches says whether one of c's risks reaches its threshold.
func reaches(c *rules.Condition, f *rules.Finding) bool {
	if c.Threshold == rules.Ungraded {
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
