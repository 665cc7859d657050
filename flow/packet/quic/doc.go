// Package quic finds the ClientHello in the first datagrams of a QUIC connection.
//
// These Initial packets are encrypted, but not secret: their keys follow from a
// number in the standard and from the connection identifier at the head of the packet
// (RFC 9001, section 5.2; RFC 9369, section 3.3), so that whoever sees the packet can
// read it. The ClientHello inside says what one over TCP says in clear. It is put
// together from CRYPTO frames in any order, over several packets and datagrams.
//
// The package refuses to open anything else: 0-RTT, Handshake and 1-RTT packets have
// keys that only the two ends know, and a server's Initial packets are let go. Of an
// Initial packet it looks at no frame but CRYPTO. What it deciphered it wipes as soon
// as the ClientHello is whole or given up; it holds a bounded number of unfinished
// ones and tries a bounded number of packets for each.
package quic
