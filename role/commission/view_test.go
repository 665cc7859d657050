package commission

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/noroshi-acd/noroshi/authority/docket"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/wire"
	"github.com/noroshi-acd/noroshi/internal/pki"
	"github.com/noroshi-acd/noroshi/role/commission/settings"
)

// TestOthersReasonsStayWithTheCommission: an applicant is warned of repetition within the
// own papers, and does not learn what another body has applied for.
func TestOthersReasonsStayWithTheCommission(t *testing.T) {
	own := docket.Repetition{Condition: "a", Other: "b"}
	renewed := docket.Repetition{Application: paper.DigestOf([]byte("own")), Condition: "a", Other: "a", Renewal: true}
	others := docket.Repetition{Application: paper.DigestOf([]byte("another body's")), Condition: "a", Other: "a", Passage: "the same words"}
	all := []docket.Repetition{own, others, renewed}
	if got := wire.Warned(all, true); len(got) != 3 {
		t.Errorf("the commission sees %v", got)
	}
	for name, got := range map[string][]docket.Repetition{"of a receipt": wire.Warned(all, false), "of a list": wire.Bare(&docket.Record{Warnings: all}).Warnings} {
		if len(got) != 2 || got[0] != own || got[1] != renewed {
			t.Errorf("%s: %v", name, got)
		}
	}
	if all[1] != others {
		t.Error("what the desk keeps was changed")
	}
}

// TestWhoIsWho: which machines read everything, which decide, which apply.
func TestWhoIsWho(t *testing.T) {
	s := &Service{config: &settings.Config{Commission: settings.Identity{Body: "commission"}}}
	for name, c := range map[string]struct{ ours, member, partner bool }{
		"commission/member":     {true, true, true},
		"commission/monitor":    {true, false, true},
		"commission/registrar":  {true, false, true},
		"commission/applicant":  {false, false, false},
		"commission/commission": {false, false, false},
		"police/applicant":      {false, false, true},
		"carrier/tap":           {false, false, false},
		"police/member":         {false, false, false},
		"police/registrar":      {false, false, false},
		"/member":               {false, false, false},
	} {
		body, role, _ := strings.Cut(name, "/")
		n := pki.Name{Body: body, Role: role}
		if s.brings(n) != (c.partner || n.Role == wire.Tap) {
			t.Errorf("%s brings papers: %v", name, s.brings(n))
		}
		if s.ours(n) != c.ours || s.member(n) != c.member || s.partner(n) != c.partner {
			t.Errorf("%s: %v %v %v", name, s.ours(n), s.member(n), s.partner(n))
		}
	}
}

// TestAskedIsOneValue: nothing stands behind what is asked, and no member that is not known.
func TestAskedIsOneValue(t *testing.T) {
	for text, ok := range map[string]bool{
		`{"due":1}`: true, "{\"due\":1}\n": true, `{"due":1}}`: false, `{"due":1}]`: false, `{"due":1} {}`: false,
		`{"due":1,"more":1}`: false, ``: false, `[` + strings.Repeat("[", 20_000): false,
	} {
		var o wire.Decide
		err := new(Service).asked(httptest.NewRequest(http.MethodPost, "/", strings.NewReader(text)), &o)
		if (err == nil) != ok {
			t.Errorf("%.40q: %v", text, err)
		}
	}
}
