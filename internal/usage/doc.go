// Package usage says how a command line is used, in the reader's language: the help
// of a command, and what is wrong with flags and arguments. Lines fit 80 columns. It
// refuses to let a sentence of the flag library through to a person untranslated
// where the catalogue has its own.
package usage
