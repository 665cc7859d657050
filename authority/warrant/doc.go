// Package warrant is the signed permission: who may do what, to what, until when, under
// which article. A warrant without parent is signed by the locks of its instrument; a
// narrower child by the holder of its parent, at most three deep. [Check] holds a chain
// against the trust root, the profile, the liveness, the clock and the use that is
// asked for, and returns every condition that is not met.
//
// What stands for nothing is refused: a missing liveness, profile or counter is an
// unmet condition and never a default. The package does no I/O, reads no clock, and
// does not prove that a warrant stands in a log: receipts are checked by ledger/proof,
// and whoever acts checks both.
package warrant
