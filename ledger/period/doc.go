// Package period writes what a log's keeper signs at the end of a period: all leaves of
// it by class, instrument and role, how many of them are disposed of, and how many stay
// sealed with a reason. The keeper of the other log countersigns it, and any verifier
// counts the opened entries again.
//
// It refuses to guess: sealed entries without a reason, or disposed ones of which the
// proofs in the log do not tell the class, make no report.
package period
