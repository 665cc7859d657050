// Package papers measures what a check of a paper costs: a warrant with its locks and its
// scope, a receipt, a page of the books. It refuses to leave out the reading of the
// envelope: whoever checks a warrant has bytes before them.
package papers
