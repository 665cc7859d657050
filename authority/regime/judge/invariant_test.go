package judge_test

import (
	"slices"
	"testing"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/regime/fact"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
	"github.com/noroshi-acd/noroshi/authority/regime/rules/rulestest"
)

// TestInvariant16_AMissingReasonIsRefused: of each condition that is asked, no finding, an
// empty one and one of too few words are refused, by that condition's name and no other.
func TestInvariant16_AMissingReasonIsRefused(t *testing.T) {
	r := rulestest.Whole()
	e := evaluator(t, r)
	for _, c := range r.Conditions {
		at := func(q *rules.Request) int {
			return slices.IndexFunc(q.Findings, func(f rules.Finding) bool { return f.Condition == c.ID })
		}
		for name, spoil := range map[string]func(q *rules.Request){
			"rule-finding": func(q *rules.Request) { q.Findings = slices.Delete(q.Findings, at(q), at(q)+1) },
			"rule-words":   func(q *rules.Request) { q.Findings[at(q)].Words = max(c.MinWords, 1) - 1 },
		} {
			q := rulestest.Met()
			spoil(q)
			want := []string{string(c.ID) + " " + name}
			if got := spelled(e.Unmet(q)); !slices.Equal(got, want) {
				t.Errorf("%s: %v, want %v", c.ID, got, want)
			}
		}
	}
}

// TestInvariant20_EachRuleOfOtherUse: another use passes by the rule that the law has and by
// what it asks for alone: an approval is no consent, and data that the rules could not have
// given are used for nothing.
func TestInvariant20_EachRuleOfOtherUse(t *testing.T) {
	for _, c := range []struct {
		rule                rules.OtherUse // "" not known
		obtained            paper.ID
		consented, approved bool
		kind                regime.Kind
		want                string
	}{
		{rules.WithConsent, "botnet", true, false, regime.Query, ""},
		{rules.WithConsent, "botnet", false, true, regime.Query, "other_use.consented rule-other-use-consent"},
		{rules.WithConsent, "botnet", false, false, regime.Query, "other_use.consented rule-other-use-consent"},
		{rules.WithApproval, "botnet", false, true, regime.Query, ""},
		{rules.WithApproval, "botnet", true, false, regime.Query, "other_use.approved rule-other-use-approval"},
		{rules.Never, "botnet", true, true, regime.Query, "other_use rule-other-use-never"},
		{"", "botnet", true, true, regime.Query, "other_use rule-other-use"},
		{rules.WithConsent, "tax", true, true, regime.Query, "other_use.obtained_for rule-beyond"},
		{rules.WithConsent, "botnet", true, true, regime.Neutralise, "other_use rule-other-use-kind"},
	} {
		r := rulestest.Whole()
		r.Purpose.OtherUse = fact.Of[rules.OtherUse]{}
		if c.rule != "" {
			r.Purpose.OtherUse = fact.Is(c.rule, fact.Seen, "art. 23(4)")
		}
		q := rulestest.Met()
		q.Kind, q.DataClass, q.Purpose = c.kind, "machine", "tax-investigation"
		q.OtherUse = &rules.OtherPurpose{ObtainedFor: c.obtained, Consented: c.consented, Approved: c.approved}
		if c.kind != regime.Neutralise {
			q.Findings = slices.DeleteFunc(q.Findings, func(f rules.Finding) bool { return f.Condition == "test-report" })
		}
		var want []string
		if c.want != "" {
			want = []string{c.want}
		}
		if got := spelled(evaluator(t, r).Unmet(q)); !slices.Equal(got, want) {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

// TestInvariant30_TheEvaluatorNamesItsRules: what a decision names as its rules is the
// digest of all of them; another word in them is another name.
func TestInvariant30_TheEvaluatorNamesItsRules(t *testing.T) {
	r := rulestest.Whole()
	want, err := r.Digest()
	if err != nil {
		t.Fatal(err)
	}
	e := evaluator(t, r)
	if e.Digest() != want {
		t.Errorf("the evaluator names %s, the rules are %s", e.Digest(), want)
	}
	r.Conditions[0].Meet.JA += "。"
	if evaluator(t, r).Digest() == want {
		t.Error("another word leaves the name as it is")
	}
	if e.Digest() != want {
		t.Error("rules that were compiled change afterwards")
	}
}
