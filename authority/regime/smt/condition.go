package smt

import (
	"fmt"
	"slices"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
)

// conditions asks of each condition whether it is asked of a request that meets all, and
// whether it can fail where all others are met: a condition for which either is
// impossible is dead.
func conditions(r *rules.Rules) []Question {
	var list []Question
	for i := range r.Conditions {
		for _, fails := range []bool{false, true} {
			name := fmt.Sprintf("condition %s: is asked of a request that meets all", r.Conditions[i].ID)
			if fails {
				name = fmt.Sprintf("condition %s: can fail alone", r.Conditions[i].ID)
			}
			q := &request{script: newScript(name), r: r}
			q.admissible()
			q.assert(q.applies(r.Conditions[i].When))
			for j := range r.Conditions {
				c := &r.Conditions[j]
				met := or(not(q.applies(c.When)), q.met(c))
				if i == j && fails {
					met = not(q.met(c))
				}
				q.assert(met)
			}
			list = append(list, q.question(name, Sat))
		}
	}
	return list
}

// request is a request as constants of a script.
type request struct {
	*script
	r *rules.Rules
}

// word is the constant that says that the request has the value.
func (q *request) word(a rules.Attribute, v paper.ID) string {
	return q.bool(fmt.Sprintf("%s=%s", a, v))
}

// choose declares an attribute of which a request has exactly one value, among those
// that the rules allow, those that a condition asks for, and any other; it gives the
// term for "one that is allowed".
func (q *request) choose(a rules.Attribute, allowed []paper.ID) string {
	all := append([]paper.ID{"another:value"}, allowed...)
	for _, c := range q.r.Conditions {
		for _, p := range c.When {
			if p.Attribute == a {
				all = append(all, p.Is...)
			}
		}
	}
	slices.Sort(all)
	var terms, good []string
	for _, v := range slices.Compact(all) {
		terms = append(terms, q.word(a, v))
		if slices.Contains(allowed, v) {
			good = append(good, q.word(a, v))
		}
	}
	q.assert(one(terms...))
	return or(good...)
}

// admissible asserts all that a request must be before its conditions are looked at.
func (q *request) admissible() {
	r := q.r
	urgent, ordinary := q.word(rules.ByPath, "urgent"), q.word(rules.ByPath, "ordinary")
	q.assert(one(urgent, ordinary))
	who := []paper.ID{}
	if hurries(r) {
		who = r.Time.Urgent.Who.Or(nil)
	} else {
		q.assert(not(urgent))
	}
	if len(r.Roles.Locks) == 0 {
		q.assert(not(ordinary))
	}
	applicants := r.Roles.Applicants.Or(nil)
	q.assert(q.choose(rules.ByApplicant, slices.Concat(who, applicants)))
	for _, side := range []struct {
		path  string
		roles []paper.ID
	}{{urgent, who}, {ordinary, applicants}} {
		var terms []string
		for _, v := range side.roles {
			terms = append(terms, q.word(rules.ByApplicant, v))
		}
		q.assert(or(not(side.path), or(terms...)))
	}
	q.assert(q.choose(rules.ByKind, identifiers(r.Kinds)))
	q.several(rules.ByDirection, identifiers(r.Scope.Directions.Or(nil)))
	q.several(rules.ByEffect, r.Scope.Effects.Or(nil))
	q.purposes()
	renewed := q.word(rules.ByRenewal, rules.Yes)
	if n := r.Time.Renew; n == nil || !n.Allowed.Or(false) {
		q.assert(not(renewed))
	}
	q.assert(not(and(renewed, urgent)))
	q.assert("(= " + q.word(rules.BySensitive, rules.Yes) + " " + q.sensitive() + ")")
}

// purposes asserts what data and purposes may be.
func (q *request) purposes() {
	r := q.r
	of := func(kinds ...regime.Kind) string {
		var terms []string
		for _, k := range kinds {
			terms = append(terms, q.word(rules.ByKind, paper.ID(k)))
		}
		return or(terms...)
	}
	classes, known := r.Scope.DataClass.Known()
	none := q.word(rules.ByDataClass, "no:class")
	right := q.choose(rules.ByDataClass, append([]paper.ID{"no:class"}, classes...))
	q.assert(right)
	if known {
		q.assert(not(and(none, of(regime.Collection, regime.Query, regime.Reidentify, regime.Share))))
	}
	allowed := q.choose(rules.ByPurpose, r.Purpose.Allowed.Or(nil))
	other := q.word(rules.ByOtherUse, rules.Yes)
	q.assert(or(other, allowed))
	if rule := r.Purpose.OtherUse.Or(rules.Never); rule == rules.Never || len(r.Purpose.Allowed.Or(nil)) == 0 {
		q.assert(not(other))
	}
	q.assert(or(not(other), of(regime.Query, regime.Reidentify, regime.Share)))
}

