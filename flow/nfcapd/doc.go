// Package nfcapd reads the binary files of nfcapd, nfpcapd, sfcapd and nfdump: layout 2
// of nfdump 1.7 with its records of elements, and layout 1 of nfdump 1.6 with its
// extension maps, their blocks plain or compressed with LZO, LZ4, bzip2 or zstd. What
// stands where is in docs/spec/nfcapd.md.
//
// It reads the elements that a flow record has a field for, and steps over the others
// by their length: payload, user names, hardware addresses, routes. Counters that the
// collector multiplied by the rate of sampling are divided again, so that a record says
// what was seen and at which rate. A record knows its exporter by a link, so that
// package joined pairs it with its other half.
//
// It refuses files of layouts it does not know, encrypted ones, and those of a machine
// of the other byte order. No length in a file is trusted: a block takes at most 10 MiB.
package nfcapd
