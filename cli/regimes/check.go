package regimes

import (
	"fmt"
	"slices"
	"strings"

	"github.com/noroshi-acd/noroshi/authority/application"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime/compare"
	"github.com/noroshi-acd/noroshi/authority/regime/fact"
	"github.com/noroshi-acd/noroshi/authority/regime/judge"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
	"github.com/noroshi-acd/noroshi/authority/regime/spoken"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/internal/usage"
)

// checked is the answer to a request as JSON gives it.
type checked struct {
	Instrument paper.ID          `json:"instrument"`
	Rules      paper.Digest      `json:"rules"`
	Complete   bool              `json:"complete"`
	Unmet      []missing         `json:"unmet"`
	Needs      []needed          `json:"needs"`
	Asked      []rules.Consultee `json:"consult"`
	Clocks     []judge.Clock     `json:"clocks"`
	ClockError string            `json:"clock_error,omitempty"`
	Doubts     []judge.Doubt     `json:"doubts"`
	evaluator  *judge.Evaluator  // by what
	list       []unmet.Unmet     // as it was found
	name       paper.Words       // of the instrument
}

// missing is one thing that a request lacks.
type missing struct {
	Place string   `json:"place"` // a condition, or a member of the request
	Code  string   `json:"code"`
	Cite  []string `json:"cite"`
	Mark  string   `json:"mark"`
	Lacks string   `json:"lacks"`
	Meet  string   `json:"meet"`
}

// needed is one lock that must open.
type needed struct {
	Roles []paper.ID `json:"roles"`
	K     int64      `json:"k"`
	Cite  []string   `json:"cite"`
	Mark  fact.Mark  `json:"mark"`
	says  string     // what they sign to, where the law has words for it
}

func (v *view) check(path string) error {
	data, err := v.read(path)
	if err != nil {
		return err
	}
	q, err := request(data)
	if err != nil {
		return v.badFile(path, err)
	}
	i := v.Book.Instrument(q.Instrument)
	if i == nil {
		return v.wrong("none", nil, "id", string(q.Instrument))
	}
	e, err := judge.Compile(i.Rules, v.Book.Calendars...)
	if err != nil {
		return err
	}
	c := v.judged(e, q)
	c.name = i.Rules.Name
	if v.json {
		err = v.writeJSON(c)
	} else {
		_, err = fmt.Fprint(v.Stdout, v.checked(c))
	}
	if err == nil && !c.Complete {
		return usage.Status(1)
	}
	return err
}

// request reads a signed application, an application, or a request.
func request(data []byte) (*rules.Request, error) {
	names := compare.Members(data)
	switch {
	case slices.Contains(names, "payload"):
		e, err := paper.ParseEnvelope(data)
		if err != nil {
			return nil, err
		}
		a, err := application.Parse(e)
		if err != nil {
			return nil, err
		}
		return a.Request(application.Before{}), nil
	case slices.Contains(names, "holder"):
		a := new(application.Application)
		if err := paper.Unmarshal(data, a); err != nil {
			return nil, err
		}
		return a.Request(application.Before{}), nil
	}
	return compare.ReadRequest(data)
}

func (v *view) judged(e *judge.Evaluator, q *rules.Request) *checked {
	c := &checked{Instrument: q.Instrument, Rules: e.Digest(), Unmet: []missing{}, Needs: []needed{}, evaluator: e}
	c.list = e.Unmet(q)
	c.Complete = len(c.list) == 0
	for _, u := range c.list {
		m := missing{Place: u.Place, Code: u.Code, Cite: []string{}, Lacks: v.Lacks(u), Meet: v.Meets(u)}
		if u.Law != nil {
			m.Mark = u.Law.Mark
			m.Cite = append(m.Cite, u.Law.Cite...)
		}
		if u.Code == "rule-not-in-force" && len(u.Args) == 2 {
			if when := v.InForce(e.Rules(), fmt.Sprint(u.Args[1])); when != "" {
				m.Meet += v.Paren(when)
			}
		}
		c.Unmet = append(c.Unmet, m)
	}
	for _, n := range e.Needs(q.Path) {
		c.Needs = append(c.Needs, v.needed(e, n))
	}
	c.Asked = append([]rules.Consultee{}, e.Asked(q)...)
	c.Doubts = append([]judge.Doubt{}, e.Doubts()...)
	history := &rules.History{Asked: q.At, Began: q.From}
	if q.Path == rules.Urgently {
		history.Acted = q.From
	}
	clocks, err := e.Clocks(q, history)
	c.Clocks = append([]judge.Clock{}, clocks...)
	for n, k := range c.Clocks {
		if k.Kind == judge.UrgentConfirm || k.Kind == judge.UrgentNotice {
			c.Clocks[n].Due = min(k.Due, q.Until) // the answer is due while the permission lasts
		}
	}
	if err != nil {
		c.ClockError = err.Error()
	}
	return c
}

