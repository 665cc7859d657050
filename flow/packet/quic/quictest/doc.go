// Package quictest makes QUIC Initial packets as a client sends them, for tests of
// those who read them. It derives the keys on its own, from the standards (RFC 9001,
// RFC 9369), so that it is a twin of package quic and not its mirror.
//
// It refuses to be of use for a connection: it makes no other packet and reads none.
// No product code imports it.
package quictest
