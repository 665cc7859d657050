// Package argus reads the text that Argus clients write of flows (ra -c, binetflow
// of labelled data sets): a header that names the columns, in any order, then a
// record a line, with commas, tabs, semicolons or bars between.
//
// It refuses to hold columns that are content (suser, duser) or opinion (labels),
// and rows that are not IP: management records, ARP, LLC are counted and passed
// over. It does not guess a date: times without one are bad.
//
// Doubts: times are taken for UTC, since they carry no zone. Argus counts whole
// frames, with the header of the link. Where only totals are given, packets (and,
// without SrcBytes, bytes) are split evenly between two sides that both spoke. Each
// status record of a long exchange is a record of its own.
package argus
