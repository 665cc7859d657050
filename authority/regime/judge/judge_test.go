package judge_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/regime/fact"
	"github.com/noroshi-acd/noroshi/authority/regime/judge"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
	"github.com/noroshi-acd/noroshi/authority/regime/rules/rulestest"
)

const day = 86400

func ptr[T any](v T) *T { return &v }

func evaluator(t testing.TB, r *rules.Rules) *judge.Evaluator {
	t.Helper()
	e, err := judge.Compile(r, rulestest.Days())
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// TestUnmet: each spoiled request lacks exactly what was spoiled.
func TestUnmet(t *testing.T) {
	e := evaluator(t, rulestest.Whole())
	for name, c := range map[string]struct {
		spoil func(*rules.Request)
		want  []string
	}{
		"nothing":                  {func(*rules.Request) {}, nil},
		"no finding":               {func(q *rules.Request) { q.Findings = q.Findings[1:] }, []string{"necessity rule-finding"}},
		"few words":                {func(q *rules.Request) { q.Findings[1].Words = 9 }, []string{"other-means rule-words"}},
		"not so, no evidence":      {func(q *rules.Request) { q.Findings[0].Met, q.Findings[0].Evidence = false, nil }, []string{"necessity rule-evidence-none", "necessity rule-not-so"}},
		"another class":            {func(q *rules.Request) { q.Findings[4].Evidence = []paper.ID{"report"} }, []string{"test-report rule-evidence"}},
		"only for neutralisation":  {func(q *rules.Request) { q.Kind = regime.Access; q.Findings = q.Findings[:4] }, nil},
		"no number":                {func(q *rules.Request) { q.Findings[3].Number = nil }, []string{"targets rule-number-missing"}},
		"too many":                 {func(q *rules.Request) { q.Findings[3].Number = ptr(int64(51)) }, []string{"targets rule-number-high"}},
		"too few":                  {func(q *rules.Request) { q.Findings[3].Number = ptr(int64(0)) }, []string{"targets rule-number-low"}},
		"a risk without grade":     {func(q *rules.Request) { q.Findings[2].Grades = q.Findings[2].Grades[:1] }, []string{"risks rule-grade"}},
		"a grave risk, no proof":   {func(q *rules.Request) { q.Findings[2].Evidence = nil }, []string{"risks rule-risk-evidence"}},
		"not consulted":            {func(q *rules.Request) { q.Consultations = nil }, []string{"consultations rule-consult"}},
		"consulted too late":       {func(q *rules.Request) { q.Consultations[0].At = rulestest.Noon }, []string{"consultations rule-consult"}},
		"merely told":              {func(q *rules.Request) { q.Consultations[0].Outcome = rules.Told }, []string{"consultations rule-consult"}},
		"nobody abroad":            {func(q *rules.Request) { q.Consultations, q.ForeignTarget = nil, false }, nil},
		"another mode":             {func(q *rules.Request) { q.Mode = rules.Immediate }, []string{"mode rule-mode"}},
		"another applicant":        {func(q *rules.Request) { q.Applicant = "company" }, []string{"applicant rule-beyond"}},
		"nobody named":             {func(q *rules.Request) { q.NamedPeople = 0 }, []string{"named_people rule-people"}},
		"too long":                 {func(q *rules.Request) { q.Until = q.From + 90*day + 1 }, []string{"until rule-too-long"}},
		"backdated":                {func(q *rules.Request) { q.From = q.At - 1 }, []string{"from rule-backdated"}},
		"after the law":            {func(q *rules.Request) { q.At += 390 * day; q.From += 390 * day; q.Until += 390 * day }, []string{"articles rule-not-in-force", "until rule-calendar"}},
		"without law":              {func(q *rules.Request) { q.Articles = nil }, []string{"articles rule-articles"}},
		"hurry without reason":     {func(q *rules.Request) { q.Urgency = &rules.Urgency{When: rulestest.Noon, Words: 3} }, []string{"urgency rule-urgency-unwanted"}},
		"out of order":             {func(q *rules.Request) { q.Articles = []string{"7", "6"} }, []string{"request rule-request"}},
		"other rules":              {func(q *rules.Request) { q.Instrument = "lab-other" }, []string{"instrument rule-instrument"}},
		"a collection of all":      {func(q *rules.Request) { q.Kind, q.Findings = regime.Collection, q.Findings[:4] }, []string{"data_class rule-data-class", "volume_permille rule-volume"}},
		"renewed as it should be":  {func(q *rules.Request) { q.Renewal = &rules.Renewal{Count: 3, Previous: q.From} }, nil},
		"renewed with a gap, late": {func(q *rules.Request) { q.Renewal = &rules.Renewal{Count: 4, Previous: q.At} }, []string{"at rule-renewal-late", "from rule-renewal-gap", "renewal.count rule-renewal-count"}},
		"renewed too early": {func(q *rules.Request) {
			q.At -= 30 * day
			q.Consultations[0].At = q.At
			q.Renewal = &rules.Renewal{Count: 1, Previous: q.From}
		}, []string{"at rule-renewal-early"}},
		"a finding too many": {func(q *rules.Request) {
			q.Findings = append(q.Findings, rules.Finding{Condition: "zeal", Words: 1})
		}, []string{"findings rule-finding-unknown"}},
	} {
		q := rulestest.Met()
		c.spoil(q)
		if diff := cmp.Diff(c.want, spelled(e.Unmet(q))); diff != "" {
			t.Errorf("%s: -want +got\n%s", name, diff)
		}
	}
}

// TestLimitsAreReached: what lies exactly at a limit passes, and a second beyond does not.
func TestLimitsAreReached(t *testing.T) {
	r := rulestest.Whole()
	r.Time.MaxS, r.Time.MaxWorkingDays = fact.Of[int64]{}, fact.Is(int64(10), fact.Seen, "art. 6")
	r.InForce[0].To = rulestest.Noon + 100*day
	r.Time.Urgent.Lasts = fact.Is(rules.Span{N: 30, Unit: rules.Hour}, fact.Seen, "art. 6")
	e := evaluator(t, r)
	days, err := e.After(rulestest.Noon, rules.Span{N: 10, Unit: rules.WorkingDay})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		request *rules.Request
		set     func(q *rules.Request, beyond int64)
		code    string
	}{
		"working days": {rulestest.Met(), func(q *rules.Request, n int64) { q.Until = days + paper.Time(n) }, "until rule-too-long-days"},
		"urgent":       {rulestest.Hurried(), func(q *rules.Request, n int64) { q.Until = q.From + 30*3600 + paper.Time(n) }, "until rule-urgent-outlives"},
		"law begins": {rulestest.Met(), func(q *rules.Request, n int64) {
			q.From = rulestest.Noon - 200*day - paper.Time(n)
			q.At = q.From
			q.Until = q.From + day
			q.Consultations[0].At = q.At
		}, "articles rule-not-in-force"},
		"law ends": {rulestest.Met(), func(q *rules.Request, n int64) {
			q.From = rulestest.Noon + 99*day
			q.Until = q.From + day + paper.Time(n)
		}, "articles rule-not-in-force"},
		"time order": {rulestest.Met(), func(q *rules.Request, n int64) { q.Until = q.From + 1 - paper.Time(n) }, "until rule-time-order"},
		"renewal, early": {rulestest.Met(), func(q *rules.Request, n int64) {
			q.At = q.From - 30*day - paper.Time(n)
			q.Consultations[0].At = q.At
			q.Renewal = &rules.Renewal{Count: 1, Previous: q.From}
		}, "at rule-renewal-early"},
		"renewal, often": {rulestest.Met(), func(q *rules.Request, n int64) { q.Renewal = &rules.Renewal{Count: 3 + n, Previous: q.From} }, "renewal.count rule-renewal-count"},
		"targets":        {rulestest.Met(), func(q *rules.Request, n int64) { *q.Findings[3].Number = 50 + n }, "targets rule-number-high"},
		"words":          {rulestest.Met(), func(q *rules.Request, n int64) { q.Findings[1].Words = 10 - n }, "other-means rule-words"},
		"links":          {rulestest.Met(), func(q *rules.Request, n int64) { q.Links = 8 + n }, "links rule-over"},
		"keeping":        {rulestest.Met(), func(q *rules.Request, n int64) { q.RetentionS = 730*day + n }, "retention_s rule-over"},
		"backdated":      {rulestest.Met(), func(q *rules.Request, n int64) { q.From = q.At - paper.Time(n); q.Until = q.From + 60 }, "from rule-backdated"},
		"hurry":          {rulestest.Hurried(), func(q *rules.Request, n int64) { q.Until = q.From + 60; q.Urgency.When = q.From + paper.Time(n) }, "urgency.when rule-urgency-time"},
		"consulted":      {rulestest.Met(), func(q *rules.Request, n int64) { q.Consultations[0].At = q.At + paper.Time(n) }, "consultations rule-consult"},
	} {
		for beyond, want := range map[int64][]string{0: nil, 1: {c.code}} {
			q := *c.request
			q.Findings, q.Consultations = slices.Clone(q.Findings), slices.Clone(q.Consultations)
			q.Until = q.From + day
			c.set(&q, beyond)
			if diff := cmp.Diff(want, spelled(e.Unmet(&q))); diff != "" {
				t.Errorf("%s, %d beyond: -want +got\n%s", name, beyond, diff)
			}
		}
	}
}

