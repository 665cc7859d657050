// Package row cuts Zeek logs, TSV and JSON lines, into rows of the columns that
// a flow record can use, and reads their values: times, counts, ports, addresses,
// texts and lists.
//
// It refuses to look at any other column: URI, user agent, referrer, user names,
// file names and the like are passed over without being kept. It never quotes a
// value in an error, holds one line at a time, and gives each bad line as an
// error with its place and goes on behind it.
package row
