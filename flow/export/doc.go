// Package export knows exports of flows when it sees them, datagrams of NetFlow, IPFIX
// and sFlow in a capture and files of IPFIX messages, and has them decoded: one
// [Collector] for all inputs of a run, so that a template in one file serves the data
// in the next, and each exporter has one number.
//
// It refuses to believe exports wherever they turn up. Nothing in a datagram proves who
// sent it, and whoever can send a packet past a sensor could make it report flows that
// never were. In a capture exports are read only while they are most of its UDP
// datagrams, that is, in a capture taken of exports, unless told otherwise.
package export
