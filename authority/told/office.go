package told

import (
	"fmt"
	"slices"
	"strings"

	"github.com/noroshi-acd/noroshi/authority/application"
	"github.com/noroshi-acd/noroshi/authority/decision"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/unmet/named"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// application says what is asked for, by whom, for which reasons.
func (t *teller) application(e *paper.Envelope) error {
	a, err := application.Parse(e)
	if err != nil {
		return err
	}
	t.head("told.title.application", "id", string(a.ID))
	t.row("told.row.applicant", t.say("told.person_of", "person", string(a.Applicant.Person), "body", string(a.Applicant.Body), "role", string(a.Applicant.Role)))
	t.row("told.row.who", t.who(a.Holder.ID()))
	t.row("told.row.what", t.say("told.does", "kind", words(t, "told.kind.", []regime.Kind{a.Kind}), "effects", words(t, "told.effect.", a.Scope.Effects)))
	t.scope(&warrant.Warrant{Kind: a.Kind, Scope: a.Scope})
	t.row("told.row.when", t.span(a.From, a.Until))
	t.row("told.row.law", t.say("told.law", "instrument", string(a.Instrument), "articles", names(t, a.Articles)))
	t.row("told.row.purpose", t.say("told.purpose", "purpose", string(a.Purpose), "case", string(a.Case)))
	for _, f := range a.Findings {
		t.row("told.row.condition", t.finding(&f))
	}
	for _, c := range a.Consultations {
		t.row("told.row.consultation", t.say("told.consultation", "role", string(c.Role), "mode", string(c.Mode), "outcome", string(c.Outcome), "at", i18n.Time(c.At.Time())))
	}
	for _, p := range a.People {
		t.row("told.row.person", t.say("told.person", "person", string(p.Person), "duty", string(p.Duty), "until", i18n.Time(p.Until.Time())))
	}
	t.row("told.row.path", words(t, "told.path.", []warrant.Path{a.Path}))
	if a.Urgency != nil {
		t.row("told.row.urgency", t.say("told.urgency", "facts", a.Urgency.Facts)+" ("+i18n.Time(a.Urgency.When.Time())+")")
	}
	t.marks(a)
	if a.Previous != nil {
		t.row("told.row.previous", t.say("told.follows."+a.Previous.Reason, "digest", i18n.Escape(string(a.Previous.Digest))))
	}
	t.row("told.row.warrant", i18n.Escape(string(a.Warrant)))
	t.row("told.row.profile", i18n.Escape(string(a.Profile))+" "+i18n.Escape(string(a.Rules)))
	t.row("told.row.root", t.say("told.root", "name", string(a.Root), "kind", words(t, "told.rootkind.", []string{string(a.RootKind)})))
	t.row("told.row.at", t.at(a.At))
	return nil
}

// finding writes what was found on one condition, with each piece of evidence.
func (t *teller) finding(f *application.Finding) string {
	text := t.say("told.condition", "id", string(f.Condition), "finding", f.Text, "n", len(f.Evidence))
	if f.Met {
		text += t.say("told.met")
	}
	if f.Number != nil {
		text += fmt.Sprintf(" [%d]", *f.Number)
	}
	for _, g := range f.Grades {
		text += t.say("told.graded", "risk", named.ID(string(g.Risk)), "grade", fmt.Sprint(g.Grade))
	}
	for _, x := range f.Evidence {
		text += t.say("told.piece", "name", x.Name, "class", named.ID(string(x.Class)), "digest", digest(x.Digest))
	}
	return text
}

// marks says what else an application states of itself.
func (t *teller) marks(a *application.Application) {
	var list []string
	for name, is := range map[string]bool{"child": a.ChildData, "critical": a.CriticalDevice, "foreign": a.ForeignTarget, "own": a.OwnSystem} {
		if is {
			list = append(list, t.say("told.mark."+name))
		}
	}
	if a.VolumePermille > 0 {
		list = append(list, t.say("told.mark.volume", "permille", a.VolumePermille))
	}
	if a.RetentionS > 0 {
		list = append(list, t.say("told.mark.retention", "lasts", seconds(a.RetentionS)))
	}
	if a.DataClass != "" {
		list = append(list, i18n.Escape(string(a.DataClass)))
	}
	if a.Mode != "" {
		list = append(list, i18n.Escape(string(a.Mode)))
	}
	if a.OtherUse != nil {
		list = append(list, t.say("told.mark.other_use", "use", fmt.Sprint(*a.OtherUse)))
	}
	slices.Sort(list)
	t.row("told.row.mark", strings.Join(list, t.say("told.comma")))
}

func (t *teller) correction(e *paper.Envelope) error {
	var r application.CorrectionRequest
	if err := e.Open(application.CorrectionType, &r); err != nil {
		return err
	}
	t.head("told.title.correction")
	t.row("told.row.application", i18n.Escape(string(r.Application)))
	for _, x := range r.Items {
		t.row("told.row.mend", strings.TrimSpace(i18n.Escape(string(x.Condition))+" "+i18n.Escape(x.Text)))
	}
	t.row("told.row.due", t.at(r.Due))
	t.row("told.row.member", i18n.Escape(string(r.Member)))
	t.row("told.row.at", t.at(r.At))
	return nil
}

func (t *teller) withdrawal(e *paper.Envelope) error {
	var w application.Withdrawal
	if err := e.Open(application.WithdrawalType, &w); err != nil {
		return err
	}
	t.head("told.title.withdrawal")
	t.row("told.row.application", i18n.Escape(string(w.Application)))
	t.row("told.row.applicant", t.say("told.person_of", "person", string(w.Applicant.Person), "body", string(w.Applicant.Body), "role", string(w.Applicant.Role)))
	t.row("told.row.reason", i18n.Escape(w.Reason))
	t.row("told.row.at", t.at(w.At))
	return nil
}

func (t *teller) vote(e *paper.Envelope) error {
	var v decision.Vote
	if err := e.Open(decision.VoteType, &v); err != nil {
		return err
	}
	t.head("told.title.vote")
	t.row("told.row.application", i18n.Escape(string(v.Application)))
	t.row("told.row.position", words(t, "told.position.", []decision.Position{v.Position}))
	if v.OnCall {
		t.row("told.row.oncall", t.say("told.oncall"))
	}
	t.grant(v.Grant)
	t.row("told.row.reason", i18n.Escape(v.Reasons))
	t.row("told.row.dissent", i18n.Escape(v.Dissent))
	t.row("told.row.replaces", i18n.Escape(string(v.Replaces)))
	t.row("told.row.member", i18n.Escape(string(v.Member)))
	t.row("told.row.at", t.at(v.At))
	return nil
}

// grant says what is given, whole.
func (t *teller) grant(g *decision.Grant) {
	if g == nil {
		return
	}
	t.row("told.row.when", t.span(g.From, g.Until))
	t.row("told.row.what", words(t, "told.effect.", g.Scope.Effects))
	kind := regime.Collection
	if len(g.Scope.Targets) > 0 {
		kind = regime.Neutralise
	}
	t.scope(&warrant.Warrant{Kind: kind, Scope: g.Scope})
	for _, c := range g.Conditions {
		t.row("told.row.keep", i18n.Escape(string(c.ID))+": "+i18n.Escape(c.Text))
	}
}

func (t *teller) decision(e *paper.Envelope) error {
	var d decision.Decision
	if err := e.Open(decision.Type, &d); err != nil {
		return err
	}
	t.head("told.title.decision")
	t.row("told.row.application", i18n.Escape(string(d.Application)))
	t.row("told.row.position", words(t, "told.position.", []decision.Position{d.Outcome}))
	t.grant(d.Grant)
	t.row("told.row.votes", names(t, d.Votes))
	t.row("told.row.precedents", names(t, d.Precedents))
	t.row("told.row.profile", i18n.Escape(string(d.Profile))+" "+i18n.Escape(string(d.Rules)))
	t.row("told.row.at", t.at(d.At))
	return nil
}
