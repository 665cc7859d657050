package rulestest

import (
	"fmt"
	"slices"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
)

// Request makes up a request under r that meets most of it: each dimension is right with
// a chance, so that every way of being wrong comes, alone and together.
func (m Maker) Request(r *rules.Rules) *rules.Request {
	right := pick(m, 100, 97, 85, 50) // how often a dimension is right, percent
	q := &rules.Request{
		At: begin + paper.Time(m.IntN(600*day)), Instrument: r.ID, Path: rules.Ordinary,
		Articles: within(m, right, r.Articles, articleWords), Kind: one(m, right, r.Kinds, regime.Kinds()),
		Purpose: one(m, right, r.Purpose.Allowed.Or(nil), purposeWords), Consultations: []rules.Consultation{}, Findings: []rules.Finding{},
		Directions: within(m, right, r.Scope.Directions.Or(nil), ways), Effects: within(m, right, r.Scope.Effects.Or(nil), effectWords),
		Applicant: one(m, right, r.Roles.Applicants.Or(nil), roleWords), Links: int64(m.IntN(24)), VolumePermille: int64(m.IntN(1001)),
		NamedPeople: int64(m.IntN(3)), RetentionS: int64(m.IntN(500)) * day, ForeignTarget: m.chance(40), ChildData: m.chance(20),
		CriticalDevice: m.chance(20), OwnSystem: m.chance(20), AfterRefusal: m.chance(10),
	}
	if m.chance(3) && right < 100 {
		q.Instrument = "lab-other"
	}
	if m.chance(right) {
		q.Links, q.VolumePermille = 1+int64(m.IntN(int(r.Scope.Links.Or(20)))), 1+int64(m.IntN(int(r.Scope.VolumeCapPermille.Or(1000))))
		q.NamedPeople, q.RetentionS = 1, 0
	}
	if !m.chance(right) && m.chance(20) {
		q.VolumePermille = 0
	}
	if m.chance(30) {
		q.Mode = one(m, right, []rules.Mode{r.Mode.Or(rules.Approval)}, []rules.Mode{rules.Order, rules.Approval, rules.Immediate})
	}
	if m.chance(80) {
		q.DataClass = one(m, right, r.Scope.DataClass.Or(nil), classWords)
	}
	if m.chance(15) {
		q.OtherUse = &rules.OtherPurpose{Approved: m.chance(right), Consented: m.chance(right), ObtainedFor: one(m, right, r.Purpose.Allowed.Or(nil), purposeWords)}
	}
	m.times(q, r, right)
	m.findings(q, r, right)
	return q
}

// one picks from the right words, or from all.
func one[T ~string](m Maker, right int, good, all []T) T {
	if len(good) > 0 && m.chance(right) {
		return pick(m, good...)
	}
	return pick(m, all...)
}

// within picks some of the right words, or of all; at least one mostly.
func within[T ~string](m Maker, right int, good, all []T) []T {
	from := all
	if m.chance(right) {
		from = good
	}
	list := some(m, 60, from...)
	if len(list) == 0 && len(from) > 0 && m.chance(right) {
		list = append(list, pick(m, from...))
	}
	return list
}

// times makes up path, times, urgency and renewal.
func (m Maker) times(q *rules.Request, r *rules.Rules, right int) {
	u := r.Time.Urgent
	if m.chance(8) || u != nil && u.Allowed.Or(false) && m.chance(35) {
		q.Path = rules.Urgently
	}
	q.From = q.At + paper.Time(m.IntN(20*day))
	if q.Path == rules.Urgently {
		q.From = q.At - paper.Time(m.IntN(day))
		if u != nil {
			q.Applicant = one(m, right, u.Who.Or(nil), roleWords)
		}
	}
	q.Until = q.From + 1 + paper.Time(m.IntN(int(r.Time.MaxS.Or(90*day))))
	if q.Path == rules.Urgently && m.chance(right) {
		q.Until = q.From + 1 + paper.Time(m.IntN(6*3600))
	}
	if !m.chance(right) {
		q.From += paper.Time(m.IntN(8*day) - 4*day)
		q.Until += paper.Time(m.IntN(200*day) - 100*day)
	}
	if (q.Path == rules.Urgently) == m.chance(right) {
		q.Urgency = &rules.Urgency{When: min(q.From, q.At) - paper.Time(m.IntN(day)), Words: int64(m.IntN(30))}
		if !m.chance(right) {
			q.Urgency.When += paper.Time(m.IntN(2 * day))
			q.Urgency.Words = 0
		}
	}
	m.renewal(q, r, right)
}

