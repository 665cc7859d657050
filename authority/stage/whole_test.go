package stage_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/authority/decision"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/stage"
)

// TestInvariant10_WhatFewGrantedEndsInSilence: whatever happens after a decision of those
// on call, no permit lives at or after the instant by which the whole body should have
// taken it up, unless the whole body approved; and nothing but its approval takes the
// clock away while something stands.
func TestInvariant10_WhatFewGrantedEndsInSilence(t *testing.T) {
	seen := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		r := stage.Record{Stage: stage.Received, Urgent: true, End: 10_000}
		must := func(a stage.Act) {
			next, ok := stage.Step(r, a)
			if !ok {
				t.Fatalf("%+v in %+v", a, r)
			}
			r = next
		}
		must(stage.Act{Kind: stage.IssueUrged, At: 10, Due: 90, Permit: stage.Permit{Warrant: "urged", From: 10, Until: 500}})
		must(stage.Act{Kind: stage.Vote, At: 20})
		whole := paper.Time(rapid.IntRange(31, 200).Draw(t, "whole"))
		must(stage.Act{Kind: stage.Decide, At: 30, Outcome: decision.Approve, Whole: whole})
		if rapid.Bool().Draw(t, "issued") {
			must(stage.Act{Kind: stage.Issue, At: 30, Permit: stage.Permit{Warrant: "ordered", From: 30, Until: 500}})
		}
		approved := false
		at := paper.Time(30)
		kinds := append(stage.Kinds(), stage.TakeUp, stage.TakeUp, stage.LapseWhole)
		for range rapid.IntRange(0, 8).Draw(t, "acts") {
			at += paper.Time(rapid.IntRange(1, 60).Draw(t, "later"))
			a := stage.Act{At: at, Kind: rapid.SampledFrom(kinds).Draw(t, "kind"), Until: at + 50, Due: at + 90_000, Whole: at + 90,
				Outcome: rapid.SampledFrom([]decision.Position{decision.Approve, decision.Partial, decision.Refuse, decision.Correct}).Draw(t, "outcome"),
				Warrant: rapid.SampledFrom([]paper.Digest{"urged", "ordered"}).Draw(t, "warrant")}
			next, ok := stage.Step(r, a)
			if !ok {
				continue
			}
			seen[string(a.Kind)]++
			switch {
			case a.Kind == stage.TakeUp && at >= whole:
				t.Fatalf("taken up at %d, and it was to be by %d", at, whole)
			case a.Kind == stage.TakeUp && a.Outcome == decision.Approve:
				approved = true
			case a.Kind != stage.TakeUp && a.Kind != stage.LapseWhole && next.Whole != r.Whole:
				t.Fatalf("%s took the clock away", a.Kind)
			}
			r = next
		}
		if approved {
			seen["approved"]++
			return
		}
		if next, ok := stage.Step(r, stage.Act{Kind: stage.LapseWhole, At: max(at, whole)}); ok {
			r = next
		}
		for _, p := range []*stage.Permit{r.Urged, r.Ordered} {
			if p != nil && p.At(whole) == stage.Live {
				t.Fatalf("%s lives on at %d: %+v", p.Warrant, whole, r)
			}
		}
		if r.Stage == stage.Approved {
			t.Fatalf("still approved: %+v", r)
		}
	})
	for _, k := range []string{string(stage.TakeUp), string(stage.LapseWhole), "approved", string(stage.Vote)} {
		if seen[k] == 0 {
			t.Errorf("no run took a %s: the test looks at nothing there", k)
		}
	}
}

// TestTakenApart: the whole body gives less; what stood is over, and a new warrant can be
// issued under the new decision, and no second one.
func TestTakenApart(t *testing.T) {
	r := stage.Record{Stage: stage.Approved, Urgent: true, Whole: 100, Urged: &stage.Permit{Warrant: "u", From: 1, Until: 500}, Ordered: &stage.Permit{Warrant: "o", From: 1, Until: 500}}
	r, ok := stage.Step(r, stage.Act{Kind: stage.TakeUp, At: 50, Outcome: decision.Partial})
	if !ok || r.Stage != stage.Partial || r.Whole != 0 || r.Ordered != nil || r.Urged.At(50) != stage.State(stage.NotApproved) {
		t.Fatalf("%+v", r)
	}
	fresh := stage.Act{Kind: stage.Issue, At: 60, Permit: stage.Permit{Warrant: "n", From: 60, Until: 400}}
	if r, ok = stage.Step(r, fresh); !ok {
		t.Fatal("no warrant of the new decision")
	}
	if _, ok = stage.Step(r, fresh); ok {
		t.Error("two")
	}
}
