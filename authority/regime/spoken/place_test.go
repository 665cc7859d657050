package spoken_test

import (
	"strings"
	"testing"

	"github.com/noroshi-acd/noroshi/authority/regime/compile"
	"github.com/noroshi-acd/noroshi/authority/regime/judge"
	"github.com/noroshi-acd/noroshi/authority/regime/spoken"
	"github.com/noroshi-acd/noroshi/content"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// TestEveryDoubtHasAName: no rule of the law that ships is named to a reader by its path.
func TestEveryDoubtHasAName(t *testing.T) {
	b, err := compile.Load(content.Law())
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range []i18n.Lang{i18n.EN, i18n.JA} {
		v := &spoken.Voice{Book: b, Lang: l}
		for _, i := range b.Instruments {
			e, err := judge.Compile(i.Rules, b.Calendars...)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range e.Doubts() {
				if said := v.Place(d.Place, i.Rules); said == "" || said == d.Place && strings.Contains(said, ".") || strings.Contains(said, "_") || strings.Contains(said, "{") {
					t.Errorf("%s: %s of %s is called %q", l, d.Place, i.Rules.ID, said)
				}
			}
		}
	}
}

// TestPlacesHaveNames: what is missing of an application or its warrant stands at a place
// that has a name, and what has none stands for itself.
func TestPlacesHaveNames(t *testing.T) {
	for place, want := range map[string][2]string{
		"chain[0].scope.links":              {"scope: links", "範囲のうち回線"},
		"chain[0].scope.targets[3].consent": {"scope: consent of a target's owner", "範囲のうち対象の所有者の同意"},
		"chain[0].articles[1]":              {"articles", "条"},
		"time.renew.window_s":               {"how long before its end an extension can be asked for", "終期のどれだけ前から延長を求められるか"},
		"roles.locks.minister.within":       {"time to decide: minister", "決定の期限：大臣"},
		"in_force[0]":                       {"when it is in force", "施行期間"},
		"necessity":                         {"necessity", "necessity"},
		"urgency.when":                      {"instant of the event", "事由の生じた時点"},
		"no[1]\x1b":                         {"no[1]\\x1b", "no[1]\\x1b"},
	} {
		for n, l := range []i18n.Lang{i18n.EN, i18n.JA} {
			v := &spoken.Voice{Book: &compile.Book{}, Lang: l}
			if said := v.Place(place, nil); said != want[n] {
				t.Errorf("%s: %s is called %q, want %q", l, place, said, want[n])
			}
		}
	}
}
