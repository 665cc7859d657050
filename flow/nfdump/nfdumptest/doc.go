// Package nfdumptest cuts connection logs down to bare flows in nfdump's CSV: ends,
// times and counters. It is for tests and measurements only and refuses to let a name,
// an identifier, a state or a service through.
package nfdumptest
