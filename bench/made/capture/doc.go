// Package capture renders a stage as packets: whole TCP conversations with valid
// checksums, real DNS messages and TLS ClientHellos, as a classic pcap file. It
// refuses to hold more than the conversations that are open: packets are written
// as stream time passes.
package capture
