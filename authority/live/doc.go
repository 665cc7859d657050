// Package live is what keeps an act within its permission while it goes on: it holds
// the commission's latest word, knows how far its own clock can be wrong, lets records
// through only inside a window that was recorded before it opened, and ends by itself
// what is no longer permitted. Tap, edge and agent use it; each decides for itself and
// believes nobody.
//
//   - [Clock] knows from receipts between which two instants it is now.
//   - [Watch] keeps the newest liveness, evidence of forks, and stops, on disk.
//   - [Watch.Judge] says whether a claim stands, and until when.
//   - [Prove] demands the receipt before the effect.
//
// The package refuses to go on when it does not know: a clock that is unsure, a
// liveness that is old, a disk that cannot be written, two statements with one number.
// It asks for nothing and carries nothing. Below it: window (grants and the gate), lease
// (effects that end by themselves), carry (over HTTP), ask (for windows, two ahead),
// record (to a ledger), and issue, through which the commission speaks.
package live
