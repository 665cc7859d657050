// Package window is a tap's or an edge's book of grants, and the gate through which
// records go. A grant is accepted with its receipt before it begins, opens by itself,
// ends by itself, and is closed with the counts of both sides; one for each first
// warrant, link and minute.
//
// The package refuses a grant whose receipt, warrant or liveness is not right at this
// instant, a second one for the minute, any new one of a link on which one stands
// unclosed for five minutes (over restarts too), and every record outside a window or
// beyond its caps, and caps that with all that was taken under any warrant of the chain,
// by whichever of its children, go beyond that warrant. It counts what went through this
// tap or edge only: what several took together is held by whoever has all closes. It asks for no grants and writes no log.
package window
