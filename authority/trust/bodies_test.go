package trust_test

import (
	"testing"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/trust"
)

// TestInvariant13_NobodyIsOfTwoBodiesAtOneTime: a root that has one person in two bodies
// for as little as a second counts nowhere; one body after another is no fault.
func TestInvariant13_NobodyIsOfTwoBodiesAtOneTime(t *testing.T) {
	w := world(t)
	var first trust.Root
	if err := w.Roots[0].Open(trust.RootType, &first); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		from, until paper.Time // of the second body's key, from the end of the first's
		want        string
	}{
		"one after another": {0, 1000, ""},
		"for a second":      {-1, 1000, "person-in-two-bodies"},
		"all the time":      {-1000, 1000, "person-in-two-bodies"},
		"within":            {-1000, -500, "person-in-two-bodies"},
	} {
		var r trust.Root
		if err := w.Roots[0].Open(trust.RootType, &r); err != nil {
			t.Fatal(err)
		}
		member := &r.Bodies[1].Keys[0]
		member.Until = now + 5000
		r.Bodies[3].Keys = append(r.Bodies[3].Keys, trust.Key{
			Key: w.Key("x"), Person: member.Person, Roles: r.Bodies[3].Keys[0].Roles[:1], From: member.Until + c.from, Until: member.Until + c.until,
		})
		e := seal(t, w, trust.RootType, r, "top-1", "top-2", "top-3", "member-1", "member-2", "member-3", "agency-1", "chief")
		_, list := trust.Follow(trust.History{Roots: []*paper.Envelope{e}, Pinned: e.Digest()}, now.Time())
		got := ""
		for _, u := range list {
			if u.Code == "person-in-two-bodies" {
				got = u.Code
			}
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q (%s)", name, got, c.want, codes(list))
		}
	}
}
