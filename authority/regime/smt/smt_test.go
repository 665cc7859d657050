package smt_test

import (
	"strings"
	"testing"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/regime/calendar"
	"github.com/noroshi-acd/noroshi/authority/regime/fact"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
	"github.com/noroshi-acd/noroshi/authority/regime/smt"
	"github.com/noroshi-acd/noroshi/authority/regime/smt/smttest"
)

const day = 86400

func both(s string) paper.Words { return paper.Words{EN: s, JA: "「" + s + "」"} }

func ptr[T any](v T) *T { return &v }

func seen[T any](v T) fact.Of[T] { return fact.Is(v, fact.Seen, "Lab Act art. 6") }

func days() *calendar.Calendar {
	return &calendar.Calendar{
		Cite: fact.Cites{"Holidays Act"}, Country: "lab", ID: "lab-days", FirstYear: 2026, LastYear: 2027, Mark: fact.Seen, Weekend: []int64{6, 7},
		Holidays: []calendar.Holiday{{Date: "2026-12-28", Name: both("winter")}, {Date: "2026-12-29", Name: both("winter")}},
		Offsets:  []calendar.Offset{{EastS: 0, From: 1}, {EastS: 3600, From: 1774746000}, {EastS: 0, From: 1792890000}},
	}
}

// sound is an instrument, its calendar and its profile, of which all can be proven.
func sound() smt.Input {
	cite := fact.Cites{"Lab Act art. 6"}
	when := func(a rules.Attribute, is ...paper.ID) []rules.Predicate {
		return []rules.Predicate{{Attribute: a, Is: is}}
	}
	condition := func(id paper.ID, kind rules.ConditionKind, when []rules.Predicate) rules.Condition {
		return rules.Condition{ID: id, Kind: kind, Cite: cite, Mark: fact.Seen, MinWords: 5, Unmet: both("not shown"), Meet: both("show it"), When: when}
	}
	targets := condition("targets", rules.NumberKind, nil)
	targets.Min, targets.Max = ptr(int64(1)), ptr(int64(50))
	risks := condition("risks", rules.RiskKind, when(rules.ByEffect, "delete"))
	risks.Risks, risks.Threshold = []paper.ID{"collateral", "detection"}, rules.Medium
	report := condition("test-report", rules.AttachmentKind, when(rules.ByKind, "neutralise"))
	report.Evidence = "test-report"
	means := condition("other-means", rules.TextKind, []rules.Predicate{{Attribute: rules.ByPath, Is: []paper.ID{"urgent"}, Not: true}})
	r := &rules.Rules{
		Articles: []string{"6", "7"}, Calendar: "lab-days", ID: "lab-measure", Jurisdiction: "lab", Regime: "lab", Name: both("measure"),
		Kinds: []regime.Kind{regime.Access, regime.Neutralise, regime.Query}, Mode: seen(rules.Approval), Status: seen(rules.InForce),
		InForce: []rules.Period{{Cite: cite, Mark: fact.Seen, To: 1900000000}, {Cite: cite, Mark: fact.Seen, From: 1900000000}},
		Conditions: []rules.Condition{condition("necessity", rules.FactKind, nil), means, targets, report, risks,
			condition("sensitive", rules.TextKind, when(rules.BySensitive, rules.Yes)), condition("again", rules.TextKind, when(rules.ByRenewal, rules.Yes)),
			condition("other-use", rules.TextKind, when(rules.ByOtherUse, rules.Yes)), condition("chief", rules.TextKind, when(rules.ByApplicant, "chief"))},
		Data:      &rules.Data{Retention: &rules.Retention{LimitS: seen(int64(730 * day)), ReviewEveryS: seen(int64(180 * day))}, Dispose: &rules.Dispose{WithinS: seen(int64(day))}},
		Penalties: []rules.Penalty{}, Reports: []rules.Report{}, Sharing: []rules.Share{},
		Purpose: rules.Purpose{Allowed: seen([]paper.ID{"botnet", "espionage"}), OtherUse: seen(rules.WithConsent)},
		Roles: rules.Roles{Applicants: seen([]paper.ID{"agency"}), Consult: []rules.Consultee{},
			Locks: []rules.Lock{{Cite: cite, K: 3, Of: 5, Mark: fact.Seen, Role: "member", Standard: rules.Legality, Says: both("it is lawful")}}},
		Scope: rules.Scope{Effects: seen([]paper.ID{"confirm", "delete"}), DataClass: seen([]paper.ID{"machine"})},
		Time: rules.Time{Change: &rules.Change{Allowed: seen(true), ApproveWithin: seen(rules.Span{N: 3, Unit: rules.WorkingDay}), By: seen[paper.ID]("member"), Undone: seen(true)},
			MaxS: seen(int64(90 * day)), MaxWorkingDays: seen(int64(60)), Renew: &rules.Renew{Allowed: seen(true), WindowS: seen(int64(30 * day))},
			Urgent: &rules.Urgent{Allowed: seen(true), Who: seen([]paper.ID{"chief"}), K: 1, After: seen(rules.Confirm), ConfirmWithin: seen(rules.Span{N: 3, Unit: rules.WorkingDay}),
				Lasts: seen(rules.Span{N: 5, Unit: rules.WorkingDay}), OnRefusal: seen(rules.Erase)}},
	}
	return smt.Input{Rules: r, Calendar: days(), Profile: &regime.Profile{
		Articles: []string{"6", "7"}, Conditions: []paper.ID{"necessity", "targets"}, Effects: []paper.ID{"confirm", "delete"}, Kinds: []regime.Kind{regime.Access, regime.Neutralise},
		Locks: []regime.Lock{{K: 3, Role: "member", Standard: both("it is lawful")}}, LongestS: 80 * day, Purposes: []paper.ID{"botnet"}, Instrument: "lab-measure", Regime: "lab", Mode: "approval",
		Paths: regime.Paths{Ordinary: true, Urgent: &regime.Urgent{After: regime.Confirm, ConfirmWithinS: 3*day - 3600, K: 1, OnRefusal: regime.StopAndErase, Role: "chief"}},
	}}
}

