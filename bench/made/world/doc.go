// Package world is the stage on which made-up traffic plays: hosts, services,
// names and addresses that all come from one seed, the exchanges between them, and
// the clock that puts what many actors do into order of time. It refuses to know
// what is honest and what is a threat: those are actors, written elsewhere.
package world
