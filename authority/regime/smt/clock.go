package smt

import (
	"fmt"
	"slices"
	"time"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime/calendar"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
)

// clockwork adds spans to one instant, the number 0. Working days are constants that the
// solver chooses: how much of the first day is left, how many days pass to the nth
// working day, how far the clock on the wall is moved meanwhile. It may choose all that
// the calendar has from some day on, and a little more: what it cannot find, no day has.
type clockwork struct {
	*script
	calendar *calendar.Calendar // nil: any
	table    *calendar.Table
	slack    int64   // how far clocks on the wall are moved at the most, s
	counted  []int64 // numbers of working days that have their constants
}

func newClockwork(comment string, c *calendar.Calendar) *clockwork {
	k := &clockwork{script: newScript(comment), slack: 7200}
	if c == nil {
		return k
	}
	t, err := c.Table()
	if err != nil {
		return k // nothing is known of its days
	}
	low, high := c.Offsets[0].EastS, c.Offsets[0].EastS
	for _, o := range c.Offsets {
		low, high = min(low, o.EastS), max(high, o.EastS)
	}
	k.calendar, k.table, k.slack = c, t, high-low
	return k
}

// reach gives the fewest and the most days from any day of the calendar to the nth
// working day after it; ok is false when the calendar never reaches that far.
func (k *clockwork) reach(n int64) (fewest, most int64, ok bool) {
	c := k.calendar
	noon := paper.TimeOf(time.Date(int(c.FirstYear), 1, 1, 12, 0, 0, 0, time.UTC)) - paper.Time(c.Offsets[0].EastS)
	for ; ; noon += 86400 {
		end, err := k.table.AddDays(noon, n)
		if err != nil {
			return fewest, most, ok
		}
		// From noon to a midnight there are n days and a half, give or take an hour.
		days := int64(end-noon) / 86400
		if !ok || days < fewest {
			fewest = days
		}
		most, ok = max(most, days), true
	}
}

// after gives the term for the first instant at which the span from 0 is over.
func (k *clockwork) after(s rules.Span) string {
	switch s.Unit {
	case rules.Second:
		return number(s.N)
	case rules.Hour:
		return number(s.N * 3600)
	case rules.Day:
		return number(s.N * 86400)
	case rules.WorkingHour:
		due := k.int(fmt.Sprintf("due of %d working hours", s.N))
		k.assert(fmt.Sprintf("(>= %s %d)", due, s.N*3600))
		k.assert(fmt.Sprintf("(<= %s %s)", due, k.days(s.N/23+1)))
		return due
	}
	return k.days(s.N)
}

// days gives the term for the end of the nth working day after the day of 0.
func (k *clockwork) days(n int64) string {
	left, passed := k.int("left of the day"), k.int(fmt.Sprintf("days to working day %d", n))
	moved := k.int(fmt.Sprintf("clock moved within %d working days", n))
	term := fmt.Sprintf("(+ %s (* 86400 %s) %s)", left, passed, moved)
	if slices.Contains(k.counted, n) {
		return term
	}
	k.assert(fmt.Sprintf("(and (>= %s 1) (<= %s %d))", left, left, 86400+k.slack))
	k.assert(fmt.Sprintf("(and (>= %s %s) (<= %s %d))", moved, number(-k.slack), moved, k.slack))
	k.assert(fmt.Sprintf("(>= %s %d)", passed, n))
	if k.table != nil {
		if fewest, most, ok := k.reach(n); ok {
			k.assert(fmt.Sprintf("(and (>= %s %d) (<= %s %d))", passed, fewest, passed, most))
		}
	}
	for _, o := range k.counted {
		other := k.int(fmt.Sprintf("days to working day %d", o))
		if n > o {
			k.assert(fmt.Sprintf("(>= (- %s %s) %d)", passed, other, n-o))
		} else {
			k.assert(fmt.Sprintf("(>= (- %s %s) %d)", other, passed, o-n))
		}
	}
	k.counted = append(k.counted, n)
	return term
}

// least declares a constant that is the least of the terms; without terms, anything.
func (k *clockwork) least(name string, terms []string) string {
	end := k.int(name)
	k.assert(fmt.Sprintf("(> %s 0)", end))
	var is []string
	for _, t := range terms {
		k.assert(fmt.Sprintf("(<= %s %s)", end, t))
		is = append(is, fmt.Sprintf("(= %s %s)", end, t))
	}
	if len(is) > 0 {
		k.assert(or(is...))
	}
	return end
}

