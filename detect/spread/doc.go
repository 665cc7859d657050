// Package spread finds what passes from machine to machine: a host that turns to
// many others on one service, is let in by some, and these then begin to do the
// same (an infection tree); and a host that is suddenly let in by many of its
// neighbours' administration services where it never was before (lateral
// movement).
//
// For each host and service it keeps who let itself in last, how many new
// machines the host turned to in its busiest ten minutes, and how that compares
// with its past. A link of the tree needs the order of events: let in, then the
// host's own outbreak on the same service, within hours, without such breadth
// before.
//
// Look-alikes that it knows by behaviour: administration, backup, inventory and
// vulnerability scanners (wide from the start, nobody copies them), domain
// controllers and print servers (many come, they turn to few), clusters whose
// members all talk to each other (nothing fails).
//
// The package refuses to look at what was said: that a worm used a flaw is
// inferred from the tree alone, and the sentence says so.
package spread
