package compile

import (
	"regexp"
	"slices"
	"strings"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Source is a law or a document that is cited, by the short name that citations begin
// with: "Act 42 art. 17(1)".
type Source struct {
	Form  string      `json:"form,omitempty"` // "ja": articles are cited as Japan cites them
	Name  paper.Words `json:"name"`           // the whole name
	Short string      `json:"short"`
	JA    string      `json:"ja"` // the short name in Japanese
	Where string      `json:"where,omitempty"`
}

// sourcesOf reads the file with the names of laws. Longer short names come first, so
// that the right one is found.
func sourcesOf(name string, data []byte) ([]Source, error) {
	t, err := parse(name, data)
	if err != nil {
		return nil, err
	}
	whole, err := t.paperOf("", "", "", t.members, 0)
	if err != nil {
		return nil, err
	}
	var list []Source
	members := whole.(map[string]any)
	if err := t.take(members, "source", &list); err != nil {
		return nil, err
	}
	if len(members) > 0 {
		return nil, t.wrong("", "sources", nil)
	}
	slices.SortStableFunc(list, func(a, b Source) int { return len(b.Short) - len(a.Short) })
	return list, nil
}

// Source gives the source that a citation is of; ok is false when it is not listed.
func (b *Book) Source(cite string) (s Source, ok bool) {
	for _, s := range b.Sources {
		rest, found := strings.CutPrefix(cite, s.Short)
		if found && (rest == "" || rest[0] == ' ') {
			return s, true
		}
	}
	return Source{}, false
}

// Cite writes a citation as readers of language l write it: "Act 42 art. 17(1)" is
// 強化法17条1項 in Japanese.
func (b *Book) Cite(l i18n.Lang, cite string) string {
	s, ok := b.Source(cite)
	if l != i18n.JA || !ok {
		return i18n.Text{EN: cite, JA: cite}.In(l)
	}
	rest := strings.TrimSpace(strings.TrimPrefix(cite, s.Short))
	form := foreign
	if s.Form == "ja" {
		form = japanese
	}
	return s.JA + supplementary.Replace(provision.ReplaceAllStringFunc(rest, form))
}

// provision is one provision, or a range: art. 17(1), arts 11–16, s.5(2A), 395.
var provision = regexp.MustCompile(`(?:arts?\.? ?|ss?\.)?(\d+[A-Z]*(?:-\d+)?)((?:\([0-9A-Za-z]+\))*)(?:–(\d+))?`)

// supplementary are the words for parts of a law that have no number.
var supplementary = strings.NewReplacer("supplementary provisions", "附則", ", Sch. ", "・附則")

// foreign writes a provision of another country's law: s.5(2)(a) is 5条(2)(a).
func foreign(text string) string {
	m := provision.FindStringSubmatch(text)
	out := m[1] + "条" + m[2]
	if m[3] != "" {
		out += "から" + m[3] + "条まで"
	}
	return out
}

// japanese writes a provision as Japan counts it: art. 17(1) is 17条1項, art. 6-2(4) is
// 6条の2第4項, arts 11–16 is 11条から16条まで.
func japanese(text string) string {
	m := provision.FindStringSubmatch(text)
	main, branch, branched := strings.Cut(m[1], "-")
	out := main + "条"
	if branched {
		out += "の" + branch
	}
	for i, part := range strings.FieldsFunc(m[2], func(r rune) bool { return r == '(' || r == ')' }) {
		switch {
		case i == 0 && branched:
			out += "第" + part + "項"
		case i == 0:
			out += part + "項"
		default:
			out += part + "号"
		}
	}
	if m[3] != "" {
		out += "から" + m[3] + "条まで"
	}
	return out
}
