// Package compare puts one case under several instruments side by side: the same facts,
// asked for by whom each law lets ask, judged by each law's own rules. It also reads
// requests and cases that people have written, in any spelling of JSON.
//
// The package refuses to weigh laws against one another and to fill in facts: a condition
// that the case says nothing about stays open, and what a law does not know is not known.
package compare
