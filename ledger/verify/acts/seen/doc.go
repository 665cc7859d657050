// Package seen answers what witnesses saw of one log, and when: which of its checkpoints
// was the first with an entry, and which the largest before it. It verifies no signature:
// whoever gives it checkpoints has done so.
package seen
