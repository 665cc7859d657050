// Package veil hides the addresses that an edge must not show: those of the
// country, and those of which it is not known that they lie abroad (invariant 6).
// Each gets a keyed name; the key is drawn at random and dies with the veil, so
// that nobody can turn a name back by trying all addresses. It looks into every
// text too, names and sentences, whoever wrote them.
//
// It refuses to judge where an address lies, and it does not hide host names: who
// looks a name up may learn the address behind it.
package veil
