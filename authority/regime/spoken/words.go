package spoken

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
	"github.com/noroshi-acd/noroshi/authority/unmet/named"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Columns is the width that Show and Explain write for.
const Columns = 80

// Voice says the law of a book to readers of a language.
type Voice struct {
	Book *compile.Book
	Lang i18n.Lang
}

// Say gives a sentence of the catalogue.
func (v *Voice) Say(key string, args ...any) string { return i18n.Say(v.Lang, key, args...) }

// In gives words in the reader's language.
func (v *Voice) In(w paper.Words) string { return i18n.Text{EN: w.EN, JA: w.JA}.In(v.Lang) }

// Named gives the name of an identifier, which stands for itself when it has none.
func (v *Voice) Named(group string, id string, args ...any) string {
	key := "regimes." + group + "." + id
	if s := v.Say(key, args...); s != key {
		return s
	}
	return i18n.Escape(id)
}

// Term is the name of a role, purpose, effect, class or risk.
func (v *Voice) Term(id paper.ID) string { return v.Named("term", string(id)) }

// Terms lists names.
func Terms[T ~string](v *Voice, list []T) string {
	var names []string
	for _, x := range list {
		names = append(names, v.Term(paper.ID(x)))
	}
	return v.Join(names)
}

// Join puts a list together as the language does.
func (v *Voice) Join(list []string) string {
	if v.Lang == i18n.JA {
		return strings.Join(list, "、")
	}
	return strings.Join(list, ", ")
}

// Bracket is how a mark stands beside a fact.
func (v *Voice) Bracket(m fact.Mark) string {
	if m == "" {
		m = fact.Uncertain
	}
	return "[" + string(m) + "]"
}

// Doubt is the mark of a fact, "" of what was seen in a public page: where laws are told in
// short, that is the rule and all else its exception.
func (v *Voice) Doubt(m fact.Mark) string {
	if m == fact.Seen {
		return ""
	}
	return " " + v.Bracket(m)
}

// Cites writes citations.
func (v *Voice) Cites(list []string) string {
	var out []string
	for _, c := range list {
		out = append(out, v.Book.Cite(v.Lang, c))
	}
	return v.Join(out)
}

// stated writes a fact: its value, its mark, its citations and its note.
func stated[T any](v *Voice, f fact.Of[T], write func(T) string) string {
	value := v.Say("regimes.unknown")
	if x, ok := f.Known(); ok {
		value = write(x)
	}
	return value + v.source(f.Mark, f.Cite, f.Note)
}

// source is what stands behind a fact: mark, citations, note.
func (v *Voice) source(m fact.Mark, cite []string, note paper.Words) string {
	s := " " + v.Bracket(m)
	if len(cite) > 0 {
		s += v.Paren(v.Cites(cite))
	}
	if n := v.In(note); n != "" {
		if v.Lang == i18n.JA {
			return s + " ※" + n
		}
		return s + " – " + n
	}
	return s
}

// Paren puts text into brackets as the language does.
func (v *Voice) Paren(s string) string {
	if v.Lang == i18n.JA {
		return "（" + s + "）"
	}
	return " (" + s + ")"
}

// Brief writes a fact with its mark only where it is not sure.
func Brief[T any](v *Voice, f fact.Of[T], write func(T) string) string {
	x, ok := f.Known()
	if !ok {
		return v.Say("regimes.unknown") + v.Doubt(f.Mark)
	}
	return write(x) + v.Doubt(f.Mark)
}

// Seconds writes a length of time; one that stands for months says so.
func (v *Voice) Seconds(s int64) string {
	if s == 0 {
		return v.Say("regimes.period.at_once")
	}
	if s%86400 != 0 {
		return i18n.Duration(v.Lang, time.Duration(s)*time.Second)
	}
	days := v.Say("regimes.unit.day", "n", s/86400)
	switch n := compile.Months(s); {
	case n > 0 && n%12 == 0:
		return v.Say("regimes.period.years", "n", n/12, "days", days)
	case n > 0:
		return v.Say("regimes.period.months", "n", n, "days", days)
	}
	return days
}

// Span writes a length of time in its unit.
func (v *Voice) Span(s rules.Span) string { return v.Say("regimes.unit."+string(s.Unit), "n", s.N) }

// Yes writes yes or no.
func (v *Voice) Yes(b bool) string {
	if b {
		return v.Say("regimes.yes")
	}
	return v.Say("regimes.no")
}

// Articles writes articles in their own order: 2, 11, 17.
func (v *Voice) Articles(list []string) string {
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

// Legend explains the marks, once.
func (v *Voice) Legend(b *strings.Builder, columns int, used ...fact.Mark) {
	b.WriteString("\n" + v.Say("regimes.legend") + "\n")
	for _, m := range fact.Marks() {
		if len(used) == 0 || slices.Contains(used, m) {
			v.Hang(b, "  "+v.Bracket(m)+" ", v.Say("regimes.mark."+string(m)), columns)
		}
	}
}

// Hang writes text behind a head, wrapped and indented by the head's width; what is not to
// be broken and does not fit there stands below the head.
func (v *Voice) Hang(b *strings.Builder, head, text string, columns int) {
	indent := i18n.Width(head)
	if paper.Digest(text).Check() == nil && indent+len(text) > columns {
		b.WriteString(strings.TrimRight(head, " ") + "\n" + strings.Repeat(" ", columns-len(text)) + text + "\n")
		return
	}
	for n, line := range i18n.Wrap(text, columns-indent) {
		if n > 0 {
			head = strings.Repeat(" ", indent)
		}
		b.WriteString(head + line + "\n")
	}
}

// Lacks says what is not met, in the law's own words where it has some.
func (v *Voice) Lacks(u unmet.Unmet) string {
	said := v.Say(u.Key(), named.Args(u)...)
	if u.Law == nil {
		return said
	}
	if own := v.In(u.Law.Lacks); own != "" {
		if u.Code == "rule-finding" || u.Code == "rule-not-so" {
			return own
		}
		return own + v.Paren(said)
	}
	return said
}

// Grouped puts what differs in the article alone together.
func (v *Voice) Grouped(list []unmet.Unmet) []unmet.Unmet {
	var out []unmet.Unmet
	for _, u := range list {
		last := len(out) - 1
		same := last >= 0 && u.Code == "rule-not-in-force" && out[last].Code == u.Code && out[last].Law == u.Law && len(u.Args) == 2
		if same {
			out[last].Args = []any{"article", v.Join([]string{fmt.Sprint(out[last].Args[1]), fmt.Sprint(u.Args[1])})}
			continue
		}
		out = append(out, u)
	}
	return out
}

// Meets says what would meet it.
func (v *Voice) Meets(u unmet.Unmet) string {
	if u.Law != nil && v.In(u.Law.Meet) != "" {
		return v.In(u.Law.Meet)
	}
	return v.Say(u.MeetKey(), named.Args(u)...)
}
