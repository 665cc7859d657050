// Package cosign is a witness's duty: it keeps, for each log it was given, the latest
// checkpoint that it cosigned, and cosigns the next one only when the log's key signed it
// and a proof shows that nothing before it was changed.
//
// The state is on the disk before an answer leaves. It never goes back: not over a
// restart, not over a write cut in half, and not unnoticed over a restored backup, when
// anybody shows a later checkpoint with the witness's own cosignature. Two checkpoints of
// a log that cannot both be true stop the witness for that log until a person decides.
//
// Only what the log's own key signed can stop a witness; whoever lacks that key can make
// it work and cannot disarm it. The package refuses to cosign when it does not know the
// time, and it never follows a log to another branch.
package cosign
