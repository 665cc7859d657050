package review

import (
	"fmt"
	"reflect"

	"github.com/noroshi-acd/noroshi/authority/application"
	"github.com/noroshi-acd/noroshi/authority/docket"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/authority/warrant"
)

// UrgentUnmet notes what keeps an application from the urgent path: too many of its body
// on that day, or an earlier one of the same case or target that is not decided.
func (m *Matter) UrgentUnmet(whole *warrant.UrgentCount, now paper.Time) []unmet.Unmet {
	if m.Profile.Paths.Urgent == nil {
		return nil // noted already
	}
	var list []unmet.Unmet
	today := 0
	for i, w := range whole.Warrants {
		if w.Body == m.Application.Applicant.Body && w.Day == now.Day() {
			today++
		}
		if !w.Decided && (w.Case == m.Application.Case || docket.Touch(w.Targets, m.Application.Scope.Targets)) {
			list = append(list, unmet.Unmet{Place: fmt.Sprintf("urgents[%d]", i), Code: "urgent-undecided"})
		}
	}
	if today >= warrant.MaxUrgentPerDay {
		list = append(list, unmet.Unmet{Place: "urgents", Code: "urgent-too-many", Args: []any{"max", warrant.MaxUrgentPerDay}})
	}
	return list
}

// UrgentFaults holds an urgent warrant against the count, the day and the clock of its
// notice.
func (m *Matter) UrgentFaults(e *paper.Envelope, w *warrant.Warrant, count *warrant.UrgentCount, now paper.Time) []unmet.Unmet {
	list := m.Faults(e, count)
	if w.NotBefore.Day() != now.Day() { // or the count of the day would be the issuer's to choose
		list = append(list, unmet.Unmet{Place: "chain[0].not_before", Code: "recorded-late", Args: []any{"seconds", 86400}})
	}
	if p := m.Profile.Paths.Urgent; p != nil && p.NoticeWithinS > 0 && int64(now-w.NotBefore) > p.NoticeWithinS {
		list = append(list, unmet.Unmet{Place: "chain[0].not_before", Code: "recorded-late", Args: []any{"seconds", p.NoticeWithinS}})
	}
	return list
}

// Same says whether two applications ask for the same warrant, whatever their reasons.
func Same(a, b *application.Application) bool {
	what := func(a *application.Application) application.Application {
		return application.Application{
			Case: a.Case, From: a.From, Holder: a.Holder, Kind: a.Kind, People: a.People, Purpose: a.Purpose, Scope: a.Scope, Until: a.Until,
		}
	}
	return reflect.DeepEqual(what(a), what(b))
}
