// Command bench prints every figure that is asked of the product: what was asked,
// what was measured, the peer, met or not, and the machine. Each kind of figure has
// a package of its own below. A figure that is not met does not fail the command; it
// refuses only when something cannot be run at all.
package main
