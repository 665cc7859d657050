// Package receive takes in the datagrams of flow exporters and knows what is missing.
//
//	socket (one of several on a port) → Datagram → Head → [decoder of package flow] → Table
//
// A [Socket] counts what the kernel dropped, to the datagram. A [Table] follows the
// numbers of each exporter: what comes late within a window is not lost, what comes twice
// is told, a restart is no gap, and an exporter that counts otherwise than its standard
// (softflowd's IPFIX) is followed by the way it shows. What is missing is placed where it
// was lost: before the socket, or at it.
//
// The package refuses to decode, to trust a sender (datagrams have none that could be
// proven), and to remember more exporters than it was told: the rest is counted together.
// The loss of an exporter before its first datagram, and between its last one and a
// restart, is not known to anybody.
package receive
