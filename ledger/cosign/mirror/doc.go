// Package mirror keeps a copy of a log whose checkpoints a witness cosigns: the tiles, and
// the entries below them, every hash found right against a root that the log has signed.
//
// A checkpoint is shown only when everything below it is on the disk. What a log takes
// back or lets go remains here, and it is what a fork can be proven with when the log
// itself no longer answers. The package refuses to keep a byte that does not fit the
// signed root, and it holds no payload: entries of Noroshi's logs are commitments.
package mirror
