// Package cli holds the verbs of the noroshi command, one file each. A verb reads
// its flags, wires domain packages together and says the result in the reader's
// language; it refuses to hold any judgement of its own.
package cli
