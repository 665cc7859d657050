// Package revocation measures how long a revoked warrant goes on: connected, from the
// commission's desk over HTTP to the judgement at several watches; cut off, until the
// lease is over by the latest that the clock allows. It refuses to count a revocation
// that did not arrive everywhere.
package revocation
