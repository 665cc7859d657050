// Package outbox lets an act take effect exactly once, after it stands in a ledger.
//
// An act is checked and written, with the key of its commitment, into a row of a table;
// it becomes an entry of the log; only then what follows from it is written, and the row
// goes. Whatever rows are there when the box is opened go on their way under the same
// keys, and the log does not take an act twice. So a stop at any instant loses nothing
// that was acknowledged, and doubles nothing. Acts on one subject go one after another;
// acts on different subjects go together, so that one write to the disk carries many.
//
// It refuses to let anything take effect that is not in the log, and to go on past an
// act of which it does not know whether it is.
package outbox
