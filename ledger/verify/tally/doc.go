// Package tally counts the entries of a log by class, instrument and role, and holds the
// counts against what the log's keeper reports of a period.
//
// It refuses to take a report for more than a count: what is not opened it knows only by
// its number.
package tally
