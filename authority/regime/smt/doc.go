// Package smt writes rules as questions to a solver, in SMT-LIB: whether each condition
// can be asked and can fail, whether the clocks leave a gap or overlap, whether an urgent
// permission can outlive its end, and whether the small profile that taps and agents
// check reaches beyond the rules behind it. A question with another answer than it wants
// is a fault in the rules, and the solver's model is the case that shows it.
//
// The package refuses to solve anything, and to assume what the rules leave open: a
// length that nobody knows is without bound, a list that is not known is empty.
package smt
