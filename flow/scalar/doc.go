// Package scalar reads the values that stand in logs as text: numbers, times,
// lengths of time, addresses and host names, without allocating.
//
// It refuses to guess: what is not wholly a value, is out of range or has more
// than one reading (an octet with a leading zero) is none.
package scalar
