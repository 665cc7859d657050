// Package set is the numbered selector set (選別条件): what may be kept under one warrant,
// selector by selector, each with an id, a reason, an owner and an expiry. The set is a
// paper that the holder of the warrant signs and a log of acts records; its selectors lie
// on pages, each named by its digest, so that a million of them fit.
//
// [Verify] holds a set against the warrant, its criteria, the liveness and its receipt,
// and gives every fault with its page, selector and field. It refuses a selector that
// reaches beyond the criteria, one that says no reason or never ends, a pattern, a value
// in a second spelling, and a set that is not newer than the one before. Being a paper, it
// does no I/O: pages are handed to it.
package set
