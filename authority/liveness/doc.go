// Package liveness is the commission's dated word on which warrants still stand: a
// numbered statement that anyone may carry, so that nobody can withhold a revocation
// by keeping silent. A warrant that the newest statement does not name is suspended or
// revoked; outsiders see blinded names only, new ones each day.
//
// The package refuses a statement of another root or of another state of the bodies'
// lists, a number below the one held, and a clock that does not know the time. It
// keeps nothing: who holds statements keeps the newest on disk.
package liveness
