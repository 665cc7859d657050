// Package meter turns packets into exchanges: a table of bidirectional flows with
// timeouts, the side that began each, and counters for both sides.
//
// What it emits:
//
//   - A flow that ends before the active timeout gives one record, [flow.KindFlow].
//   - A flow older than the active timeout is cut when its next packet comes: each
//     cut, and also the last piece, is a [flow.KindPart] whose times and counters
//     are those of the piece. The pieces of a flow add up to the whole.
//   - A flow ends when it is idle for longer than its timeout (shorter once both
//     sides sent FIN or one sent RST), when a new SYN reuses the ports of a finished
//     one, when the table is full and no other was idle for longer, or at the end
//     of the input.
//
// Time is the caller's: the meter never looks at a clock. Its own stream time only
// moves forwards; a packet with an earlier stamp keeps its stamp in the record and
// does not age anything.
//
// It refuses to look into payload, to hold more flows than it was told, and to let
// an outsider choose addresses that collide: the hash is keyed at random.
package meter
