// Package ledger measures the ledger: durable acts beside bare Tessera, acts that wait
// for a checkpoint cosigned by 3 of 4 witnesses over loopback, the disk that a quiet log
// takes, and the time in which a warrant's day is disposed of. It refuses to compare
// what does not write the same number of payloads of the same size to the same disk.
package ledger
