// Package deliver puts what is to be shared into files: whole or not at all, and
// readable by its owner alone, because it names machines. It refuses to write over
// a file that is being read.
package deliver
