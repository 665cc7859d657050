// Package jsontext takes a line of JSON apart value by value where it stands,
// without copying and without building anything.
//
// It refuses to look inside what its caller does not ask for, and to nest deeper
// than [MaxDepth]. It checks that brackets and quotes match, not that every word
// between them is JSON: a log is read for what it says, not judged.
package jsontext
