package application_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/noroshi-acd/noroshi/authority/application"
	"github.com/noroshi-acd/noroshi/authority/authoritytest"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/authority/warrant/warranttest"
)

func country(t testing.TB) *authoritytest.Country {
	t.Helper()
	c, err := authoritytest.NewCountry()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestCheck: each way in which an application cannot be asked at all.
func TestCheck(t *testing.T) {
	c := country(t)
	for name, spoil := range map[string]func(*application.Application){
		"right":                    nil,
		"ends before it begins":    func(a *application.Application) { a.Until = a.From },
		"no nonce":                 func(a *application.Application) { a.Nonce = "1" },
		"no article":               func(a *application.Application) { a.Articles = []string{} },
		"urgent without urgency":   func(a *application.Application) { a.Path = warrant.Urgent },
		"urgency without the path": func(a *application.Application) { a.Urgency = &application.Urgency{Facts: "x", When: 1} },
		"a condition twice":        func(a *application.Application) { a.Findings[1].Condition = a.Findings[0].Condition },
		"conditions out of order":  func(a *application.Application) { a.Findings[0], a.Findings[1] = a.Findings[1], a.Findings[0] },
		"evidence twice":           func(a *application.Application) { f := &a.Findings[0]; f.Evidence = append(f.Evidence, f.Evidence[0]) },
		"more than the whole link": func(a *application.Application) { a.VolumePermille = 1001 },
		"follows without a reason": func(a *application.Application) {
			a.Previous = &application.Previous{Digest: a.Profile, Reason: "habit"}
		},
		"a path that nobody has":    func(a *application.Application) { a.Path = "quiet" },
		"a finding without measure": func(a *application.Application) { a.Findings[0].Text = string(make([]byte, application.MaxText+1)) },
	} {
		a := c.Collection(1, warranttest.Now)
		if spoil != nil {
			spoil(a)
		}
		_, err := c.Sign(a)
		if err == nil {
			e, sealed := paper.Seal(application.Type, a)
			if sealed != nil {
				t.Fatal(sealed)
			}
			_, err = application.Parse(e)
		}
		if (err == nil) != (spoil == nil) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestRequest: what the rules judge is what the application says.
func TestRequest(t *testing.T) {
	a := country(t).Urgent(1, warranttest.Now)
	n := int64(7)
	a.Findings[0].Number = &n
	a.Findings[0].Evidence = append(a.Findings[0].Evidence, application.Evidence{Class: "affidavit", Digest: paper.DigestOf(nil)})
	a.Consultations = []application.Consultation{{At: 5, Mode: rules.Consult, Outcome: rules.Agreed, Role: "minister"}}
	a.ForeignTarget = true
	q := a.Request(application.Before{AfterRefusal: true})
	want := rules.Finding{Condition: "danger", Evidence: []paper.ID{"affidavit", "document"}, Number: &n, Words: rules.CountWords(a.Findings[0].Text)}
	if d := cmp.Diff(want, q.Findings[0]); d != "" {
		t.Error(d)
	}
	if !q.ForeignTarget || !q.AfterRefusal || q.NamedPeople != 2 || q.Urgency.When != a.Urgency.When || q.Urgency.Words == 0 || q.Path != rules.Urgently || q.Applicant != "chief" || len(q.Consultations) != 1 {
		t.Errorf("%+v", q)
	}
	if err := q.Check(); err != nil {
		t.Error(err)
	}
}

// TestSigned: only the person whom the application names, in that role and body.
func TestSigned(t *testing.T) {
	c := country(t)
	a := c.Collection(1, warranttest.Now)
	for key, want := range map[string]bool{"agency-1": true, "agency-2": false, "chief": false, "member-1": false} {
		e, err := paper.Seal(application.Type, a, c.Signer(key))
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := a.Signed(e, c.View); ok != want {
			t.Errorf("signed by %s: %v", key, ok)
		}
	}
}

// FuzzParse: what is read is written again to the same bytes, and its parts can stand.
func FuzzParse(f *testing.F) {
	c := country(f)
	for _, a := range []*application.Application{c.Collection(1, warranttest.Now), c.Urgent(2, warranttest.Now)} {
		e, err := c.Sign(a)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(e.Payload)
	}
	f.Add([]byte(`{"application":"sha256:0000000000000000000000000000000000000000000000000000000000000000","at":"2026-11-22T01:00:00Z","due":"2026-11-23T01:00:00Z","items":[{"text":"x"}],"member":"m"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, v := range []any{new(application.Application), new(application.CorrectionRequest), new(application.Withdrawal), new(application.Incomplete)} {
			if paper.Unmarshal(data, v) != nil {
				continue
			}
			back, err := paper.Marshal(v)
			if err != nil || string(back) != string(data) {
				t.Fatalf("%q reads, and is written as %q (%v)", data, back, err)
			}
			if a, ok := v.(*application.Application); ok {
				a.Request(application.Before{})
				if a.Check() != nil {
					t.Fatal("what cannot stand was read")
				}
			}
		}
	})
}
