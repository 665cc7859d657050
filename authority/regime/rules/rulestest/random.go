package rulestest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/regime/calendar"
	"github.com/noroshi-acd/noroshi/authority/regime/fact"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
)

// The years of all that is made up: a calendar of two, and requests around them.
const (
	begin = paper.Time(1767225600) // 2026-01-01T00:00:00Z
	day   = 86400
)

// Maker makes up papers by chance.
type Maker struct{ *rand.Rand }

func (m Maker) chance(percent int) bool { return m.IntN(100) < percent }

func pick[T any](m Maker, from ...T) T { return from[m.IntN(len(from))] }

// some gives a sorted part of words; each is taken with a chance of percent.
func some[T ~string](m Maker, percent int, words ...T) []T {
	list := []T{}
	for _, w := range words {
		if m.chance(percent) {
			list = append(list, w)
		}
	}
	slices.Sort(list)
	return list
}

// of makes a fact that is known mostly.
func of[T any](m Maker, v T) fact.Of[T] {
	if m.chance(12) {
		return fact.Of[T]{}
	}
	mark := pick(m, fact.Marks()...)
	if m.chance(10) {
		return fact.Unknown[T](mark)
	}
	return fact.Is(v, mark, "art. "+fmt.Sprint(m.IntN(90)+1))
}

func cite(m Maker) (fact.Cites, fact.Mark) {
	return fact.Cites{"art. " + fmt.Sprint(m.IntN(90)+1)}, pick(m, fact.Marks()...)
}

func both(en string) paper.Words { return paper.Words{EN: en, JA: "（" + en + "）"} }

// Calendar makes up a calendar of 2026 and 2027 with changes of the clock.
func (m Maker) Calendar() *calendar.Calendar {
	c := &calendar.Calendar{Cite: fact.Cites{"a made-up law"}, Country: "lab", ID: "lab-days", FirstYear: 2026, LastYear: 2027, Mark: fact.Seen,
		Holidays: []calendar.Holiday{}, Weekend: []int64{}}
	for d := int64(1); d <= 7; d++ {
		if len(c.Weekend) < 6 && (d > 5 && m.chance(90) || m.chance(5)) {
			c.Weekend = append(c.Weekend, d)
		}
	}
	for d := range 730 {
		if m.chance(5) {
			date := begin.Time().AddDate(0, 0, d).Format(time.DateOnly)
			c.Holidays = append(c.Holidays, calendar.Holiday{Date: calendar.Date(date), Name: both("holiday")})
		}
	}
	east := int64(m.IntN(105)-52) * 900
	c.Offsets = []calendar.Offset{{From: begin - 40*day, EastS: east}}
	for at := begin + paper.Time(m.IntN(200))*day; m.chance(60) && len(c.Offsets) < 6; at += paper.Time(m.IntN(300)+2) * day {
		c.Offsets = append(c.Offsets, calendar.Offset{From: at + paper.Time(m.IntN(96))*900, EastS: east + int64(m.IntN(9)-4)*900})
	}
	return c
}

var (
	roleWords    = []paper.ID{"agency", "chief", "minister", "officer"}
	purposeWords = []paper.ID{"botnet", "damage", "espionage"}
	classWords   = []paper.ID{"content", "machine"}
	effectWords  = []paper.ID{"confirm", "copy", "delete", "disarm"}
	classesOf    = []paper.ID{"capture", "report", "statement"}
	riskWords    = []paper.ID{"collateral", "detection", "escalation"}
	ways         = []regime.Direction{"inbound", "outbound", "transit"}
	articleWords = []string{"17", "18", "19", "32"}
)

