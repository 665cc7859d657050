package judge

import (
	"errors"
	"slices"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime/fact"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
)

// ErrNoCalendar is a span of working days without the calendar that the rules name.
var ErrNoCalendar = errors.New("the calendar that the rules name is not at hand")

// After gives the first instant at which the span from an instant is over. Errors:
// ErrNoCalendar, or calendar.ErrOutside when the calendar does not cover the days.
func (e *Evaluator) After(from paper.Time, s rules.Span) (paper.Time, error) {
	switch s.Unit {
	case rules.Second:
		return from + paper.Time(s.N), nil
	case rules.Hour:
		return from + paper.Time(s.N)*3600, nil
	case rules.Day:
		return from + paper.Time(s.N)*86400, nil
	}
	if e.calendar == nil {
		return 0, ErrNoCalendar
	}
	if s.Unit == rules.WorkingHour {
		return e.calendar.AddHours(from, s.N)
	}
	return e.calendar.AddDays(from, s.N)
}

func (e *Evaluator) after(from paper.Time, s rules.Span) (paper.Time, bool) {
	at, err := e.After(from, s)
	return at, err == nil
}

// ClockKind says what a clock is about.
type ClockKind string

// The clocks.
const (
	Expiry        ClockKind = "expiry"         // the permission is over
	RenewalOpens  ClockKind = "renewal-opens"  // from then on a renewal can be asked for
	UrgentNotice  ClockKind = "urgent-notice"  // the commission must have been told
	UrgentConfirm ClockKind = "urgent-confirm" // it must have confirmed
	UrgentChange  ClockKind = "urgent-change"  // a change made without time must have been approved
	DecisionOwed  ClockKind = "decision"       // the lock must have decided
	WholeBody     ClockKind = "whole-body"     // the whole body must have taken up what those on call decided
	Review        ClockKind = "review"         // whether data are still needed
	Keeping       ClockKind = "retention"      // data must be gone, but for the time of disposal
	Disposal      ClockKind = "disposal"       // the disposal must be proven
	Reporting     ClockKind = "report"
)

// Clock is one instant that the rules fix. Due is the first instant at which it is late;
// 0 where the law gives no number: it is owed at once ("promptly"), and never late by
// number.
type Clock struct {
	Cite  fact.Cites `json:"cite"`
	Due   paper.Time `json:"due,omitempty"`
	ID    paper.ID   `json:"id,omitempty"` // of a report, or the role of a lock
	Kind  ClockKind  `json:"kind"`
	Mark  fact.Mark  `json:"mark"`
	Since paper.Time `json:"since"`
	To    paper.ID   `json:"to,omitempty"` // who is owed it
}

// Clocks lists the clocks that run, or have run, for a request with its history. A clock
// whose calendar does not reach is left out, and the error says why: the caller MUST
// show it.
func (e *Evaluator) Clocks(q *rules.Request, h *rules.History) ([]Clock, error) {
	c := clocks{e: e, q: q, h: h}
	t := &e.rules.Time
	began := h.Began
	if began == 0 {
		began = q.From
	}
	ended := q.Until
	if h.Ended != 0 {
		ended = min(ended, h.Ended)
	}
	c.list = append(c.list, Clock{Kind: Expiry, Since: q.From, Due: ended, Cite: t.MaxS.Cite, Mark: markOf(t.MaxS.Mark)})
	if n := t.Renew; n != nil && n.Allowed.Or(false) && q.Path == rules.Ordinary {
		opens := q.Until - paper.Time(n.WindowS.Or(int64(q.Until-q.From)))
		c.list = append(c.list, Clock{Kind: RenewalOpens, Since: q.From, Due: max(opens, q.From), Cite: both(n.Allowed.Cite, n.WindowS.Cite), Mark: ruled(n.Allowed.Mark, n.WindowS.Mark, t.MaxS.Mark)})
	}
	if u := t.Urgent; u != nil && q.Path == rules.Urgently {
		switch u.After.Or("") {
		case rules.Confirm:
			add(&c, UrgentConfirm, "", began, u.ConfirmWithin).marked(u.After.Mark)
		case rules.PromptNotice:
			add(&c, UrgentNotice, "", began, u.NoticeWithin).marked(u.After.Mark)
		}
	}
	if n := t.Change; n != nil && n.Allowed.Or(false) && h.Changed != 0 {
		if k := add(&c, UrgentChange, "", h.Changed, n.ApproveWithin); k.Due != 0 {
			k.Due, k.To = min(k.Due, ended), n.By.Or("")
			k.marked(n.Allowed.Mark, n.By.Mark)
		}
	}
	c.locks()
	c.data(ended)
	c.reports()
	return c.list, errors.Join(c.errs...)
}

