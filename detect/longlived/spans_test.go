package longlived

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// oracle is the plain union: sort and sweep.
func oracle(all []span) (covered, run int64) {
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b span) int { return int(a.from - b.from) })
	for i := 0; i < len(all); {
		s := all[i]
		for i < len(all) && all[i].from <= s.to {
			s.to = max(s.to, all[i].to)
			i++
		}
		covered += s.to - s.from
		run = max(run, s.to-s.from)
	}
	return covered, run
}

func draw(t *rapid.T, n int) []span {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) span {
		from := rapid.Int64Range(1, 1000).Draw(t, "from")
		return span{from, from + rapid.Int64Range(0, 120).Draw(t, "length")}
	}), 0, n).Draw(t, "spans")
}

func (u *spans) check(t interface{ Fatalf(string, ...any) }) {
	for i := range u.n {
		if u.list[i].from > u.list[i].to || i > 0 && u.list[i-1].to >= u.list[i].from {
			t.Fatalf("spans are not apart and in order: %v", u.list[:u.n])
		}
	}
	if u.n > kept || u.run() > u.covered() {
		t.Fatalf("%d spans, run %d, covered %d", u.n, u.run(), u.covered())
	}
}

// TestUnionAnyOrder compares the bounded union with the plain one while no more
// than kept spans are apart, whatever the order.
func TestUnionAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := draw(t, kept)
		var u spans
		for _, s := range all {
			u.add(s, 0)
			u.check(t)
		}
		covered, run := oracle(all)
		if u.covered() != covered || u.run() != run {
			t.Fatalf("covered %d run %d, oracle %d %d", u.covered(), u.run(), covered, run)
		}
	})
}

// TestUnionInOrder compares them for any number of spans in order of beginning.
func TestUnionInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := draw(t, 60)
		slices.SortFunc(all, func(a, b span) int { return int(a.from - b.from) })
		var u spans
		for _, s := range all {
			u.add(s, 0)
			u.check(t)
		}
		covered, run := oracle(all)
		if u.covered() != covered || u.run() != run {
			t.Fatalf("covered %d run %d, oracle %d %d", u.covered(), u.run(), covered, run)
		}
	})
}

// TestUnionNeverClaimsMore: with too many spans in any order time may be lost but
// never invented, and bridging adds at most the bridge for each span.
func TestUnionNeverClaimsMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := draw(t, 60)
		bridge := rapid.Int64Range(0, 10).Draw(t, "bridge")
		var u, a, b spans
		for i, s := range all {
			u.add(s, bridge)
			u.check(t)
			if i%2 == 0 {
				a.add(s, 0)
			} else {
				b.add(s, 0)
			}
		}
		covered, _ := oracle(all)
		if most := covered + bridge*int64(len(all)); u.covered() > most {
			t.Fatalf("covered %d of at most %d", u.covered(), most)
		}
		a.union(&b, 0)
		a.check(t)
	})
}
