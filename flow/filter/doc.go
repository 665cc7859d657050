// Package filter says which flow records somebody asks for: conditions in words, in the
// manner of nfdump and of packet filters, compiled once and then asked of millions of
// records a second. The language stands in docs/spec/filter.md.
//
// It refuses what it does not understand, with the place: a condition that is silently
// taken for another would show the wrong traffic. It keeps nothing and changes
// nothing, and it knows no border: what a direction is, its caller says.
package filter
