package decision_test

import (
	"fmt"
	"testing"

	"github.com/noroshi-acd/noroshi/authority/authoritytest"
	"github.com/noroshi-acd/noroshi/authority/decision"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/warrant/warranttest"
)

// sitWith is sit in a country that was changed.
func sitWith(t testing.TB, spoil func(*warranttest.World)) *table {
	t.Helper()
	c, err := authoritytest.NewCountry(spoil)
	if err != nil {
		t.Fatal(err)
	}
	x := sit(t)
	x.Country, x.matter.View = c, c.View
	return x
}

// member changes the key of member n.
func member(w *warranttest.World, n int, change func(*trust.Key)) {
	for i := range w.Root.Bodies {
		for j := range w.Root.Bodies[i].Keys {
			if k := &w.Root.Bodies[i].Keys[j]; k.Person == paper.ID(fmt.Sprintf("person/member-%d", n)) {
				change(k)
			}
		}
	}
}

// TestInvariant13_WhoHasLeftDoesNotDecide: a vote of a member whose term is over when the
// votes are counted does not count, whatever instant it bears: else a seat would have the
// vote of its holder and that of the one before.
func TestInvariant13_WhoHasLeftDoesNotDecide(t *testing.T) {
	x := sitWith(t, func(w *warranttest.World) {
		member(w, 3, func(k *trust.Key) { k.Until = warranttest.Now + 600 })
	})
	all := x.votes(t, cast{1, yes, 0}, cast{2, yes, 0}, cast{3, yes, 0}) // cast while member 3 was in office
	x.matter.At = warranttest.Now + 599
	if got := decision.Tally(x.matter, all); got.Outcome != yes || got.Seats != 5 {
		t.Errorf("in office: %+v", got)
	}
	x.matter.At = warranttest.Now + 600
	got := decision.Tally(x.matter, all)
	if got.Outcome != "" || got.Taking != 2 || got.Seats != 4 {
		t.Errorf("the vote of who has left counts: %+v", got)
	}
	for _, v := range got.Votes {
		if (v.Vote.Member == "person/member-3") != (v.Why == decision.Departed) {
			t.Errorf("%s: %q", v.Vote.Member, v.Why)
		}
	}
}

// TestInvariant13_OneCastingVote: who presided before has no casting vote beside who
// presides now, and of two who preside neither has.
func TestInvariant13_OneCastingVote(t *testing.T) {
	tie := []cast{{1, no, 0}, {2, yes, 0}, {3, yes, 0}, {4, no, 0}}
	for name, c := range map[string]struct {
		spoil func(*warranttest.World)
		want  decision.Position
	}{
		"one who presides": {func(*warranttest.World) {}, no},
		"two who preside": {func(w *warranttest.World) {
			member(w, 2, func(k *trust.Key) { k.Roles = append([]paper.ID{"chair"}, k.Roles...) })
		}, ""},
	} {
		x := sitWith(t, c.spoil)
		x.matter.Lock.K, x.matter.Lock.CastingVote = 2, true
		if got := decision.Tally(x.matter, x.votes(t, tie...)); got.Outcome != c.want {
			t.Errorf("%s: %q, want %q", name, got.Outcome, c.want)
		}
	}
}

// TestAMindChangedTwice: of a row of votes, each in the place of the one before, the last
// counts, in whichever order their digests stand.
func TestAMindChangedTwice(t *testing.T) {
	x := sit(t)
	for n := range 64 {
		var row []*paper.Envelope
		for i, p := range []decision.Position{yes, no, yes, no} {
			e, err := x.Vote(x.matter.Digest, 1, p, warranttest.Now+60+paper.Time(i), func(v *decision.Vote) {
				v.Reasons = fmt.Sprintf("%s %d", v.Reasons, n)
				if i > 0 {
					v.Replaces = row[i-1].Digest()
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			row = append(row, e)
		}
		got := decision.Tally(x.matter, row)
		if got.Against != 1 || got.Taking != 1 {
			t.Fatalf("row %d: the last vote does not count: %+v", n, got.Votes)
		}
	}
}
