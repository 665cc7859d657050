package spoken

import (
	"strings"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime/compile"
	"github.com/noroshi-acd/noroshi/authority/regime/fact"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
)

// Explained is an instrument in plain words.
type Explained struct {
	ID        paper.ID `json:"id"`
	Name      string   `json:"name"`
	Sentences []string `json:"sentences"`
	Must      []string `json:"must"`
	Afterward []string `json:"afterwards"`
}

// Explain tells what the instrument is in plain words; what is not sure has its mark.
func (v *Voice) Explain(i *compile.Instrument) Explained {
	e := Explained{ID: i.Rules.ID, Name: v.In(i.Rules.Name), Sentences: v.sentences(i), Must: []string{}, Afterward: []string{}}
	for _, c := range i.Rules.Conditions {
		e.Must = append(e.Must, v.In(c.Meet)+v.When(c.When)+v.Doubt(c.Mark)+v.Paren(v.Cites(c.Cite)))
	}
	for _, p := range i.Rules.Reports {
		e.Afterward = append(e.Afterward, v.In(p.Says)+v.When(p.When)+v.Doubt(p.Mark)+v.due(&p)+v.Paren(v.Cites(p.Cite)))
	}
	return e
}

// Plainly writes what Explain gives.
func (v *Voice) Plainly(i *compile.Instrument) string {
	e := v.Explain(i)
	var b strings.Builder
	v.Hang(&b, "", e.Name+v.Paren(string(e.ID)), Columns)
	b.WriteString("\n")
	for _, s := range e.Sentences {
		v.Hang(&b, "", s, Columns)
	}
	for _, part := range []struct {
		head string
		list []string
	}{{"regimes.explain.must", e.Must}, {"regimes.explain.reports", e.Afterward}} {
		if len(part.list) == 0 {
			continue
		}
		b.WriteString("\n" + v.Say(part.head) + "\n")
		for _, s := range part.list {
			v.Hang(&b, "  · ", s, Columns)
		}
	}
	b.WriteString("\n")
	v.Hang(&b, "", v.Say("regimes.explain.more", "id", string(e.ID)), Columns)
	v.Legend(&b, Columns)
	return b.String()
}

// sentences tell who, by which standard, how long, and what without time.
func (v *Voice) sentences(i *compile.Instrument) []string {
	r := i.Rules
	out := []string{v.In(i.Plain)}
	note := strings.TrimRight(v.In(r.Status.Note), "。.")
	switch status := r.Status.Or(rules.Unverified); {
	case status == rules.InForce:
		out = append(out, v.Say("regimes.explain.in_force", "mark", v.Doubt(r.Status.Mark)))
	case note == "":
	case status == rules.NotInForce:
		out = append(out, v.Say("regimes.explain.force", "note", note+v.Doubt(r.Status.Mark)))
	default:
		out = append(out, v.Say("regimes.explain.status", "status", v.Named("status", string(status)), "note", note+v.Doubt(r.Status.Mark)))
	}
	if who, ok := r.Roles.Applicants.Known(); ok {
		out = append(out, v.Say("regimes.explain.who", "who", Terms(v, who)+v.Doubt(r.Roles.Applicants.Mark)))
	}
	for n, l := range r.Roles.Locks {
		key := "regimes.explain.decides"
		if n > 0 {
			key = "regimes.explain.decides_after"
		}
		out = append(out, v.Say(key, "who", v.Lock(l)+v.Doubt(l.Mark), "says", v.In(l.Says)))
	}
	for _, c := range r.Roles.Consult {
		out = append(out, v.Say("regimes.explain.asks_"+string(c.Mode), "who", v.Term(c.Role), "when", v.When(c.When)+v.Doubt(c.Mark)))
	}
	if len(r.Kinds) > 0 {
		out = append(out, v.times(&r.Time)...)
	}
	if who, ok := r.Roles.Reviewers.Known(); ok {
		out = append(out, v.Say("regimes.explain.review", "who", Terms(v, who)+v.Doubt(r.Roles.Reviewers.Mark)))
	}
	return out
}

// times tells how long, whether again, and what without time.
func (v *Voice) times(t *rules.Time) []string {
	var out []string
	s, known := t.MaxS.Known()
	days, counted := t.MaxWorkingDays.Known()
	if counted {
		out = append(out, v.Say("regimes.explain.longest", "time", v.Span(rules.Span{N: days, Unit: rules.WorkingDay})+v.Doubt(t.MaxWorkingDays.Mark)))
	}
	switch {
	case known:
		out = append(out, v.Say("regimes.explain.longest", "time", v.Seconds(s)+v.Doubt(t.MaxS.Mark)))
	case !counted:
		out = append(out, v.Say("regimes.explain.no_longest", "mark", v.doubted(t.MaxS.Mark)))
	}
	switch {
	case t.Renew == nil:
		out = append(out, v.Say("regimes.explain.no_renew", "mark", ""))
	case t.Renew.Allowed.Or(false):
		out = append(out, v.Say("regimes.explain.renew", "mark", v.Doubt(t.Renew.Allowed.Mark)))
	default:
		out = append(out, v.Say("regimes.explain.no_renew", "mark", v.Doubt(t.Renew.Allowed.Mark)))
	}
	out = append(out, v.hurried(t.Urgent))
	if c := t.Change; c != nil && c.Allowed.Or(false) {
		out = append(out, v.Say("regimes.explain.change", "by", v.Term(c.By.Or(""))+v.Doubt(c.By.Mark), "time", v.Span(c.ApproveWithin.Or(rules.Span{}))+v.Doubt(c.ApproveWithin.Mark),
			"mark", v.Doubt(fact.Weakest(c.Allowed.Mark, c.Undone.Mark))))
	}
	return out
}

// doubted is the mark of what is not known, where the law has a mark for it at all.
func (v *Voice) doubted(m fact.Mark) string {
	if m == "" {
		return ""
	}
	return v.Doubt(m)
}

// hurried tells the path for cases without time.
func (v *Voice) hurried(u *rules.Urgent) string {
	switch {
	case u == nil:
		return v.Say("regimes.explain.no_urgent", "mark", "")
	case !u.Allowed.Or(false):
		return v.Say("regimes.explain.no_urgent", "mark", v.Doubt(u.Allowed.Mark))
	}
	how := v.Say("regimes.after."+string(u.After.Or(rules.Confirm))) + v.Doubt(u.After.Mark)
	within := u.ConfirmWithin
	if u.After.Or(rules.Confirm) == rules.PromptNotice {
		within = u.NoticeWithin
	}
	if w, ok := within.Known(); ok {
		how += v.Paren(v.Span(w) + v.Doubt(within.Mark))
	}
	refusal := v.Say("regimes.refusal."+string(u.OnRefusal.Or(rules.Stop))) + v.Doubt(u.OnRefusal.Mark)
	said := v.Say("regimes.explain.urgent", "who", Terms(v, u.Who.Or(nil))+v.Doubt(fact.Weakest(u.Allowed.Mark, u.Who.Mark)), "how", how, "refusal", refusal)
	if w, ok := u.Lasts.Known(); ok {
		said += v.Say("regimes.explain.lasts", "time", v.Span(w)+v.Doubt(u.Lasts.Mark))
	}
	return said
}

// due is by when a report is owed, where the law gives a number.
func (v *Voice) due(p *rules.Report) string {
	w, ok := p.Within.Known()
	if !ok {
		return ""
	}
	return v.Paren(v.Span(w) + v.Doubt(p.Within.Mark))
}
