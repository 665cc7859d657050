// Package exchange is how witnesses compare what they were shown: each pulls the latest
// checkpoints of the others and looks whether they are of one tree with its own. A log
// that tells two stories to two witnesses is found out as soon as either reaches the
// other, or both reach a third.
//
// Nothing that a peer says stops a witness unless the log's key signed it; a peer that
// answers nonsense, or the old, or nothing, is counted and shown. The package refuses to
// follow redirects, to read without a limit, and to take a missing proof for a proof.
package exchange
