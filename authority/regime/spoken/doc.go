// Package spoken says the law to people: every fact with its mark and its citations, the
// names of roles and purposes as words, what a request lacks and what would meet it, in
// the reader's language. The sentences are the catalogue's and the law's own.
//
// The package refuses to leave out that something is not sure, or not known, and to say
// anything of the law that its data do not.
package spoken
