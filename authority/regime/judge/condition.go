package judge

import (
	"slices"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
)

// conditions notes conditions that apply and are not met, and findings on conditions
// that the rules do not have.
//
// Invariant 16: a reason that is missing is refused by the machine. Invariant 17: other
// means are a condition like any other, where the instrument asks for them.
func (j *judge) conditions() {
	for i := range j.r.Conditions {
		if j.holds(j.r.Conditions[i].When) {
			j.condition(i)
		}
	}
	for i := range j.q.Findings {
		if id := j.q.Findings[i].Condition; j.e.find(id) < 0 {
			j.add(&j.e.of.none, "findings", "rule-finding-unknown", "condition", string(id))
		}
	}
}

// finding gives what was found about a condition; nil when nothing was.
func finding(q *rules.Request, id paper.ID) *rules.Finding {
	lo, hi := 0, len(q.Findings)
	for lo < hi {
		if mid := (lo + hi) / 2; q.Findings[mid].Condition < id {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo < len(q.Findings) && q.Findings[lo].Condition == id {
		return &q.Findings[lo]
	}
	return nil
}

// condition notes what the finding on the ith condition lacks.
func (j *judge) condition(i int) {
	c, law := &j.r.Conditions[i], &j.e.laws[i]
	at := string(c.ID)
	f := finding(j.q, c.ID)
	if f == nil {
		j.add(law, at, "rule-finding")
		return
	}
	if least := max(c.MinWords, 1); f.Words < least {
		j.add(law, at, "rule-words", "n", f.Words, "min", least)
	}
	switch {
	case c.Evidence != "" && !slices.Contains(f.Evidence, c.Evidence):
		j.add(law, at, "rule-evidence", "class", string(c.Evidence))
	case c.Kind == rules.FactKind && len(f.Evidence) == 0:
		j.add(law, at, "rule-evidence-none")
	}
	switch c.Kind {
	case rules.FactKind:
		if !f.Met {
			j.add(law, at, "rule-not-so")
		}
	case rules.NumberKind:
		j.number(i, f)
	case rules.RiskKind:
		for _, r := range c.Risks {
			if grade(f, r) == rules.Ungraded {
				j.add(law, at, "rule-grade", "risk", string(r))
			}
		}
		if reaches(c, f) && len(f.Evidence) == 0 {
			j.add(law, at, "rule-risk-evidence")
		}
	}
}

// number notes a number that is missing or lies outside the limits.
func (j *judge) number(i int, f *rules.Finding) {
	c, law := &j.r.Conditions[i], &j.e.laws[i]
	switch n := f.Number; {
	case n == nil:
		j.add(law, string(c.ID), "rule-number-missing")
	case c.Min != nil && *n < *c.Min:
		j.add(law, string(c.ID), "rule-number-low", "n", *n, "min", *c.Min)
	case c.Max != nil && *n > *c.Max:
		j.add(law, string(c.ID), "rule-number-high", "n", *n, "max", *c.Max)
	}
}

// grade gives the grade of a risk.
func grade(f *rules.Finding, risk paper.ID) rules.Grade {
	for _, g := range f.Grades {
		if g.Risk == risk {
			return g.Grade
		}
	}
	return rules.Ungraded
}
