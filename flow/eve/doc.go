// Package eve reads the EVE JSON that Suricata writes: flow, netflow, dns, tls, quic
// and http events, and of an alert the number of its signature. What tls, quic, http
// and alert events tell is joined to the flow record with the same flow_id; a DNS
// question is joined to its answer, in all three forms that Suricata has had.
//
// It refuses to hold what is content: of http events it takes the host, of DNS
// answers addresses and host names; URLs, user agents, payloads, packets, files and
// mail are passed over, and so are all other kinds of event. What waits for its
// partner is bounded, and what waits too long goes out alone.
//
// Doubts: Suricata counts whole frames, with the header of the link, so that bytes
// are some 14 a packet too many. Where both flow and netflow events are written,
// netflow is passed over. A tls event that comes after its flow is a record of
// [flow.KindFacts] of its own.
package eve