// longest lists the terms for how long a permission may last.
func (k *clockwork) longest(in Input, profile bool) []string {
	var ends []string
	t := &in.Rules.Time
	if n, ok := t.MaxS.Known(); ok {
		ends = append(ends, number(n))
	}
	if n, ok := t.MaxWorkingDays.Known(); ok {
		ends = append(ends, k.days(n))
	}
	if profile && in.Profile != nil {
		ends = append(ends, number(in.Profile.LongestS))
	}
	return ends
}

// urgent asks about the urgent path: an urgent permission, asked for as long as can be,
// is at each instant either waiting for its answer, or stands with it, or is closed.
func urgent(in Input) []Question {
	if !hurries(in.Rules) {
		return nil
	}
	ask := func(name string, want Answer, claim func(l *life) string) Question {
		l := newLife(name, in)
		l.assert(claim(l))
		return l.question(name, want)
	}
	bound := fmt.Sprint(int64(rules.MaxSpanS))
	return []Question{
		ask("urgent path: ends by itself", Unsat, func(l *life) string { return "(> " + l.end + " " + bound + ")" }),
		ask("urgent path: no gap between waiting, standing and closed", Unsat, func(l *life) string { return not(or(l.waiting, l.standing, l.closed)) }),
		ask("urgent path: no overlap of waiting, standing and closed", Unsat, func(l *life) string {
			return or(and(l.waiting, l.standing), and(l.waiting, l.closed), and(l.standing, l.closed))
		}),
		ask("urgent path: never outlives its end", Unsat, func(l *life) string { return and("(>= |now| "+l.end+")", or(l.waiting, l.standing)) }),
		ask("urgent path: silence closes it when it is due", Unsat, func(l *life) string { return and("(>= |now| "+l.due+")", not(l.answered), not(l.closed)) }),
		ask("urgent path: can be answered in time", Sat, func(l *life) string { return l.standing }),
	}
}

// life is an urgent permission given at 0, with an answer and a refusal that may come at
// any instant or never, looked at now.
type life struct {
	*clockwork
	due, end                            string
	answered, waiting, standing, closed string
}

func newLife(name string, in Input) *life {
	l := &life{clockwork: newClockwork(name, in.Calendar)}
	u := in.Rules.Time.Urgent
	ends := l.longest(in, true)
	if s, ok := u.Lasts.Known(); ok {
		ends = append(ends, l.after(s))
	}
	within := u.NoticeWithin
	if u.After.Or(rules.Confirm) == rules.Confirm {
		within = u.ConfirmWithin
	}
	if s, ok := within.Known(); ok {
		l.due = l.after(s)
		if u.After.Or(rules.Confirm) == rules.Confirm {
			ends = append(ends, l.due) // the evaluator lets none be asked for longer
		}
	}
	l.end = l.least("end", ends)
	if l.due == "" {
		l.due = l.end // the law gives no number: at the latest when it is over
	}
	now, came, refused := l.int("now"), l.int("the answer"), l.int("the refusal")
	comes, refuses := l.bool("an answer comes"), l.bool("a refusal comes")
	l.assert(and("(>= "+now+" 0)", "(>= "+came+" 0)", "(>= "+refused+" 0)"))
	come := and(comes, "(<= "+came+" "+now+")")
	no := and(refuses, "(<= "+refused+" "+now+")")
	l.answered = and(comes, "(< "+came+" "+l.due+")")
	l.waiting = and("(< "+now+" "+l.due+")", not(come), not(no))
	l.standing = and("(< "+now+" "+l.end+")", come, l.answered, not(no))
	l.closed = or(no, and("(>= "+now+" "+l.due+")", not(l.answered)), "(>= "+now+" "+l.end+")")
	return l
}

