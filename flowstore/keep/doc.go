// Package keep keeps groups of records on one machine's disk: sealed, each batch exactly
// once, until their key is destroyed.
//
// A group is a folder with one random key, wrapped by a key of a ring in another folder
// that is in no backup. A batch is durable in a journal before it is acknowledged. When
// enough wait, an engine's [Sorter] makes cells of them, and a part takes the journals'
// place in one rename: a stop at any instant leaves one of the two, and a reader of the
// folder takes both in by the same steps. An account outlives the groups: what was counted
// and what was destroyed, with which key and when.
//
// Trust: who can read the folder of records learns which warrants have how much on which
// day; who can read both folders can read the records. Who can write can destroy, or put a
// whole older state back, which shows in the books; they cannot make anybody believe other
// records.
//
// The package refuses to show anything without a pass of the gate, to open a group without
// its key, and to take a group again that was destroyed. It answers no questions itself.
package keep
