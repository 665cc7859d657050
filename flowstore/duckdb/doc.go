// Package duckdb keeps selected records on one machine, with DuckDB inside the process.
//
// The engine's own encryption is not used: without a library that would be fetched at run
// time it can only write with a generator of random numbers that its authors call unsafe.
// So DuckDB works in memory alone, and what reaches the disk is sealed by this program
// (package sealed). A group, that is a warrant's day, is a folder with one random key,
// wrapped by a key in another folder that is in no backup (package keyring):
//
//   - journals: batches as they came, durable before they are acknowledged;
//   - parts: cells of Parquet of some ten thousand records, once in the order of the source
//     addresses and once in that of the destinations, with a list of what lies where.
//
// A question names spans, addresses and so on; the list says which cells can hold an
// answer; these alone are deciphered, into files of memory without a name, where DuckDB
// reads them. DuckDB may open nothing else, has no folder to spill into, and loads and
// fetches no extension.
//
// The package refuses to read without a pass of the gate, past a group's limit, or from a
// file that was changed. It keeps everything of one machine in one process; what several
// machines share is another engine's work. Memory files can be swapped out: the machine
// must have no swap, or an enciphered one. Without Linux and cgo there is no engine here:
// who imports it then does not build.
package duckdb