// place says where something is missing: a condition by its id, as the application names
// it; a member of the request in words.
func (v *view) place(m missing, u unmet.Unmet) string {
	if u.Law != nil && v.In(u.Law.Lacks) != "" {
		return m.Place
	}
	if said := v.Named("place", strings.ReplaceAll(m.Place, ".", "-")); !strings.Contains(said, "-") {
		return said
	}
	return m.Place
}

// needed says who must decide, by which law; on the urgent path no surer than that there is
// one.
func (v *view) needed(e *judge.Evaluator, n judge.Need) needed {
	x := needed{Roles: n.Roles, K: n.K, Cite: []string{}, Mark: fact.Uncertain, says: spoken.Terms(v.Voice, n.Roles)}
	if l := n.Lock; l != nil {
		x.Cite, x.Mark, x.says = append(x.Cite, l.Cite...), l.Mark, v.Lock(*l)+v.Colon()+v.In(l.Says)
	} else if u := e.Rules().Time.Urgent; u != nil {
		x.Cite, x.Mark = append(x.Cite, u.Who.Cite...), fact.Weakest(u.Who.Mark, u.Allowed.Mark)
	}
	return x
}

// checked writes the answer for a person.
func (v *view) checked(c *checked) string {
	var b strings.Builder
	name := v.In(c.name)
	if c.Complete {
		v.Hang(&b, "", v.Say("regimes.check.complete", "instrument", name, "id", string(c.Instrument)), columns)
	} else {
		v.Hang(&b, "", v.Say("regimes.check.lacking", "n", len(c.list), "instrument", name, "id", string(c.Instrument)), columns)
	}
	var marks []fact.Mark
	for n, m := range c.Unmet {
		b.WriteString("\n")
		law := ""
		if len(m.Cite) > 0 {
			law = v.Paren(v.Cites(m.Cite))
		}
		if m.Mark != "" { // what is not known has a mark, and perhaps no citation
			law += " " + v.Bracket(fact.Mark(m.Mark))
			marks = append(marks, fact.Mark(m.Mark))
		}
		v.Hang(&b, fmt.Sprintf("%2d  ", n+1), v.place(m, c.list[n])+v.Colon()+m.Lacks+law, columns)
		v.Hang(&b, "    ", v.Say("regimes.check.meet", "how", m.Meet), columns)
	}
	v.follows(&b, c, &marks)
	v.Legend(&b, columns, append(marks, fact.Mark("-"))...)
	return b.String()
}

// follows says who must decide, who is heard and what is due when.
func (v *view) follows(b *strings.Builder, c *checked, marks *[]fact.Mark) {
	b.WriteString("\n")
	if len(c.Needs) > 0 {
		b.WriteString(v.Say("regimes.check.must") + "\n")
	}
	for _, n := range c.Needs {
		v.Hang(b, "  · ", n.says+v.Paren(v.Cites(n.Cite))+" "+v.Bracket(n.Mark), columns)
		*marks = append(*marks, n.Mark)
	}
	if len(c.Asked) > 0 {
		b.WriteString(v.Say("regimes.check.ask") + "\n")
	}
	for _, a := range c.Asked {
		v.Hang(b, "  · ", v.Term(a.Role)+v.Colon()+v.Say("regimes.asks."+string(a.Mode))+v.Paren(v.Cites(a.Cite))+" "+v.Bracket(a.Mark), columns)
		*marks = append(*marks, a.Mark)
	}
	if len(c.Clocks) > 0 {
		b.WriteString(v.Say("regimes.check.due") + "\n")
	}
	for _, k := range c.Clocks {
		v.Hang(b, "  · ", v.clock(c.evaluator, k), columns)
		*marks = append(*marks, k.Mark)
	}
	if c.ClockError != "" {
		v.Hang(b, "  ! ", v.Say("regimes.no_calendar", "why", c.ClockError), columns)
	}
	if n := len(c.Doubts); n > 0 {
		b.WriteString("\n")
		v.Hang(b, "", v.Say("regimes.check.doubts", "n", n, "id", string(c.Instrument)), columns)
	}
}

// clock writes one instant that the rules fix.
func (v *view) clock(e *judge.Evaluator, k judge.Clock) string {
	what := ""
	for _, p := range e.Rules().Reports {
		if k.Kind == judge.Reporting && p.ID == k.ID {
			what = v.Term(p.To) + v.Colon() + v.In(p.Says)
		}
	}
	due := v.Say("regimes.check.promptly")
	switch {
	case k.Due != 0 && k.Kind == judge.RenewalOpens:
		due = v.Say("regimes.check.from", "at", i18n.Time(k.Due.Time()))
	case k.Due != 0:
		due = v.Say("regimes.check.by", "at", i18n.Time(k.Due.Time()))
	}
	return v.Say("regimes.clock."+string(k.Kind), "what", what) + v.Colon() + due + v.Paren(v.Cites(k.Cite)) + " " + v.Bracket(k.Mark)
}
