// Package looser holds rules against the rules that they are laid over: whether anything
// is permitted that was not, and where. It refuses a doubt in favour of the overlay: what
// it cannot compare is looser.
package looser
