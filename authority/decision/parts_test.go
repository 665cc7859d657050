package decision_test

import (
	"fmt"
	"math/bits"
	"testing"

	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/authority/decision"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
	"github.com/noroshi-acd/noroshi/authority/warrant/warranttest"
)

// piece is what a member gives: which of the two links (bit 0, bit 1) for how many of three
// spans of time; links 0 refuses.
type piece struct{ links, spans int }

// atoms writes a piece as the set of what it gives: one bit for each link in each span.
func (p piece) atoms() (set uint) {
	for link := range 2 {
		for span := range p.spans {
			if p.links>>link&1 == 1 {
				set |= 1 << (3*link + span)
			}
		}
	}
	return set
}

const all = 0b111111

// give casts the vote for a piece. Its salt changes its digest, and nothing else.
func (x *table) give(t testing.TB, member int, p piece, salt int) *paper.Envelope {
	position := decision.Partial
	if p.links == 0 {
		position = decision.Refuse
	}
	e, err := x.Vote(x.matter.Digest, member, position, warranttest.Now+60, func(v *decision.Vote) {
		v.Reasons = fmt.Sprintf("%s, %d", v.Reasons, salt)
		if position == decision.Refuse {
			return
		}
		g := decision.Whole(x.a)
		g.Scope.Links = g.Scope.Links[:0:0]
		for i, l := range x.a.Scope.Links {
			if p.links>>i&1 == 1 {
				g.Scope.Links = append(g.Scope.Links, l)
			}
		}
		g.Until -= paper.Time(3-p.spans) * 86400
		v.Grant = &g
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// atomsOf reads what was granted back.
func (x *table) atomsOf(g *decision.Grant) uint {
	if g == nil {
		return 0
	}
	p := piece{spans: 3 - int(x.a.Until-g.Until)/86400}
	for i, l := range x.a.Scope.Links {
		for _, o := range g.Scope.Links {
			if o == l {
				p.links |= 1 << i
			}
		}
	}
	return p.atoms()
}

// bySets works out what is granted over sets, in the words of docs/spec/decision.md; 0:
// nothing. Of five members the first presides.
func bySets(l rules.Lock, given map[int]piece) (granted uint) {
	taking := 0
	for _, p := range given {
		if p.atoms() != all {
			taking++
		}
	}
	type sum struct{ support int }
	possible := map[uint]sum{}
	for _, p := range given {
		set := p.atoms()
		if set == 0 || set == all {
			continue
		}
		n, chair := 0, false
		for member, o := range given {
			if o.atoms() != all && o.atoms()&set == set {
				n++
				chair = chair || member == 1
			}
		}
		if n >= int(l.K) && (2*n > taking || 2*n == taking && l.CastingVote && chair) {
			possible[set] = sum{n}
		}
	}
	if taking < int(l.K) {
		return 0
	}
	best, found := 0, map[uint]bool{}
	for set, s := range possible {
		wider := false
		for o := range possible {
			wider = wider || o != set && o&set == set
		}
		switch {
		case wider || s.support < best:
		case s.support > best:
			best, found = s.support, map[uint]bool{set: true}
		default:
			found[set] = true
		}
	}
	if chair, ok := given[1]; len(found) > 1 {
		for set := range found {
			if !ok || !l.CastingVote || chair.atoms() == all || chair.atoms()&set != set {
				delete(found, set)
			}
		}
	}
	if len(found) == 1 {
		for set := range found {
			return set
		}
	}
	return 0
}

// TestPartsAgainstSets: of parts of which none is wider, what is granted is what counting
// over sets gives; and no digest changes it.
func TestPartsAgainstSets(t *testing.T) {
	x := sit(t)
	made := map[string]*paper.Envelope{}
	ties := 0
	rapid.Check(t, func(t *rapid.T) {
		x.matter.Lock.K = int64(rapid.IntRange(1, 3).Draw(t, "k"))
		x.matter.Lock.CastingVote = rapid.Bool().Draw(t, "casting")
		given := map[int]piece{}
		var rows [2][]*paper.Envelope
		for m := 1; m <= 5; m++ {
			p := rapid.SampledFrom([]piece{{1, 3}, {1, 3}, {2, 3}, {2, 3}, {3, 2}, {3, 1}, {1, 2}, {2, 1}, {3, 3}, {0, 0}, {-1, 0}}).Draw(t, "piece")
			if p.links < 0 {
				continue
			}
			given[m] = p
			for salt := range rows {
				key := fmt.Sprint(m, p, salt)
				if made[key] == nil {
					made[key] = x.give(t2(t), m, p, salt)
				}
				rows[salt] = append(rows[salt], made[key])
			}
		}
		want := bySets(x.matter.Lock, given)
		for salt, votes := range rows {
			got := decision.Tally(x.matter, votes)
			if is := x.atomsOf(got.Grant); is != want {
				t.Fatalf("%v with %+v (%d): %06b, sets give %06b", given, x.matter.Lock, salt, is, want)
			}
			if got.Outcome == decision.Approve || (got.Grant != nil) != (got.Outcome == decision.Partial) {
				t.Fatalf("%v: %+v", given, got)
			}
		}
		if bits.OnesCount(want) > 0 && len(given) == 4 {
			ties++
		}
	})
	if ties == 0 {
		t.Error("no run gave anything with four votes")
	}
}

// TestAPartIsLess: who gives all that was asked says so; as a part it does not count, and
// takes nothing from those who approve.
func TestAPartIsLess(t *testing.T) {
	x := sit(t)
	whole := x.give(t, 3, piece{3, 3}, 1)
	votes := append(x.votes(t, cast{1, yes, 0}, cast{2, yes, 0}), whole)
	got := decision.Tally(x.matter, votes)
	if got.Outcome != "" || got.Taking != 2 {
		t.Errorf("it counts: %+v", got)
	}
	for _, v := range got.Votes {
		if (v.Digest == whole.Digest()) != (v.Why == decision.AllAsked) {
			t.Errorf("%s: %q", v.Vote.Member, v.Why)
		}
	}
	votes[2] = x.vote(t, cast{3, yes, 0})
	if got := decision.Tally(x.matter, votes); got.Outcome != yes {
		t.Errorf("%+v", got)
	}
}

// TestTwoPartsAreNotChosenByDigest: two halves with the same support go to the chair, and
// without a casting vote nothing is granted.
func TestTwoPartsAreNotChosenByDigest(t *testing.T) {
	x := sit(t)
	x.matter.Lock.K = 2
	for _, c := range []struct {
		casting bool
		chair   piece
		want    uint
	}{{true, piece{1, 3}, piece{1, 3}.atoms()}, {true, piece{2, 3}, piece{2, 3}.atoms()}, {false, piece{1, 3}, 0}} {
		x.matter.Lock.CastingVote = c.casting
		for salt := range 8 {
			// Member 5 gives both links for less time, which both halves' supporters do not.
			votes := []*paper.Envelope{x.give(t, 1, c.chair, salt), x.give(t, 2, piece{1, 3}, salt), x.give(t, 3, piece{2, 3}, salt), x.vote(t, cast{4, yes, 0})}
			if c.chair.links == 1 {
				votes = append(votes, x.give(t, 5, piece{2, 3}, salt))
			} else {
				votes = append(votes, x.give(t, 5, piece{1, 3}, salt))
			}
			if got := decision.Tally(x.matter, votes); x.atomsOf(got.Grant) != c.want {
				t.Errorf("%+v, %d: %+v", c, salt, got)
			}
		}
	}
}
