// Package inspect looks into a log without anybody's help: it lists what is recorded,
// draws a sample by a commitment and a later checkpoint, opens each entry of it, and does decisions
// again from their votes.
//
// It refuses to pass over what it could not open: that is a finding too. It believes
// nothing that the log's keeper says beside the log, and changes nothing.
package inspect
