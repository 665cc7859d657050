// Package header reads the headers of one packet: link, VLAN tags, IP with options,
// extension headers and fragments, and the ports of TCP, UDP, SCTP and ICMP.
//
// Lengths are those that the IP header claims, so that a capture with a small snap
// length still counts all octets. It refuses to put fragments together (a later one
// only gets the ports of its first, from a table of fixed size), to follow tunnels,
// and to look behind the ports.
package header
