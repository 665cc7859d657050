// Package lines cuts the text of a log at its newlines, with the number and the
// place of each line.
//
// It refuses to hold more than one line and a buffer: a line that is longer than
// [MaxLine] is passed over and said so.
package lines
