package stage_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/authority/decision"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/stage"
)

// machines are the acts that nobody has to ask for.
var machines = []stage.Kind{stage.Overdue, stage.Close, stage.Expire}

// TestEveryApplicationEnds: whatever anybody has done before, an application that is open
// is closed by the machine when its time is over, the machine knows when to look, and no
// urgent permit outlives it.
func TestEveryApplicationEnds(t *testing.T) {
	closed := 0
	rapid.Check(t, func(t *rapid.T) {
		end := paper.Time(rapid.IntRange(20, 100*day).Draw(t, "end"))
		r := stage.Record{Stage: stage.Received, Urgent: rapid.Bool().Draw(t, "urgent"), Due: paper.Time(rapid.IntRange(0, 40).Draw(t, "first")), End: end}
		at := paper.Time(10)
		for n := range rapid.IntRange(0, 25).Draw(t, "acts") {
			at += paper.Time(rapid.IntRange(0, 9).Draw(t, "later"))
			r, _ = stage.Step(r, anyAct(t, at, n))
		}
		if next := r.Next(); next != firstOfMachine(r, at) {
			t.Fatalf("at %d the machine looks again at %d, and has something to do at %d: %+v", at, next, firstOfMachine(r, at), r)
		}
		if !r.Stage.Open() {
			return
		}
		last := end
		if r.Urged != nil {
			last += 366 * day
		}
		for range 4 { // what is due one after the other; each is looked for at its own instant
			next := r.Next()
			if next == 0 || next > last {
				t.Fatalf("open, and looked at no more before %d: %+v", last, r)
			}
			for _, k := range machines {
				r, _ = stage.Step(r, stage.Act{Kind: k, At: max(next, at)})
			}
			if !r.Stage.Open() {
				break
			}
		}
		if r.Stage != stage.Uncorrected && r.Stage != stage.Expired {
			t.Fatalf("its time is over, and it is %+v", r)
		}
		if p := r.Urged; p != nil && p.Ending == "" {
			t.Fatalf("closed, and its urgent permit goes on: %+v", p)
		}
		closed++
	})
	if closed == 0 {
		t.Error("no run closed anything")
	}
}

// firstOfMachine tries every instant that can matter; 0: the machine has nothing to do.
func firstOfMachine(r stage.Record, at paper.Time) paper.Time {
	instants := []paper.Time{r.Due, r.End, r.End + 366*day}
	slices.Sort(instants)
	for _, i := range instants {
		for _, k := range machines {
			if _, ok := stage.Step(r, stage.Act{Kind: k, At: i}); ok && i > 0 {
				return i
			}
		}
	}
	return 0
}

// TestOneMemberKeepsNothingOpen: a member who does all that one member can, and an
// applicant who mends at once whatever is asked, come to one request at most and to no
// instant after the end; and silence never makes a request of a day or less.
func TestOneMemberKeepsNothingOpen(t *testing.T) {
	asked, shut := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		end := rapid.SampledFrom([]paper.Time{2 * day, 30 * day, 100 * day, 400 * day}).Draw(t, "end") + paper.Time(rapid.IntRange(0, 100).Draw(t, "more"))
		r, at, requests := stage.Record{Stage: stage.Received, End: end}, paper.Time(10), 0
		for at < end+2*day {
			at += rapid.SampledFrom([]paper.Time{1, 700, day - 1, day, 20 * day}).Draw(t, "later")
			for _, k := range machines { // the machine is never long
				r, _ = stage.Step(r, stage.Act{Kind: k, At: at})
			}
			if at >= end && r.Stage.Open() {
				t.Fatalf("open after its time: %+v", r)
			}
			if r.Stage == stage.Correcting && rapid.Bool().Draw(t, "mends") {
				if _, ok := stage.Step(r, stage.Act{Kind: stage.Correct, At: at}); !ok {
					t.Fatalf("a correction in time is refused: %+v at %d", r, at)
				}
				r = stage.Record{Stage: stage.Received, Asked: r.Asked, End: end}
			}
			a := stage.Act{Kind: rapid.SampledFrom([]stage.Kind{stage.AskCorrect, stage.AskCorrect, stage.Vote, stage.Suspend}).Draw(t, "act"), At: at}
			a.Due, a.Until = at+rapid.SampledFrom([]paper.Time{1, day - 1, day, day + 1, 15 * day, 90 * day, 91 * day}).Draw(t, "due"), at+day
			next, ok := stage.Step(r, a)
			if ok && a.Kind == stage.AskCorrect {
				requests++
				if a.Due < at+day {
					t.Fatal("a request that nobody can meet")
				}
			}
			r = next
		}
		if requests > 1 {
			t.Fatalf("one member asked %d times", requests)
		}
		asked += requests
		if r.Stage == stage.Uncorrected {
			shut++
		}
	})
	if asked == 0 || shut == 0 {
		t.Errorf("%d requests, %d closed: the test looks at nothing", asked, shut)
	}
}

// TestTheMembersTogetherAskAgain: the outcome of the votes asks for a correction also after
// a member did.
func TestTheMembersTogetherAskAgain(t *testing.T) {
	r := stage.Record{Stage: stage.Deliberating, Asked: stage.MostAsked}
	if _, ok := stage.Step(r, stage.Act{Kind: stage.AskCorrect, At: 10, Due: 10 + 2*day}); ok {
		t.Error("a member asks again")
	}
	next, ok := stage.Step(r, stage.Act{Kind: stage.Decide, Outcome: decision.Correct, At: 10, Due: 10 + 2*day})
	if !ok || next.Stage != stage.Correcting || next.Asked != stage.MostAsked {
		t.Errorf("the members' word: %v %+v", ok, next)
	}
}

// TestInvariant10_WhatIsNotCorrectedIsOver: an urgent permit ends with its application at
// the instant by which the correction was owed, whenever the machine looks.
func TestInvariant10_WhatIsNotCorrectedIsOver(t *testing.T) {
	r := stage.Record{Stage: stage.Received, Urgent: true, End: 10 * day}
	for _, a := range []stage.Act{
		{Kind: stage.IssueUrged, At: 10, Permit: stage.Permit{Warrant: "w", From: 10, Until: 9 * day}},
		{Kind: stage.AskCorrect, At: 20, Due: 20 + day},
		{Kind: stage.Close, At: 20 + day + 700},
	} {
		next, ok := stage.Step(r, a)
		if !ok {
			t.Fatalf("%+v in %+v", a, r)
		}
		r = next
	}
	if r.Stage != stage.Uncorrected || r.Urged.At(20+day-1) != stage.Live || r.Urged.At(20+day) != stage.State(stage.NotApproved) {
		t.Errorf("%+v %+v", r, r.Urged)
	}
}
