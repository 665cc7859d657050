package i18n

import (
	"embed"
	"fmt"
	"strings"
	"sync"

	"github.com/pelletier/go-toml/v2"
)

// Lang is a language of the catalogue.
type Lang string

// The languages. Pseudo is English made longer and strange: text that shows in
// plain letters is not in the catalogue, and a table that breaks is too narrow.
// It is for tests.
const (
	JA     Lang = "ja"
	EN     Lang = "en"
	Pseudo Lang = "xx"
)

// Text is one sentence in both languages.
type Text struct {
	JA string `json:"ja"`
	EN string `json:"en"`
}

// In gives t in language l.
func (t Text) In(l Lang) string {
	switch l {
	case JA:
		return t.JA
	case Pseudo:
		return stretch(t.EN)
	}
	return t.EN
}

//go:embed ja/*.toml en/*.toml
var files embed.FS

// catalogues holds language → key → sentence, read once from the embedded files.
var catalogues = sync.OnceValue(func() map[Lang]map[string]string {
	all := map[Lang]map[string]string{}
	for _, l := range []Lang{JA, EN} {
		all[l] = map[string]string{}
		entries, err := files.ReadDir(string(l))
		if err != nil {
			panic("i18n: " + err.Error()) // the files are in the binary
		}
		for _, e := range entries {
			data, _ := files.ReadFile(string(l) + "/" + e.Name())
			var tree map[string]any
			if err := toml.Unmarshal(data, &tree); err != nil {
				panic(fmt.Sprintf("i18n: %s/%s: %v", l, e.Name(), err))
			}
			flatten(all[l], strings.TrimSuffix(e.Name(), ".toml"), tree)
		}
	}
	return all
})

func flatten(into map[string]string, prefix string, tree map[string]any) {
	for k, v := range tree {
		switch v := v.(type) {
		case string:
			into[prefix+"."+k] = v
		case map[string]any:
			flatten(into, prefix+"."+k, v)
		}
	}
}

// Say gives the sentence of key in language l; args are name, value pairs that
// replace {name}. Durations, counts, shares and times are written as the language
// does; text is escaped (see [Escape]). An unknown key gives the key.
func Say(l Lang, key string, args ...any) string {
	if l == Pseudo {
		return stretch(Say(EN, key, args...))
	}
	s, ok := catalogues()[l][key]
	if !ok {
		return key
	}
	return fill(l, s, args)
}

// Both gives the sentence of key in both languages.
func Both(key string, args ...any) Text {
	return Text{JA: Say(JA, key, args...), EN: Say(EN, key, args...)}
}

// fill replaces the arguments of s in one pass, so that a value that looks like
// an argument stays what it is. A place without a value stays as it stands.
func fill(l Lang, s string, args []any) string {
	var b strings.Builder
	for {
		open := strings.IndexByte(s, '{')
		if open < 0 {
			break
		}
		end := strings.IndexByte(s[open:], '}')
		if end < 0 {
			break
		}
		end += open
		b.WriteString(s[:open])
		name, forms, plural := strings.Cut(s[open+1:end], "|")
		value, ok := argument(args, name)
		switch {
		case !ok:
			b.WriteString(s[open : end+1])
		case plural:
			b.WriteString(form(forms, value))
		default:
			b.WriteString(format(l, named(name, value)))
		}
		s = s[end+1:]
	}
	b.WriteString(s)
	return b.String()
}

func argument(args []any, name string) (any, bool) {
	for i := 0; i+1 < len(args); i += 2 {
		if args[i] == name {
			return args[i+1], true
		}
	}
	return nil, false
}

// form picks the first of "one|many" when value is the number 1.
func form(forms string, value any) string {
	one, many, _ := strings.Cut(forms, "|")
	switch fmt.Sprint(value) {
	case "1":
		return one
	}
	return many
}

// stretch makes English a third longer, in letters that are plainly not its own.
func stretch(s string) string {
	var b strings.Builder
	b.WriteString("[")
	for _, r := range s {
		if i := strings.IndexRune("aeiouAEIOU", r); i >= 0 {
			r = []rune("àéîõüÀÉÎÕÜ")[i]
		}
		b.WriteRune(r)
	}
	b.WriteString(strings.Repeat("~", len(s)/3))
	b.WriteString("]")
	return b.String()
}
