package regimes

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime/compare"
	"github.com/noroshi-acd/noroshi/authority/regime/fact"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
	"github.com/noroshi-acd/noroshi/authority/regime/spoken"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// compared is one law's answer as JSON gives it.
type compared struct {
	Instrument   paper.ID       `json:"instrument"`
	Jurisdiction paper.ID       `json:"jurisdiction"`
	Name         string         `json:"name"`
	Answer       compare.Answer `json:"answer"`
	Because      []missing      `json:"because"` // with "denied": what is not so
	Conditions   int            `json:"conditions"`
	Open         []paper.ID     `json:"open"` // conditions that are not met
	Unmet        []missing      `json:"unmet"`
}

// narrowest is the least width of a text table.
const narrowest = 60

func (v *view) compare(path string) error {
	data, err := v.read(path)
	if err != nil {
		return err
	}
	if v.flags.width < narrowest {
		return v.wrong("bad_width", nil)
	}
	c, err := compare.ReadCase(data)
	if err != nil {
		return v.badFile(path, err)
	}
	list, err := compare.Compare(v.Book, c)
	var none *compare.ErrNone
	if errors.As(err, &none) {
		return v.wrong("none", nil, "id", string(none.ID))
	}
	if err != nil {
		return err
	}
	if v.html != "" {
		if err := v.writePage(c, list); err != nil {
			return err
		}
	}
	if v.json {
		return v.writeJSON(v.compared(list))
	}
	if v.html != "" {
		return nil
	}
	_, err = fmt.Fprint(v.Stdout, v.table(c, list))
	return err
}

func (v *view) compared(list []compare.Column) []compared {
	out := []compared{}
	for _, k := range list {
		r := k.Instrument.Rules
		x := compared{Instrument: r.ID, Jurisdiction: r.Jurisdiction, Name: v.In(r.Name), Answer: k.Answer, Because: []missing{}, Conditions: len(k.Asked), Open: append([]paper.ID{}, k.Open...)}
		x.Unmet = v.judged(k.Evaluator, k.Request).Unmet
		for _, c := range k.Because {
			for _, m := range x.Unmet {
				if m.Place == string(c.ID) && m.Code == "rule-not-so" {
					x.Because = append(x.Because, m)
				}
			}
		}
		out = append(out, x)
	}
	return out
}

// row is one question and the laws' answers to it; each answer is a list of lines.
type row struct {
	Head  string
	Cells [][]string
	Key   string
}

// rows asks each law the same questions.
func (v *view) rows(list []compare.Column) []row {
	out := []row{}
	add := func(key string, cell func(*compare.Column) []string) {
		r := row{Head: v.Say("regimes.head." + key), Key: key}
		for i := range list {
			r.Cells = append(r.Cells, cell(&list[i]))
		}
		out = append(out, r)
	}
	one := func(write func(r *rules.Rules) string) func(*compare.Column) []string {
		return func(k *compare.Column) []string { return []string{write(k.Instrument.Rules)} }
	}
	add("instrument", one(func(r *rules.Rules) string { return v.In(r.Name) }))
	add("answer", v.answer)
	add("missing", v.missing)
	add("met", func(k *compare.Column) []string {
		return []string{v.Say("regimes.table.asked", "met", len(k.Asked)-len(k.Open), "n", len(k.Asked))}
	})
	add("status", one(func(r *rules.Rules) string {
		return v.Named("status", string(r.Status.Or(rules.Unverified))) + v.Doubt(r.Status.Mark)
	}))
	add("mode", one(func(r *rules.Rules) string {
		return spoken.Brief(v.Voice, r.Mode, func(m rules.Mode) string { return v.Named("mode", string(m)) })
	}))
	add("who", one(func(r *rules.Rules) string {
		return spoken.Brief(v.Voice, r.Roles.Applicants, func(l []paper.ID) string { return spoken.Terms(v.Voice, l) })
	}))
	add("locks", func(k *compare.Column) []string {
		var lines []string
		for n, l := range k.Instrument.Rules.Roles.Locks {
			order := ""
			if len(k.Instrument.Rules.Roles.Locks) > 1 {
				order = fmt.Sprintf("%d. ", n+1)
			}
			lines = append(lines, order+v.Lock(l)+v.Paren(v.Say("regimes.standard."+string(l.Standard)))+v.Doubt(l.Mark))
		}
		return v.orNothing(lines)
	})
	add("consult", func(k *compare.Column) []string {
		var lines []string
		for _, c := range k.Evaluator.Asked(k.Request) {
			lines = append(lines, v.Term(c.Role)+v.Colon()+v.Say("regimes.asks."+string(c.Mode))+v.Doubt(c.Mark))
		}
		if len(lines) == 0 {
			return []string{v.Say("regimes.table.nobody")}
		}
		return lines
	})
	add("longest", one(v.longest))
	add("urgent", one(func(r *rules.Rules) string { return v.urgent(r.Time.Urgent) }))
	add("after", func(k *compare.Column) []string {
		var lines []string
		for _, p := range k.Instrument.Rules.Reports {
			if k.Evaluator.Applies(&rules.Condition{When: p.When}, k.Request) {
				lines = append(lines, point+v.In(p.Says)+v.Doubt(p.Mark))
			}
		}
		return v.orNothing(lines)
	})
	add("review", one(func(r *rules.Rules) string {
		return spoken.Brief(v.Voice, r.Roles.Reviewers, func(l []paper.ID) string { return spoken.Terms(v.Voice, l) })
	}))
	return out
}

