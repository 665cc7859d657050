package regimes

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

// shown is an instrument as JSON shows it: all of it.
type shown struct {
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
	*view
	b strings.Builder
	r *rules.Rules
}

func (v *view) show(i *compile.Instrument) any {
	if v.json {
		s := shown{Rules: i.Rules, Digest: i.Digest, Profile: i.Profile, ProfileDigest: i.ProfileDigest, Plain: i.Plain}
		if i.Profile == nil {
			s.None = &i.None
		}
		if i.House.LongestS > 0 {
			s.House = &i.House
		}
		return s
	}
	p := &page{view: v, r: i.Rules}
	v.hang(&p.b, string(i.Rules.ID)+"  ", v.in(i.Rules.Name), columns)
	p.b.WriteString("\n")
	v.hang(&p.b, "  ", v.in(i.Plain), columns)
	p.b.WriteString("\n")
	p.standing(i)
	p.people()
	p.time()
	p.conditions()
	p.reach()
	p.data()
	p.after()
	p.papers(i)
	v.legend(&p.b, columns)
	return p.b.String()
}

// line writes one fact behind its head.
func (p *page) line(head, text string) {
	p.hang(&p.b, "  "+i18n.Pad(p.say("regimes.head."+head), headed)+" ", text, columns)
}

// more writes a further fact under the same head.
func (p *page) more(first bool, head, text string) {
	if first {
		p.line(head, text)
		return
	}
	p.hang(&p.b, strings.Repeat(" ", headed+3), text, columns)
}

func (p *page) standing(i *compile.Instrument) {
	r := p.r
	p.line("regime", string(r.Regime)+p.paren(p.named("where", string(r.Jurisdiction))))
	if r.OverlayOf != "" {
		p.line("overlay", string(r.OverlayOf))
	}
	if len(r.Articles) > 0 {
		p.line("articles", p.view.articles(r.Articles))
	}
	if l := p.in(i.Label); l != "" {
		p.line("label", l)
	}
	p.line("status", stated(p.view, r.Status, func(s rules.Status) string { return p.named("status", string(s)) }))
	for n, f := range r.InForce {
		p.more(n == 0, "in_force", p.period(r, f)+p.source(f.Mark, f.Cite, f.Note))
	}
	p.line("mode", stated(p.view, r.Mode, func(m rules.Mode) string { return p.named("mode", string(m)) }))
	var kinds []string
	for _, k := range r.Kinds {
		kinds = append(kinds, p.named("actkind", string(k)))
	}
	if len(kinds) == 0 {
		kinds = []string{p.say("regimes.answer.idle")}
	}
	p.line("kinds", p.join(kinds))
}

// period writes when something is in force, by the days of its own country.
func (v *view) period(r *rules.Rules, f rules.Period) string {
	key := "regimes.period.always"
	switch {
	case f.From != 0 && f.To != 0:
		key = "regimes.period.both"
	case f.From != 0:
		key = "regimes.period.from"
	case f.To != 0:
		key = "regimes.period.to"
	}
	return v.say(key, "from", v.day(r, f.From), "to", v.day(r, f.To))
}

// day is the day of an instant in the country, by the clock of its calendar; the instant
// itself where there is no calendar.
func (v *view) day(r *rules.Rules, at paper.Time) string {
	c := v.book.Calendar(r.Calendar)
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
	p.line("who", stated(p.view, r.Applicants, func(l []paper.ID) string { return terms(p.view, l) }))
	for n, l := range r.Locks {
		text := p.lock(l) + p.paren(p.say("regimes.standard."+string(l.Standard))) + p.colon() + p.in(l.Says)
		p.more(n == 0, "locks", text+p.source(l.Mark, l.Cite, l.Note))
		if o := l.OnCall; o != nil {
			p.line("oncall", p.say("regimes.persons", "k", o.K)+p.paren(p.span(o.WholeAfter))+p.source(o.Mark, o.Cite, paper.Words{}))
		}
	}
	for n, c := range r.Consult {
		p.more(n == 0, "consult", p.term(c.Role)+p.colon()+p.say("regimes.asks."+string(c.Mode))+p.when(c.When)+p.source(c.Mark, c.Cite, c.Note))
	}
	if r.NamedPeople.Mark != "" {
		p.line("people", stated(p.view, r.NamedPeople, p.yes))
	}
	for _, x := range []struct {
		head string
		f    fact.Of[paper.ID]
	}{{"monitor", r.Monitor}, {"adviser", r.TechnicalAdviser}} {
		if x.f.Mark != "" {
			p.line(x.head, stated(p.view, x.f, p.term))
		}
	}
	if r.HolderSigns.Mark != "" {
		p.line("holder", stated(p.view, r.HolderSigns, p.yes))
	}
	p.line("review", stated(p.view, r.Reviewers, func(l []paper.ID) string { return terms(p.view, l) }))
}

