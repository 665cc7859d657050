// Package fault is the house's one form of error: an operation, a kind that is
// one of a few, the place in the input, a message for the person and a cause for
// the operator. Exit status and HTTP status are derived from the kind here and
// nowhere else. It refuses to hide a cause: Unwrap always reaches it.
package fault
