// Package door is a witness's HTTP side: add-checkpoint of tlog-witness, the latest
// checkpoints for monitors and other witnesses, what stands against a log, and the
// mirrors.
//
// Anybody may knock. So the door bounds what one address can ask, how many it holds open,
// and how much is worked on at once, and it keeps half of the work and a part of the
// connections for those whose log has grown through it before: a flood of strangers makes
// strangers wait. The package refuses to read more than a request can be, and it never
// lets anybody in for who he says he is: only a log's signature counts.
package door
