// Package ipfix reads what exporters of flows send: NetFlow v5 and v9 and IPFIX, as
// datagrams ([Decoder]) and as files ([Reader], RFC 5655).
//
//	datagram → session (exporter, domain) → sets ─ templates → plans
//	                                             ├ options → sampling, start of the exporter
//	                                             └ data → plan → flow.Record
//
// A record is what the exporter counted: mostly one direction, with the sender as its
// source. Which end began, and which records are of one exchange, is for package
// joined. Data that come before their template wait for it, in bounded memory.
// Records without IP addresses (of switches) and events of translators are counted and
// left out. Numbers of messages are checked for loss by the habit that the exporter
// shows, since some count otherwise than the standard says.
//
// It refuses elements beyond the closed list of package flow, sessions and templates
// beyond a limit, and to trust: datagrams have no sender that anyone could prove.
// Whoever feeds a decoder decides from whom it accepts them.
package ipfix
