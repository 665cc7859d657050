package repeat

import (
	"slices"
	"strings"
	"unicode"

	"github.com/noroshi-acd/noroshi/authority/application"
	"github.com/noroshi-acd/noroshi/authority/paper"
)

// Repetition is a warning: a reason that says what another says.
//
// Invariant 16: it is shown to the members and counted; it blocks nothing.
type Repetition struct {
	Application paper.Digest `json:"application,omitempty"` // whose reason it repeats; empty: its own
	Condition   paper.ID     `json:"condition"`
	Other       paper.ID     `json:"other"`    // the condition whose reason it repeats
	Passage     string       `json:"passage"`  // what is repeated
	Permille    int64        `json:"permille"` // how much of the reason
	Renewal     bool         `json:"renewal,omitempty"`
}

const (
	// Most is how many warnings are shown.
	Most       = 200
	maxPassage = 400 // bytes of a passage that is shown
)

// Warn gives the warnings about an application: of its own reasons, of the one that it
// renews (nil: none), and more that somebody else has found; none twice, at most Most.
func Warn(a, renewed *application.Application, more []Repetition) []Repetition {
	list := Within(a)
	if renewed != nil {
		list = append(list, Copied(a, renewed, a.Previous.Digest)...)
	}
	for _, r := range more {
		if !slices.ContainsFunc(list, func(o Repetition) bool {
			return o.Application == r.Application && o.Condition == r.Condition && o.Other == r.Other
		}) {
			list = append(list, r)
		}
	}
	return list[:min(len(list), Most)]
}

// Within finds findings of one application with the same words.
func Within(a *application.Application) []Repetition {
	var list []Repetition
	for i, f := range a.Findings {
		for _, o := range a.Findings[:i] {
			if words(f.Text) != "" && words(f.Text) == words(o.Text) {
				list = append(list, Repetition{Condition: f.Condition, Other: o.Condition, Permille: 1000, Passage: passage(f.Text)})
			}
		}
	}
	return list
}

// Copied finds reasons of a renewal that are those of the application before, whole or as
// a part: a renewal is a row of reasons of its own.
func Copied(a, old *application.Application, digest paper.Digest) []Repetition {
	var list []Repetition
	for _, f := range a.Findings {
		mine := words(f.Text)
		for _, o := range old.Findings {
			theirs := words(o.Text)
			if mine == "" || theirs == "" || !strings.Contains(mine, theirs) {
				continue
			}
			list = append(list, Repetition{
				Application: digest, Condition: f.Condition, Other: o.Condition, Permille: int64(1000 * len(theirs) / len(mine)), Passage: passage(o.Text), Renewal: true,
			})
		}
	}
	return list
}

// words brings a text to what it says, without blanks, marks and capitals.
func words(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsNumber(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, text)
}

func passage(text string) string {
	if len(text) <= maxPassage {
		return text
	}
	cut := maxPassage
	for cut > 0 && text[cut]&0xc0 == 0x80 {
		cut--
	}
	return text[:cut] + "…"
}
