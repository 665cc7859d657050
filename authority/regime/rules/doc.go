// Package rules is the law behind a profile as a paper: who applies, who decides by
// which standard, who is consulted, how long, on which conditions, for what purpose,
// what is told to whom afterwards – each with its citation and the mark of how surely
// it is known. Beside it stands the request that is judged by them.
//
// The package refuses to know any law, to hold what nothing is cited for, and to guess
// what is not known: an absent member is not known, never "no", zero or none.
package rules
