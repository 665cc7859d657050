package rules_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime/fact"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
)

func words(s string) paper.Words { return paper.Words{EN: s, JA: "「" + s + "」"} }

func small() rules.Rules {
	return rules.Rules{
		Articles: []string{"17", "18"}, ID: "lab-gg", Regime: "lab", Jurisdiction: "lab", Name: words("collection"), Kinds: nil,
		InForce: []rules.Period{}, Conditions: []rules.Condition{}, Penalties: []rules.Penalty{}, Reports: []rules.Report{}, Sharing: []rules.Share{},
		Status: fact.Is(rules.InForce, fact.Seen, "a page"), Time: rules.Time{MaxS: fact.Unknown[int64](fact.Uncertain)},
	}
}

func TestRulesReadAsWritten(t *testing.T) {
	r := small()
	data, err := paper.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	back, err := rules.Parse(data)
	if err != nil {
		t.Fatalf("%s: %v", data, err)
	}
	again, err := paper.Marshal(back)
	if diff := cmp.Diff(string(data), string(again)); diff != "" || err != nil {
		t.Error(diff, err)
	}
}
