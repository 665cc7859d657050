package regimes

import (
	_ "embed"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/internal/usage"
)

// requests are written by hand: for each law that permits something one that lacks
// nothing, and beside it some that are bad in one way. What each lacks was held against
// the law by a reader when it was written down; since then it guards what is said. The
// second source, with the articles, is content's TestLawByHand.
//
//go:embed testdata/asked.json
var requests []byte

// asking is one request and what it lacks: place and code.
type asking struct {
	Name    string
	Request json.RawMessage
	Want    []string
	Says    []string // in one of the two languages
}

// TestHandMadeRequests: of each request exactly the right condition is named, with what
// would meet it, in both languages; collection in Japan has no urgent path, a law holds
// from its first instant, and working days skip Christmas.
func TestHandMadeRequests(t *testing.T) {
	var list []asking
	if err := json.Unmarshal(requests, &list); err != nil {
		t.Fatal(err)
	}
	if len(list) < 50 {
		t.Fatalf("%d requests", len(list))
	}
	facts := "the facts are set out here at length, with what each rests on and how it is known to us today"
	for _, a := range list {
		asked := strings.ReplaceAll(string(a.Request), "@", facts)
		all := ""
		for _, l := range []i18n.Lang{i18n.EN, i18n.JA} {
			if len(a.Says) > 0 {
				text, _ := do(l, asked, "check", "-")
				all += strings.Join(strings.Fields(text), " ") + flat(text)
			}
			out, err := do(l, asked, "check", "-", "--json")
			var status usage.Status
			if errors.As(err, &status) != (len(a.Want) > 0) {
				t.Errorf("%s %s: %v", a.Name, l, err)
			}
			got := new(checked)
			if err := json.Unmarshal([]byte(out), got); err != nil {
				t.Fatalf("%s: %v", a.Name, err)
			}
			lacks := []string{}
			for _, m := range got.Unmet {
				lacks = append(lacks, m.Place+" "+m.Code)
				if m.Lacks == "" || m.Meet == "" || japanese(m.Lacks) != (l == i18n.JA) || japanese(m.Meet) != (l == i18n.JA) {
					t.Errorf("%s %s: %+v", a.Name, l, m)
				}
			}
			if diff := cmp.Diff(a.Want, lacks); diff != "" {
				t.Errorf("%s %s (-want +got):\n%s", a.Name, l, diff)
			}
		}
		for _, s := range a.Says {
			if !strings.Contains(all, s) && !strings.Contains(all, flat(s)) {
				t.Errorf("%s does not say %q", a.Name, s)
			}
		}
	}
}

// japanese says whether s has a letter of kana.
func japanese(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r >= 'ぁ' && r <= 'ヿ' })
}

// TestUrgentAnswerIsDueInTime: the answer is due while the permission lasts, and who acts
// has the mark of the law that says so; a path that is not there has nobody to decide.
func TestUrgentAnswerIsDueInTime(t *testing.T) {
	var list []asking
	if err := json.Unmarshal(requests, &list); err != nil {
		t.Fatal(err)
	}
	for _, a := range list {
		if a.Name != "tei-xmas" && a.Name != "gg-urgent" && a.Name != "gg-good" {
			continue
		}
		text, _ := do(i18n.EN, string(a.Request), "check", "-")
		switch a.Name {
		case "tei-xmas": // asked until the 29th; the three working days end with the 30th
			if n := strings.Count(text, "by 2026-12-29 12:00:00 UTC"); n != 2 || !strings.Contains(text, "Secretary of State (IPA 2016 s.109) [R]") {
				t.Errorf("%d instants\n%s", n, text)
			}
		case "gg-urgent":
			if strings.Contains(text, "who must decide") {
				t.Error(text)
			}
		case "gg-good":
			if !strings.Contains(text, "noroshi regime show jp-gg") {
				t.Errorf("nothing about what is not known:\n%s", text)
			}
		}
	}
}
