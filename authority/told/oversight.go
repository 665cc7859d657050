package told

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/oversight/act"
	"github.com/noroshi-acd/noroshi/oversight/figures"
	"github.com/noroshi-acd/noroshi/oversight/opening"
)

// outline are the rows that notices, demands and recommendations share.
func (t *teller) outline(id, body, member paper.ID, articles []string, about []act.Place, text string, due, at paper.Time) {
	t.row("told.row.id", i18n.Escape(string(id)))
	t.row("told.row.body", i18n.Escape(string(body)))
	t.row("told.row.law", names(t, articles))
	for _, p := range about {
		t.row("told.row.entry", t.place(p))
	}
	t.row("told.row.outline", i18n.Escape(text))
	t.row("told.row.due", t.at(due))
	t.row("told.row.member", i18n.Escape(string(member)))
	t.row("told.row.at", t.at(at))
}

func (t *teller) place(p act.Place) string {
	return t.say("told.spot", "index", i18n.Nominal(p.Index), "origin", p.Origin)
}

func (t *teller) notice(e *paper.Envelope) error {
	var n act.Notice
	err := e.Open(act.NoticeType, &n)
	t.head("told.title.notice")
	t.outline(n.ID, n.Body, n.Member, n.Articles, n.About, n.Outline, 0, n.At)
	return err
}

func (t *teller) demand(e *paper.Envelope) error {
	var n act.Demand
	err := e.Open(act.DemandType, &n)
	t.head("told.title.demand")
	t.outline(n.ID, n.Body, n.Member, n.Articles, n.About, n.Outline, n.Due, n.At)
	return err
}

func (t *teller) recommendation(e *paper.Envelope) error {
	var n act.Recommendation
	err := e.Open(act.RecommendationType, &n)
	t.head("told.title.recommendation")
	t.outline(n.ID, n.Body, n.Member, n.Articles, n.About, n.Outline, n.Due, n.At)
	return err
}

func (t *teller) followUp(e *paper.Envelope) error {
	var f act.FollowUp
	err := e.Open(act.FollowUpType, &f)
	t.head("told.title.followup")
	t.row("told.row.paper", i18n.Escape(string(f.Paper)))
	t.row("told.row.state", words(t, "told.state.", []act.State{f.State}))
	t.row("told.row.outline", i18n.Escape(f.Outline))
	t.row("told.row.person", i18n.Escape(string(f.Person))+" ("+i18n.Escape(string(f.Body))+")")
	t.row("told.row.at", t.at(f.At))
	return err
}

func (t *teller) mistake(e *paper.Envelope) error {
	var m act.Mistake
	err := e.Open(act.MistakeType, &m)
	t.head("told.title.mistake")
	t.row("told.row.id", i18n.Escape(string(m.ID))+" ("+i18n.Escape(string(m.Kind))+")")
	t.row("told.row.body", i18n.Escape(string(m.Body)))
	t.row("told.row.outline", i18n.Escape(m.Outline))
	t.row("told.row.happened", t.at(m.Happened))
	t.row("told.row.found", t.at(m.Found))
	if m.Place != nil {
		t.row("told.row.entry", t.place(*m.Place))
	}
	t.row("told.row.warrant", i18n.Escape(string(m.Warrant)))
	t.row("told.row.due", t.at(m.Due))
	t.row("told.row.at", t.at(m.At))
	return err
}

func (t *teller) commitment(e *paper.Envelope) error {
	var c act.Commitment
	err := e.Open(act.CommitmentType, &c)
	t.head("told.title.commitment")
	t.row("told.row.log", i18n.Escape(c.Origin))
	t.row("told.row.range", t.say("told.range", "first", i18n.Nominal(c.First), "last", i18n.Nominal(c.Last-1), "n", c.Last-c.First))
	t.row("told.row.drawing", t.say("told.entries_n", "n", c.N))
	t.row("told.row.secret", i18n.Escape(string(c.Secret)))
	t.row("told.row.at", t.at(c.At))
	return err
}

func (t *teller) inspection(e *paper.Envelope) error {
	var i act.Inspection
	err := e.Open(act.InspectionType, &i)
	t.head("told.title.inspection")
	t.row("told.row.id", i18n.Escape(string(i.ID)))
	t.row("told.row.body", i18n.Escape(string(i.Body)))
	t.row("told.row.law", names(t, i.Articles))
	for _, f := range i.Findings {
		t.row("told.row.finding", strings.TrimRight(t.say("told.found", "place", t.place(f.Place), "class", words(t, "commission.cli.class.", []proof.Class{f.Class}), "verdict", words(t, "told.verdict.", []act.Verdict{f.Verdict}), "text", f.Text), " "))
	}
	if s := i.Sample; s != nil {
		t.row("told.row.sample", t.say("told.drawn", "commitment", digest(s.Commitment), "size", s.Size, "root", digest(s.Root)))
	}
	t.row("told.row.outline", i18n.Escape(i.Outline))
	t.row("told.row.member", i18n.Escape(string(i.Member)))
	t.row("told.row.at", t.at(i.At))
	return err
}

func (t *teller) opening(e *paper.Envelope) error {
	var r opening.Request
	err := e.Open(opening.Type, &r)
	t.head("told.title.opening")
	t.row("told.row.log", i18n.Escape(r.Origin))
	t.row("told.row.entries", t.say("told.indices", "n", len(r.Entries), "list", spans(r.Entries)))
	t.row("told.row.outline", i18n.Escape(r.Purpose))
	t.row("told.row.law", names(t, r.Articles))
	if s := r.Sample; s != nil {
		t.row("told.row.sample", t.say("told.drawn", "commitment", digest(s.Commitment), "size", s.Size, "root", digest(s.Root)))
	}
	t.row("told.row.member", i18n.Escape(string(r.Member)))
	t.row("told.row.at", t.at(r.At))
	return err
}