// clocks collects the clocks of one request.
type clocks struct {
	e    *Evaluator
	q    *rules.Request
	h    *rules.History
	list []Clock
	errs []error
}

func add(c *clocks, kind ClockKind, id paper.ID, since paper.Time, within fact.Of[rules.Span]) *Clock {
	k := Clock{Kind: kind, ID: id, Since: since, Cite: within.Cite, Mark: markOf(within.Mark)}
	if s := within.Value; s != nil {
		var err error
		if k.Due, err = c.e.After(since, *s); err != nil {
			c.errs = append(c.errs, err)
			return &k
		}
	}
	c.list = append(c.list, k)
	return &c.list[len(c.list)-1]
}

// markOf is the mark of a fact that may be absent: what is not known is uncertain.
func markOf(m fact.Mark) fact.Mark {
	if m == "" {
		return fact.Uncertain
	}
	return m
}

// marked gives k the least sure of its mark and further ones.
func (k *Clock) marked(further ...fact.Mark) { k.Mark = ruled(k.Mark, further...) }

// ruled is the mark of an instant that rests on a fact and on further ones, where they are
// there.
func ruled(first fact.Mark, further ...fact.Mark) fact.Mark {
	m := markOf(first)
	for _, f := range further {
		if f != "" {
			m = fact.Weakest(m, f)
		}
	}
	return m
}

