// Package columns reads flows from text whose header names the columns, in any order,
// and which then has a record a line, with commas, tabs, semicolons or bars between. A
// [Format] says what the columns of a kind of text are called, a [Decoder] what a row
// of it says; bounds, places of faults and the order of time are the same for all.
//
// It refuses to read a row before a header: a number does not say which column it is
// of. It holds one line, steps over columns that the format does not name, and quotes
// no value in an error: what a line holds may be content.
package columns
