package criteria

import (
	"cmp"
	"net/netip"
	"slices"
)

// Bounds of the work of Covers.
const (
	maxFollowed = 512     // sets of the parent's cases at a time
	maxSteps    = 1 << 16 // choices of a piece, over all of the child's cases
)

// span is the values from one to another, both counted.
type span[T any] struct{ from, to T }

// caseSet is a set of the parent's cases, a bit each: MaxCases fit.
type caseSet uint32

// Covers says whether everything that meets child meets parent: each of child's cases
// must lie in one of parent's, or in several together. It is sure when it says yes; it
// says no also where more than 4,096 sets of the parent's cases had to be followed, and
// where only two conditions on a field of several values could tell.
func Covers(parent, child *Criteria) bool {
	steps := 0
	for _, c := range child.cases {
		if !slices.ContainsFunc(parent.cases, func(p oneCase) bool { return p.covers(c) }) && !coversTogether(parent.cases, c, &steps) {
			return false
		}
	}
	return true
}

// coversTogether cuts each of the child's sets along the parent's: every piece lies in
// some cases of the parent as far as its field goes. The child's case is covered when
// each choice of one piece per field leaves a case that holds them all.
func coversTogether(parent []oneCase, child oneCase, steps *int) bool {
	left := []caseSet{able(parent, child)}
	for _, c := range child {
		pieces := piecesOf(parent, c)
		var next []caseSet
		for _, a := range left {
			for _, b := range pieces {
				if next, *steps = least(next, a&b), *steps+1; len(next) > maxFollowed || *steps > maxSteps {
					return false
				}
			}
		}
		left = next
	}
	return !slices.Contains(left, 0)
}

// able gives the cases that ask nothing of a field on which the child says nothing.
func able(parent []oneCase, child oneCase) caseSet {
	var set caseSet
	for i, p := range parent {
		if !slices.ContainsFunc(p, func(c condition) bool { return child.on(c.field) == nil }) {
			set |= 1 << i
		}
	}
	return set
}

// on gives the case's set on the field, nil when it has none.
func (o oneCase) on(field int) *set {
	for _, c := range o {
		if c.field == field {
			return c.set
		}
	}
	return nil
}

// least adds s to the sets of which none holds another: what holds for a set holds for
// all that have more.
func least(list []caseSet, s caseSet) []caseSet {
	if slices.ContainsFunc(list, func(o caseSet) bool { return o&s == o }) {
		return list
	}
	return append(slices.DeleteFunc(list, func(o caseSet) bool { return o&s == s }), s)
}

// piecesOf gives, for each piece of c's set, the parent's cases that hold it: those
// with the piece in their set, and those without a condition on the field.
func piecesOf(parent []oneCase, c condition) []caseSet {
	var free caseSet
	sets := make([]*set, len(parent))
	for i, p := range parent {
		if sets[i] = p.on(c.field); sets[i] == nil {
			free |= 1 << i
			sets[i] = &set{}
		}
	}
	var list []caseSet
	for _, s := range cut(c.set.addrs, func(i int) []span[netip.Addr] { return sets[i].addrs }, len(sets), netip.Addr.Compare, netip.Addr.Next) {
		list = least(list, free|s)
	}
	for _, s := range cut(c.set.numbers, func(i int) []span[uint64] { return sets[i].numbers }, len(sets), cmp.Compare[uint64], func(n uint64) uint64 { return n + 1 }) {
		list = least(list, free|s)
	}
	for _, text := range c.set.texts {
		list = least(list, free|holding(sets, text))
	}
	return list
}

func holding(sets []*set, text string) caseSet {
	var in caseSet
	for i, s := range sets {
		if held(s.texts, text, true) {
			in |= 1 << i
		}
	}
	return in
}

// cut gives, for each stretch of the spans between two edges of the others' spans, who
// of the n others holds it.
func cut[T any](spans []span[T], others func(int) []span[T], n int, compare func(a, b T) int, next func(T) T) []caseSet {
	var list []caseSet
	for _, s := range spans {
		edges := []T{s.from}
		inside := func(at T) bool { return compare(s.from, at) < 0 && compare(at, s.to) <= 0 }
		for i := range n {
			for _, o := range others(i) {
				if inside(o.from) {
					edges = append(edges, o.from)
				}
				if compare(o.to, s.to) < 0 && inside(next(o.to)) {
					edges = append(edges, next(o.to))
				}
			}
		}
		slices.SortFunc(edges, compare)
		for _, at := range slices.CompactFunc(edges, func(a, b T) bool { return compare(a, b) == 0 }) {
			var in caseSet
			for i := range n {
				if holds(others(i), at, compare) {
					in |= 1 << i
				}
			}
			list = least(list, in)
		}
	}
	return list
}

// holds says whether one of the rising spans holds at.
func holds[T any](spans []span[T], at T, compare func(a, b T) int) bool {
	i, _ := slices.BinarySearchFunc(spans, at, func(s span[T], at T) int { return compare(s.to, at) })
	return i < len(spans) && compare(spans[i].from, at) <= 0
}
