// Package rules is the law behind a profile as a paper: who applies, who decides by
// which standard, who is consulted, how long, on which conditions, for what purpose,
// what is told to whom afterwards – each with its citation and the mark of how surely
// it is known. Beside the paper stands its evaluator: what of a request is not met, and
// what would meet it.
//
// The package refuses to know any law, to guess what is not known, and to decide: it
// says what is lacking, and people decide on what is there. A path, a mode or a renewal
// that the rules do not give is refused, with the reason.
package rules
