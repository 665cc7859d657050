// Package erasure judges redress that is said to be done by erasing data: each day of data
// that was to go has a proof of its disposal at the place that the paper names, in a log
// that the same body keeps, from before the paper.
//
// It refuses to take a body's word for it. Whether the payloads themselves are gone is
// judged where the proof stands; which data were the right ones, nobody but the commission
// can say that named them.
package erasure