// TestUnmetSaysWhatTheLawSays: an answer has the article, its mark, and what would meet it.
func TestUnmetSaysWhatTheLawSays(t *testing.T) {
	e := evaluator(t, rulestest.Whole())
	q := rulestest.Met()
	q.Findings[1].Words = 3
	q.Until = q.From + 91*day
	list := e.Unmet(q)
	if len(list) != 2 {
		t.Fatalf("%v", list)
	}
	long, means := list[0], list[1]
	if means.Law.Mark != "R" || means.Law.Cite[0] != "Lab Act art. 6(2A)" || means.Law.Meet.EN != "say which milder means were tried" || means.Law.Lacks.JA == "" {
		t.Errorf("%+v", means.Law)
	}
	if long.Law.Mark != "R" || long.Law.Cite[0] != "art. 6" || long.Law.Meet.EN != "" {
		t.Errorf("%+v", long.Law)
	}
	if got, want := means.String(), "other-means: 3 words are written, 10 are needed"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestInvariant10_NoUrgentPathButTheRules: an instrument without an urgent path, or of
// which none is known, refuses it, whatever else the request says; nothing may run on it.
func TestInvariant10_NoUrgentPathButTheRules(t *testing.T) {
	if got := evaluator(t, rulestest.Whole()).Unmet(rulestest.Hurried()); len(got) != 0 {
		t.Fatalf("an urgent request that lacks nothing: %v", got)
	}
	m := maker(t)
	for i := range 3000 {
		r := m.Rules()
		switch i % 3 {
		case 0:
			r.Time.Urgent = nil
		case 1:
			r.Time.Urgent = &rules.Urgent{Allowed: fact.Is(false, fact.Seen, "art. 6")}
		default:
			r.Time.Urgent = &rules.Urgent{Allowed: fact.Unknown[bool](fact.Uncertain)}
		}
		e := evaluator(t, r)
		q := m.Request(r)
		q.Path, q.Instrument = rules.Urgently, r.ID
		if got := spelled(e.Unmet(q)); !slices.Contains(got, "path rule-path") {
			t.Fatalf("%v", got)
		}
		if c := e.Close(q, m.History(q), q.From); !c.Stop || !c.Alarm {
			t.Fatalf("%+v", c)
		}
		if e.Needs(rules.Urgently) != nil {
			t.Fatal("somebody may open a path that is not there")
		}
	}
}

// TestInvariant11_UrgencyNeedsFacts: no urgent request passes without the facts of what
// left no time, and without an instant of it that lies before.
func TestInvariant11_UrgencyNeedsFacts(t *testing.T) {
	e := evaluator(t, rulestest.Whole())
	for name, spoil := range map[string]func(*rules.Request){
		"none":              func(q *rules.Request) { q.Urgency = nil },
		"no words":          func(q *rules.Request) { q.Urgency.Words = 0 },
		"no instant":        func(q *rules.Request) { q.Urgency.When = 0 },
		"after it began":    func(q *rules.Request) { q.Urgency.When = q.From + 1 },
		"after it was told": func(q *rules.Request) { q.At = q.From - 60; q.Urgency.When = q.At + 1; q.Consultations[0].At = q.At },
	} {
		q := rulestest.Hurried()
		spoil(q)
		got := spelled(e.Unmet(q))
		if len(got) != 1 || got[0][:len("urgency")] != "urgency" {
			t.Errorf("%s: %v", name, got)
		}
	}
	m := maker(t)
	for range 3000 {
		r := m.Rules()
		q := m.Request(r)
		q.Path, q.Urgency = rules.Urgently, nil
		if q.Instrument != r.ID {
			continue
		}
		if got := spelled(evaluator(t, r).Unmet(q)); !slices.Contains(got, "urgency rule-urgency-missing") {
			t.Fatalf("%v", got)
		}
	}
}

// TestInvariant17_OtherMeansAreOnRecord: where the rules ask for other means, no request
// passes without them; rules that do not ask are other rules, by their digest.
func TestInvariant17_OtherMeansAreOnRecord(t *testing.T) {
	asking := rulestest.Whole()
	with := evaluator(t, asking)
	q := rulestest.Met()
	q.Findings = slices.Delete(q.Findings, 1, 2)
	if got := spelled(with.Unmet(q)); !slices.Equal(got, []string{"other-means rule-finding"}) {
		t.Errorf("%v", got)
	}
	for name, mutate := range map[string]func(*rules.Rules){
		"struck out": func(r *rules.Rules) {
			r.Conditions = slices.Delete(r.Conditions, 1, 2)
			r.Conditions[0].SimilarTo = nil
		},
		"asked of nobody": func(r *rules.Rules) {
			r.Conditions[1].When = []rules.Predicate{{Attribute: rules.ByKind, Is: []paper.ID{"share"}}}
		},
	} {
		r := rulestest.Whole()
		mutate(r)
		without := evaluator(t, r)
		if got := without.Unmet(q); len(got) != 0 {
			t.Errorf("%s: %v", name, got)
		}
		if without.Digest() == with.Digest() {
			t.Errorf("%s: the digest stays", name)
		}
	}
	for words := range int64(20) {
		q := rulestest.Met()
		q.Findings[1].Words = words
		if got := with.Unmet(q); (len(got) == 0) != (words >= 10) {
			t.Errorf("%d words: %v", words, got)
		}
	}
}

// TestInvariant20_AnotherPurposeNeedsItsRule: over rules and requests made up by chance,
// what passes is for a purpose of the rules, or another use by the rule that allows it.
func TestInvariant20_AnotherPurposeNeedsItsRule(t *testing.T) {
	m := maker(t)
	passed, others := 0, 0
	for range 600 {
		r := m.Rules()
		e := evaluator(t, r)
		for range 20 {
			q := m.Request(r)
			if len(e.Unmet(q)) > 0 {
				continue
			}
			passed++
			allowed := r.Purpose.Allowed.Or(nil)
			if q.OtherUse == nil {
				if !slices.Contains(allowed, q.Purpose) {
					t.Fatalf("%s is none of %v", q.Purpose, allowed)
				}
				continue
			}
			others++
			rule, known := r.Purpose.OtherUse.Known()
			obtains := q.Kind == regime.Collection || q.Kind == regime.Access || q.Kind == regime.Neutralise
			if !known || rule == rules.Never || rule == rules.WithConsent && !q.OtherUse.Consented || rule == rules.WithApproval && !q.OtherUse.Approved || obtains {
				t.Fatalf("%q let %+v pass for %s", rule, q.OtherUse, q.Kind)
			}
		}
	}
	t.Logf("%d passed, %d of them other uses", passed, others)
	if passed < 100 || others < 3 {
		t.Errorf("only %d passed, %d of them other uses", passed, others)
	}
}

func TestNoMemoryWhenAllIsMet(t *testing.T) {
	r, q := rulestest.Forty()
	e := evaluator(t, r)
	if got := e.Unmet(q); len(got) != 0 {
		t.Fatalf("%v", got)
	}
	if n := testing.AllocsPerRun(200, func() { e.Unmet(q) }); n != 0 {
		t.Errorf("%v allocations when nothing is unmet", n)
	}
}

func BenchmarkUnmet(b *testing.B) {
	r, q := rulestest.Forty()
	bad := *q
	bad.Findings = nil
	for name, q := range map[string]*rules.Request{"all-40-met": q, "all-40-unmet": &bad} {
		b.Run(name, func(b *testing.B) {
			e := evaluator(b, r)
			b.ReportAllocs()
			for b.Loop() {
				e.Unmet(q)
			}
		})
	}
	b.Run("slow-all-40-met", func(b *testing.B) {
		slow := compiled(b, r, rulestest.Days()).slow
		data := written(b, q)
		for b.Loop() {
			if _, err := slow.Unmet(data); err != nil {
				b.Fatal(err)
			}
		}
	})
}
