package judge_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime/calendar"
	"github.com/noroshi-acd/noroshi/authority/regime/fact"
	"github.com/noroshi-acd/noroshi/authority/regime/judge"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
	"github.com/noroshi-acd/noroshi/authority/regime/rules/rulestest"
)

func TestClocks(t *testing.T) {
	e := evaluator(t, rulestest.Whole())
	dues := func(q *rules.Request, h rules.History) map[string]string {
		list, err := e.Clocks(q, &h)
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]string{}
		for _, c := range list {
			name := string(c.Kind)
			if c.ID != "" {
				name += " " + string(c.ID)
			}
			out[name] = c.Due.String() + " " + string(c.Mark)
		}
		return out
	}
	// Monday rulestest.Noon; Tuesday is off; three working days are Wednesday to Friday.
	if diff := cmp.Diff(map[string]string{
		"expiry":         "2026-11-25T03:00:00Z R",
		"urgent-confirm": "2026-11-27T15:00:00Z S",
	}, dues(rulestest.Hurried(), rules.History{})); diff != "" {
		t.Errorf("urgent: -want +got\n%s", diff)
	}
	if diff := cmp.Diff(map[string]string{
		"expiry":            "2026-12-03T03:00:00Z R",
		"renewal-opens":     "2026-11-23T03:00:00Z R",
		"whole-body member": "2026-11-26T15:00:00Z S",
		"decision member":   "2026-12-07T15:00:00Z S",
		"report sensitive":  "2026-11-25T03:00:00Z S",
		"report yearly":     "2027-03-31T15:00:00Z S",
		"review":            "2027-05-22T03:00:00Z S",
		"retention":         "2028-11-22T03:00:00Z U",
		"disposal":          "2028-11-23T03:00:00Z U",
		"urgent-change":     "2026-11-27T15:00:00Z R",
	}, dues(rulestest.Met(), rules.History{Asked: rulestest.Noon, Decided: rulestest.Noon, OnCall: true, Acted: rulestest.Noon, Obtained: rulestest.Noon, Ended: rulestest.Noon + 10*day, YearEnded: 1798729200, Changed: rulestest.Noon})); diff != "" {
		t.Errorf("ordinary: -want +got\n%s", diff)
	}
	q := rulestest.Met()
	q.Findings[2].Grades[1].Grade = rules.Low
	q.RetentionS = 20 * day
	got := dues(q, rules.History{Acted: rulestest.Noon, Obtained: rulestest.Noon})
	if _, owed := got["report sensitive"]; owed || got["retention"] != "2026-12-13T03:00:00Z U" {
		t.Errorf("a shorter time that was asked for counts, and what is not sensitive is not told: %v", got)
	}
}

// TestKeepingRunsFromItsEvent: and from the obtaining, which is earlier, as long as the
// event has not come or is not known.
func TestKeepingRunsFromItsEvent(t *testing.T) {
	for name, c := range map[string]struct {
		from fact.Of[rules.Event]
		h    rules.History
		want paper.Time
	}{
		"selected":         {fact.Is(rules.Selected, fact.Seen, "art. 25"), rules.History{Obtained: rulestest.Noon, Selected: rulestest.Noon + 60}, rulestest.Noon + 60},
		"not yet selected": {fact.Is(rules.Selected, fact.Seen, "art. 25"), rules.History{Obtained: rulestest.Noon}, rulestest.Noon},
		"not known":        {fact.Of[rules.Event]{}, rules.History{Obtained: rulestest.Noon, Selected: rulestest.Noon + 60}, rulestest.Noon},
		"ended early":      {fact.Is(rules.Ended, fact.Seen, "art. 25"), rules.History{Obtained: rulestest.Noon, Ended: rulestest.Noon + 5*day}, rulestest.Noon + 5*day},
		"ends by itself":   {fact.Is(rules.Ended, fact.Seen, "art. 25"), rules.History{Obtained: rulestest.Noon}, rulestest.Noon + 30*day},
		"nothing":          {fact.Is(rules.Selected, fact.Seen, "art. 25"), rules.History{}, 0},
	} {
		r := rulestest.Whole()
		r.Data.Retention.From = c.from
		list, err := evaluator(t, r).Clocks(rulestest.Met(), &c.h)
		if err != nil {
			t.Fatal(err)
		}
		got := paper.Time(0)
		for _, k := range list {
			if k.Kind == judge.Keeping {
				got = k.Since
				if k.Due != k.Since+730*day {
					t.Errorf("%s: due %v since %v", name, k.Due, k.Since)
				}
			}
		}
		if got != c.want {
			t.Errorf("%s: since %v, want %v", name, got, c.want)
		}
	}
}

