// Package table is the dated country table that ships inside the binary: which
// address range was delegated to which country, one row for one line of its
// source, with the source, its date and its licence in a header that can be read
// with any pager. It knows the file format and nothing of directions. It refuses a
// file that is damaged, out of order or larger than its limits, and it is never
// the legal basis of a decision: such tables are known to hold errors.
package table