// renewal makes some requests renewals.
func (m Maker) renewal(q *rules.Request, r *rules.Rules, right int) {
	if m.chance(20) {
		q.Renewal = &rules.Renewal{Count: int64(m.IntN(3) + 1), Previous: q.From}
		if !m.chance(right) {
			q.Renewal.Previous += paper.Time(m.IntN(3) - 1)
			q.Renewal.Count += int64(m.IntN(9))
		}
		if m.chance(right) && r.Time.Renew != nil {
			q.At = max(q.At, q.Renewal.Previous-paper.Time(m.IntN(int(r.Time.Renew.WindowS.Or(day)))))
			q.At = min(q.At, q.Renewal.Previous-1)
		}
	}
}

// findings makes up what is on record: answers of those who were asked, and findings.
func (m Maker) findings(q *rules.Request, r *rules.Rules, right int) {
	for _, c := range r.Roles.Consult {
		for m.chance(right) {
			o := rules.Consultation{Role: c.Role, Mode: c.Mode, At: q.At - paper.Time(m.IntN(3)), Outcome: rules.Agreed}
			if !m.chance(right) {
				o.Outcome = pick(m, rules.Agreed, rules.Objected, rules.Heard, rules.Told)
				o.At += paper.Time(m.IntN(4) - 1)
			}
			q.Consultations = append(q.Consultations, o)
			if m.chance(70) {
				break
			}
		}
	}
	for _, c := range r.Conditions {
		if m.chance(right) {
			q.Findings = append(q.Findings, m.finding(&c, right))
		}
	}
	if right < 100 && m.chance(5) {
		q.Findings = append(q.Findings, rules.Finding{Condition: paper.ID(fmt.Sprintf("z%d", m.IntN(9))), Evidence: []paper.ID{}})
	}
	slices.SortFunc(q.Findings, func(a, b rules.Finding) int {
		if a.Condition < b.Condition {
			return -1
		}
		return 1
	})
}

func (m Maker) finding(c *rules.Condition, right int) rules.Finding {
	f := rules.Finding{Condition: c.ID, Evidence: some(m, 60, classesOf...), Met: m.chance(right), Words: max(c.MinWords, 1) + int64(m.IntN(10))}
	if m.chance(right) {
		f.Evidence = words(f.Evidence, pick(m, classesOf...))
		if c.Evidence != "" && !slices.Contains(f.Evidence, c.Evidence) {
			f.Evidence = append(f.Evidence, c.Evidence)
			slices.Sort(f.Evidence)
		}
	}
	if !m.chance(right) {
		f.Words = int64(m.IntN(20))
	}
	if c.Kind == rules.NumberKind && m.chance(right) {
		n := int64(m.IntN(200) - 100)
		if m.chance(right) && c.Min != nil {
			n = *c.Min
		}
		if m.chance(right) && c.Max != nil {
			n = *c.Max
		}
		f.Number = &n
	}
	for _, risk := range c.Risks {
		if m.chance(right) {
			f.Grades = append(f.Grades, rules.Graded{Risk: risk, Grade: rules.Grade(m.IntN(3) + 1)})
		}
	}
	return f
}

// History makes up what happened to an urgent request, with messages lost and late.
func (m Maker) History(q *rules.Request) *rules.History {
	h := new(rules.History)
	sometime := func(percent int) paper.Time {
		if !m.chance(percent) {
			return 0
		}
		return q.From + paper.Time(m.IntN(pick(m, 8*day, day/4)))
	}
	h.Confirmed, h.Noticed, h.Refused, h.Ended = sometime(60), sometime(60), sometime(25), sometime(20)
	h.Changed, h.Approved, h.Rejected = sometime(70), sometime(60), sometime(25)
	if m.chance(40) {
		h.Began = q.From + paper.Time(m.IntN(3600))
	}
	return h
}
