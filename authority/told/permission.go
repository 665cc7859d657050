package told

import (
	"strings"

	"github.com/noroshi-acd/noroshi/authority/grant"
	"github.com/noroshi-acd/noroshi/authority/liveness"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// warrant says who may do what, to what, until when, under which article, and on which
// findings.
func (t *teller) warrant(e *paper.Envelope) error {
	var w warrant.Warrant
	if err := e.Open(warrant.Type, &w); err != nil {
		return err
	}
	title := "told.title.warrant"
	if w.Parent != "" {
		title = "told.title.child"
	}
	t.head(title, "id", string(w.ID))
	t.row("told.row.who", t.who(w.Holder.ID()))
	t.row("told.row.what", t.say("told.does", "kind", words(t, "told.kind.", []regime.Kind{w.Kind}), "effects", words(t, "told.effect.", w.Scope.Effects)))
	t.scope(&w)
	t.row("told.row.when", t.span(w.NotBefore, w.NotAfter))
	t.row("told.row.law", t.law(&w))
	t.row("told.row.purpose", t.say("told.purpose", "purpose", string(w.Purpose), "case", string(w.Case)))
	for _, c := range w.Conditions {
		t.row("told.row.condition", t.say("told.condition", "id", string(c.ID), "finding", c.Finding, "n", len(c.Evidence)))
	}
	for _, p := range w.People {
		t.row("told.row.person", t.say("told.person", "person", string(p.Person), "duty", string(p.Duty), "until", i18n.Time(p.Until.Time())))
	}
	t.row("told.row.path", words(t, "told.path.", []warrant.Path{w.Path}))
	if w.Urgency != nil {
		t.row("told.row.urgency", t.say("told.urgency", "facts", w.Urgency.Facts))
		t.row("told.row.confirm", t.at(w.Urgency.ConfirmBy))
	}
	t.row("told.row.decision", t.say("told.entries", "application", w.Application.Index, "from", w.Application.Origin, "decision", w.Decision.Index, "origin", w.Decision.Origin))
	t.row("told.row.parent", digest(w.Parent))
	t.row("told.row.root", t.say("told.root", "name", string(w.Root), "kind", words(t, "told.rootkind.", []string{string(w.RootKind)})))
	return nil
}

// law says instrument and articles, and the locks when the profile is at hand.
func (t *teller) law(w *warrant.Warrant) string {
	text := t.say("told.law", "instrument", string(w.Instrument), "articles", names(t, w.Articles))
	var p *regime.Profile
	if t.Profiles != nil {
		p = t.Profiles(w.Profile)
	}
	if p == nil {
		return text + t.say("told.profile_unknown", "digest", digest(w.Profile))
	}
	var locks []string
	for _, k := range p.Locks {
		locks = append(locks, t.say("told.lock", "k", k.K, "role", string(k.Role), "standard", i18n.Text{JA: k.Standard.JA, EN: k.Standard.EN}.In(t.lang)))
	}
	return text + t.say("told.locks", "locks", strings.Join(locks, t.say("told.comma")))
}

func (t *teller) scope(w *warrant.Warrant) {
	s := &w.Scope
	for _, k := range s.Links {
		t.row("told.row.link", t.say("told.link", "link", string(k.ID), "tap", t.who(k.Tap)))
	}
	t.row("told.row.direction", words(t, "told.direction.", s.Directions))
	t.row("told.row.criteria", i18n.Escape(s.Criteria))
	t.row("told.row.table", digest(s.DirectionTable))
	for _, x := range s.Targets {
		text := words(t, "told.target.", []warrant.TargetKind{x.Kind}) + " " + i18n.Escape(x.Value)
		if x.Path != "" {
			text += " " + i18n.Escape(x.Path)
		}
		if x.Hash != "" {
			text += " " + i18n.Escape(string(x.Hash))
		}
		if x.Consent != "" {
			text += t.say("told.consent", "digest", digest(x.Consent))
		}
		t.row("told.row.target", text)
	}
	acts := w.Kind == regime.Access || w.Kind == regime.Neutralise
	if acts || s.MaxTargets != 0 || s.MaxUses != 0 {
		t.row("told.row.limit", t.say("told.limit_acts", "targets", s.MaxTargets, "uses", s.MaxUses))
	}
	if !acts || s.MaxRecords != 0 || s.MaxBytes != 0 || s.MemoryS != 0 {
		t.row("told.row.limit", t.say("told.limit_collection", "records", s.MaxRecords, "bytes", s.MaxBytes, "memory", seconds(s.MemoryS)))
	}
}

func (t *teller) suspension(e *paper.Envelope) error {
	var s warrant.Suspension
	if err := e.Open(warrant.SuspensionType, &s); err != nil {
		return err
	}
	t.head("told.title.suspension")
	t.row("told.row.warrant", i18n.Escape(string(s.Warrant)))
	t.row("told.row.when", t.span(s.At, s.Until))
	t.row("told.row.reason", i18n.Escape(s.Reason))
	return nil
}

func (t *teller) revocation(e *paper.Envelope) error {
	var r warrant.Revocation
	if err := e.Open(warrant.RevocationType, &r); err != nil {
		return err
	}
	t.head("told.title.revocation")
	t.row("told.row.warrant", i18n.Escape(string(r.Warrant)))
	t.row("told.row.at", t.at(r.At))
	t.row("told.row.reason", i18n.Escape(r.Reason))
	return nil
}

func (t *teller) liveness(e *paper.Envelope) error {
	var s liveness.Statement
	if err := e.Open(liveness.Type, &s); err != nil {
		return err
	}
	t.head("told.title.liveness", "number", i18n.Nominal(s.Number))
	t.row("told.row.at", t.at(s.Time))
	t.row("told.row.root", t.say("told.root_version", "name", string(s.Root), "version", s.RootVersion, "digest", digest(s.RootHash)))
	for _, x := range s.Warrants {
		t.row("told.row.standing", t.say("told.standing", "blind", x.Blind[:min(16, len(x.Blind))], "links", names(t, x.Links), "least", x.LeastSet))
	}
	if len(s.Warrants) == 0 {
		t.row("told.row.standing", t.say("told.none_stands"))
	}
	return nil
}

func (t *teller) open(e *paper.Envelope) error {
	var o grant.Open
	if err := e.Open(grant.OpenType, &o); err != nil {
		return err
	}
	t.head("told.title.open")
	t.row("told.row.warrant", i18n.Escape(string(o.Warrant)))
	t.row("told.row.link", t.say("told.link", "link", string(o.Link), "tap", t.who(o.Tap.ID())))
	t.row("told.row.edge", t.who(o.Edge.ID()))
	t.row("told.row.when", t.span(o.From, o.To))
	t.row("told.row.limit", t.say("told.limit_grant", "records", o.MaxRecords, "bytes", o.MaxBytes, "set", i18n.Nominal(o.SelectorSet)))
	return nil
}

func (t *teller) close(e *paper.Envelope) error {
	var c grant.Close
	if err := e.Open(grant.CloseType, &c); err != nil {
		return err
	}
	t.head("told.title.close")
	t.row("told.row.open", i18n.Escape(string(c.Open)))
	t.row("told.row.at", t.at(c.At))
	for _, n := range c.Counts {
		t.row("told.row.count", t.say("told.count", "party", string(n.Party), "name", string(n.Name), "n", n.N))
	}
	t.row("told.row.batches", i18n.Escape(string(c.Batches)))
	return nil
}

func (t *teller) period(e *paper.Envelope) error {
	var r proof.PeriodReport
	if err := e.Open(proof.PeriodType, &r); err != nil {
		return err
	}
	t.head("told.title.period")
	t.row("told.row.log", i18n.Escape(r.Origin))
	t.row("told.row.range", t.say("told.range", "first", i18n.Nominal(r.First), "last", i18n.Nominal(r.Last-1), "n", r.Last-r.First))
	t.counts(r.Counts)
	t.row("told.row.gone", i18n.Count(r.Disposed))
	for _, s := range r.Sealed {
		t.row("told.row.sealed", t.say("told.sealed", "n", s.N, "reason", string(s.Reason), "until", s.Until))
	}
	return nil
}

func (t *teller) counts(list []proof.PeriodCount) {
	for _, c := range list {
		t.row("told.row.count", t.say("told.entrycount", "class", string(c.Class), "instrument", string(c.Instrument), "role", string(c.Role), "n", c.N))
	}
}