// several declares an attribute of which a request may have many values, all allowed.
func (q *request) several(a rules.Attribute, allowed []paper.ID) {
	for _, c := range q.r.Conditions {
		for _, p := range c.When {
			for _, v := range p.Is {
				if p.Attribute == a && !slices.Contains(allowed, v) {
					q.assert(not(q.word(a, v)))
				}
			}
		}
	}
}

func identifiers[T ~string](list []T) []paper.ID {
	out := make([]paper.ID, len(list))
	for i, v := range list {
		out[i] = paper.ID(v)
	}
	return out
}

// applies is the term for "all predicates hold".
func (q *request) applies(when []rules.Predicate) string {
	var terms []string
	for _, p := range when {
		var is []string
		for _, v := range p.Is {
			if v == rules.No && yesOrNo(p.Attribute) {
				is = append(is, not(q.word(p.Attribute, rules.Yes)))
			} else {
				is = append(is, q.word(p.Attribute, v))
			}
		}
		term := or(is...)
		if p.Not {
			term = not(term)
		}
		terms = append(terms, term)
	}
	return and(terms...)
}

// yesOrNo says whether the attribute's values are yes and no.
func yesOrNo(a rules.Attribute) bool {
	return rules.Predicate{Attribute: a, Is: []paper.ID{"perhaps"}}.Check() != nil && a != rules.ByPath && a != rules.ByKind && a != rules.ByDirection
}

// met is the term for "the finding on c meets it".
func (q *request) met(c *rules.Condition) string {
	of := func(what string) string { return string(c.ID) + "#" + what }
	terms := []string{q.bool(of("found")), fmt.Sprintf("(>= %s %d)", q.int(of("words")), max(c.MinWords, 1))}
	any := q.bool(of("evidence"))
	if c.Evidence != "" {
		class := q.bool(of("evidence=" + string(c.Evidence)))
		q.assert(or(not(class), any))
		terms = append(terms, class)
	}
	switch c.Kind {
	case rules.FactKind:
		terms = append(terms, any, q.bool(of("so")))
	case rules.NumberKind:
		n := q.int(of("number"))
		terms = append(terms, q.bool(of("given")))
		if c.Min != nil {
			terms = append(terms, fmt.Sprintf("(>= %s %s)", n, number(*c.Min)))
		}
		if c.Max != nil {
			terms = append(terms, fmt.Sprintf("(<= %s %s)", n, number(*c.Max)))
		}
	case rules.RiskKind:
		for _, risk := range c.Risks {
			terms = append(terms, fmt.Sprintf("(>= %s 1)", q.grade(c, risk)))
		}
		terms = append(terms, or(not(q.grave(c)), any))
	}
	return and(terms...)
}

// grade is the grade of a risk, 0 to 3.
func (q *request) grade(c *rules.Condition, risk paper.ID) string {
	name := string(c.ID) + "#grade=" + string(risk)
	first := !q.seen["|"+name+"|"]
	g := q.int(name)
	if first {
		q.assert(fmt.Sprintf("(and (>= %s 0) (<= %s 3))", g, g))
	}
	return g
}

func (q *request) grave(c *rules.Condition) string {
	var terms []string
	for _, risk := range c.Risks {
		if c.Threshold > rules.Ungraded {
			terms = append(terms, fmt.Sprintf("(>= %s %d)", q.grade(c, risk), c.Threshold))
		}
	}
	return or(terms...)
}

// sensitive is the term for "a risk reaches its threshold".
func (q *request) sensitive() string {
	var terms []string
	for i := range q.r.Conditions {
		if c := &q.r.Conditions[i]; c.Kind == rules.RiskKind {
			terms = append(terms, and(q.bool(string(c.ID)+"#found"), q.grave(c)))
		}
	}
	return or(terms...)
}
