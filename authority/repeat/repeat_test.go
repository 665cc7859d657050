package repeat_test

import (
	"strings"
	"testing"

	"github.com/noroshi-acd/noroshi/authority/application"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/repeat"
)

const (
	long  = "国外の指令サーバーが国内の重要インフラの機器に対して、六時間おきに同じ長さの通信を行っていることが、三つの事業者の報告から確かめられた。ほかの手段として事業者への照会を二度行ったが、契約者は虚偽の名義であり、手がかりは得られなかった。"
	other = "The carriers were asked on two days. They keep no records beyond a week, and what they have does not say who steers the nodes that were seen in the reports of the three operators concerned."
)

func of(texts ...string) *application.Application {
	a := &application.Application{}
	for i, s := range texts {
		a.Findings = append(a.Findings, application.Finding{Condition: paper.ID("c" + string(rune('0'+i))), Text: s})
	}
	return a
}

// TestInvariant16_SameWordsAreOneReason: blanks, marks and capitals do not make another reason.
func TestInvariant16_SameWordsAreOneReason(t *testing.T) {
	if got := repeat.Within(of("It is necessary.", "other words", "IT  IS – NECESSARY!")); len(got) != 1 || got[0].Condition != "c2" || got[0].Other != "c0" {
		t.Errorf("%+v", got)
	}
	if got := repeat.Within(of("one", "two", " ", "…")); len(got) != 0 {
		t.Errorf("%+v", got)
	}
	if got := repeat.Warn(of("It is necessary.", "it is NECESSARY"), nil, nil); len(got) != 1 || got[0].Condition != "c1" {
		t.Errorf("the members are not shown it: %+v", got)
	}
}

// TestCopied: a reason that holds the old one whole is a copy, however it is wrapped.
func TestCopied(t *testing.T) {
	got := repeat.Copied(of("As before: "+long, other), of(long), "sha256:x")
	if len(got) != 1 || got[0].Condition != "c0" || !got[0].Renewal || got[0].Permille < 900 || got[0].Permille > 1000 {
		t.Errorf("%+v", got)
	}
}

// TestInvariant16_EarlierCasesAreRemembered: what an earlier case said is found in a later
// one, with its source and passage; a correction does not repeat what it mends.
func TestInvariant16_EarlierCasesAreRemembered(t *testing.T) {
	m := repeat.NewMemory()
	first, second := paper.DigestOf([]byte("1")), paper.DigestOf([]byte("2"))
	if got := m.Repetitions(of(long, other), first); len(got) != 0 {
		t.Errorf("the first repeats nothing: %+v", got)
	}
	m.Remember(of(long, other), first)
	got := m.Repetitions(of("another case altogether, with reasons that nobody has given so far", long), second)
	if len(got) != 1 || got[0].Application != first || got[0].Condition != "c1" || got[0].Other != "c0" || got[0].Permille < 800 || !strings.Contains(long, strings.TrimSuffix(got[0].Passage, "…")) {
		t.Errorf("%+v", got)
	}
	mended := of(long, other)
	mended.Previous = &application.Previous{Digest: first, Reason: application.Correction}
	if got := m.Repetitions(mended, second); len(got) != 0 {
		t.Errorf("a correction repeats what it mends: %+v", got)
	}
}