// change asks about a change without time, made at 0 to a permission that ends at some
// instant: it is at each instant waiting for its approval, or stands with it, or undone.
func change(in Input) []Question {
	c := in.Rules.Time.Change
	if c == nil || !c.Allowed.Or(false) {
		return nil
	}
	ask := func(name string, want Answer, claim func(l *life) string) Question {
		name = "urgent change: " + name
		l := &life{clockwork: newClockwork(name, in.Calendar)}
		l.due, l.end = l.after(c.ApproveWithin.Or(rules.Span{})), l.least("end", l.longest(in, false))
		now, came, refused := l.int("now"), l.int("the approval"), l.int("the refusal")
		l.assert(and("(>= "+now+" 0)", "(>= "+came+" 0)", "(>= "+refused+" 0)"))
		come := and(l.bool("an approval comes"), "(<= "+came+" "+now+")")
		no, over := and(l.bool("a refusal comes"), "(<= "+refused+" "+now+")"), "(>= "+now+" "+l.end+")"
		l.answered = and(come, "(< "+came+" "+l.due+")")
		l.waiting = and("(< "+now+" "+l.due+")", not(come), not(no), not(over))
		l.standing = and(l.answered, not(no), not(over))
		l.closed = or(no, over, and("(>= "+now+" "+l.due+")", not(l.answered)))
		l.assert(claim(l))
		return l.question(name, want)
	}
	return []Question{
		ask("no gap between waiting, standing and undone", Unsat, func(l *life) string { return not(or(l.waiting, l.standing, l.closed)) }),
		ask("no overlap of waiting, standing and undone", Unsat, func(l *life) string {
			return or(and(l.waiting, l.standing), and(l.waiting, l.closed), and(l.standing, l.closed))
		}),
		ask("never outlives the permission", Unsat, func(l *life) string { return and("(>= |now| "+l.end+")", or(l.waiting, l.standing)) }),
		ask("silence undoes it when it is due", Unsat, func(l *life) string { return and("(>= |now| "+l.due+")", not(l.answered), not(l.closed)) }),
		ask("can be approved in time", Sat, func(l *life) string { return l.standing }),
		ask("is due while a permission can still stand", Sat, func(l *life) string { return "(< " + l.due + " " + l.end + ")" }),
	}
}

// renewal asks whether a renewal can be asked for while the longest permission stands,
// and only then.
func renewal(in Input) []Question {
	n := in.Rules.Time.Renew
	if n == nil || !n.Allowed.Or(false) || len(in.Rules.Roles.Locks) == 0 {
		return nil
	}
	ask := func(name string, want Answer, inside bool) Question {
		k := newClockwork(name, in.Calendar)
		end, at := k.least("end", k.longest(in, true)), k.int("asked")
		k.assert("(< " + at + " " + end + ")")
		if window, ok := n.WindowS.Known(); ok {
			k.assert(fmt.Sprintf("(>= %s (- %s %d))", at, end, window))
		} else {
			k.assert("(>= " + at + " 0)")
		}
		claim := "(>= " + at + " 0)"
		if !inside {
			claim = not(claim)
		}
		k.assert(claim)
		return k.question(name, want)
	}
	return []Question{ask("renewal: can be asked for", Sat, true), ask("renewal: is asked for when there is something to renew", Unsat, false)}
}

// keeping asks whether data are kept, being disposed of, or gone, and looked at before.
func keeping(r *rules.Rules) []Question {
	if r.Data == nil || r.Data.Retention == nil {
		return nil
	}
	limit, known := r.Data.Retention.LimitS.Known()
	if !known {
		return nil
	}
	var list []Question
	if every, ok := r.Data.Retention.ReviewEveryS.Known(); ok {
		s := newScript("keeping: is looked at before it ends")
		s.assert(fmt.Sprintf("(> %s %s)", number(every), number(limit)))
		list = append(list, s.question("keeping: is looked at before it ends", Unsat))
	}
	within := int64(0)
	if r.Data.Dispose != nil {
		within = r.Data.Dispose.WithinS.Or(0)
	}
	name := "keeping: at each instant kept, being disposed of, or gone"
	s := newScript(name)
	now := s.int("now")
	s.assert("(>= " + now + " 0)")
	kept, gone := fmt.Sprintf("(< %s %s)", now, number(limit)), fmt.Sprintf("(>= %s %s)", now, number(limit+within))
	ending := fmt.Sprintf("(and (>= %s %s) (< %s %s))", now, number(limit), now, number(limit+within))
	s.assert(not(one(kept, ending, gone)))
	return append(list, s.question(name, Unsat))
}

// periods asks whether two effective dates hold for one article at one instant.
func periods(r *rules.Rules) []Question {
	var list []Question
	for _, a := range r.Articles {
		name := "article " + a + ": one effective date at a time"
		s := newScript(name)
		t := s.int("now")
		var terms []string
		for _, p := range r.InForce {
			if len(p.Articles) > 0 && !slices.Contains(p.Articles, a) {
				continue
			}
			term := fmt.Sprintf("(>= %s %s)", t, number(int64(p.From)))
			if p.To != 0 {
				term = and(term, fmt.Sprintf("(< %s %s)", t, number(int64(p.To))))
			}
			terms = append(terms, term)
		}
		if len(terms) < 2 {
			continue
		}
		s.assert(and(or(terms...), not(one(terms...))))
		list = append(list, s.question(name, Unsat))
	}
	return list
}
