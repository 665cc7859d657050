package regimes

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime/compile"
	"github.com/noroshi-acd/noroshi/authority/regime/fact"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// in gives words in the reader's language.
func (v *view) in(w paper.Words) string { return i18n.Text{EN: w.EN, JA: w.JA}.In(v.Lang) }

// named gives the name of an identifier, which stands for itself when it has none.
func (v *view) named(group string, id string) string {
	key := "regimes." + group + "." + id
	if s := v.say(key); s != key {
		return s
	}
	return i18n.Escape(id)
}

// term is the name of a role, purpose, effect, class or risk.
func (v *view) term(id paper.ID) string { return v.named("term", string(id)) }

func terms[T ~string](v *view, list []T) string {
	var names []string
	for _, x := range list {
		names = append(names, v.term(paper.ID(x)))
	}
	return v.join(names)
}

// join puts a list together as the language does.
func (v *view) join(list []string) string {
	if v.Lang == i18n.JA {
		return strings.Join(list, "、")
	}
	return strings.Join(list, ", ")
}

// bracket is how a mark stands beside a fact.
func (v *view) bracket(m fact.Mark) string {
	if m == "" {
		m = fact.Uncertain
	}
	return "[" + string(m) + "]"
}

// doubt is the mark of what is not sure, "" of what is.
func (v *view) doubt(m fact.Mark) string {
	if m.Sure() {
		return ""
	}
	return " " + v.bracket(m)
}

// cites writes citations.
func (v *view) cites(list []string) string {
	var out []string
	for _, c := range list {
		out = append(out, v.book.Cite(v.Lang, c))
	}
	return v.join(out)
}

// stated writes a fact: its value, its mark, its citations and its note.
func stated[T any](v *view, f fact.Of[T], write func(T) string) string {
	value := v.say("regimes.unknown")
	if x, ok := f.Known(); ok {
		value = write(x)
	}
	return value + v.source(f.Mark, f.Cite, f.Note)
}

// source is what stands behind a fact: mark, citations, note.
func (v *view) source(m fact.Mark, cite []string, note paper.Words) string {
	s := " " + v.bracket(m)
	if len(cite) > 0 {
		s += v.paren(v.cites(cite))
	}
	if n := v.in(note); n != "" {
		if v.Lang == i18n.JA {
			return s + " ※" + n
		}
		return s + " – " + n
	}
	return s
}

// paren puts text into brackets as the language does.
func (v *view) paren(s string) string {
	if v.Lang == i18n.JA {
		return "（" + s + "）"
	}
	return " (" + s + ")"
}

// brief writes a fact with its mark only where it is not sure.
func brief[T any](v *view, f fact.Of[T], write func(T) string) string {
	x, ok := f.Known()
	if !ok {
		return v.say("regimes.unknown") + v.doubt(f.Mark)
	}
	return write(x) + v.doubt(f.Mark)
}

// seconds writes a length of time; one that stands for months says so.
func (v *view) seconds(s int64) string {
	if s == 0 {
		return v.say("regimes.period.at_once")
	}
	if s%86400 != 0 {
		return i18n.Duration(v.Lang, time.Duration(s)*time.Second)
	}
	days := v.say("regimes.unit.day", "n", s/86400)
	switch n := compile.Months(s); {
	case n > 0 && n%12 == 0:
		return v.say("regimes.period.years", "n", n/12, "days", days)
	case n > 0:
		return v.say("regimes.period.months", "n", n, "days", days)
	}
	return days
}

func (v *view) span(s rules.Span) string { return v.say("regimes.unit."+string(s.Unit), "n", s.N) }

func (v *view) yes(b bool) string {
	if b {
		return v.say("regimes.yes")
	}
	return v.say("regimes.no")
}

// articles writes articles in their own order: 2, 11, 17.
func (v *view) articles(list []string) string {
	sorted := slices.Clone(list)
	slices.SortStableFunc(sorted, func(a, b string) int {
		if na, nb := number(a), number(b); na != nb {
			return na - nb
		}
		return strings.Compare(a, b)
	})
	return strings.Join(sorted, ", ")
}

// number is the number that an article begins with.
func number(article string) int {
	end := strings.IndexFunc(article, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(article)
	}
	n, _ := strconv.Atoi(article[:end])
	return n
}

// legend explains the marks, once.
func (v *view) legend(b *strings.Builder, columns int, used ...fact.Mark) {
	b.WriteString("\n" + v.say("regimes.legend") + "\n")
	for _, m := range fact.Marks() {
		if len(used) == 0 || slices.Contains(used, m) {
			v.hang(b, "  "+v.bracket(m)+" ", v.say("regimes.mark."+string(m)), columns)
		}
	}
}

// hang writes text behind a head, wrapped and indented by the head's width.
func (v *view) hang(b *strings.Builder, head, text string, columns int) {
	indent := i18n.Width(head)
	for n, line := range i18n.Wrap(text, columns-indent) {
		if n > 0 {
			head = strings.Repeat(" ", indent)
		}
		b.WriteString(head + line + "\n")
	}
}

// lacks says what is not met, in the law's own words where it has some.
func (v *view) lacks(u unmet.Unmet) string {
	said := v.say(u.Key(), v.arguments(u.Args)...)
	if u.Law == nil {
		return said
	}
	if own := v.in(u.Law.Lacks); own != "" {
		if u.Code == "rule-finding" || u.Code == "rule-not-so" {
			return own
		}
		return own + v.paren(said)
	}
	return said
}

// grouped puts what differs in the article alone together.
func (v *view) grouped(list []unmet.Unmet) []unmet.Unmet {
	var out []unmet.Unmet
	for _, u := range list {
		last := len(out) - 1
		same := last >= 0 && u.Code == "rule-not-in-force" && out[last].Code == u.Code && out[last].Law == u.Law && len(u.Args) == 2
		if same {
			out[last].Args = []any{"article", v.join([]string{fmt.Sprint(out[last].Args[1]), fmt.Sprint(u.Args[1])})}
			continue
		}
		out = append(out, u)
	}
	return out
}

// meets says what would meet it.
func (v *view) meets(u unmet.Unmet) string {
	if u.Law != nil && v.in(u.Law.Meet) != "" {
		return v.in(u.Law.Meet)
	}
	return v.say(u.MeetKey(), v.arguments(u.Args)...)
}

// arguments puts names in the place of identifiers.
func (v *view) arguments(args []any) []any {
	out := slices.Clone(args)
	for i := 0; i+1 < len(out); i += 2 {
		text, ok := out[i+1].(string)
		if !ok {
			continue
		}
		switch out[i] {
		case "what", "role", "class", "risk", "path":
			name := v.term(paper.ID(text))
			if kind := v.named("actkind", text); name == i18n.Escape(text) {
				name = kind
			}
			out[i+1] = name
		case "mode":
			out[i+1] = v.named("mode", text)
		}
	}
	return out
}