func TestSoundRulesAreProven(t *testing.T) {
	in := sound()
	for _, v := range []any{in.Rules, in.Calendar} {
		if _, err := paper.Marshal(v); err != nil {
			t.Fatal(err)
		}
	}
	if faults := smttest.Faults(t, in); len(faults) > 0 {
		t.Errorf("%s", strings.Join(faults, "\n"))
	}
	if n := len(smt.Questions(in)); n < 40 {
		t.Errorf("only %d questions", n)
	}
}

// TestBrokenVariantsAreFound: each spoiled instrument has a question with another answer
// than it wants, and it is the one about what was spoiled.
func TestBrokenVariantsAreFound(t *testing.T) {
	when := func(c *rules.Condition, a rules.Attribute, is ...paper.ID) {
		c.When = []rules.Predicate{{Attribute: a, Is: is}}
	}
	for name, c := range map[string]struct {
		spoil func(*smt.Input)
		fault string
	}{
		"a direction that the scope lacks": {func(in *smt.Input) { when(&in.Rules.Conditions[0], rules.ByDirection, "transit") }, "condition necessity: is asked"},
		"an effect that the scope lacks":   {func(in *smt.Input) { when(&in.Rules.Conditions[4], rules.ByEffect, "copy") }, "condition risks: is asked"},
		"a kind that the rules lack":       {func(in *smt.Input) { when(&in.Rules.Conditions[0], rules.ByKind, "collection") }, "condition necessity: is asked"},
		"a purpose that is not allowed": {func(in *smt.Input) {
			when(&in.Rules.Conditions[0], rules.ByPurpose, "harassment")
			in.Rules.Purpose.OtherUse = seen(rules.Never)
			in.Rules.Conditions = append(in.Rules.Conditions[:7:7], in.Rules.Conditions[8])
		}, "condition necessity: is asked"},
		"a class that is not allowed":        {func(in *smt.Input) { when(&in.Rules.Conditions[0], rules.ByDataClass, "content") }, "condition necessity: is asked"},
		"an applicant who may not ask":       {func(in *smt.Input) { when(&in.Rules.Conditions[0], rules.ByApplicant, "company") }, "condition necessity: is asked"},
		"urgent, and there is no such path":  {func(in *smt.Input) { in.Rules.Time.Urgent, in.Profile.Paths.Urgent = nil, nil }, "condition chief: is asked"},
		"renewed, and there is no renewal":   {func(in *smt.Input) { in.Rules.Time.Renew = nil }, "condition again: is asked"},
		"other use, and it is never allowed": {func(in *smt.Input) { in.Rules.Purpose.OtherUse = seen(rules.Never) }, "condition other-use: is asked"},
		"sensitive, and nothing is graded":   {func(in *smt.Input) { in.Rules.Conditions[4].Threshold = rules.Ungraded }, "condition sensitive: is asked"},
		"one way and the other at once": {func(in *smt.Input) {
			in.Rules.Conditions[8].When = append(in.Rules.Conditions[8].When, rules.Predicate{Attribute: rules.ByPath, Is: []paper.ID{"ordinary"}})
		}, "condition chief: is asked"},
		"a number that none can be": {func(in *smt.Input) { in.Rules.Conditions[2].Min = ptr(int64(51)) }, "condition targets: is asked"},
		"confirmed after it is over": {func(in *smt.Input) {
			in.Rules.Time.Urgent.ConfirmWithin = seen(rules.Span{N: 6, Unit: rules.WorkingDay})
		}, "urgent path: no overlap"},
		"confirmed after the longest time":   {func(in *smt.Input) { in.Rules.Time.MaxS = seen(int64(2 * day)) }, "urgent path: never outlives its end"},
		"days that may be longer than hours": {func(in *smt.Input) { in.Rules.Time.Urgent.Lasts = seen(rules.Span{N: 72, Unit: rules.Hour}) }, "urgent path: no overlap"},
		"notice after it is over": {func(in *smt.Input) {
			u := in.Rules.Time.Urgent
			u.After, u.ConfirmWithin, u.NoticeWithin = seen(rules.PromptNotice), fact.Of[rules.Span]{}, seen(rules.Span{N: 200, Unit: rules.Day})
		}, "urgent path: no overlap"},
		"an urgent path without end": {func(in *smt.Input) {
			u := in.Rules.Time.Urgent
			u.After, u.ConfirmWithin, u.Lasts = seen(rules.PromptNotice), fact.Of[rules.Span]{}, fact.Of[rules.Span]{}
			in.Rules.Time.MaxS, in.Rules.Time.MaxWorkingDays, in.Profile = fact.Of[int64]{}, fact.Of[int64]{}, nil
		}, "urgent path: ends by itself"},
		"no time to answer":                  {func(in *smt.Input) { in.Rules.Time.Urgent.ConfirmWithin = seen(rules.Span{N: 0, Unit: rules.Hour}) }, "urgent path: can be answered"},
		"no time to approve a change":        {func(in *smt.Input) { in.Rules.Time.Change.ApproveWithin = seen(rules.Span{N: 0, Unit: rules.Hour}) }, "urgent change: can be approved"},
		"a change approved when all is over": {func(in *smt.Input) { in.Rules.Time.Change.ApproveWithin = seen(rules.Span{N: 91, Unit: rules.Day}) }, "urgent change: is due while"},
		"a window before the beginning":      {func(in *smt.Input) { in.Rules.Time.Renew.WindowS = seen(int64(85 * day)) }, "renewal: is asked for when"},
		"a window of nothing":                {func(in *smt.Input) { in.Rules.Time.Renew.WindowS = seen(int64(0)) }, "renewal: can be asked for"},
		"looked at when it is gone":          {func(in *smt.Input) { in.Rules.Data.Retention.ReviewEveryS = seen(int64(731 * day)) }, "keeping: is looked at"},
		"disposed of before it is over":      {func(in *smt.Input) { in.Rules.Data.Dispose.WithinS = seen(int64(-day)) }, "keeping: at each instant"},
		"two effective dates at once":        {func(in *smt.Input) { in.Rules.InForce[1].From-- }, "article 6: one effective date"},
		"a profile with another kind":        {func(in *smt.Input) { in.Profile.Kinds = regime.Kinds() }, "profile: kinds"},
		"a profile for another purpose":      {func(in *smt.Input) { in.Profile.Purposes = []paper.ID{"harassment"} }, "profile: purposes"},
		"a profile with another effect":      {func(in *smt.Input) { in.Profile.Effects = []paper.ID{"copy"} }, "profile: effects"},
		"a profile in another direction":     {func(in *smt.Input) { in.Profile.Directions = []regime.Direction{"transit"} }, "profile: directions"},
		"a profile of another article":       {func(in *smt.Input) { in.Profile.Articles = []string{"8"} }, "profile: articles"},
		"a profile without a condition":      {func(in *smt.Input) { in.Profile.Conditions = in.Profile.Conditions[:1] }, "profile: conditions"},
		"a profile with fewer keys":          {func(in *smt.Input) { in.Profile.Locks[0].K = 2 }, "profile: no lock"},
		"a profile of the wrong urgent role": {func(in *smt.Input) { in.Profile.Paths.Urgent.Role = "clerk" }, "profile: no lock"},
		"a profile with a path too many":     {func(in *smt.Input) { in.Rules.Roles.Locks = nil }, "profile: no path"},
		"a profile that lasts too long":      {func(in *smt.Input) { in.Profile.LongestS = 91 * day }, "profile: no longer"},
		"working days that may be shorter":   {func(in *smt.Input) { in.Profile.LongestS = 83 * day }, "profile: no longer"},
		"a profile confirmed an hour late":   {func(in *smt.Input) { in.Profile.Paths.Urgent.ConfirmWithinS = 3 * day }, "profile: no later confirmation"},
	} {
		t.Run(name, func(t *testing.T) {
			in := sound()
			c.spoil(&in)
			faults := smttest.Faults(t, in)
			for _, f := range faults {
				if strings.HasPrefix(f, c.fault) {
					return
				}
			}
			t.Errorf("not found; the solver says %q", faults)
		})
	}
}
