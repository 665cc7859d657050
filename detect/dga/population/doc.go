// Package population says what all hosts together know about names that have an
// address: what several people use, and what lies where honest-looking names lie,
// is not what a program made up for one of them. It is two tables of fixed size; a
// flood of names pushes out only what few speak for. It refuses to speak for a
// handful of hosts, which may share an infection, and keeps neither names nor
// addresses, only hashes.
package population
