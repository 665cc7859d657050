// Package roster is the list of all methods: it makes each detector with its
// configuration, the default or that of a file, and reads the lists that some of them
// go by. It holds no method itself and refuses to decide what a finding is worth.
package roster
