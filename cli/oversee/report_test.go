package oversee

import (
	"strings"
	"testing"

	"github.com/noroshi-acd/noroshi/authority/desk"
	"github.com/noroshi-acd/noroshi/authority/office"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/oversight/figures"
)

// TestFiguresStandOnce: what several instruments ask for in the same words and numbers is
// one figure, with all that ask for it; another number is another figure.
func TestFiguresStandOnce(t *testing.T) {
	asked := func(id, rules paper.ID, n int64) figures.Item {
		return figures.Item{ID: id, Rules: rules, Says: paper.Words{EN: "④ recommendations", JA: "④勧告"}, Counts: []figures.Count{{Class: "recommendation", N: n}}}
	}
	d := &door{&office.Door{Desk: &desk.Desk{Lang: i18n.EN}}}
	text := d.told(&figures.Figures{Items: []figures.Item{asked("4", "a", 2), asked("4", "b", 2), asked("4", "c", 3)}})
	if strings.Count(text, "④") != 2 || !strings.Contains(text, "[a, b]") || !strings.Contains(text, "[c]") || strings.Count(text, "recommendation\n") > 2 {
		t.Errorf("%s", text)
	}
}
