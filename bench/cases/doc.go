// Package cases plays labelled cases of every method among a week of honest work, with
// what looks like them and is none, and counts what all methods together make of it.
// It refuses to speak of real networks: cases and look-alikes are ours, drawn anew with
// every seed, and honest software that nobody thought of is not among them.
package cases
