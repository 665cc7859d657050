// Package terminal asks the person at the keyboard: a word of assent that has to be
// typed, and a passphrase that does not show. It refuses to take silence, a single key
// or the end of the input for assent, and to read a passphrase where it would show.
package terminal
