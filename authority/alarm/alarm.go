package alarm

import (
	"github.com/noroshi-acd/noroshi/authority/application"
	"github.com/noroshi-acd/noroshi/authority/docket"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/stage"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/oversight/act"
)

// The kinds of error that the desk reports of itself.
const (
	LateStep        paper.ID = "late-step"          // the next step was not done in time
	UrgentUnchecked paper.ID = "urgent-unconfirmed" // an urgent warrant was not confirmed in time
	WholeUntaken    paper.ID = "whole-untaken"      // the whole body did not take up in time what those on call granted
)

// answerWithin is how long whoever is responsible has to answer for a lateness, s.
const answerWithin = 7 * 86400

// Alarm is what was found when its time had come.
type Alarm struct {
	Application paper.Digest
	Index       int64 // of the entry of the error, or of the dismissal
	Kind        paper.ID
	Since       paper.Time
	Warrant     paper.Digest // that is over
	Erase       bool         // what was obtained under it must be erased
}

// Of says what an act of the machine on an application is about; law is its profile, nil
// when it is not at hand.
func Of(r *docket.Record, kind stage.Kind, law *regime.Profile) Alarm {
	a := Alarm{Application: r.Digest, Kind: LateStep, Since: r.Life.Next()}
	switch kind {
	case stage.Overdue:
		return a
	case stage.Lapse:
		a.Kind, a.Since = UrgentUnchecked, r.Life.Confirm
	case stage.LapseWhole:
		a.Kind, a.Since = WholeUntaken, r.Life.Whole
	case stage.Close:
		a.Kind = application.Uncorrected
	case stage.Expire:
		a.Kind, a.Since = application.Expired, r.Life.Last()
	}
	for _, p := range []*stage.Permit{r.Life.Urged, r.Life.Ordered} {
		if p == nil || p.Ending != "" || p == r.Life.Ordered && kind != stage.LapseWhole {
			continue // else it is over with this
		}
		a.Erase = law == nil || law.Paths.Urgent != nil && law.Paths.Urgent.OnRefusal != "stop" // where the rule is not at hand, the stricter one
		a.Warrant = p.Warrant
	}
	return a
}

// Paper writes what is recorded of it: a dismissal for what is closed, else an error.
func (a *Alarm) Paper(body, id paper.ID, now paper.Time) (proof.Class, *paper.Envelope, error) {
	if a.Kind == application.Uncorrected || a.Kind == application.Expired {
		e, err := paper.Seal(application.DismissalType, application.Dismissal{Application: a.Application, At: now, Since: a.Since, Why: string(a.Kind)})
		return proof.Dismissal, e, err
	}
	e, err := paper.Seal(act.MistakeType, act.Mistake{
		At: now, Body: body, Due: now + answerWithin, Found: now, Happened: a.Since, ID: paper.ID("error/" + string(a.Kind) + "/" + string(a.Application[7:23])),
		Kind: a.Kind, Outline: i18n.Say(i18n.EN, "authority.alarm."+string(a.Kind), "id", string(id)), Warrant: a.Warrant,
	})
	return proof.Mistake, e, err
}
