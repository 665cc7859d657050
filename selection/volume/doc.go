// Package volume holds what goes on under a warrant to its volume caps: on each link's
// window, and in total, in records, in bytes and as a share of what was offered (量の上限).
//
// It refuses an amount whole that would pass a cap, counts what it refuses, and never
// lets more through later because less came before: a window that is over leaves nothing.
// It does not judge whether a window may be opened; grants are.
package volume
