// Package header reads the headers of one packet: link, VLAN tags, MPLS labels, PPPoE
// sessions, IP with options, extension headers and fragments, and the ports of TCP,
// UDP, SCTP and ICMP.
//
// A packet inside a tunnel (IP in IP, GRE, ERSPAN, VXLAN, Geneve, GTP-U, L2TP) stands
// for itself, and the tunnel's own packet is let go: what matters is who talks to
// whom, not who carries it. Only when nothing readable is inside does the tunnel's
// packet count. docs/spec/capture.md has the list.
//
// Lengths are those that the IP header claims, so that a capture with a small snap
// length still counts all octets. It refuses to put fragments together (a later one
// only gets the ports of its first, from a table of fixed size), to take more than
// eight carrying headers off one packet, and to look behind the ports.
package header
