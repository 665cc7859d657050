package judge_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/noroshi-acd/noroshi/authority/regime/judge"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
	"github.com/noroshi-acd/noroshi/authority/regime/rules/rulestest"
)

// FuzzRequest: whatever can be read can be judged, by both evaluators alike.
func FuzzRequest(f *testing.F) {
	f.Add(written(f, rulestest.Met()))
	f.Add(written(f, rulestest.Hurried()))
	e, err := judge.Compile(rulestest.Whole(), rulestest.Days())
	if err != nil {
		f.Fatal(err)
	}
	slow, err := rulestest.NewSlow(written(f, rulestest.Whole()), written(f, rulestest.Days()))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		q, err := rules.ParseRequest(data)
		if err != nil {
			return
		}
		got := spelled(e.Unmet(q))
		want, err := slow.Unmet(data)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-slow +fast\n%s", diff)
		}
	})
}

// FuzzCompile: all rules that can be read can be judged by.
func FuzzCompile(f *testing.F) {
	f.Add(written(f, rulestest.Whole()))
	m := maker(f)
	for range 4 {
		f.Add(written(f, m.Rules()))
	}
	q, h := rulestest.Hurried(), &rules.History{Decided: rulestest.Noon, Obtained: rulestest.Noon, YearEnded: rulestest.Noon}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := rules.Parse(data)
		if err != nil {
			return
		}
		e, err := judge.Compile(r, rulestest.Days())
		if err != nil {
			t.Fatal(err)
		}
		q.Instrument = r.ID
		e.Unmet(q)
		e.Doubts()
		_, _ = e.Clocks(q, h)
		e.Close(q, h, rulestest.Noon+86400)
	})
}