// both gives the citations of two facts, none twice.
func both(a, b fact.Cites) fact.Cites {
	out := slices.Clone(a)
	for _, c := range b {
		if !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	return out
}

// locks adds by when each lock decides, and when the whole body takes up what those on
// call have decided.
func (c *clocks) locks() {
	for i := range c.e.rules.Roles.Locks {
		l := &c.e.rules.Roles.Locks[i]
		if l.Within.Mark != "" && c.h.Asked != 0 {
			add(c, DecisionOwed, l.Role, c.h.Asked, l.Within)
		}
		if l.OnCall != nil && c.h.Decided != 0 && c.h.OnCall {
			add(c, WholeBody, l.Role, c.h.Decided, fact.Is(l.OnCall.WholeAfter, l.OnCall.Mark, l.OnCall.Cite...))
		}
	}
}

// data adds the clocks of what was obtained. A limit runs from its event; where the
// event is not known, from the obtaining, which is never later.
func (c *clocks) data(ended paper.Time) {
	d := c.e.rules.Data
	if d == nil || d.Retention == nil || c.h.Obtained == 0 {
		return
	}
	from := c.h.At(d.Retention.From.Or(rules.Obtained))
	if d.Retention.From.Or(rules.Obtained) == rules.Ended && c.h.Ended == 0 {
		from = ended
	}
	if from == 0 {
		from = c.h.Obtained
	}
	limit, known := d.Retention.LimitS.Known()
	if asked := c.q.RetentionS; asked > 0 && (!known || asked < limit) {
		limit, known = asked, true
	}
	r := d.Retention
	if every, ok := r.ReviewEveryS.Known(); ok {
		c.list = append(c.list, Clock{Kind: Review, Since: from, Due: from + paper.Time(every), Cite: r.ReviewEveryS.Cite, Mark: ruled(r.ReviewEveryS.Mark, r.From.Mark)})
	}
	if !known {
		return
	}
	over := from + paper.Time(limit)
	c.list = append(c.list, Clock{Kind: Keeping, Since: from, Due: over, Cite: r.LimitS.Cite, Mark: ruled(r.LimitS.Mark, r.From.Mark)})
	if p := d.Dispose; p != nil {
		k := Clock{Kind: Disposal, Since: over, Cite: both(p.WithinS.Cite, r.LimitS.Cite), Mark: ruled(p.WithinS.Mark, r.LimitS.Mark, r.From.Mark)}
		if within, ok := p.WithinS.Known(); ok {
			k.Due = over + paper.Time(within)
		}
		c.list = append(c.list, k)
	}
}

// reports adds what is owed for events that have happened.
func (c *clocks) reports() {
	for i := range c.e.rules.Reports {
		p := &c.e.rules.Reports[i]
		since := c.h.At(p.From)
		if since == 0 || !c.e.holds(p.When, c.q) {
			continue
		}
		k := add(c, Reporting, p.ID, since, p.Within)
		k.To = p.To
		k.Cite, k.Mark = both(p.Cite, p.Within.Cite), ruled(p.Mark, p.Within.Mark)
	}
}

// Closing is what the urgent path asks for at one instant.
type Closing struct {
	Owed  bool       `json:"owed"` // a notice or a confirmation is owed and has not come
	By    paper.Time `json:"by,omitempty"`
	Alarm bool       `json:"alarm"` // it did not come in time
	Stop  bool       `json:"stop"`
	Erase bool       `json:"erase"` // what was obtained goes, at once
	Seal  bool       `json:"seal"`  // it is sealed until the judge has ordered
}

// Close says what the urgent path asks for at an instant, whatever messages were lost:
// of the history it takes what had happened by then. On the ordinary path it asks for
// nothing.
//
// Invariant 10: what is not noticed or confirmed in time, or is refused, raises the
// alarm, stops and – where the rules say so – is erased or sealed; what comes late heals
// nothing. Where the calendar cannot say by when, it was due at once.
func (e *Evaluator) Close(q *rules.Request, h *rules.History, now paper.Time) Closing {
	u := e.rules.Time.Urgent
	if q.Path != rules.Urgently {
		return Closing{}
	}
	if u == nil || !u.Allowed.Or(false) { // there is no such path: nothing may run on it
		return Closing{Alarm: true, Stop: true}
	}
	began := h.Began
	if began == 0 {
		began = q.From
	}
	if now < began {
		return Closing{}
	}
	c, answered := e.waits(q, h, now, began)
	refused := h.Refused != 0 && h.Refused <= now
	c.Stop = c.Alarm || refused || now >= q.Until || h.Ended != 0 && h.Ended <= now
	c.Owed = !answered
	if c.Alarm || refused {
		what := u.OnRefusal.Or(rules.Stop)
		c.Erase, c.Seal = what == rules.Erase, what == rules.JudgeOrders
	}
	return c
}

// waits says by when the answer is due, whether it came in time, and whether its absence
// is an alarm by now.
func (e *Evaluator) waits(q *rules.Request, h *rules.History, now, began paper.Time) (Closing, bool) {
	u := e.rules.Time.Urgent
	came, within := h.Confirmed, u.ConfirmWithin.Value
	if u.After.Or(rules.Confirm) == rules.PromptNotice {
		came, within = h.Noticed, u.NoticeWithin.Value
	}
	c := Closing{}
	due := q.Until
	if within != nil {
		by, ok := e.after(began, *within)
		if !ok {
			by = began
		}
		c.By, due = by, min(by, q.Until)
	}
	inTime := came != 0 && came < due && came <= now
	c.Alarm = !inTime && now >= due
	return c, inTime
}

// Undoing is what a change without time asks for at one instant.
type Undoing struct {
	Owed  bool       `json:"owed"` // an approval is owed and has not come
	By    paper.Time `json:"by,omitempty"`
	Alarm bool       `json:"alarm"` // it did not come in time
	Undo  bool       `json:"undo"`  // what the change added is over; the permission before it stands as it was
}

// Undo says what a change without time of a permission asks for at an instant, whatever
// messages were lost. Without a change it asks for nothing.
//
// Invariant 10: a change that is not approved in time, or is refused, or that the rules do
// not have, is over; an approval that comes late heals nothing.
func (e *Evaluator) Undo(q *rules.Request, h *rules.History, now paper.Time) Undoing {
	if h.Changed == 0 || now < h.Changed {
		return Undoing{}
	}
	c := e.rules.Time.Change
	if c == nil || !c.Allowed.Or(false) {
		return Undoing{Alarm: true, Undo: true}
	}
	u := Undoing{By: h.Changed} // due at once, where the calendar cannot say by when
	if by, ok := e.after(h.Changed, c.ApproveWithin.Or(rules.Span{})); ok {
		u.By = by
	}
	inTime := h.Approved != 0 && h.Approved < u.By && h.Approved <= now
	over := now >= q.Until || h.Ended != 0 && h.Ended <= now
	u.Owed, u.Alarm = !inTime, !inTime && now >= u.By
	u.Undo = u.Alarm || over || h.Rejected != 0 && h.Rejected <= now
	return u
}
