// Package commission is the role of the independent commission: it puts its desk, its
// log, its store, the liveness and the server together into one service, and reads its
// configuration.
//
// The service refuses to start on a trust root that does not hold, with a key that the
// root does not know, and on a configuration with anything that it does not understand.
// It never holds the key of a member: what a member says was signed on the member's own
// machine, and what the service says of itself is proven by its log. It collects nothing
// and acts on nobody.
package commission
