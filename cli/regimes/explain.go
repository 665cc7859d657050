package regimes

import (
	"strings"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime/compile"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
)

// explained is an explanation as JSON gives it.
type explained struct {
	ID        paper.ID `json:"id"`
	Name      string   `json:"name"`
	Sentences []string `json:"sentences"`
	Must      []string `json:"must"`
	Afterward []string `json:"afterwards"`
}

func (v *view) explain(i *compile.Instrument) any {
	e := explained{ID: i.Rules.ID, Name: v.in(i.Rules.Name), Sentences: v.sentences(i), Must: []string{}, Afterward: []string{}}
	for _, c := range i.Rules.Conditions {
		e.Must = append(e.Must, v.in(c.Meet)+v.doubt(c.Mark)+v.paren(v.cites(c.Cite)))
	}
	for _, p := range i.Rules.Reports {
		e.Afterward = append(e.Afterward, v.in(p.Says)+v.doubt(p.Mark)+v.paren(v.cites(p.Cite)))
	}
	if v.json {
		return e
	}
	var b strings.Builder
	v.hang(&b, "", e.Name+v.paren(string(e.ID)), columns)
	b.WriteString("\n")
	for _, s := range e.Sentences {
		v.hang(&b, "", s, columns)
	}
	for _, part := range []struct {
		head string
		list []string
	}{{"regimes.explain.must", e.Must}, {"regimes.explain.reports", e.Afterward}} {
		if len(part.list) == 0 {
			continue
		}
		b.WriteString("\n" + v.say(part.head) + "\n")
		for _, s := range part.list {
			v.hang(&b, "  · ", s, columns)
		}
	}
	b.WriteString("\n")
	v.hang(&b, "", v.say("regimes.explain.more", "id", string(e.ID)), columns)
	v.legend(&b, columns)
	return b.String()
}

// sentences tell who, by which standard, how long, and what without time.
func (v *view) sentences(i *compile.Instrument) []string {
	r := i.Rules
	out := []string{v.in(i.Plain)}
	if r.Status.Or("") == rules.NotInForce {
		out = append(out, v.say("regimes.explain.force", "note", strings.TrimRight(v.in(r.Status.Note), "。.")+v.doubt(r.Status.Mark)))
	}
	if who, ok := r.Roles.Applicants.Known(); ok {
		out = append(out, v.say("regimes.explain.who", "who", terms(v, who)+v.doubt(r.Roles.Applicants.Mark)))
	}
	for n, l := range r.Roles.Locks {
		key := "regimes.explain.decides"
		if n > 0 {
			key = "regimes.explain.decides_after"
		}
		out = append(out, v.say(key, "who", v.lock(l)+v.doubt(l.Mark), "says", v.in(l.Says)))
	}
	for _, c := range r.Roles.Consult {
		out = append(out, v.say("regimes.explain.consult", "who", v.term(c.Role), "how", v.say("regimes.asks."+string(c.Mode))+v.when(c.When)+v.doubt(c.Mark)))
	}
	if len(r.Kinds) > 0 {
		out = append(out, v.times(&r.Time)...)
	}
	if who, ok := r.Roles.Reviewers.Known(); ok {
		out = append(out, v.say("regimes.explain.review", "who", terms(v, who)+v.doubt(r.Roles.Reviewers.Mark)))
	}
	return out
}

func (v *view) times(t *rules.Time) []string {
	var out []string
	if s, ok := t.MaxS.Known(); ok {
		out = append(out, v.say("regimes.explain.longest", "time", v.seconds(s)+v.doubt(t.MaxS.Mark)))
	} else {
		out = append(out, v.say("regimes.explain.no_longest"))
	}
	if t.Renew != nil && t.Renew.Allowed.Or(false) {
		out = append(out, v.say("regimes.explain.renew", "mark", v.doubt(t.Renew.Allowed.Mark)))
	} else {
		out = append(out, v.say("regimes.explain.no_renew"))
	}
	if u := t.Urgent; u != nil && u.Allowed.Or(false) {
		how := v.say("regimes.after."+string(u.After.Or(rules.Confirm))) + v.doubt(u.After.Mark)
		if w, ok := u.ConfirmWithin.Known(); ok {
			how += v.paren(v.span(w) + v.doubt(u.ConfirmWithin.Mark))
		}
		refusal := v.say("regimes.refusal."+string(u.OnRefusal.Or(rules.Stop))) + v.doubt(u.OnRefusal.Mark)
		return append(out, v.say("regimes.explain.urgent", "who", terms(v, u.Who.Or(nil)), "how", how, "refusal", refusal))
	}
	return append(out, v.say("regimes.explain.no_urgent"))
}
