package rulestest

import (
	"fmt"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/regime/calendar"
	"github.com/noroshi-acd/noroshi/authority/regime/fact"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
)

// Noon is 2026-11-23T03:00:00Z, a Monday, noon in the country that is made up here.
const Noon paper.Time = 1795402800

func ptr[T any](v T) *T { return &v }

// Days is a calendar with the clock of UTC+9, weekends, and Tuesday 2026-11-24 off.
func Days() *calendar.Calendar {
	return &calendar.Calendar{
		Cite: fact.Cites{"Holidays Act"}, Country: "lab", ID: "lab-days", FirstYear: 2026, LastYear: 2027, Mark: fact.Seen, Weekend: []int64{6, 7},
		Holidays: []calendar.Holiday{{Date: "2026-11-24", Name: both("day of the wall")}}, Offsets: []calendar.Offset{{EastS: 32400, From: 1}},
	}
}

// Whole is an instrument with every member that there is.
func Whole() *rules.Rules {
	cite, seen := fact.Cites{"Lab Act art. 6"}, fact.Seen
	urgent := []rules.Predicate{{Attribute: rules.ByPath, Is: []paper.ID{"urgent"}, Not: true}}
	return &rules.Rules{
		Articles: []string{"6", "7"}, Calendar: "lab-days", ID: "lab-measure", Jurisdiction: "lab", Regime: "lab-act", OverlayOf: "lab-base",
		Name: both("measure"), Kinds: []regime.Kind{regime.Access, regime.Collection, regime.Neutralise, regime.Query},
		Mode: fact.Is(rules.Approval, seen, "Lab Act art. 6(1)"), Status: fact.Is(rules.InForce, seen, "gazette"),
		InForce: []rules.Period{{Cite: cite, Mark: seen, From: Noon - 300*day, To: Noon + 400*day, Articles: []string{"6"}, Note: both("part one")},
			{Cite: cite, Mark: fact.Quoted, From: Noon - 200*day, Articles: []string{"7"}}},
		Conditions: []rules.Condition{
			{ID: "necessity", Kind: rules.FactKind, Cite: cite, Mark: seen, MinWords: 5, Unmet: both("the need is not shown"), Meet: both("show the need"), SimilarTo: []paper.ID{"other-means"}},
			{ID: "other-means", Kind: rules.TextKind, Cite: fact.Cites{"Lab Act art. 6(2A)"}, Mark: fact.Remembered, MinWords: 10, When: urgent,
				Unmet: both("other means are not on record"), Meet: both("say which milder means were tried"), Note: both("as remembered")},
			{ID: "targets", Kind: rules.NumberKind, Cite: cite, Mark: seen, Min: ptr(int64(1)), Max: ptr(int64(50)), Unmet: both("too many targets"), Meet: both("name 1 to 50")},
			{ID: "test-report", Kind: rules.AttachmentKind, Cite: cite, Mark: fact.Quoted, Evidence: "test-report", Unmet: both("no test report"), Meet: both("attach one"),
				When: []rules.Predicate{{Attribute: rules.ByKind, Is: []paper.ID{"neutralise"}}}},
			{ID: "risks", Kind: rules.RiskKind, Cite: cite, Mark: fact.Uncertain, Risks: []paper.ID{"collateral", "detection"}, Threshold: rules.Medium, Unmet: both("risks are not graded"), Meet: both("grade them")},
		},
		Data: &rules.Data{
			Dispose: &rules.Dispose{Proof: fact.Is(true, seen, "art. 25"), WithinS: fact.Is(int64(day), seen, "art. 25")}, Identify: fact.Is(both("escrow"), seen, "art. 24"),
			Retention: &rules.Retention{From: fact.Is(rules.Obtained, seen, "art. 25"), LimitS: fact.Is(int64(730*day), fact.Uncertain, "art. 25"), ReviewEveryS: fact.Is(int64(180*day), seen, "art. 25")},
			Selection: fact.Is(both("by machine"), seen, "art. 22"),
		},
		Penalties: []rules.Penalty{{Cite: cite, Mark: seen, Says: both("up to four years")}},
		Purpose:   rules.Purpose{Allowed: fact.Is([]paper.ID{"botnet", "espionage"}, seen, "art. 23"), OtherUse: fact.Is(rules.WithConsent, seen, "art. 23(4)")},
		Reports: []rules.Report{{Cite: cite, Mark: seen, ID: "yearly", To: "parliament", From: rules.YearEnded, Says: both("the yearly report"), Within: fact.Is(rules.Span{N: 90, Unit: rules.Day}, seen, "art. 61"),
			Items: []rules.Item{{ID: "approvals", Says: both("number of approvals"), Counts: []rules.Count{{Class: "approval", Instrument: "lab-measure"}}}}},
			{Cite: cite, Mark: seen, ID: "sensitive", To: "committees", From: rules.Acted, Says: both("notice of a sensitive act"), Within: fact.Is(rules.Span{N: 48, Unit: rules.Hour}, seen, "art. 62"),
				Items: []rules.Item{}, When: []rules.Predicate{{Attribute: rules.BySensitive, Is: []paper.ID{rules.Yes}}}}},
		Roles: rules.Roles{
			Applicants: fact.Is([]paper.ID{"agency"}, seen, "art. 6"), HolderSigns: fact.Is(false, seen, "art. 6"), NamedPeople: fact.Is(true, seen, "art. 6"),
			Monitor: fact.Is[paper.ID]("monitor", seen, "art. 8"), TechnicalAdviser: fact.Is[paper.ID]("adviser", seen, "art. 9"), Reviewers: fact.Is([]paper.ID{"inspector"}, seen, "art. 63"),
			Consult: []rules.Consultee{{Cite: fact.Cites{"Lab Act art. 6(3)"}, Mark: seen, Mode: rules.Consult, Role: "foreign-minister", When: []rules.Predicate{{Attribute: rules.ByForeign, Is: []paper.ID{rules.Yes}}}}},
			Locks: []rules.Lock{{Cite: cite, K: 1, Mark: seen, Role: "minister", Standard: rules.Merits, Says: both("the danger is grave")},
				{Cite: cite, K: 3, Of: 5, Quorum: 4, CastingVote: true, Mark: seen, Role: "member", Standard: rules.Legality, Says: both("it is lawful"),
					Within: fact.Is(rules.Span{N: 9, Unit: rules.WorkingDay}, seen, "art. 17"), OnCall: &rules.OnCall{Cite: cite, K: 1, Mark: seen, WholeAfter: rules.Span{N: 2, Unit: rules.WorkingDay}}}},
		},
		Scope: rules.Scope{DataClass: fact.Is([]paper.ID{"machine"}, seen, "art. 2"), Directions: fact.Is([]regime.Direction{"inbound", "transit"}, seen, "art. 17"),
			Effects: fact.Is([]paper.ID{"confirm", "delete"}, seen, "art. 6"), Links: fact.Is(int64(8), fact.Remembered, "art. 17"), VolumeCapPermille: fact.Is(int64(300), fact.Uncertain, "art. 17")},
		Sharing: []rules.Share{{Cite: cite, Mark: seen, Says: both("analysed information"), With: "operator"}},
		Time: rules.Time{
			Change: &rules.Change{Allowed: fact.Is(true, seen, "art. 20"), ApproveWithin: fact.Is(rules.Span{N: 3, Unit: rules.WorkingDay}, fact.Remembered, "art. 20"),
				By: fact.Is[paper.ID]("member", seen, "art. 20"), Undone: fact.Is(true, seen, "art. 20")},
			MaxS: fact.Is(int64(90*day), fact.Remembered, "art. 6"), MaxWorkingDays: fact.Is(int64(70), seen, "art. 6"),
			Renew: &rules.Renew{Allowed: fact.Is(true, seen, "art. 19"), MaxCount: fact.Is(int64(3), seen, "art. 19"), WindowS: fact.Is(int64(30*day), seen, "art. 19")},
			Urgent: &rules.Urgent{After: fact.Is(rules.Confirm, seen, "art. 6(4)"), Allowed: fact.Is(true, seen, "art. 6(4)"), ConfirmWithin: fact.Is(rules.Span{N: 3, Unit: rules.WorkingDay}, seen, "art. 6(4)"),
				K: 1, Lasts: fact.Is(rules.Span{N: 5, Unit: rules.WorkingDay}, seen, "art. 6(4)"), OnRefusal: fact.Is(rules.Erase, seen, "art. 6(4)"), Who: fact.Is([]paper.ID{"chief"}, seen, "art. 6(4)")},
		},
	}
}