func TestClocksWithoutTheirCalendar(t *testing.T) {
	e, err := judge.Compile(rulestest.Whole())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Clocks(rulestest.Hurried(), &rules.History{}); !errors.Is(err, judge.ErrNoCalendar) {
		t.Errorf("%v", err)
	}
	if got, want := spelled(e.Unmet(rulestest.Hurried())), []string{"until rule-calendar", "until rule-calendar", "until rule-calendar"}; !cmp.Equal(got, want) {
		t.Errorf("without a calendar: %v", got)
	}
	if c := e.Close(rulestest.Hurried(), &rules.History{Confirmed: rulestest.Noon + 1}, rulestest.Noon+1); !c.Stop || !c.Erase {
		t.Errorf("by when is not known, and it runs: %+v", c)
	}
	q, h := rulestest.Hurried(), rules.History{}
	q.From = 4102444800 // 2100
	if _, err := evaluator(t, rulestest.Whole()).Clocks(q, &h); !errors.Is(err, calendar.ErrOutside) {
		t.Errorf("%v", err)
	}
}

// TestInvariant10_SilenceCloses: over rules, requests and lost, late or early messages by
// chance, an urgent permission that the machine let pass closes itself: when the message
// did not come before it was due, there is alarm and stop from then on, and erasure or
// sealing where the rules say so; a refusal stops at once; nothing runs past its end;
// and what has stopped never starts again.
func TestInvariant10_SilenceCloses(t *testing.T) {
	m := maker(t)
	urgents, silent, numbered := 0, 0, 0
	for range 4000 {
		r := m.Rules()
		e := evaluator(t, r)
		q := m.Request(r)
		if q.Path != rules.Urgently || len(e.Unmet(q)) > 0 {
			continue
		}
		urgents++
		u := r.Time.Urgent
		for range 20 {
			h := m.History(q)
			h.Began = 0 // it begins when the permission says so
			came, within := h.Confirmed, u.ConfirmWithin.Value
			if *u.After.Value == rules.PromptNotice {
				came, within = h.Noticed, u.NoticeWithin.Value
			}
			due := q.Until
			if within != nil {
				numbered++
				by, err := e.After(q.From, *within)
				if err != nil {
					t.Fatalf("it passed, and nobody can say by when: %v", err)
				}
				due = min(due, by)
			}
			lost := came == 0 || came >= due
			stopped := false
			var instants []paper.Time
			for now := q.From; now < q.Until+3*day; now += 3607 {
				instants = append(instants, now)
			}
			for _, edge := range []paper.Time{due, came, h.Refused, q.Until} { // and the very instants, with their neighbours
				instants = append(instants, max(edge-1, q.From), max(edge, q.From), max(edge+1, q.From))
			}
			slices.Sort(instants)
			for _, now := range instants {
				c := e.Close(q, h, now)
				late, refused := lost && now >= due, h.Refused != 0 && now >= h.Refused
				switch {
				case c.Alarm != late, (late || refused || now >= q.Until) && !c.Stop, stopped && !c.Stop:
					t.Fatalf("at %v: %+v, due %v, %+v", now, c, due, h)
				case c.Erase != ((late || refused) && *u.OnRefusal.Value == rules.Erase), c.Seal != ((late || refused) && *u.OnRefusal.Value == rules.JudgeOrders):
					t.Fatalf("at %v, on refusal %s: %+v", now, *u.OnRefusal.Value, c)
				}
				stopped = c.Stop
			}
			if lost {
				silent++
			}
		}
	}
	t.Logf("%d urgent requests, %d silences, %d with a number", urgents, silent, numbered)
	if urgents < 20 || silent < 50 || numbered < 50 {
		t.Errorf("only %d urgent requests, %d silences, %d with a number", urgents, silent, numbered)
	}
}

