package named

import (
	"strings"

	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Args are u's arguments for its sentence, with names for identifiers in both languages.
func Args(u unmet.Unmet) []any {
	if u.Code != "not-in-profile" && !strings.HasPrefix(u.Code, "rule-") {
		return u.Args
	}
	out := append([]any{}, u.Args...)
	for i := 0; i+1 < len(out); i += 2 {
		switch v := out[i+1].(type) {
		case unmet.Names:
			out[i+1] = list(v)
		case string:
			out[i+1] = argument(out[i], v)
		}
	}
	return out
}

// argument names what one argument of a sentence is.
func argument(name any, id string) any {
	switch name {
	case "what", "role", "class", "risk", "path":
		return ID(id)
	case "mode":
		return word(id, "regimes.mode.")
	}
	return id
}

// ID is the name of a role, purpose, effect, class, risk, path or kind of act; an
// identifier without a name stands for itself.
func ID(id string) i18n.Text {
	return word(id, "regimes.term.", "regimes.actkind.")
}

// word is the name that the first of the groups has for an identifier.
func word(id string, groups ...string) i18n.Text {
	for _, prefix := range groups {
		if t := i18n.Both(prefix + id); t.EN != prefix+id {
			return t
		}
	}
	return i18n.Text{EN: i18n.Escape(id), JA: i18n.Escape(id)}
}

// list is a list of names, as each language joins them.
func list(ids unmet.Names) i18n.Text {
	if len(ids) == 0 {
		return i18n.Both("regimes.table.nothing")
	}
	var en, ja []string
	for _, id := range ids {
		t := ID(id)
		en, ja = append(en, t.EN), append(ja, t.JA)
	}
	return i18n.Text{EN: strings.Join(en, ", "), JA: strings.Join(ja, "、")}
}
