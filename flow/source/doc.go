// Package source opens what a person points at, files, folders, patterns and
// standard input, finds out by their content what they are, and gives all their
// flow records as one stream in the order of time.
//
//	paths → files → decompress → recognise → readers → merge → batches
//
// It refuses to judge by a file's name, to read a file twice because two paths
// lead to it, to follow links in circles, and to let one bad input hide the
// others: unless asked to be strict, it lists what was wrong and goes on.
//
// Doubts: streams that come from different kinds of reader (logs by the beginning
// of an exchange, captures by its end) merge only roughly; one clock that is far
// ahead in all of its records holds its stream back until the others have ended.
package source