// spans writes indices in rising order: 0-12, 15.
func spans(list []int64) string {
	var parts []string
	for i := 0; i < len(list); {
		end := i
		for end+1 < len(list) && list[end+1] == list[end]+1 {
			end++
		}
		part := strconv.FormatInt(list[i], 10)
		if end > i {
			part += "-" + strconv.FormatInt(list[end], 10)
		}
		parts, i = append(parts, part), end+1
	}
	return strings.Join(parts, ", ")
}

func (t *teller) complaint(e *paper.Envelope) error {
	var c act.Complaint
	err := e.Open(act.ComplaintType, &c)
	t.head("told.title.complaint")
	t.row("told.row.id", i18n.Escape(string(c.ID)))
	t.row("told.row.about", words(t, "told.about.", []string{c.About})+" "+i18n.Escape(c.Value))
	t.row("told.row.outline", i18n.Escape(c.Text))
	if c.From != 0 || c.Until != 0 {
		t.row("told.row.when", t.at(c.From)+" – "+t.at(c.Until))
	}
	t.row("told.row.lang", i18n.Escape(c.Lang))
	t.row("told.row.at", t.at(c.At))
	return err
}

func (t *teller) opinion(e *paper.Envelope) error {
	var o act.Opinion
	err := e.Open(act.OpinionType, &o)
	t.head("told.title.opinion")
	t.row("told.row.application", i18n.Escape(string(o.Application)))
	t.row("told.row.warrant", i18n.Escape(string(o.Warrant)))
	t.row("told.row.outline", i18n.Escape(o.Reasons))
	t.row("told.row.person", i18n.Escape(string(o.Person))+" ("+words(t, "told.role.", []paper.ID{o.Role})+")")
	t.row("told.row.at", t.at(o.At))
	return err
}

func (t *teller) answer(e *paper.Envelope) error {
	var a act.Answer
	err := e.Open(act.AnswerType, &a)
	t.head("told.title.answer")
	t.row("told.row.complaint", i18n.Escape(string(a.Complaint)))
	t.row("told.row.result", words(t, "told.result.", []act.Result{a.Result}))
	t.row("told.row.outline", i18n.Escape(a.Text))
	t.row("told.row.member", i18n.Escape(string(a.Member)))
	t.row("told.row.at", t.at(a.At))
	return err
}

func (t *teller) redress(e *paper.Envelope) error {
	var r act.Redress
	err := e.Open(act.RedressType, &r)
	title := "told.title.redress"
	if r.Done {
		title = "told.title.redressed"
	}
	t.head(title)
	t.row("told.row.remedy", words(t, "told.remedy.", []act.Remedy{r.Remedy}))
	if r.Amount > 0 {
		t.row("told.row.amount", fmt.Sprintf("%d %s", r.Amount, i18n.Escape(r.Currency)))
	}
	for _, d := range r.Data {
		t.row("told.row.erased", i18n.Escape(d.Day)+" "+i18n.Escape(string(d.Warrant)))
	}
	for _, p := range r.Disposals {
		t.row("told.row.disposal", t.place(p))
	}
	t.row("told.row.body", i18n.Escape(string(r.Body)))
	t.row("told.row.outline", i18n.Escape(r.Outline))
	t.row("told.row.paper", i18n.Escape(string(r.Paper)))
	t.row("told.row.mistake", i18n.Escape(string(r.Mistake)))
	t.row("told.row.due", t.at(r.Due))
	t.row("told.row.at", t.at(r.At))
	return err
}

func (t *teller) figures(e *paper.Envelope) error {
	var f figures.Figures
	err := e.Open(figures.Type, &f)
	t.head("told.title.figures")
	t.row("told.row.log", i18n.Escape(f.Origin))
	t.row("told.row.when", t.span(f.From, f.Until))
	t.row("told.row.range", t.say("told.range", "first", i18n.Nominal(f.First), "last", i18n.Nominal(f.Last-1), "n", f.Last-f.First))
	for _, i := range f.Items {
		text := i18n.Text{JA: i18n.Escape(i.Says.JA), EN: i18n.Escape(i.Says.EN)}.In(t.lang)
		for _, c := range i.Counts {
			text += fmt.Sprintf("; %s %s %d", i18n.Escape(string(c.Class)), i18n.Escape(string(c.Instrument)), c.N)
		}
		t.row("told.row.count", text)
	}
	for _, o := range f.Outlines {
		t.row("told.row.outline", t.place(act.Place{Index: o.Index, Origin: f.Origin})+" "+i18n.Escape(o.Text))
	}
	for _, r := range f.Repeats {
		t.row("told.row.repeating", fmt.Sprintf("%s %d / %d", i18n.Escape(string(r.Instrument)), r.N, r.Of))
	}
	for _, w := range f.Withheld {
		t.row("told.row.untold", t.say("told.untold", "class", words(t, "commission.cli.class.", []proof.Class{w.Class}), "n", w.N, "reason", string(w.Reason)))
	}
	for _, s := range f.Shut {
		t.row("told.row.shut", t.say("told.range", "first", i18n.Nominal(s.First), "last", i18n.Nominal(s.Last-1), "n", s.Last-s.First))
	}
	for _, s := range f.Sealed {
		t.row("told.row.sealed", t.say("told.sealed", "n", s.N, "reason", string(s.Reason), "until", s.Until))
	}
	t.row("told.row.paper", names(t, f.Periods))
	return err
}
