package judge

import (
	"fmt"

	"github.com/noroshi-acd/noroshi/authority/regime/fact"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
)

// Doubt is one rule of which the text must be looked up before anybody relies on it.
type Doubt struct {
	Cite  fact.Cites `json:"cite"`
	Known bool       `json:"known"` // there is a value, only not a sure one
	Mark  fact.Mark  `json:"mark"`
	Place string     `json:"place"` // "time.max_s", "conditions[2]"
}

// Doubts lists what is not sure: marked as remembered or uncertain, or not known at all
// where a request would be judged by it.
func (e *Evaluator) Doubts() []Doubt {
	r := e.rules
	d := doubts{}
	doubt(&d, "mode", r.Mode)
	doubt(&d, "status", r.Status)
	doubt(&d, "roles.applicants", r.Roles.Applicants)
	doubt(&d, "roles.named_people", r.Roles.NamedPeople)
	doubt(&d, "scope.data_class", r.Scope.DataClass)
	doubt(&d, "scope.directions", r.Scope.Directions)
	doubt(&d, "scope.effects", r.Scope.Effects)
	doubt(&d, "scope.links", r.Scope.Links)
	doubt(&d, "scope.volume_cap_permille", r.Scope.VolumeCapPermille)
	doubt(&d, "purpose.allowed", r.Purpose.Allowed)
	doubt(&d, "purpose.other_use", r.Purpose.OtherUse)
	d.time(&r.Time)
	if r.Data == nil || r.Data.Retention == nil {
		d.note("data.retention", "", nil, false)
	} else {
		doubt(&d, "data.retention.limit_s", r.Data.Retention.LimitS)
	}
	for i, p := range r.InForce {
		d.note(fmt.Sprintf("in_force[%d]", i), p.Mark, p.Cite, true)
	}
	for i, l := range r.Roles.Locks {
		d.note(fmt.Sprintf("roles.locks[%d]", i), l.Mark, l.Cite, true)
	}
	for i, c := range r.Roles.Consult {
		d.note(fmt.Sprintf("roles.consult[%d]", i), c.Mark, c.Cite, true)
	}
	for i, c := range r.Conditions {
		d.note(fmt.Sprintf("conditions[%d]", i), c.Mark, c.Cite, true)
	}
	for i, p := range r.Reports {
		d.note(fmt.Sprintf("reports[%d]", i), p.Mark, p.Cite, true)
		doubt(&d, fmt.Sprintf("reports[%d].within", i), p.Within)
	}
	return d
}

type doubts []Doubt

func (d *doubts) note(place string, mark fact.Mark, cite fact.Cites, known bool) {
	if !known || !mark.Sure() {
		*d = append(*d, Doubt{Place: place, Mark: markOf(mark), Cite: cite, Known: known})
	}
}

func doubt[T any](d *doubts, place string, f fact.Of[T]) {
	d.note(place, f.Mark, f.Cite, f.Value != nil)
}

func (d *doubts) time(t *rules.Time) {
	if t.MaxWorkingDays.Value == nil || t.MaxS.Mark != "" {
		doubt(d, "time.max_s", t.MaxS)
	}
	if t.MaxWorkingDays.Mark != "" {
		doubt(d, "time.max_working_days", t.MaxWorkingDays)
	}
	if t.Renew == nil {
		d.note("time.renew", "", nil, false)
	} else {
		doubt(d, "time.renew.allowed", t.Renew.Allowed)
		if t.Renew.Allowed.Or(false) {
			doubt(d, "time.renew.max_count", t.Renew.MaxCount)
			doubt(d, "time.renew.window_s", t.Renew.WindowS)
		}
	}
	if c := t.Change; c != nil {
		doubt(d, "time.change.allowed", c.Allowed)
		if c.Allowed.Or(false) {
			doubt(d, "time.change.approve_within", c.ApproveWithin)
			doubt(d, "time.change.by", c.By)
			doubt(d, "time.change.undone", c.Undone)
		}
	}
	u := t.Urgent
	if u == nil {
		d.note("time.urgent", "", nil, false)
		return
	}
	doubt(d, "time.urgent.allowed", u.Allowed)
	if !u.Allowed.Or(false) {
		return
	}
	doubt(d, "time.urgent.who", u.Who)
	doubt(d, "time.urgent.after", u.After)
	doubt(d, "time.urgent.on_refusal", u.OnRefusal)
	if u.After.Or(rules.Confirm) == rules.Confirm {
		doubt(d, "time.urgent.confirm_within", u.ConfirmWithin)
	} else {
		doubt(d, "time.urgent.notice_within", u.NoticeWithin)
	}
}