// Rules makes up an instrument that is mostly usable.
func (m Maker) Rules() *rules.Rules {
	r := &rules.Rules{
		Articles: some(m, 80, articleWords...), Calendar: pick[paper.ID](m, "lab-days", "lab-days", "lab-days", "other-days"),
		ID: "lab-gg", Jurisdiction: "lab", Kinds: some(m, 75, regime.Kinds()...), Mode: of(m, pick(m, rules.Order, rules.Approval, rules.Immediate)),
		Name: both("an instrument"), Penalties: []rules.Penalty{}, Regime: "lab", Sharing: []rules.Share{}, Reports: []rules.Report{},
		Purpose: rules.Purpose{Allowed: of(m, some(m, 75, purposeWords...)), OtherUse: of(m, pick(m, rules.WithConsent, rules.WithApproval, rules.Never))},
		Scope: rules.Scope{
			DataClass: of(m, some(m, 70, classWords...)), Directions: of(m, some(m, 80, ways...)), Effects: of(m, some(m, 80, effectWords...)),
			Links: of(m, int64(m.IntN(20)+1)), VolumeCapPermille: of(m, int64(m.IntN(1000)+1)),
		},
		Status: of(m, pick(m, rules.InForce, rules.InForce, rules.InForce, rules.InForce, rules.NotInForce, rules.Unverified, rules.Comparison, rules.Repealed)),
	}
	if r.Status.Mark == "" {
		r.Status = fact.Unknown[rules.Status](fact.Uncertain)
	}
	r.InForce = m.periods(r.Articles)
	m.roles(r)
	m.time(r)
	if m.chance(70) {
		r.Data = &rules.Data{Retention: &rules.Retention{LimitS: of(m, int64(m.IntN(400)+1)*day), From: of(m, pick(m, rules.Obtained, rules.Selected))}}
	}
	for i := range m.IntN(12) {
		r.Conditions = append(r.Conditions, m.condition(i))
	}
	if r.Conditions == nil {
		r.Conditions = []rules.Condition{}
	}
	return r
}

// periods makes up effective dates that do not overlap, some with gaps.
func (m Maker) periods(articles []string) []rules.Period {
	list := []rules.Period{}
	add := func(of []string) {
		at := paper.Time(0)
		if m.chance(40) {
			at = begin + paper.Time(m.IntN(200)-150)*day
		}
		for range m.IntN(3) + 1 {
			p := rules.Period{From: at, Articles: of}
			p.Cite, p.Mark = cite(m)
			if m.chance(60) {
				list = append(list, p)
				return
			}
			p.To = max(at, begin-100*day) + paper.Time(m.IntN(300)+1)*day
			list = append(list, p)
			if at = p.To; m.chance(30) {
				at += paper.Time(m.IntN(40)) * day
			}
		}
	}
	if len(articles) == 0 || m.chance(60) {
		add(nil)
		return list
	}
	for _, a := range articles {
		add([]string{a})
	}
	return list
}

func (m Maker) roles(r *rules.Rules) {
	r.Roles = rules.Roles{Applicants: of(m, some(m, 70, roleWords...)), NamedPeople: of(m, m.chance(30)), Locks: []rules.Lock{}, Consult: []rules.Consultee{}}
	for _, role := range some(m, 70, roleWords...) {
		l := rules.Lock{K: int64(m.IntN(3) + 1), Role: role, Standard: rules.Legality, Says: both("it is lawful")}
		l.Cite, l.Mark = cite(m)
		r.Roles.Locks = append(r.Roles.Locks, l)
	}
	for range m.IntN(4) {
		c := rules.Consultee{Role: pick(m, roleWords...), Mode: pick(m, rules.Consult, rules.Consent, rules.Notify), When: m.when()}
		c.Cite, c.Mark = cite(m)
		r.Roles.Consult = append(r.Roles.Consult, c)
	}
}

func (m Maker) span() rules.Span {
	switch m.IntN(5) {
	case 0:
		return rules.Span{N: int64(m.IntN(5) + 1), Unit: rules.WorkingDay}
	case 1:
		return rules.Span{N: int64(m.IntN(60) + 1), Unit: rules.WorkingHour}
	case 2:
		return rules.Span{N: int64(m.IntN(5) + 1), Unit: rules.Day}
	case 3:
		return rules.Span{N: int64(m.IntN(200000) + 1), Unit: rules.Second}
	}
	return rules.Span{N: int64(m.IntN(72) + 1), Unit: rules.Hour}
}

