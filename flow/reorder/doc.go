// Package reorder puts records in the order of their beginnings that a log gives
// in another: by their ends, or, as sensors do that read a capture file, all flows
// last.
//
// It holds a window of records and no more: what comes later than a whole half
// window after its turn goes out late. Nothing goes lost.
package reorder
