// Package zeek reads the logs of one run of Zeek, or of several sensors, as one
// stream of flow records: conn, dns, ssl, x509, http and the open_ logs of
// connections that go on. Files are decoded side by side and merged by time; what
// ssl, x509 and http know is joined to the conn record with the same uid, in
// whatever order the lines come.
//
// It refuses to hold more than a bounded number of lines that wait for their
// partner: then they go out apart, the conn record without names, the names as a
// record of [flow.KindFacts]. It refuses to read any column that is content; of
// http it takes the host and nothing else, of DNS answers addresses and host
// names and never TXT or NULL data.
//
// Doubts: an exact copy of a conn or dns line in another file (a labelled log
// beside its original) is dropped and counted in [Reader.Copies]; two logs merged
// in the wrong order of time are read in full, but join and order suffer.
package zeek
