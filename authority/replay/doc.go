// Package replay holds a commission's store against its log, and works out again from the
// log what the store lacks: after a backup was restored that is older than the log, or
// after the store was lost. The log is the truth: each act is done again at its own
// instant by the desks themselves, and counts only when it comes to the very entry that
// stands in the log.
//
// It makes no entry: what would need one is refused before anything is kept. It decides
// nothing, and names what it could not work out.
package replay
