// Package ask is the log's side of C2SP tlog-witness: it shows a checkpoint to all
// witnesses at once and comes back with it as soon as enough of them have cosigned.
//
// A witness may be slow, away, behind, or lie: the others are not held up by it, and
// nothing it answers counts before its signature was found right. The package refuses
// to call a checkpoint cosigned that lacks a single signature of its quorum, and it
// never decides from one witness's word that a log has gone back: it only reports it.
package ask
