// Command made makes labelled traffic of our own classes: a small capture.pcap, or
// with -zeek a folder of Zeek logs, each with truth.csv beside it. The same flags
// give the same bytes. It refuses to write into a folder that it cannot make.
package main
