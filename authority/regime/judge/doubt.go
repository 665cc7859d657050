package judge

import (
	"fmt"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime/fact"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
)

// Doubt is one rule of which the text must be looked up before anybody relies on it.
type Doubt struct {
	Cite  fact.Cites `json:"cite"`
	Known bool       `json:"known"` // there is a value, only not a sure one
	Mark  fact.Mark  `json:"mark"`
	Place string     `json:"place"` // "time.max_s", "conditions.necessity"
}

// Doubts lists what is not sure: each fact that is marked as remembered or uncertain, and
// what is not known at all where a request would be judged by it.
func (e *Evaluator) Doubts() []Doubt {
	r := e.rules
	d := doubts{}
	doubt(&d, "mode", r.Mode)
	doubt(&d, "status", r.Status)
	doubt(&d, "roles.applicants", r.Roles.Applicants)
	doubt(&d, "roles.named_people", r.Roles.NamedPeople)
	d.roles(&r.Roles)
	doubt(&d, "scope.data_class", r.Scope.DataClass)
	doubt(&d, "scope.directions", r.Scope.Directions)
	doubt(&d, "scope.effects", r.Scope.Effects)
	doubt(&d, "scope.links", r.Scope.Links)
	doubt(&d, "scope.volume_cap_permille", r.Scope.VolumeCapPermille)
	doubt(&d, "purpose.allowed", r.Purpose.Allowed)
	doubt(&d, "purpose.other_use", r.Purpose.OtherUse)
	d.time(&r.Time)
	d.data(r.Data)
	for i, p := range r.InForce {
		d.note(fmt.Sprintf("in_force[%d]", i), p.Mark, p.Cite, true)
	}
	for _, l := range r.Roles.Locks {
		d.note(place("roles.locks", l.Role), l.Mark, l.Cite, true)
	}
	for _, c := range r.Roles.Consult {
		d.note(place("roles.consult", c.Role), c.Mark, c.Cite, true)
	}
	for _, c := range r.Conditions {
		d.note(place("conditions", c.ID), c.Mark, c.Cite, true)
	}
	for _, p := range r.Reports {
		d.note(place("reports", p.ID), p.Mark, p.Cite, true)
		doubt(&d, place("reports", p.ID)+".within", p.Within)
	}
	for _, s := range r.Sharing {
		d.note(place("sharing", s.With), s.Mark, s.Cite, true)
	}
	for i, p := range r.Penalties {
		d.note(fmt.Sprintf("penalties[%d]", i), p.Mark, p.Cite, true)
	}
	return d
}

// place says where a fact of a list stands, by its name.
func place(list string, id paper.ID) string { return list + "." + string(id) }

// given notes a fact that an instrument may leave out without anything being missing.
func given[T any](d *doubts, place string, f fact.Of[T]) {
	if f.Mark != "" {
		doubt(d, place, f)
	}
}

func (d *doubts) roles(r *rules.Roles) {
	given(d, "roles.holder_signs", r.HolderSigns)
	given(d, "roles.monitor", r.Monitor)
	given(d, "roles.reviewers", r.Reviewers)
	given(d, "roles.technical_adviser", r.TechnicalAdviser)
	for _, l := range r.Locks {
		given(d, place("roles.locks", l.Role)+".within", l.Within)
		if o := l.OnCall; o != nil {
			d.note(place("roles.locks", l.Role)+".on_call", o.Mark, o.Cite, true)
		}
	}
}

func (d *doubts) data(data *rules.Data) {
	if data == nil || data.Retention == nil {
		d.note("data.retention", "", nil, false)
	}
	if data == nil {
		return
	}
	given(d, "data.identify", data.Identify)
	given(d, "data.selection", data.Selection)
	if r := data.Retention; r != nil {
		doubt(d, "data.retention.limit_s", r.LimitS)
		given(d, "data.retention.from", r.From)
		given(d, "data.retention.review_every_s", r.ReviewEveryS)
	}
	if p := data.Dispose; p != nil {
		given(d, "data.dispose.proof", p.Proof)
		given(d, "data.dispose.within_s", p.WithinS)
	}
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
		given(d, "time.urgent.notice_within", u.NoticeWithin)
	} else {
		doubt(d, "time.urgent.notice_within", u.NoticeWithin)
		given(d, "time.urgent.confirm_within", u.ConfirmWithin)
	}
	given(d, "time.urgent.lasts", u.Lasts)
}
