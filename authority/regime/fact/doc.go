// Package fact is how a rule of law stands on paper: what is known, from where, and how
// surely. A fact has a mark and its citations; what is not known has no value, and a
// note may say what is known of it nevertheless.
//
// The package refuses to guess: a fact without a mark, or with a value that nothing is
// cited for, cannot be written. An absent value is never zero, "no" or "none".
package fact