// TestInvariant10_UrgentNeverOutlivesItsEnd: no urgent request passes that would still
// stand when it should have been confirmed, or is a renewal.
func TestInvariant10_UrgentNeverOutlivesItsEnd(t *testing.T) {
	e := evaluator(t, rulestest.Whole())
	end, err := e.After(rulestest.Noon, rules.Span{N: 3, Unit: rules.WorkingDay})
	if err != nil {
		t.Fatal(err)
	}
	for until := end - 2; until <= end+2; until++ {
		q := rulestest.Hurried()
		q.Until = until
		if got := e.Unmet(q); (len(got) == 0) != (until <= end) {
			t.Errorf("until %v, to be confirmed by %v: %v", until, end, got)
		}
	}
	q := rulestest.Hurried()
	q.Renewal = &rules.Renewal{Count: 1, Previous: q.From}
	q.At = q.From - 1
	q.Urgency.When = q.At
	q.Consultations[0].At = q.At
	if got := spelled(e.Unmet(q)); !cmp.Equal(got, []string{"renewal rule-renewal-urgent"}) {
		t.Errorf("%v", got)
	}
}

// TestInvariant10_AChangeWithoutTimeIsUndone: a change of a permission that stands is over
// when it is not approved by the end of its time, when it is refused, when the permission
// is over, and where the rules have no such change; late heals nothing.
func TestInvariant10_AChangeWithoutTimeIsUndone(t *testing.T) {
	const noon = rulestest.Noon
	by := noon + 4*day + 12*3600 // Tuesday is off; Wednesday to Friday
	q := rulestest.Met()
	for name, c := range map[string]struct {
		spoil func(*rules.Rules)
		h     rules.History
		now   paper.Time
		want  judge.Undoing
	}{
		"no change":                 {nil, rules.History{}, noon + 20*day, judge.Undoing{}},
		"before it":                 {nil, rules.History{Changed: noon}, noon - 1, judge.Undoing{}},
		"waits":                     {nil, rules.History{Changed: noon}, by - 1, judge.Undoing{Owed: true, By: by}},
		"silence":                   {nil, rules.History{Changed: noon}, by, judge.Undoing{Owed: true, By: by, Alarm: true, Undo: true}},
		"approved in time":          {nil, rules.History{Changed: noon, Approved: by - 1}, by + day, judge.Undoing{By: by}},
		"approved when it was due":  {nil, rules.History{Changed: noon, Approved: by}, by + day, judge.Undoing{Owed: true, By: by, Alarm: true, Undo: true}},
		"approved later than asked": {nil, rules.History{Changed: noon, Approved: noon + 60}, noon + 59, judge.Undoing{Owed: true, By: by}},
		"refused":                   {nil, rules.History{Changed: noon, Rejected: noon + 60}, noon + 60, judge.Undoing{Owed: true, By: by, Undo: true}},
		"the permission ended":      {nil, rules.History{Changed: noon, Approved: noon + 60, Ended: noon + day}, noon + day, judge.Undoing{By: by, Undo: true}},
		"the permission is over":    {nil, rules.History{Changed: noon, Approved: noon + 60}, q.Until, judge.Undoing{By: by, Undo: true}},
		"the rules do not have it": {func(r *rules.Rules) { r.Time.Change = nil }, rules.History{Changed: noon, Approved: noon + 60}, noon + 61,
			judge.Undoing{Alarm: true, Undo: true}},
		"the rules forbid it": {func(r *rules.Rules) { r.Time.Change = &rules.Change{Allowed: fact.Is(false, fact.Seen, "x")} }, rules.History{Changed: noon, Approved: noon + 60}, noon + 61,
			judge.Undoing{Alarm: true, Undo: true}},
	} {
		r := rulestest.Whole()
		if c.spoil != nil {
			c.spoil(r)
		}
		if got := evaluator(t, r).Undo(q, &c.h, c.now); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func TestDoubts(t *testing.T) {
	var places []string
	for _, d := range evaluator(t, rulestest.Whole()).Doubts() {
		places = append(places, d.Place+" "+string(d.Mark))
	}
	if diff := cmp.Diff([]string{"scope.links R", "scope.volume_cap_permille U", "time.max_s R", "time.change.approve_within R", "data.retention.limit_s U", "conditions.other-means R", "conditions.risks U"}, places); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	bare := rulestest.Whole()
	bare.Time, bare.Scope, bare.Data, bare.Mode = rules.Time{}, rules.Scope{}, nil, fact.Of[rules.Mode]{}
	unknown := 0
	for _, d := range evaluator(t, bare).Doubts() {
		if !d.Known {
			unknown++
		}
	}
	if unknown != 10 {
		t.Errorf("%d rules are not known, want 10: mode, five of scope, the time, renewal, urgent path, keeping", unknown)
	}
}
