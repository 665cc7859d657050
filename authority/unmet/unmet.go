package unmet

import (
	"fmt"
	"strings"

	"github.com/noroshi-acd/noroshi/authority/paper"
)

// Unmet is one condition that is not met.
type Unmet struct {
	Place string // "chain[0].scope.links[2]": which paper or input, and where in it
	Code  string // one of Codes
	Args  []any  // name, value pairs for the sentence: strings, whole numbers, lengths of time, Names
	Law   *Law   // the rule behind it, where rules of law were asked; shared, not to be changed
}

// Law is the rule of law that is not met, with its own words where it has some.
type Law struct {
	Cite  []string    // where it stands
	Mark  string      // how surely it is known: S, R, U or Q; "" where nothing is cited
	Lacks paper.Words // what is missing; empty where the code says it all
	Meet  paper.Words // what would meet it; empty: see MeetKey
}

// Names are identifiers of which each has words of its own.
type Names []string

// NamesOf makes names of identifiers.
func NamesOf[T ~string](list []T) Names {
	names := make(Names, len(list))
	for i, x := range list {
		names[i] = string(x)
	}
	return names
}

// String writes the identifiers one after another, a dash where there is none.
func (n Names) String() string {
	if len(n) == 0 {
		return "–"
	}
	return strings.Join(n, ", ")
}

// lawful begins the codes of rules of law.
const lawful = "rule-"

// Key is the condition's sentence in the catalogue.
func (u Unmet) Key() string {
	if rest, ok := strings.CutPrefix(u.Code, lawful); ok {
		return "rules.unmet." + rest
	}
	return "warrant.unmet." + u.Code
}

// MeetKey is the sentence in the catalogue that says what would meet a rule of law, or fill
// the scope; "" where neither was asked.
func (u Unmet) MeetKey() string {
	if rest, ok := strings.CutPrefix(u.Code, lawful); ok {
		return "rules.meet." + rest
	}
	if u.Code == "scope-missing" || u.Code == "scope-idle" {
		return "warrant.meet." + u.Code
	}
	return ""
}

// String writes "place: sentence" in English.
func (u Unmet) String() string {
	s := Codes[u.Code]
	for i := 0; i+1 < len(u.Args); i += 2 {
		s = strings.ReplaceAll(s, "{"+fmt.Sprint(u.Args[i])+"}", fmt.Sprint(u.Args[i+1]))
	}
	if s == "" {
		s = u.Code
	}
	return u.Place + ": " + s
}

// List collects what is not met; its methods are for those who check.
type List []Unmet

// Add notes a condition that is not met at place.
func (l *List) Add(place, code string, args ...any) {
	*l = append(*l, Unmet{Place: place, Code: code, Args: args})
}

// Want notes the condition unless ok.
func (l *List) Want(ok bool, place, code string, args ...any) {
	if !ok {
		l.Add(place, code, args...)
	}
}

// Has says whether the list holds the code.
func (l List) Has(code string) bool {
	for _, u := range l {
		if u.Code == code {
			return true
		}
	}
	return false
}

// String writes one condition a line.
func (l List) String() string {
	lines := make([]string, len(l))
	for i, u := range l {
		lines[i] = u.String()
	}
	return strings.Join(lines, "\n")
}
