package stage_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/authority/decision"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/stage"
)

// slow is the model: it keeps every act that was taken and answers each question from
// the whole list, in the words of docs/spec/application.md.
type slow struct {
	urgent   bool
	due, end paper.Time
	asked    int
	taken    []stage.Act
}

// where walks through the whole life again.
func (m *slow) where() stage.Stage {
	s := stage.Received
	for _, a := range m.taken {
		switch a.Kind {
		case stage.Refuse:
			s = stage.Incomplete
		case stage.AskCorrect:
			s = stage.Correcting
		case stage.Correct:
			s = stage.Corrected
		case stage.Withdraw:
			s = stage.Withdrawn
		case stage.Vote:
			s = stage.Deliberating
		case stage.Close:
			s = stage.Uncorrected
		case stage.Expire:
			s = stage.Expired
		case stage.Decide:
			s = map[decision.Position]stage.Stage{decision.Approve: stage.Approved, decision.Partial: stage.Partial, decision.Refuse: stage.Refused, decision.Correct: stage.Correcting}[a.Outcome]
		}
	}
	return s
}

func (m *slow) open() bool {
	s := m.where()
	return s == stage.Received || s == stage.Correcting || s == stage.Deliberating
}

const day = 86400

// until is when the time to decide is over; 0: never.
func (m *slow) until() paper.Time {
	if m.end != 0 && m.count(stage.IssueUrged) > 0 {
		return m.end + 366*day
	}
	return m.end
}

// unanswered says whether a correction is owed and its instant has come.
func (m *slow) unanswered(at paper.Time) bool {
	due, _ := m.clock()
	return m.where() == stage.Correcting && due != 0 && at >= due
}

func (m *slow) tooLate(at paper.Time) bool { return m.until() != 0 && at >= m.until() }

// answerable says whether a correction can be owed by an instant.
func (m *slow) answerable(at, due paper.Time) bool {
	return due-at >= day && due-at <= 90*day && (m.until() == 0 || due <= m.until())
}

// given finds the act by which a warrant was issued.
func (m *slow) given(w paper.Digest) *stage.Act {
	for i, a := range m.taken {
		if (a.Kind == stage.Issue || a.Kind == stage.IssueUrged) && a.Permit.Warrant == w {
			return &m.taken[i]
		}
	}
	return nil
}

// gone says whether an act has ended a warrant, and from when on.
func (m *slow) gone(w paper.Digest) (kind stage.Kind, from paper.Time) {
	g := m.given(w)
	if g == nil {
		return "", 0
	}
	for _, a := range m.taken {
		switch {
		case a.Kind == stage.Revoke && a.Warrant == w:
			kind, from = a.Kind, a.At
		case a.Kind == stage.Renew && a.Warrant == w:
			kind, from = a.Kind, a.Until
		case g.Kind != stage.IssueUrged || kind != "":
		case a.Kind == stage.Lapse:
			kind, from = a.Kind, g.Due
		case a.Kind == stage.Close:
			kind = a.Kind
			for _, q := range m.taken {
				if q.Kind == stage.AskCorrect || q.Kind == stage.Decide && q.Outcome == decision.Correct {
					from = q.Due
				}
			}
		case a.Kind == stage.Expire:
			kind, from = a.Kind, m.until()
		case a.Kind == stage.Withdraw || a.Kind == stage.Decide && (a.Outcome == decision.Refuse || a.Outcome == decision.Partial):
			kind, from = a.Kind, a.At
		}
	}
	return kind, from
}

func (m *slow) count(k stage.Kind) (n int) {
	for _, a := range m.taken {
		if a.Kind == k {
			n++
		}
	}
	return n
}

// clock is the due instant that runs, and whether it was found late.
func (m *slow) clock() (due paper.Time, late bool) {
	due = m.due
	s := stage.Received
	for i, a := range m.taken {
		before, after := s, (&slow{taken: m.taken[:i+1]}).where()
		s = after
		next := due
		switch {
		case a.Kind == stage.Overdue:
			late = true
		case a.Kind == stage.AskCorrect, a.Kind == stage.Decide && a.Outcome == decision.Correct:
			next = a.Due
		case a.Kind == stage.Vote || before == after:
		default:
			next = 0
		}
		closed := before != after && after != stage.Received && after != stage.Correcting && after != stage.Deliberating
		if next != due || closed {
			due, late = next, false
		}
	}
	return due, late
}

func (m *slow) corrected() bool { return m.count(stage.Correct) > 0 }