// lock is how many of whom.
func (v *view) lock(l rules.Lock) string {
	switch {
	case l.Of > 0:
		return v.term(l.Role) + v.paren(v.say("regimes.of", "k", l.K, "n", l.Of))
	case l.K > 1:
		return v.term(l.Role) + v.paren(v.say("regimes.persons", "k", l.K))
	}
	return v.term(l.Role)
}

func (v *view) colon() string {
	if v.Lang == i18n.JA {
		return "："
	}
	return ": "
}

// when writes the predicates that must hold, in words.
func (v *view) when(list []rules.Predicate) string {
	if len(list) == 0 {
		return ""
	}
	var parts []string
	for _, x := range list {
		var is []string
		for _, id := range x.Is {
			name := v.term(id)
			if name == string(id) {
				name = v.named("actkind", string(id))
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
		parts = append(parts, v.say(key, "is", v.join(is)))
	}
	return v.paren(v.join(parts))
}

func (p *page) time() {
	t := p.r.Time
	p.line("longest", stated(p.view, t.MaxS, p.seconds))
	if t.MaxWorkingDays.Mark != "" {
		p.line("days", stated(p.view, t.MaxWorkingDays, i18n.Count))
	}
	if t.Renew != nil {
		p.line("renew", stated(p.view, t.Renew.Allowed, p.yes))
		if t.Renew.WindowS.Mark != "" {
			p.line("window", stated(p.view, t.Renew.WindowS, p.seconds))
		}
	}
	if t.Renew != nil && t.Renew.MaxCount.Mark != "" {
		p.line("times", stated(p.view, t.Renew.MaxCount, i18n.Count))
	}
	p.urgently(t.Urgent)
}

func (p *page) urgently(u *rules.Urgent) {
	if u == nil {
		p.line("urgent", p.say("regimes.unknown"))
		return
	}
	p.line("urgent", stated(p.view, u.Allowed, p.yes))
	if !u.Allowed.Or(false) {
		return
	}
	p.more(false, "", stated(p.view, u.Who, func(l []paper.ID) string { return terms(p.view, l) }))
	p.more(false, "", stated(p.view, u.After, func(a rules.After) string { return p.say("regimes.after." + string(a)) }))
	if u.ConfirmWithin.Mark != "" {
		p.more(false, "", stated(p.view, u.ConfirmWithin, p.span))
	}
	if u.Lasts.Mark != "" {
		p.more(false, "", p.say("regimes.head.longest")+p.colon()+stated(p.view, u.Lasts, p.span))
	}
	if u.NoticeWithin.Mark != "" {
		p.more(false, "", stated(p.view, u.NoticeWithin, p.span))
	}
	p.more(false, "", stated(p.view, u.OnRefusal, func(o rules.OnRefusal) string { return p.say("regimes.refusal." + string(o)) }))
}

func (p *page) conditions() {
	if len(p.r.Conditions) == 0 {
		return
	}
	fmt.Fprintln(&p.b, "\n  "+p.say("regimes.head.conditions"))
	for n, c := range p.r.Conditions {
		detail := p.say("regimes.kindof." + string(c.Kind))
		if c.Evidence != "" {
			detail += p.colon() + p.term(c.Evidence)
		}
		if len(c.Risks) > 0 {
			detail += p.colon() + terms(p.view, c.Risks)
		}
		p.hang(&p.b, fmt.Sprintf("  %2d  ", n+1), string(c.ID)+p.paren(detail)+p.when(c.When)+p.source(c.Mark, c.Cite, c.Note), columns)
		p.hang(&p.b, "      ", p.say("regimes.lacks", "what", p.in(c.Unmet)), columns)
		p.hang(&p.b, "      ", p.say("regimes.check.meet", "how", p.in(c.Meet)), columns)
	}
	p.b.WriteString("\n")
}

func (p *page) reach() {
	s := p.r.Scope
	if s.Directions.Mark != "" {
		p.line("directions", stated(p.view, s.Directions, func(l []regime.Direction) string { return terms(p.view, l) }))
	}
	if s.Effects.Mark != "" {
		p.line("effects", stated(p.view, s.Effects, func(l []paper.ID) string { return terms(p.view, l) }))
	}
	if s.DataClass.Mark != "" {
		p.line("classes", stated(p.view, s.DataClass, func(l []paper.ID) string { return terms(p.view, l) }))
	}
	if s.Links.Mark != "" {
		p.line("links", stated(p.view, s.Links, i18n.Count))
	}
	if s.VolumeCapPermille.Mark != "" {
		p.line("cap", stated(p.view, s.VolumeCapPermille, func(n int64) string { return p.say("regimes.permille", "n", i18n.Share(float64(n)/1000)) }))
	}
}

func (p *page) data() {
	r := p.r
	if r.Purpose.Allowed.Mark != "" {
		p.line("purposes", stated(p.view, r.Purpose.Allowed, func(l []paper.ID) string { return terms(p.view, l) }))
	}
	if r.Purpose.OtherUse.Mark != "" {
		p.line("other_use", stated(p.view, r.Purpose.OtherUse, func(o rules.OtherUse) string { return p.say("regimes.use." + string(o)) }))
	}
	d := r.Data
	if d == nil {
		return
	}
	if d.Selection.Mark != "" {
		p.line("selection", stated(p.view, d.Selection, p.in))
	}
	if d.Identify.Mark != "" {
		p.line("identify", stated(p.view, d.Identify, p.in))
	}
	if d.Retention != nil {
		p.line("retention", stated(p.view, d.Retention.LimitS, p.seconds))
		if d.Retention.ReviewEveryS.Mark != "" {
			p.line("reviewing", stated(p.view, d.Retention.ReviewEveryS, p.seconds))
		}
	}
	if d.Retention != nil && d.Retention.From.Mark != "" {
		p.line("counted", stated(p.view, d.Retention.From, func(e rules.Event) string { return p.say("regimes.event." + string(e)) }))
	}
	if d.Dispose != nil {
		p.line("dispose", stated(p.view, d.Dispose.WithinS, p.seconds))
		if d.Dispose.Proof.Mark != "" {
			p.line("proof", stated(p.view, d.Dispose.Proof, p.yes))
		}
	}
}

func (p *page) after() {
	r := p.r
	for n, s := range r.Sharing {
		p.more(n == 0, "sharing", p.term(s.With)+p.colon()+p.in(s.Says)+p.source(s.Mark, s.Cite, s.Note))
	}
	for n, x := range r.Reports {
		text := p.term(x.To) + p.colon() + p.in(x.Says) + p.paren(p.say("regimes.event."+string(x.From)))
		p.more(n == 0, "reports", text+p.when(x.When)+p.source(x.Mark, x.Cite, x.Note))
		if x.Within.Mark != "" {
			p.more(false, "", p.say("regimes.head.due")+p.colon()+stated(p.view, x.Within, p.span))
		}
		for _, i := range x.Items {
			p.more(false, "", "· "+p.in(i.Says))
		}
	}
	for n, x := range r.Penalties {
		p.more(n == 0, "penalties", p.in(x.Says)+p.source(x.Mark, x.Cite, x.Note))
	}
}

func (p *page) papers(i *compile.Instrument) {
	if i.House.LongestS > 0 {
		p.line("house", p.say("regimes.house", "time", p.seconds(i.House.LongestS), "why", p.in(i.House.Why)))
	}
	p.line("rules", string(i.Digest))
	if i.Profile == nil {
		p.line("profile", i.None.In(p.Lang))
		return
	}
	p.line("profile", string(i.ProfileDigest))
}