func (v *view) orNothing(lines []string) []string {
	if len(lines) == 0 {
		return []string{v.Say("regimes.table.nothing")}
	}
	return lines
}

// answer is what the law says: no, and why; or what comes first.
func (v *view) answer(k *compare.Column) []string {
	lines := []string{v.Say("regimes.answer."+string(k.Answer), "n", len(k.Unmet))}
	for _, c := range k.Because {
		lines = append(lines, v.In(c.Unmet)+v.Paren(v.Cites(c.Cite))+v.Doubt(c.Mark))
	}
	return lines
}

// missing lists what is not met, but what the answer has said already.
func (v *view) missing(k *compare.Column) []string {
	var lines []string
	said := map[string]bool{}
	for _, c := range k.Because {
		said[string(c.ID)] = true
	}
	for _, u := range v.Grouped(k.Unmet) {
		if said[u.Place] {
			continue
		}
		s := point + v.Lacks(u)
		if u.Law != nil && len(u.Law.Cite) > 0 {
			s += v.Paren(v.Cites(u.Law.Cite[:1]))
		}
		if u.Law != nil {
			s += markOf(v, u.Law.Mark)
		}
		lines = append(lines, s)
	}
	return v.orNothing(lines)
}

// longest is how long a permission lasts: in working days where the law counts them.
func (v *view) longest(r *rules.Rules) string {
	if days, ok := r.Time.MaxWorkingDays.Known(); ok && r.Time.MaxS.Value == nil {
		return v.Span(rules.Span{N: days, Unit: rules.WorkingDay}) + v.Doubt(r.Time.MaxWorkingDays.Mark)
	}
	return spoken.Brief(v.Voice, r.Time.MaxS, v.Seconds)
}

func (v *view) urgent(u *rules.Urgent) string {
	if u == nil {
		return v.Say("regimes.unknown")
	}
	if !u.Allowed.Or(false) {
		return spoken.Brief(v.Voice, u.Allowed, v.Yes)
	}
	return spoken.Terms(v.Voice, u.Who.Or(nil)) + v.Doubt(fact.Weakest(u.Who.Mark, u.Allowed.Mark)) + v.Colon() + spoken.Brief(v.Voice, u.After, func(a rules.After) string { return v.Say("regimes.after." + string(a)) })
}

// table writes the laws side by side, as many at once as the width holds.
func (v *view) table(c *compare.Case, list []compare.Column) string {
	var b strings.Builder
	v.Hang(&b, "", v.caption(c, list), v.flags.width)
	v.Hang(&b, "", v.asked(c), v.flags.width)
	const head, least, gap = 14, 20, 2
	at := max(1, (v.flags.width-head)/(least+gap))
	for len(list) > 0 {
		some := list[:min(at, len(list))]
		list = list[len(some):]
		wide := (v.flags.width-head)/len(some) - gap
		where, ids := row{}, row{}
		for _, k := range some {
			where.Cells = append(where.Cells, []string{v.Named("where", string(k.Instrument.Rules.Jurisdiction))})
			ids.Cells = append(ids.Cells, []string{string(k.Instrument.Rules.ID)})
		}
		b.WriteString(rowText(where, head, wide, gap) + strings.TrimPrefix(rowText(ids, head, wide, gap), "\n"))
		for _, r := range v.rows(some) {
			b.WriteString(rowText(r, head, wide, gap))
		}
	}
	v.Legend(&b, v.flags.width, fact.Quoted, fact.Remembered, fact.Uncertain)
	return trimmed(b.String())
}

// rowText writes one row, its cells wrapped to their width.
func rowText(r row, head, wide, gap int) string {
	var b strings.Builder
	var cells [][]string
	tall := 1
	heads := i18n.Wrap(r.Head, head-1)
	for _, c := range r.Cells {
		var lines []string
		for _, text := range c {
			lines = append(lines, i18n.Wrap(text, wide)...)
		}
		cells = append(cells, lines)
		tall = max(tall, len(lines), len(heads))
	}
	b.WriteString("\n")
	for n := range tall {
		b.WriteString(i18n.Pad(lineOf(heads, n), head))
		for _, c := range cells {
			b.WriteString(i18n.Pad(lineOf(c, n), wide) + strings.Repeat(" ", gap))
		}
		b.WriteString("\n")
	}
	return b.String()
}

func lineOf(lines []string, n int) string {
	if n < len(lines) {
		return lines[n]
	}
	return ""
}

// trimmed takes the blanks off the ends of lines.
func trimmed(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

func (v *view) caption(c *compare.Case, list []compare.Column) string {
	return v.Say("regimes.table.caption", "n", len(list), "case", v.In(c.Name))
}

func (v *view) asked(c *compare.Case) string {
	return v.Say("regimes.table.at", "at", i18n.Time(c.At.Time()), "from", i18n.Time(c.From.Time()), "until", i18n.Time(c.Until.Time()))
}

// writePage writes the page of HTML.
func (v *view) writePage(c *compare.Case, list []compare.Column) error {
	text, err := v.pageOf(c, list)
	if err == nil {
		err = os.WriteFile(v.html, text, 0o644)
	}
	if err != nil {
		return fault.Said(fault.Error{Kind: fault.Invalid, Place: fault.Place{Path: v.html, Offset: -1}, Err: err}, i18n.Text{}, i18n.Both("regimes.unwritten"), i18n.Both("regimes.unwritten_hint"))
	}
	return nil
}
