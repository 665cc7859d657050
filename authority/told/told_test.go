package told

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/noroshi-acd/noroshi/authority/grant"
	"github.com/noroshi-acd/noroshi/authority/liveness"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/authority/warrant/warranttest"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

func country(t testing.TB) *warranttest.World {
	t.Helper()
	w, err := warranttest.New(trust.Lab)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// text is a paper in words without what names it as a whole.
func text(t testing.TB, w *warranttest.World, payloadType string, v any, l i18n.Lang) string {
	t.Helper()
	e, err := paper.Seal(payloadType, v, w.Signer("member-1"))
	if err != nil {
		t.Fatal(err)
	}
	a, err := Of(e, Known{View: w.View, Profiles: w.Profile}, l)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString(a.Title + "\n" + a.Act + "\n")
	digest, spoken := i18n.Say(l, "told.row.digest"), i18n.Say(l, "told.row.spoken")
	for _, r := range a.Rows {
		if r.Label != digest && r.Label != spoken {
			b.WriteString(r.Label + ": " + r.Text + "\n")
		}
	}
	return b.String()
}

// TestEveryTypeHasWords: each paper that people sign is said in both languages, with no
// key of the catalogue in place of a sentence.
func TestEveryTypeHasWords(t *testing.T) {
	w, now := country(t), warranttest.Now
	d := paper.DigestOf([]byte("d"))
	open := grant.Open{Warrant: d, Link: "carrier-a/1", From: now, To: now + 60, Tap: w.Key("tap-1"), Edge: w.Key("edge"), Nonce: warranttest.Nonce("g")}
	for payloadType, v := range map[string]any{
		warrant.Type:           w.PoliceWarrant(),
		warrant.SuspensionType: warrant.Suspension{At: now, Until: now + 60, Reason: "r", Warrant: d},
		warrant.RevocationType: warrant.Revocation{At: now, Reason: "r", Warrant: d},
		trust.RootType:         w.Root,
		trust.ListType:         trust.List{Body: "agency", Issued: now, Keys: w.Root.Bodies[0].Keys[:1], Previous: d, Root: w.Root.Name, Threshold: 1, Version: 2},
		liveness.Type:          w.Statement(3, now, d),
		grant.OpenType:         open,
		grant.CloseType:        grant.Close{At: now, Batches: d, Open: d, Counts: []grant.Count{{N: 3, Name: "copied", Party: "tap"}}},
		proof.PeriodType: proof.PeriodReport{Origin: "o", First: 0, Last: 2, Counts: []proof.PeriodCount{{Class: proof.Warrant, N: 2, Role: "member"}},
			Sealed: []proof.Sealed{}},
	} {
		en, ja := text(t, w, payloadType, v, i18n.EN), text(t, w, payloadType, v, i18n.JA)
		for _, s := range []string{en, ja} {
			if strings.Contains(s, "told.") || strings.Contains(s, "{") {
				t.Errorf("%s: a sentence is missing:\n%s", payloadType, s)
			}
		}
		if !strings.Contains(ja, "署名の意味：") || !strings.Contains(en, "To sign it means: ") {
			t.Errorf("%s does not say what signing does:\n%s\n%s", payloadType, en, ja)
		}
	}
}

// TestNothingIsHidden: whatever a warrant permits more, a reader sees another page.
func TestNothingIsHidden(t *testing.T) {
	w := country(t)
	for name, make := range map[string]func() *warrant.Warrant{"collection": w.CollectionWarrant, "police": w.PoliceWarrant} {
		before := map[i18n.Lang]string{}
		for _, l := range []i18n.Lang{i18n.EN, i18n.JA} {
			before[l] = text(t, w, warrant.Type, make(), l)
		}
		for what, change := range map[string]func(*warrant.Warrant){
			"id":         func(x *warrant.Warrant) { x.ID = "w/other" },
			"holder":     func(x *warrant.Warrant) { x.Holder = w.Key("edge") },
			"kind":       func(x *warrant.Warrant) { x.Kind = "access" },
			"purpose":    func(x *warrant.Warrant) { x.Purpose = "espionage" },
			"case":       func(x *warrant.Warrant) { x.Case = "case/9" },
			"instrument": func(x *warrant.Warrant) { x.Instrument = "lab/other" },
			"articles":   func(x *warrant.Warrant) { x.Articles = append(x.Articles, "99") },
			"profile":    func(x *warrant.Warrant) { x.Profile = paper.DigestOf([]byte("p")) },
			"beginning":  func(x *warrant.Warrant) { x.NotBefore -= 86400 },
			"end":        func(x *warrant.Warrant) { x.NotAfter++ },
			"effects":    func(x *warrant.Warrant) { x.Scope.Effects = append(x.Scope.Effects, "zap") },
			"links": func(x *warrant.Warrant) {
				x.Scope.Links = append(x.Scope.Links, warrant.Link{ID: "z", Tap: w.Key("tap-1").ID()})
			},
			"directions": func(x *warrant.Warrant) { x.Scope.Directions = append(x.Scope.Directions, "outbound") },
			"criteria":   func(x *warrant.Warrant) { x.Scope.Criteria = "dst_port in {1}" },
			"table":      func(x *warrant.Warrant) { x.Scope.DirectionTable = paper.DigestOf([]byte("t")) },
			"target": func(x *warrant.Warrant) {
				x.Scope.Targets = append(x.Scope.Targets, warrant.Target{Kind: "name", Value: "z.example"})
			},
			"people": func(x *warrant.Warrant) {
				x.People = append(x.People, warrant.Person{Duty: "z", Person: "person/z", Until: 9})
			},
			"finding":      func(x *warrant.Warrant) { x.Conditions[0].Finding = "because" },
			"no evidence":  func(x *warrant.Warrant) { x.Conditions[0].Evidence = []paper.Digest{} },
			"urgent":       func(x *warrant.Warrant) { x.Path, x.Urgency = warrant.Urgent, &warrant.Urgency{Facts: "now"} },
			"parent":       func(x *warrant.Warrant) { x.Parent = paper.DigestOf([]byte("p")) },
			"decision":     func(x *warrant.Warrant) { x.Decision.Index++ },
			"root":         func(x *warrant.Warrant) { x.Root = "other/root" },
			"kind of root": func(x *warrant.Warrant) { x.RootKind = trust.State },
			"records":      func(x *warrant.Warrant) { x.Scope.MaxRecords++ },
			"bytes":        func(x *warrant.Warrant) { x.Scope.MaxBytes++ },
			"memory":       func(x *warrant.Warrant) { x.Scope.MemoryS += 3600 },
			"uses":         func(x *warrant.Warrant) { x.Scope.MaxUses++ },
			"targets":      func(x *warrant.Warrant) { x.Scope.MaxTargets++ },
		} {
			x := make()
			change(x)
			for l, old := range before {
				if text(t, w, warrant.Type, x, l) == old {
					t.Errorf("%s, %s: the change cannot be seen in %s", name, what, l)
				}
			}
		}
	}
}

// TestSigners: only what verifies is called verified, and unknown keys are called so.
func TestSigners(t *testing.T) {
	w := country(t)
	e, err := w.Seal(w.CollectionWarrant(), "member-1", "hub")
	if err != nil {
		t.Fatal(err)
	}
	other, err := w.Seal(w.PoliceWarrant(), "member-2")
	if err != nil {
		t.Fatal(err)
	}
	e.Signatures = append(e.Signatures, other.Signatures[0]) // of another paper
	a, err := Of(e, Known{View: w.View}, i18n.EN)
	if err != nil {
		t.Fatal(err)
	}
	got := a.Rows[len(a.Rows)-1].Text
	for _, part := range []string{"person/member-1 (the commission), key " + string(w.Key("member-1").ID()[:16]) + "…: verified", "does not list: not checked", "person/member-2 (the commission), key " + string(w.Key("member-2").ID()[:16]) + "…: NOT RIGHT"} {
		if !strings.Contains(got, part) {
			t.Errorf("%s lacks %q", got, part)
		}
	}
	if a, err = Of(e, Known{}, i18n.EN); err != nil || strings.Contains(a.Rows[len(a.Rows)-1].Text, "verified") {
		t.Errorf("without a root: %v %v", a, err)
	}
}

// TestHostile: a text from outside steers no terminal; what has no words is refused.
func TestHostile(t *testing.T) {
	w := country(t)
	x := w.PoliceWarrant()
	x.Conditions[0].Finding = `{id} <b>{n}</b>`
	page := text(t, w, warrant.Type, x, i18n.EN)
	if !strings.Contains(page, `{id} <b>{n}</b>`) {
		t.Errorf("the finding is not said as it is:\n%s", page)
	}
	for _, e := range []*paper.Envelope{
		{PayloadType: "application/vnd.noroshi.other+json", Payload: []byte("{}")},
		{PayloadType: "", Payload: nil},
	} {
		a, err := Of(e, Known{}, i18n.JA)
		if a != nil || fault.KindOf(err) != fault.Permission {
			t.Errorf("%q: %v %v", e.PayloadType, a, err)
		}
	}
	if a, err := Of(&paper.Envelope{PayloadType: warrant.Type, Payload: []byte("{}")}, Known{}, i18n.EN); err == nil {
		t.Errorf("%v", a)
	}
}

// TestUnmet: a condition is said with its place in the reader's language.
func TestUnmet(t *testing.T) {
	u := warrant.Unmet{Place: "chain[0].signatures", Code: "lock", Args: []any{"role", "member", "n", 2, "k", 3}}
	got := []string{Unmet(u, i18n.EN), Unmet(u, i18n.JA)}
	if diff := cmp.Diff("chain[0].signatures: the lock member has 2 of 3 persons", got[0]); diff != "" || got[0] == got[1] {
		t.Errorf("%q %s", got[1], diff)
	}
}
