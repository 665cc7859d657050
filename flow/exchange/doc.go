// Package exchange knows the words that sensors use of an exchange and what its
// counters tell: names of transports, of services, of DNS types and codes, how far it got.
//
// It refuses to guess from port numbers: a service is what a sensor recognised.
package exchange
