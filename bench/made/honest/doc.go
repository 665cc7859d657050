// Package honest plays the harmless traffic of offices, households, servers and
// things: people who browse in bursts, machines that poll, update, keep
// connections open, fail and back off. Much of it is as regular as a threat; that
// is its use. It refuses to be easy: nothing here is marked in what is written but
// in the list of who uses which service.
package honest
