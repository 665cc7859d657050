package judge

import (
	"fmt"
	"slices"
	"strings"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime/calendar"
	"github.com/noroshi-acd/noroshi/authority/regime/fact"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
	"github.com/noroshi-acd/noroshi/authority/unmet"
)

// Evaluator is rules made ready for judging. It does not change and may be shared.
type Evaluator struct {
	rules    *rules.Rules
	digest   paper.Digest
	calendar *calendar.Table // nil: not at hand
	byID     []int           // conditions in the order of their ids
	laws     []unmet.Law     // of the conditions, in the order of the rules
	of       laws
	needs    []Need // the locks of the ordinary path
	urgent   []Need // of the urgent one
}

// laws is where each rule stands that has no condition of its own.
type laws struct {
	none, applicants, classes, directions, effects, links, volume, purposes, otherUse, mode, status, longest, longestDays,
	renew, renewCount, renewWindow, urgent, urgentWho, confirm, notice, lasts, retention, people unmet.Law
	periods []unmet.Law // of the effective dates
	consult []unmet.Law
}

// Need is one lock that must open: K persons who hold one of the roles.
type Need struct {
	K     int64
	Lock  *rules.Lock // nil on the urgent path; shared, not to be changed
	Roles []paper.ID
}

// Compile makes r ready. Of the calendars it takes the one that r names; without it, what
// is counted in working days is refused, not guessed. The error is that of r's paper.
func Compile(r *rules.Rules, calendars ...*calendar.Calendar) (*Evaluator, error) {
	data, err := paper.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("compiling rules: %w", err)
	}
	own, err := rules.Parse(data) // the caller may go on with its own copy
	if err != nil {
		return nil, fmt.Errorf("compiling rules: %w", err)
	}
	e := &Evaluator{rules: own}
	if e.digest, err = own.Digest(); err != nil {
		return nil, fmt.Errorf("compiling rules: %w", err)
	}
	for _, c := range calendars {
		if c == nil || own.Calendar == "" || c.ID != own.Calendar {
			continue
		}
		if e.calendar, err = c.Table(); err != nil {
			return nil, fmt.Errorf("compiling rules: calendar %s: %w", c.ID, err)
		}
	}
	e.byID = make([]int, len(own.Conditions))
	e.laws = make([]unmet.Law, len(own.Conditions))
	for i := range own.Conditions {
		c := &own.Conditions[i]
		e.byID[i] = i
		e.laws[i] = unmet.Law{Cite: c.Cite, Mark: string(c.Mark), Lacks: c.Unmet, Meet: c.Meet}
	}
	slices.SortFunc(e.byID, func(a, b int) int {
		return strings.Compare(string(own.Conditions[a].ID), string(own.Conditions[b].ID))
	})
	e.of.fill(own)
	e.fillNeeds()
	return e, nil
}

func (e *Evaluator) fillNeeds() {
	locks := e.rules.Roles.Locks
	for i := range locks {
		e.needs = append(e.needs, Need{Roles: []paper.ID{locks[i].Role}, K: locks[i].K, Lock: &locks[i]})
	}
	if u := e.rules.Time.Urgent; u != nil && u.Allowed.Or(false) {
		e.urgent = []Need{{Roles: u.Who.Or(nil), K: u.K}}
	}
}

func lawOf[T any](f fact.Of[T]) unmet.Law {
	return unmet.Law{Cite: f.Cite, Mark: string(f.Mark)}
}

func (l *laws) fill(r *rules.Rules) {
	l.applicants, l.people = lawOf(r.Roles.Applicants), lawOf(r.Roles.NamedPeople)
	l.classes, l.directions, l.effects = lawOf(r.Scope.DataClass), lawOf(r.Scope.Directions), lawOf(r.Scope.Effects)
	l.links, l.volume = lawOf(r.Scope.Links), lawOf(r.Scope.VolumeCapPermille)
	l.purposes, l.otherUse = lawOf(r.Purpose.Allowed), lawOf(r.Purpose.OtherUse)
	l.mode, l.status = lawOf(r.Mode), lawOf(r.Status)
	l.longest, l.longestDays = lawOf(r.Time.MaxS), lawOf(r.Time.MaxWorkingDays)
	if n := r.Time.Renew; n != nil {
		l.renew, l.renewCount, l.renewWindow = lawOf(n.Allowed), lawOf(n.MaxCount), lawOf(n.WindowS)
	}
	if u := r.Time.Urgent; u != nil {
		l.urgent, l.urgentWho, l.confirm, l.lasts = lawOf(u.Allowed), lawOf(u.Who), lawOf(u.ConfirmWithin), lawOf(u.Lasts)
		l.notice = lawOf(u.NoticeWithin)
	}
	if d := r.Data; d != nil && d.Retention != nil {
		l.retention = lawOf(d.Retention.LimitS)
	}
	for _, p := range r.InForce {
		l.periods = append(l.periods, unmet.Law{Cite: p.Cite, Mark: string(p.Mark)})
	}
	for _, c := range r.Roles.Consult {
		l.consult = append(l.consult, unmet.Law{Cite: c.Cite, Mark: string(c.Mark)})
	}
}

// Rules gives the rules. They are shared and must not be changed.
func (e *Evaluator) Rules() *rules.Rules { return e.rules }

// Digest is what the rules are called by; a decision names it.
//
// Invariant 30: whoever judged by other rules, even by another word, has another digest.
func (e *Evaluator) Digest() paper.Digest { return e.digest }

// Mode is how the state may act under the instrument; "" where it is not known.
func (e *Evaluator) Mode() rules.Mode { return e.rules.Mode.Or("") }

// Needs lists the locks that must open on a path, in the order in which they decide;
// none where the instrument does not have the path. The list is shared.
func (e *Evaluator) Needs(p rules.Path) []Need {
	if p == rules.Urgently {
		return e.urgent
	}
	return e.needs
}

// Condition gives a condition by its id; nil when the rules have none of that name.
func (e *Evaluator) Condition(id paper.ID) *rules.Condition {
	if i := e.find(id); i >= 0 {
		return &e.rules.Conditions[i]
	}
	return nil
}

// find gives the place of a condition in the rules, or -1.
func (e *Evaluator) find(id paper.ID) int {
	lo, hi := 0, len(e.byID)
	for lo < hi {
		mid := (lo + hi) / 2
		if e.rules.Conditions[e.byID[mid]].ID < id {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo < len(e.byID) && e.rules.Conditions[e.byID[lo]].ID == id {
		return e.byID[lo]
	}
	return -1
}

// Applies says whether a condition is asked of the request.
func (e *Evaluator) Applies(c *rules.Condition, q *rules.Request) bool { return e.holds(c.When, q) }

// Asked lists whom the request needs an answer from before the decision.
func (e *Evaluator) Asked(q *rules.Request) []rules.Consultee {
	var list []rules.Consultee
	for _, c := range e.rules.Roles.Consult {
		if e.holds(c.When, q) {
			list = append(list, c)
		}
	}
	return list
}
