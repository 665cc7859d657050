package decision_test

import (
	"errors"
	"testing"

	"github.com/noroshi-acd/noroshi/authority/application"
	"github.com/noroshi-acd/noroshi/authority/decision"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/authority/warrant/warranttest"
)

// TestInvariant13_TheFactsSayWhetherThoseOnCallDecide: one on call decides when the law has
// it, the application is of the urgent path, the vote says that it was cast on call, and
// the whole body's time is not over; where one of these is not so, nobody who asks for the
// count can make it so. A decision that says otherwise is found out by anyone.
func TestInvariant13_TheFactsSayWhetherThoseOnCallDecide(t *testing.T) {
	onCall := func(v *decision.Vote) { v.OnCall = true }
	for name, c := range map[string]struct {
		change func(x *table)
		p      decision.Position
		vote   func(*decision.Vote)
		want   decision.Position
	}{
		"as the law has it":               {func(*table) {}, yes, onCall, yes},
		"the law has nobody on call":      {func(x *table) { x.matter.Lock.OnCall = nil }, yes, onCall, ""},
		"on the ordinary path":            {func(x *table) { x.a.Path, x.a.Urgency = warrant.Ordinary, nil }, yes, onCall, ""},
		"the vote is not cast on call":    {func(*table) {}, yes, func(*decision.Vote) {}, ""},
		"the whole body's time is over":   {func(x *table) { x.matter.OnCallEnds = x.matter.At }, yes, onCall, ""},
		"nobody knows when it is over":    {func(x *table) { x.matter.OnCallEnds = 0 }, yes, onCall, ""},
		"to refuse is for the whole body": {func(*table) {}, no, onCall, ""},
		"so is to ask for a correction":   {func(*table) {}, correct, onCall, ""},
		"so is to give a part":            {func(*table) {}, part, onCall, ""},
	} {
		x := sit(t)
		x.a.Path, x.a.Urgency = warrant.Urgent, &application.Urgency{Facts: "It spreads by the minute.", When: x.a.At}
		x.matter.Lock.K = 3
		x.matter.OnCallEnds = decision.OnCallEnds(x.matter.Lock, x.a, func(at paper.Time, s rules.Span) (paper.Time, error) { return at + paper.Time(s.N)*3600, nil })
		c.change(x)
		votes := []*paper.Envelope{x.vote(t, cast{2, c.p, 1}, c.vote)}
		got := decision.Tally(x.matter, votes)
		if got.Outcome != c.want || got.OnCall != (c.want != "") {
			t.Errorf("%s: %q, on call %v, want %q: %+v", name, got.Outcome, got.OnCall, c.want, got)
		}
		claim := &decision.Decision{Application: x.matter.Digest, At: x.matter.At, OnCall: true, Outcome: yes, Precedents: []paper.Digest{}, Profile: x.a.Profile,
			Role: x.matter.Lock.Role, Rules: x.a.Rules, Votes: []paper.Digest{votes[0].Digest()}}
		whole := decision.Whole(x.a)
		claim.Grant = &whole
		if wrong := decision.Verify(claim, x.matter, votes); (len(wrong) == 0) != (c.want == yes) {
			t.Errorf("%s: a decision that claims it was found to be %v", name, wrong)
		}
	}
}

// TestOnlyWhoApprovesOnCallDecidesOnCall: a refusal or a recusal that was cast on call does not
// let another's ordinary vote decide for the whole body.
func TestOnlyWhoApprovesOnCallDecidesOnCall(t *testing.T) {
	for name, c := range map[string]struct {
		p    decision.Position
		want decision.Position
	}{"who is on call approves": {yes, yes}, "refuses": {no, ""}, "recuses himself": {decision.Recuse, ""}, "asks for a correction": {correct, ""}} {
		x := sit(t)
		x.a.Path, x.a.Urgency = warrant.Urgent, &application.Urgency{Facts: "It spreads by the minute.", When: x.a.At}
		x.matter.Lock.K, x.matter.OnCallEnds = 4, x.matter.At+1
		votes := []*paper.Envelope{x.vote(t, cast{1, c.p, 1}, func(v *decision.Vote) { v.OnCall = true }), x.vote(t, cast{2, yes, 1}), x.vote(t, cast{3, yes, 1})}
		if got := decision.Tally(x.matter, votes); got.Outcome != c.want || got.OnCall != (c.want != "") {
			t.Errorf("%s: %q, on call %v", name, got.Outcome, got.OnCall)
		}
	}
}

// TestTheWholeBodyComesBeforeThoseOnCall: where the votes come to something by themselves,
// it is not a decision of those on call.
func TestTheWholeBodyComesBeforeThoseOnCall(t *testing.T) {
	x := sit(t)
	x.a.Path, x.a.Urgency = warrant.Urgent, &application.Urgency{Facts: "It spreads by the minute.", When: x.a.At}
	x.matter.Lock.K, x.matter.OnCallEnds = 3, x.matter.At+1
	var votes []*paper.Envelope
	for n := 1; n <= 3; n++ {
		votes = append(votes, x.vote(t, cast{n, yes, 0}, func(v *decision.Vote) { v.OnCall = true }))
	}
	if got := decision.Tally(x.matter, votes); got.Outcome != yes || got.OnCall {
		t.Errorf("%+v", got)
	}
	if at := decision.OnCallEnds(x.matter.Lock, x.a, func(paper.Time, rules.Span) (paper.Time, error) { return 0, errors.New("no calendar") }); at != 0 {
		t.Errorf("without a calendar those on call decide until %v", at)
	}
	if x.matter.At < warranttest.Now {
		t.Error("the count is before the application")
	}
}
