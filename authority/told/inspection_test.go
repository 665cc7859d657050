package told_test

import (
	"strings"
	"testing"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/told"
	"github.com/noroshi-acd/noroshi/authority/warrant/warranttest"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/oversight/act"
)

// TestInspectionInWords: what an inspection found is told with the words for a paper's
// class and not its identifier, its sample in a sentence, and in Japanese with the brackets
// of Japanese.
func TestInspectionInWords(t *testing.T) {
	now := warranttest.Now
	i := act.Inspection{
		At: now, Articles: []string{"1"}, Body: "b", ID: "i/1", Member: "person/m1", Outline: "a look",
		Findings: []act.Finding{{Class: "breach-notice", Place: act.Place{Index: 7, Origin: "log.example"}, Text: "x", Verdict: "right"}},
		Sample:   &act.Reveal{Commitment: paper.DigestOf(nil), Root: paper.DigestOf([]byte("r")), Secret: make([]byte, act.SecretSize), Size: 12},
	}
	e, err := paper.Seal(act.InspectionType, i)
	if err != nil {
		t.Fatal(err)
	}
	c, err := paper.Seal(act.CommitmentType, act.Commitment{At: now, Secret: paper.DigestOf(nil), First: 0, Last: 9, N: 3, Origin: "log.example"})
	if err != nil {
		t.Fatal(err)
	}
	for l, want := range map[i18n.Lang][]string{
		i18n.EN: {"entry 7 of log.example, notice of a breach: ", "drawn when the log had 12 entries", "3 entries"},
		i18n.JA: {"記録7（log.example）、違反の通知：", "記録簿の記録が12件の時点", "標本の数 3件"},
	} {
		text := ""
		for _, e := range []*paper.Envelope{e, c} {
			a, err := told.Of(e, told.Known{}, l)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range a.Rows {
				text += r.Label + " " + r.Text + "\n"
			}
		}
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%s: %q is not in\n%s", l, w, text)
			}
		}
	}
}
