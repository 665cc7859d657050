package warrant_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/authority/warrant/warranttest"
)

// TestInvariant19_NoChildPermitsMore: whatever a holder strikes off or changes in a
// child, a use that the child permits its parent permits too, with the counts that are
// said of the parent.
func TestInvariant19_NoChildPermitsMore(t *testing.T) {
	w := must(warranttest.New(trust.State, worldSpoils["query"]))(t)
	permitted, refused := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		var a *warrant.Warrant
		switch kind := rapid.SampledFrom(regime.Kinds()).Draw(t, "kind"); kind {
		case regime.Collection:
			a = w.CollectionWarrant()
		case regime.Access, regime.Neutralise:
			a = w.PoliceWarrant()
		default:
			a = w.QueryWarrant(kind)
		}
		some := func(what string) bool { return rapid.IntRange(0, 5).Draw(t, what) == 0 }
		vary(&a.Scope, some)
		first := must(w.Seal(a))(discard{})
		b := must(warrant.Child(first, w.Key("edge"), "w/child", warranttest.Nonce("child")))(discard{})
		vary(&b.Scope, some)
		chain := []*paper.Envelope{first, must(paper.Seal(warrant.Type, b, w.Signer(holderOf(a))))(discard{})}
		in := must(w.Input(chain...))(discard{})
		u := &in.Use
		for _, c := range []struct {
			what  string
			leave func()
		}{
			{"link", func() { u.Link, u.Tap = "", "" }}, {"other link", func() { u.Link, u.Tap = "carrier-a/2", w.Key("tap-2").ID() }},
			{"direction", func() { u.Direction = "" }}, {"table", func() { u.DirectionTable = "" }}, {"selector", func() { u.Selector, u.SelectorSet = "", 0 }},
			{"target", func() { u.Target, u.Counts.Targets = nil, 0 }}, {"uses", func() { u.Above[0].Uses += 2 }}, {"records", func() { u.Above[0].Records += 999990 }},
		} {
			if some(c.what) {
				c.leave()
			}
		}
		_, l := warrant.Check(in)
		if len(l) > 0 {
			refused++
			return
		}
		permitted++
		in.Chain, u.Actor, u.Counts, u.Above = chain[:1], a.Holder, u.Above[0], nil
		if _, l := warrant.Check(in); len(l) > 0 {
			t.Fatalf("the child permits what its parent does not: %v\n%+v\n%+v\n%+v", unmet.List(l), a.Scope, b.Scope, *u)
		}
	})
	if permitted == 0 || refused == 0 {
		t.Errorf("%d permitted, %d refused: one of them was not tried", permitted, refused)
	}
}

// vary strikes off or cuts some of a scope.
func vary(s *warrant.Scope, some func(string) bool) {
	for _, c := range []struct {
		what   string
		change func()
	}{
		{"no links", func() { s.Links = s.Links[:0] }}, {"fewer links", func() { s.Links = s.Links[:min(1, len(s.Links))] }},
		{"no directions", func() { s.Directions = s.Directions[:0] }}, {"no table", func() { s.DirectionTable = "" }}, {"no criteria", func() { s.Criteria = "" }},
		{"no targets", func() { s.Targets, s.MaxTargets = s.Targets[:0], 0 }}, {"fewer targets", func() { s.Targets = slices.Clone(s.Targets[:min(1, len(s.Targets))]) }},
		{"fewer uses", func() { s.MaxUses = min(s.MaxUses, 2) }}, {"fewer records", func() { s.MaxRecords = min(s.MaxRecords, 100) }},
	} {
		if some(c.what) {
			c.change()
		}
	}
}
