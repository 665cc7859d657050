package spoken

import (
	"regexp"
	"slices"
	"strings"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

var (
	chained = regexp.MustCompile(`^chain\[\d+\]\.`)
	nth     = regexp.MustCompile(`\[\d+\]`)
)

// Place names the place of a rule, of a member of a request or of a warrant in the
// reader's language: "time.renew.window_s", "chain[0].scope.links[2]". r are the rules that
// it is a place of, nil where they are not at hand. A place without a name stands for
// itself, and so does a condition: an application names it by its id.
func (v *Voice) Place(place string, r *rules.Rules) string {
	plain := nth.ReplaceAllString(chained.ReplaceAllString(place, ""), "")
	key := "regimes.place." + strings.ReplaceAll(plain, ".", "-")
	if said := v.Say(key); said != key {
		return said
	}
	for _, list := range []string{"conditions", "reports", "roles.consult", "roles.locks", "sharing"} {
		id, ok := strings.CutPrefix(plain, list+".")
		if !ok {
			continue
		}
		group := list
		for _, part := range []string{"on_call", "within"} {
			if whose, cut := strings.CutSuffix(id, "."+part); cut {
				id, group = whose, list+"."+part
			}
		}
		return v.Named("placeof", strings.ReplaceAll(group, ".", "-"), "what", v.member(list, paper.ID(id), r))
	}
	return i18n.Escape(place)
}

// member names a member of a list of the rules, by the law's own words where it has some.
func (v *Voice) member(list string, id paper.ID, r *rules.Rules) string {
	if r == nil {
		return v.Term(id)
	}
	switch list {
	case "conditions":
		if n := slices.IndexFunc(r.Conditions, func(c rules.Condition) bool { return c.ID == id }); n >= 0 {
			return v.In(r.Conditions[n].Meet)
		}
	case "reports":
		if n := slices.IndexFunc(r.Reports, func(p rules.Report) bool { return p.ID == id }); n >= 0 {
			return v.In(r.Reports[n].Says)
		}
	}
	return v.Term(id)
}
