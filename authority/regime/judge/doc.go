// Package judge holds a request against the rules of its instrument: what is not met and
// what would meet it, who must still be asked, which locks must open, which clocks run,
// and when the urgent path closes itself.
//
// The package refuses to decide: what it calls met is complete, not right. It refuses,
// with the reason, a path, a mode, a renewal or another use that the rules are not known
// to give, and it never takes what is not known for a limit, nor for leave.
package judge
