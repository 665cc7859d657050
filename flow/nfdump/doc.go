// Package nfdump reads flows that nfdump wrote as CSV: the columns of versions 1.6 and
// 1.7 (ts,te,td,sa,da,…), the long names of later ones (firstSeen,srcAddr,…), and
// whatever selection of them somebody cut out, in any order, by the names in the
// header.
//
// It reads the columns that a flow record has a field for and steps over the rest
// (labels, user names, hardware addresses). It refuses lines without a header before
// them: a number does not say which column it is of. Ports stay ports: no service is
// guessed from them.
//
// A row of one direction says so by its link, a number made of the router's address
// and engine, so that package joined pairs it with its other half. Times without a
// zone are taken for UTC, and are mostly whole seconds; the length of a flow is taken
// from td, which is finer.
package nfdump
