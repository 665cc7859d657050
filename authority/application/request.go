package application

import (
	"slices"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
)

// Before is what is known of earlier applications, which an application itself cannot
// say.
type Before struct {
	Renewal      *rules.Renewal // when it renews a warrant
	AfterRefusal bool           // the same was refused before
}

// Request reduces an application to what the rules judge.
func (a *Application) Request(b Before) *rules.Request {
	q := &rules.Request{
		AfterRefusal: b.AfterRefusal, Applicant: a.Applicant.Role, Articles: a.Articles, At: a.At, ChildData: a.ChildData,
		Consultations: []rules.Consultation{}, CriticalDevice: a.CriticalDevice, DataClass: a.DataClass, Directions: a.Scope.Directions,
		Effects: a.Scope.Effects, Findings: []rules.Finding{}, ForeignTarget: a.ForeignTarget, From: a.From, Instrument: a.Instrument,
		Kind: a.Kind, Links: int64(len(a.Scope.Links)), Mode: a.Mode, NamedPeople: int64(len(a.People)), OtherUse: a.OtherUse,
		OwnSystem: a.OwnSystem, Path: rules.Path(a.Path), Purpose: a.Purpose, Renewal: b.Renewal, RetentionS: a.RetentionS,
		Until: a.Until, VolumePermille: a.VolumePermille,
	}
	for _, c := range a.Consultations {
		q.Consultations = append(q.Consultations, rules.Consultation{At: c.At, Mode: c.Mode, Outcome: c.Outcome, Role: c.Role})
	}
	for _, f := range a.Findings {
		classes := []paper.ID{}
		for _, e := range f.Evidence {
			classes = append(classes, e.Class)
		}
		slices.Sort(classes)
		q.Findings = append(q.Findings, rules.Finding{
			Condition: f.Condition, Evidence: slices.Compact(classes), Grades: f.Grades, Met: f.Met, Number: f.Number, Words: rules.CountWords(f.Text),
		})
	}
	if a.Urgency != nil {
		q.Urgency = &rules.Urgency{When: a.Urgency.When, Words: rules.CountWords(a.Urgency.Facts)}
	}
	return q
}
