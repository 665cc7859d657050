// Package packet reads capture files and gives flow records: it meters the packets,
// joins DNS questions with their answers, and notes the names that TLS, QUIC and HTTP
// show to everyone. docs/spec/capture.md says which protocols, and how far.
//
// The way of a packet:
//
//	capture  →  headers (link, tunnels, IP, fragments, ports)  →  meter  →  record
//	                    └→ payload: dns, tls, quic, HTTP Host  →  names of the record
//
// Records leave in the order of their ends, as far as memory allows: each waits
// until no open flow can end before it. A DNS lookup is a record of its own
// (flow.KindDNS, with zero counters) beside the flow that carried it.
//
// Datagrams that report flows (NetFlow, IPFIX, sFlow) can be handed to [Exports]; what
// they report then stands in their place.
//
// The package refuses to keep content. Payload is looked at where it stands; only
// the beginning of a handshake, of a TCP message of DNS, is put together, in a
// bounded number of buffers that are wiped by use, and nothing leaves but the closed
// list of package flow. Of HTTP it reads one header, Host, in the first segment.
// One packet with an absurd stamp moves no clock, and a packet that cannot be read is
// skipped with its place.
package packet