func (m Maker) time(r *rules.Rules) {
	longest := int64(m.IntN(180)+2) * day
	r.Time.MaxS = of(m, longest)
	if m.chance(20) {
		r.Time.MaxWorkingDays = of(m, int64(m.IntN(60)+1))
	}
	if m.chance(80) {
		r.Time.Renew = &rules.Renew{Allowed: fact.Is(m.chance(80), fact.Seen, "art. 19")}
		if r.Time.Renew.Allowed.Or(false) {
			r.Time.Renew.MaxCount, r.Time.Renew.WindowS = of(m, int64(m.IntN(4)+1)), of(m, int64(m.IntN(int(longest)))+1)
		}
	}
	if m.chance(60) {
		c := &rules.Change{Allowed: fact.Is(m.chance(80), fact.Seen, "art. 20")}
		if r.Time.Change = c; c.Allowed.Or(false) {
			c.ApproveWithin, c.By, c.Undone = fact.Is(m.span(), fact.Seen, "art. 20"), fact.Is(pick(m, roleWords...), fact.Seen, "art. 20"), fact.Is(true, fact.Seen, "art. 20")
		}
	}
	if m.chance(15) {
		return
	}
	u := &rules.Urgent{Allowed: fact.Is(m.chance(75), fact.Seen, "art. 6")}
	if r.Time.Urgent = u; !u.Allowed.Or(false) {
		return
	}
	who := some(m, 60, roleWords...)
	if len(who) == 0 {
		who = append(who, "chief")
	}
	u.Who, u.K = fact.Is(who, fact.Seen, "art. 6"), int64(m.IntN(2)+1)
	u.After = fact.Is(pick(m, rules.Confirm, rules.PromptNotice), fact.Seen, "art. 6")
	u.OnRefusal = fact.Is(pick(m, rules.Stop, rules.Erase, rules.JudgeOrders), fact.Seen, "art. 6")
	if m.chance(30) {
		u.Lasts = of(m, m.span())
	}
	if *u.After.Value == rules.Confirm {
		u.ConfirmWithin = fact.Is(m.span(), fact.Seen, "art. 6")
	} else if m.chance(60) {
		u.NoticeWithin = of(m, m.span())
	}
}

// when makes up predicates; mostly none.
func (m Maker) when() []rules.Predicate {
	if m.chance(55) {
		return nil
	}
	list := make([]rules.Predicate, m.IntN(2)+1)
	for i := range list {
		p := rules.Predicate{Attribute: pick(m, rules.Attributes()...), Not: m.chance(20)}
		switch p.Attribute {
		case rules.ByPath:
			p.Is = []paper.ID{pick[paper.ID](m, "ordinary", "urgent")}
		case rules.ByKind:
			p.Is = words(some(m, 50, regime.Kinds()...), "query")
		case rules.ByDirection:
			p.Is = words(some(m, 50, ways...), "transit")
		case rules.ByEffect:
			p.Is = words(some(m, 50, effectWords...), "copy")
		case rules.ByPurpose:
			p.Is = words(some(m, 50, purposeWords...), "botnet")
		case rules.ByApplicant:
			p.Is = words(some(m, 50, roleWords...), "chief")
		case rules.ByDataClass:
			p.Is = words(some(m, 50, classWords...), "machine")
		default:
			p.Is = []paper.ID{pick(m, rules.Yes, rules.No)}
		}
		list[i] = p
	}
	return list
}

// words makes identifiers of list, or of one word where it is empty.
func words[T ~string](list []T, otherwise paper.ID) []paper.ID {
	out := make([]paper.ID, len(list))
	for i, w := range list {
		out[i] = paper.ID(w)
	}
	if len(out) == 0 {
		out = append(out, otherwise)
	}
	return out
}

// condition makes up the ith condition.
func (m Maker) condition(i int) rules.Condition {
	c := rules.Condition{
		ID: paper.ID(fmt.Sprintf("c%02d", (i*7)%12)), When: m.when(), Unmet: both("it is not shown"), Meet: both("show it"),
		Kind: pick(m, rules.FactKind, rules.FactKind, rules.TextKind, rules.NumberKind, rules.AttachmentKind, rules.RiskKind),
	}
	c.Cite, c.Mark = cite(m)
	if m.chance(50) {
		c.MinWords = int64(m.IntN(30))
	}
	if c.Kind == rules.AttachmentKind || m.chance(20) {
		c.Evidence = pick(m, classesOf...)
	}
	switch c.Kind {
	case rules.NumberKind:
		low := int64(m.IntN(100) - 50)
		high := low + int64(m.IntN(100))
		which := m.IntN(3)
		if which != 0 {
			c.Min = &low
		}
		if which != 1 {
			c.Max = &high
		}
	case rules.RiskKind:
		c.Risks = words(some(m, 60, riskWords...), "detection")
		c.Threshold = rules.Grade(m.IntN(4))
	}
	return c
}
