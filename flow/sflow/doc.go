// Package sflow reads datagrams of sFlow v5: single packets that switches and routers
// draw at random and send the beginning of.
//
// A record is one packet, a part of an exchange, with the rate at which it was drawn;
// whoever adds records up multiplies. sFlow carries no time of day: the time is when
// the datagram was received.
//
// It refuses to look behind the headers of a sampled packet, and everything else that
// a datagram may hold: counters of interfaces, users, URLs, next hops and paths are
// stepped over by their length.
package sflow