// can is what docs/spec/application.md says of each act.
func (m *slow) can(a stage.Act) bool {
	s := m.where()
	fresh := a.Permit.Warrant != "" && a.Permit.From < a.Permit.Until && a.At < a.Permit.Until
	g := m.given(a.Warrant)
	kind, from := m.gone(a.Warrant)
	named := g != nil && a.At < g.Permit.Until && !(g.Kind == stage.IssueUrged && m.corrected())
	shut := m.unanswered(a.At) || m.tooLate(a.At)
	switch a.Kind {
	case stage.Refuse:
		return s == stage.Received && m.count(stage.IssueUrged) == 0
	case stage.AskCorrect:
		return (s == stage.Received || s == stage.Deliberating) && !shut && m.asked+m.count(stage.AskCorrect) < 1 && m.answerable(a.At, a.Due)
	case stage.Correct, stage.Withdraw:
		return m.open() && !shut
	case stage.Vote:
		return (s == stage.Received || s == stage.Deliberating) && !shut
	case stage.Decide:
		known := a.Outcome == decision.Approve || a.Outcome == decision.Partial || a.Outcome == decision.Refuse || a.Outcome == decision.Correct && m.answerable(a.At, a.Due)
		return s == stage.Deliberating && !shut && known
	case stage.Close:
		return m.unanswered(a.At)
	case stage.Expire:
		return (s == stage.Received || s == stage.Deliberating) && m.tooLate(a.At)
	case stage.Issue:
		return (s == stage.Approved || s == stage.Partial) && m.count(stage.Issue) == 0 && fresh
	case stage.IssueUrged:
		return m.urgent && m.open() && !shut && m.count(stage.IssueUrged) == 0 && fresh
	case stage.Suspend:
		return named && kind == "" && a.Until > a.At
	case stage.Revoke:
		return named && (kind == "" || kind == stage.Renew && a.At < from)
	case stage.Renew:
		return named && kind == "" && a.Until >= a.At
	case stage.Overdue:
		due, late := m.clock()
		own := due != 0 && a.At >= due || m.open() && m.tooLate(a.At)
		return s != stage.Correcting && own && !late
	case stage.Lapse:
		for _, u := range m.taken {
			if u.Kind == stage.IssueUrged {
				kind, _ := m.gone(u.Permit.Warrant)
				return u.Due != 0 && a.At >= u.Due && m.open() && kind == ""
			}
		}
	}
	return false
}

// permit is how the warrant of a kind stands at an instant.
func (m *slow) permit(issued stage.Kind, at paper.Time) stage.State {
	for _, g := range m.taken {
		if g.Kind != issued {
			continue
		}
		ends := map[stage.Kind]stage.Ending{stage.Revoke: stage.Revoked, stage.Renew: stage.Renewed, stage.Lapse: stage.Lapsed, stage.Withdraw: stage.NotApproved, stage.Decide: stage.NotApproved, stage.Close: stage.NotApproved, stage.Expire: stage.NotApproved}
		if kind, from := m.gone(g.Permit.Warrant); kind != "" && at >= from {
			return stage.State(ends[kind])
		}
		if at >= g.Permit.Until {
			return stage.Over
		}
		for _, a := range m.taken {
			if a.Kind == stage.Suspend && a.Warrant == g.Permit.Warrant && at < a.Until {
				return stage.Suspended
			}
		}
		if at < g.Permit.From {
			return stage.Issued
		}
		return stage.Live
	}
	return ""
}

func anyAct(t *rapid.T, at paper.Time, n int) stage.Act {
	far := []paper.Time{0, 0, 0, day - 20, day, 3 * day, 90*day - 20, 400 * day}
	soon := func(label string) paper.Time {
		return at + paper.Time(rapid.IntRange(-3, 50).Draw(t, label)) + rapid.SampledFrom(far).Draw(t, label+" far")
	}
	kinds := append(stage.Kinds(), stage.Vote, stage.Vote, stage.Vote, stage.Decide, stage.Decide, stage.Decide, stage.Issue, stage.Issue,
		stage.IssueUrged, stage.IssueUrged, stage.Suspend, stage.Renew, stage.Lapse, stage.Lapse, stage.Overdue, stage.Close, stage.Close, stage.Expire) // what needs others before it is tried more often
	a := stage.Act{At: at, Kind: rapid.SampledFrom(kinds).Draw(t, "kind"), Due: soon("due"), Until: soon("until")}
	a.Outcome = rapid.SampledFrom([]decision.Position{decision.Approve, decision.Partial, decision.Refuse, decision.Correct, decision.Recuse, ""}).Draw(t, "outcome")
	a.Warrant = rapid.SampledFrom([]paper.Digest{"urged", "ordered", "other", ""}).Draw(t, "warrant")
	switch a.Kind {
	case stage.Issue:
		a.Permit = stage.Permit{Warrant: "ordered", From: soon("from"), Until: soon("to"), Index: int64(n)}
	case stage.IssueUrged:
		a.Permit = stage.Permit{Warrant: "urged", From: soon("from"), Until: soon("to"), Index: int64(n)}
		a.Due = rapid.SampledFrom([]paper.Time{0, a.Due}).Draw(t, "confirm")
	}
	return a
}