// Met is a request that lacks nothing under Whole.
func Met() *rules.Request {
	return &rules.Request{
		Applicant: "agency", Articles: []string{"6", "7"}, At: Noon - day, From: Noon, Until: Noon + 30*day, Instrument: "lab-measure", Kind: regime.Neutralise,
		Consultations: []rules.Consultation{{At: Noon - 2*day, Mode: rules.Consult, Outcome: rules.Objected, Role: "foreign-minister"}}, ForeignTarget: true,
		Directions: []regime.Direction{}, Effects: []paper.ID{"delete"}, NamedPeople: 2, Path: rules.Ordinary, Purpose: "botnet", Mode: rules.Approval,
		Findings: []rules.Finding{
			{Condition: "necessity", Evidence: []paper.ID{"report"}, Met: true, Words: 30},
			{Condition: "other-means", Evidence: []paper.ID{"statement"}, Words: 40},
			{Condition: "risks", Evidence: []paper.ID{"report"}, Words: 10, Grades: []rules.Graded{{Grade: rules.Low, Risk: "collateral"}, {Grade: rules.Medium, Risk: "detection"}}},
			{Condition: "targets", Evidence: []paper.ID{}, Number: ptr(int64(12)), Words: 3},
			{Condition: "test-report", Evidence: []paper.ID{"test-report"}, Words: 4},
		},
	}
}

// Hurried is an urgent request that lacks nothing under Whole.
func Hurried() *rules.Request {
	q := Met()
	q.Path, q.Applicant, q.From, q.At, q.Until = rules.Urgently, "chief", Noon, Noon+600, Noon+2*day
	q.Urgency = &rules.Urgency{When: Noon - 900, Words: 25}
	q.Consultations[0].At = Noon
	q.Findings = append(q.Findings[:1:1], q.Findings[2:]...) // other means are not asked for there
	return q
}

// Forty is Whole with forty conditions, and a request that meets them all.
func Forty() (*rules.Rules, *rules.Request) {
	r, q := Whole(), Met()
	for i := len(r.Conditions); i < 40; i++ {
		id := paper.ID(fmt.Sprintf("z-%02d", i))
		r.Conditions = append(r.Conditions, rules.Condition{
			ID: id, Kind: rules.FactKind, Cite: fact.Cites{"art. 6"}, Mark: fact.Seen, MinWords: 5, Evidence: "report", Unmet: both("it is not shown"), Meet: both("show it"),
			When: []rules.Predicate{{Attribute: rules.ByPath, Is: []paper.ID{"ordinary"}}, {Attribute: rules.ByEffect, Is: []paper.ID{"copy", "delete"}}, {Attribute: rules.BySensitive, Is: []paper.ID{rules.Yes}}},
		})
		q.Findings = append(q.Findings, rules.Finding{Condition: id, Evidence: []paper.ID{"photograph", "report"}, Met: true, Words: 12})
	}
	return r, q
}
