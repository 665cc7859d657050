// Package outsider measures how fast an outsider verifies an export: the pass over the
// tree beside a bare hash walk of the same tiles, opened entries whose warrants are
// cached, and everything that an inspector sees. It refuses to compare across runs: each
// ratio is of two halves of one run, by turns.
package outsider