// TestAgainstTheSlowModel: for any row of acts the table takes those that the model
// takes, and both say the same of the stage, the clock and the permits.
func TestAgainstTheSlowModel(t *testing.T) {
	seen := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		for range 12 {
			life(t, seen)
		}
	})
	for _, k := range stage.Kinds() {
		if seen[string(k)] == 0 {
			t.Errorf("no run took a %s: the test looks at nothing there", k)
		}
	}
}

// life is one application's, by the table and by the model.
func life(t *rapid.T, seen map[string]int) {
	m := &slow{urgent: rapid.Bool().Draw(t, "urgent"), due: paper.Time(rapid.IntRange(0, 40).Draw(t, "first"))}
	m.end = rapid.SampledFrom([]paper.Time{0, 60, 2 * day, 200 * day}).Draw(t, "end")
	m.asked = rapid.IntRange(0, 1).Draw(t, "asked before")
	r := stage.Record{Stage: stage.Received, Urgent: m.urgent, Due: m.due, End: m.end, Asked: int64(m.asked)}
	at := paper.Time(10)
	for n := range rapid.IntRange(5, 40).Draw(t, "acts") {
		at += paper.Time(rapid.IntRange(0, 4).Draw(t, "later")) + rapid.SampledFrom([]paper.Time{0, 0, 0, 0, 0, 0, 0, day, 30 * day}).Draw(t, "days")
		a := anyAct(t, at, n)
		for range rapid.IntRange(0, 4).Draw(t, "tries") {
			if !m.can(a) {
				a = anyAct(t, at, n)
			}
		}
		before := r
		next, ok := stage.Step(r, a)
		if want := m.can(a); ok != want {
			t.Fatalf("%+v in %+v: took it: %v, the model: %v", a, r, ok, want)
		}
		if !ok {
			if d := cmp.Diff(before, next); d != "" {
				t.Fatalf("a refused act changed the record: %s", d)
			}
			continue
		}
		m.taken, r = append(m.taken, a), next
		seen[string(a.Kind)]++
		due, late := m.clock()
		if r.Stage != m.where() || r.Due != due || r.Late != late {
			t.Fatalf("after %+v: %+v, the model: %s due %d late %v", a, r, m.where(), due, late)
		}
		for _, p := range []struct {
			is   *stage.Permit
			kind stage.Kind
		}{{r.Ordered, stage.Issue}, {r.Urged, stage.IssueUrged}} {
			if p.is == nil {
				continue
			}
			for later := range paper.Time(40) {
				if got, want := p.is.At(at+later), m.permit(p.kind, at+later); got != want {
					t.Fatalf("%s at %d: %s, the model: %s (%+v)", p.kind, at+later, got, want, m.taken)
				}
			}
		}
	}
}

// TestInvariant10_AnUrgentPermitEndsWithItsCheck: refused, withdrawn or not confirmed in
// time, an urgent permit does not live a second longer; nobody can bring it back.
func TestInvariant10_AnUrgentPermitEndsWithItsCheck(t *testing.T) {
	begin := stage.Record{Stage: stage.Received, Urgent: true}
	urged, ok := stage.Step(begin, stage.Act{Kind: stage.IssueUrged, At: 10, Due: 50, Permit: stage.Permit{Warrant: "w", From: 10, Until: 100}})
	if !ok || urged.Urged.At(49) != stage.Live {
		t.Fatalf("%+v", urged)
	}
	for name, acts := range map[string][]stage.Act{
		"refused":     {{Kind: stage.Vote, At: 20}, {Kind: stage.Decide, At: 30, Outcome: decision.Refuse}},
		"withdrawn":   {{Kind: stage.Withdraw, At: 30}},
		"unconfirmed": {{Kind: stage.Lapse, At: 60}},
	} {
		r := urged
		for _, a := range acts {
			if r, ok = stage.Step(r, a); !ok {
				t.Fatalf("%s: %+v", name, a)
			}
		}
		end := map[string]paper.Time{"refused": 30, "withdrawn": 30, "unconfirmed": 50}[name]
		if r.Urged.At(end-1) != stage.Live || r.Urged.At(end) == stage.Live {
			t.Errorf("%s: %+v", name, r.Urged)
		}
		for _, k := range stage.Kinds() {
			a := stage.Act{Kind: k, At: 70, Until: 90, Due: 90, Warrant: "w", Outcome: decision.Approve, Permit: stage.Permit{Warrant: "w", From: 70, Until: 99}}
			if next, ok := stage.Step(r, a); ok && next.Urged != nil && next.Urged.At(80) == stage.Live {
				t.Errorf("%s: %s brought it back", name, k)
			}
		}
	}
	for _, s := range stage.Stages() {
		if _, ok := stage.Step(stage.Record{Stage: s}, stage.Act{Kind: stage.IssueUrged, At: 10, Permit: stage.Permit{Warrant: "w", From: 10, Until: 100}}); ok {
			t.Errorf("an application of the ordinary path got an urgent permit at %s", s)
		}
	}
	if got := fmt.Sprint(urged.Urged.At(100)); got != "over" {
		t.Error(got)
	}
}
