// Package infrastructure maps what stands behind an attack: which machines
// command, which pass commands on, which obey, and whom it hits, grown from one
// known node or from what the detectors are sure of. It sees flow records only and
// remembers, in bounded memory, who talks to whom, when and how much.
//
// It refuses to name people, to grow through a crowd (a machine that serves
// everybody is the end of a branch, never a way on), and to speak of certainty:
// a tier is a rule's answer with its reasons, and the grey zone between attacker
// and innocent has classes of its own, each with a first step that harms nobody.
package infrastructure
