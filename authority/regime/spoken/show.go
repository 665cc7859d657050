package spoken

import (
	"fmt"
	"slices"
	"strings"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/regime/compile"
	"github.com/noroshi-acd/noroshi/authority/regime/fact"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Shown is an instrument as JSON shows it: all of it.
type Shown struct {
	Rules         *rules.Rules    `json:"rules"`
	Digest        paper.Digest    `json:"rules_digest"`
	Profile       *regime.Profile `json:"profile,omitempty"`
	ProfileDigest paper.Digest    `json:"profile_digest,omitempty"`
	None          *i18n.Text      `json:"no_profile,omitempty"` // why there is none
	House         *compile.House  `json:"house,omitempty"`
	Plain         paper.Words     `json:"plain"`
}

// headed is the width of the heads of facts.
const headed = 18

// page collects the facts of one instrument.
type page struct {
	*Voice
	b strings.Builder
	r *rules.Rules
}

// All gives all that is known of an instrument, for JSON.
func All(i *compile.Instrument) Shown {
	s := Shown{Rules: i.Rules, Digest: i.Digest, Profile: i.Profile, ProfileDigest: i.ProfileDigest, Plain: i.Plain}
	if i.Profile == nil {
		s.None = &i.None
	}
	if i.House.LongestS > 0 {
		s.House = &i.House
	}
	return s
}

// Show writes all that is known of an instrument, each fact with its mark and citations.
func (v *Voice) Show(i *compile.Instrument) string {
	p := &page{Voice: v, r: i.Rules}
	v.Hang(&p.b, string(i.Rules.ID)+"  ", v.In(i.Rules.Name), Columns)
	p.b.WriteString("\n")
	v.Hang(&p.b, "  ", v.In(i.Plain), Columns)
	p.b.WriteString("\n")
	p.standing(i)
	p.people()
	p.time()
	p.conditions()
	p.reach()
	p.data()
	p.after()
	p.papers(i)
	v.Legend(&p.b, Columns)
	return p.b.String()
}

// line writes one fact behind its head.
func (p *page) line(head, text string) {
	p.Hang(&p.b, "  "+i18n.Pad(p.Say("regimes.head."+head), headed)+" ", text, Columns)
}

// more writes a further fact under the same head.
func (p *page) more(first bool, head, text string) {
	if first {
		p.line(head, text)
		return
	}
	p.Hang(&p.b, strings.Repeat(" ", headed+3), text, Columns)
}

func (p *page) standing(i *compile.Instrument) {
	r := p.r
	p.line("regime", string(r.Regime)+p.Paren(p.Named("where", string(r.Jurisdiction))))
	if r.OverlayOf != "" {
		p.line("overlay", string(r.OverlayOf))
	}
	if len(r.Articles) > 0 {
		p.line("articles", p.Voice.Articles(r.Articles))
	}
	if l := p.In(i.Label); l != "" {
		p.line("label", l)
	}
	p.line("status", stated(p.Voice, r.Status, func(s rules.Status) string { return p.Named("status", string(s)) }))
	for n, f := range r.InForce {
		p.more(n == 0, "in_force", p.period(r, f)+p.source(f.Mark, f.Cite, f.Note))
	}
	p.line("mode", stated(p.Voice, r.Mode, func(m rules.Mode) string { return p.Named("mode", string(m)) }))
	var kinds []string
	for _, k := range r.Kinds {
		kinds = append(kinds, p.Named("actkind", string(k)))
	}
	if len(kinds) == 0 {
		kinds = []string{p.Say("regimes.answer.idle")}
	}
	p.line("kinds", p.Join(kinds))
}

// InForce says when an article of r is in force, as far as is known; "" where r says
// nothing about it, or nothing that narrows it.
func (v *Voice) InForce(r *rules.Rules, article string) string {
	var out []string
	for _, f := range r.InForce {
		if (f.From != 0 || f.To != 0) && (len(f.Articles) == 0 || slices.Contains(f.Articles, article)) {
			out = append(out, v.period(r, f)+v.Doubt(f.Mark))
		}
	}
	return v.Join(out)
}

// period writes when something is in force, by the days of its own country.
func (v *Voice) period(r *rules.Rules, f rules.Period) string {
	key := "regimes.period.always"
	switch {
	case f.From != 0 && f.To != 0:
		key = "regimes.period.both"
	case f.From != 0:
		key = "regimes.period.from"
	case f.To != 0:
		key = "regimes.period.to"
	}
	return v.Say(key, "from", v.day(r, f.From), "to", v.day(r, f.To))
}

// day is the day of an instant in the country, by the clock of its calendar; the instant
// itself where there is no calendar.
func (v *Voice) day(r *rules.Rules, at paper.Time) string {
	c := v.Book.Calendar(r.Calendar)
	if c == nil || at == 0 {
		return at.String()
	}
	east := int64(0)
	for n, o := range c.Offsets {
		if o.From <= at || n == 0 {
			east = o.EastS
		}
	}
	return (at + paper.Time(east)).Day()
}

func (p *page) people() {
	r := p.r.Roles
	p.line("who", stated(p.Voice, r.Applicants, func(l []paper.ID) string { return Terms(p.Voice, l) }))
	for n, l := range r.Locks {
		text := p.Lock(l) + p.Paren(p.Say("regimes.standard."+string(l.Standard))) + p.Colon() + p.In(l.Says)
		p.more(n == 0, "locks", text+p.source(l.Mark, l.Cite, l.Note))
		if l.Within.Mark != "" {
			p.line("decides", stated(p.Voice, l.Within, p.Span))
		}
		if o := l.OnCall; o != nil {
			p.line("oncall", p.Say("regimes.persons", "k", o.K)+p.Paren(p.Span(o.WholeAfter))+p.source(o.Mark, o.Cite, paper.Words{}))
		}
	}
	for n, c := range r.Consult {
		p.more(n == 0, "consult", p.Term(c.Role)+p.Colon()+p.Say("regimes.asks."+string(c.Mode))+p.When(c.When)+p.source(c.Mark, c.Cite, c.Note))
	}
	if r.NamedPeople.Mark != "" {
		p.line("people", stated(p.Voice, r.NamedPeople, p.Yes))
	}
	for _, x := range []struct {
		head string
		f    fact.Of[paper.ID]
	}{{"monitor", r.Monitor}, {"adviser", r.TechnicalAdviser}} {
		if x.f.Mark != "" {
			p.line(x.head, stated(p.Voice, x.f, p.Term))
		}
	}
	if r.HolderSigns.Mark != "" {
		p.line("holder", stated(p.Voice, r.HolderSigns, p.Yes))
	}
	p.line("review", stated(p.Voice, r.Reviewers, func(l []paper.ID) string { return Terms(p.Voice, l) }))
}

// Lock is how many of whom.
func (v *Voice) Lock(l rules.Lock) string {
	switch {
	case l.Of > 0:
		return v.Term(l.Role) + v.Paren(v.Say("regimes.of", "k", l.K, "n", l.Of))
	case l.K > 1:
		return v.Term(l.Role) + v.Paren(v.Say("regimes.persons", "k", l.K))
	}
	return v.Term(l.Role)
}

// Colon is what stands between a name and what is said of it.
func (v *Voice) Colon() string {
	if v.Lang == i18n.JA {
		return "："
	}
	return ": "
}

// When writes the predicates that must hold, in words.
func (v *Voice) When(list []rules.Predicate) string {
	if len(list) == 0 {
		return ""
	}
	var parts []string
	for _, x := range list {
		var is []string
		for _, id := range x.Is {
			name := v.Term(id)
			if name == string(id) {
				name = v.Named("actkind", string(id))
			}
			is = append(is, name)
		}
		key, yes := "regimes.when."+string(x.Attribute), slices.Contains(x.Is, rules.Yes) != x.Not
		switch {
		case slices.Contains(x.Is, rules.Yes) || slices.Contains(x.Is, rules.No):
			key += map[bool]string{true: "-yes", false: "-no"}[yes]
		case x.Not:
			key += "-not"
		}
		parts = append(parts, v.Say(key, "is", v.Join(is)))
	}
	return v.Paren(v.Join(parts))
}

func (p *page) time() {
	t := p.r.Time
	p.line("longest", stated(p.Voice, t.MaxS, p.Seconds))
	if t.MaxWorkingDays.Mark != "" {
		p.line("days", stated(p.Voice, t.MaxWorkingDays, i18n.Count))
	}
	if t.Renew != nil {
		p.line("renew", stated(p.Voice, t.Renew.Allowed, p.Yes))
		if t.Renew.WindowS.Mark != "" {
			p.line("window", stated(p.Voice, t.Renew.WindowS, p.Seconds))
		}
	}
	if t.Renew != nil && t.Renew.MaxCount.Mark != "" {
		p.line("times", stated(p.Voice, t.Renew.MaxCount, i18n.Count))
	}
	p.urgently(t.Urgent)
	p.change(t.Change)
}

// change writes how a permission that stands is changed without time.
func (p *page) change(c *rules.Change) {
	if c == nil {
		return
	}
	p.line("change", stated(p.Voice, c.Allowed, p.Yes))
	if !c.Allowed.Or(false) {
		return
	}
	p.more(false, "", p.Say("regimes.change.by")+p.Colon()+stated(p.Voice, c.By, p.Term))
	p.more(false, "", p.Say("regimes.change.within")+p.Colon()+stated(p.Voice, c.ApproveWithin, p.Span))
	p.more(false, "", p.Say("regimes.change.undone")+p.Colon()+stated(p.Voice, c.Undone, p.Yes))
}

func (p *page) urgently(u *rules.Urgent) {
	if u == nil {
		p.line("urgent", p.Say("regimes.unknown"))
		return
	}
	p.line("urgent", stated(p.Voice, u.Allowed, p.Yes))
	if !u.Allowed.Or(false) {
		return
	}
	p.more(false, "", stated(p.Voice, u.Who, func(l []paper.ID) string { return Terms(p.Voice, l) }))
	p.more(false, "", stated(p.Voice, u.After, func(a rules.After) string { return p.Say("regimes.after." + string(a)) }))
	if u.ConfirmWithin.Mark != "" {
		p.more(false, "", stated(p.Voice, u.ConfirmWithin, p.Span))
	}
	if u.Lasts.Mark != "" {
		p.more(false, "", p.Say("regimes.head.longest")+p.Colon()+stated(p.Voice, u.Lasts, p.Span))
	}
	if u.NoticeWithin.Mark != "" {
		p.more(false, "", stated(p.Voice, u.NoticeWithin, p.Span))
	}
	p.more(false, "", stated(p.Voice, u.OnRefusal, func(o rules.OnRefusal) string { return p.Say("regimes.refusal." + string(o)) }))
}

func (p *page) conditions() {
	if len(p.r.Conditions) == 0 {
		return
	}
	fmt.Fprintln(&p.b, "\n  "+p.Say("regimes.head.conditions"))
	for n, c := range p.r.Conditions {
		detail := p.Say("regimes.kindof." + string(c.Kind))
		if c.Evidence != "" {
			detail += p.Colon() + p.Term(c.Evidence)
		}
		if len(c.Risks) > 0 {
			detail += p.Colon() + Terms(p.Voice, c.Risks)
		}
		p.Hang(&p.b, fmt.Sprintf("  %2d  ", n+1), string(c.ID)+p.Paren(detail)+p.When(c.When)+p.source(c.Mark, c.Cite, c.Note), Columns)
		p.Hang(&p.b, "      ", p.Say("regimes.lacks", "what", p.In(c.Unmet)), Columns)
		p.Hang(&p.b, "      ", p.Say("regimes.check.meet", "how", p.In(c.Meet)), Columns)
	}
	p.b.WriteString("\n")
}

func (p *page) reach() {
	s := p.r.Scope
	if s.Directions.Mark != "" {
		p.line("directions", stated(p.Voice, s.Directions, func(l []regime.Direction) string { return Terms(p.Voice, l) }))
	}
	if s.Effects.Mark != "" {
		p.line("effects", stated(p.Voice, s.Effects, func(l []paper.ID) string { return Terms(p.Voice, l) }))
	}
	if s.DataClass.Mark != "" {
		p.line("classes", stated(p.Voice, s.DataClass, func(l []paper.ID) string { return Terms(p.Voice, l) }))
	}
	if s.Links.Mark != "" {
		p.line("links", stated(p.Voice, s.Links, i18n.Count))
	}
	if s.VolumeCapPermille.Mark != "" {
		p.line("cap", stated(p.Voice, s.VolumeCapPermille, func(n int64) string { return p.Say("regimes.permille", "n", i18n.Share(float64(n)/1000)) }))
	}
}

func (p *page) data() {
	r := p.r
	if r.Purpose.Allowed.Mark != "" {
		p.line("purposes", stated(p.Voice, r.Purpose.Allowed, func(l []paper.ID) string { return Terms(p.Voice, l) }))
	}
	if r.Purpose.OtherUse.Mark != "" {
		p.line("other_use", stated(p.Voice, r.Purpose.OtherUse, func(o rules.OtherUse) string { return p.Say("regimes.use." + string(o)) }))
	}
	d := r.Data
	if d == nil {
		return
	}
	if d.Selection.Mark != "" {
		p.line("selection", stated(p.Voice, d.Selection, p.In))
	}
	if d.Identify.Mark != "" {
		p.line("identify", stated(p.Voice, d.Identify, p.In))
	}
	if d.Retention != nil {
		p.line("retention", stated(p.Voice, d.Retention.LimitS, p.Seconds))
		if d.Retention.ReviewEveryS.Mark != "" {
			p.line("reviewing", stated(p.Voice, d.Retention.ReviewEveryS, p.Seconds))
		}
	}
	if d.Retention != nil && d.Retention.From.Mark != "" {
		p.line("counted", stated(p.Voice, d.Retention.From, func(e rules.Event) string { return p.Say("regimes.event." + string(e)) }))
	}
	if d.Dispose != nil {
		p.line("dispose", stated(p.Voice, d.Dispose.WithinS, p.Seconds))
		if d.Dispose.Proof.Mark != "" {
			p.line("proof", stated(p.Voice, d.Dispose.Proof, p.Yes))
		}
	}
}

func (p *page) after() {
	r := p.r
	for n, s := range r.Sharing {
		p.more(n == 0, "sharing", p.Term(s.With)+p.Colon()+p.In(s.Says)+p.source(s.Mark, s.Cite, s.Note))
	}
	for n, x := range r.Reports {
		text := p.Term(x.To) + p.Colon() + p.In(x.Says) + p.Paren(p.Say("regimes.event."+string(x.From)))
		p.more(n == 0, "reports", text+p.When(x.When)+p.source(x.Mark, x.Cite, x.Note))
		if x.Within.Mark != "" {
			p.more(false, "", p.Say("regimes.head.due")+p.Colon()+stated(p.Voice, x.Within, p.Span))
		}
		for _, i := range x.Items {
			p.more(false, "", "· "+p.In(i.Says))
		}
	}
	for n, x := range r.Penalties {
		p.more(n == 0, "penalties", p.In(x.Says)+p.source(x.Mark, x.Cite, x.Note))
	}
}

func (p *page) papers(i *compile.Instrument) {
	if i.House.LongestS > 0 {
		p.line("house", p.Say("regimes.house", "time", p.Seconds(i.House.LongestS), "why", p.In(i.House.Why)))
	}
	p.line("rules", string(i.Digest))
	if i.Profile == nil {
		p.line("profile", i.None.In(p.Lang))
		return
	}
	p.line("profile", string(i.ProfileDigest))
}
