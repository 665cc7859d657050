// Package testimony is what a witness puts in writing beside its cosignatures: that a log
// told two stories, what a person then decided, and how much of what it cosigned in
// private has not yet been anchored outside.
//
// A Split proves itself: two checkpoints under the log's own signature that cannot both
// be true. Nobody needs to believe the witness that found it. What only the witness's
// word stands for is called a doubt and never a proof. The package refuses to find a log
// guilty on anything that somebody other than the log could have made.
package testimony
