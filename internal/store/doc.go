// Package store keeps what a service must know again after a stop: in SQLite, in one
// file (the default), or in PostgreSQL 15 and later. The SQL stands beside the noun it
// speaks of, is the same for both, and is the interface; there is no mapper.
//
// What both engines understand alike, and what this package holds callers to:
//
//   - Arguments are $1, $2 …, of text, whole numbers, truth values, bytes, or NULL.
//     Times are whole seconds (BIGINT). Text is UTF-8 without NUL.
//   - Columns are TEXT, BIGINT, BYTEA, BOOLEAN or DOUBLE PRECISION; every table has a
//     primary key, its values chosen by the program: no sequences, no default clocks.
//   - Text is compared and sorted by its bytes.
//   - A failed statement ends its transaction; rows are read to the end or closed
//     before the next statement.
//   - Double quotes mark names, never text. LIKE tells capitals from small letters.
//
// [DB.Tx] is serialisable: what a function read is still so when it commits, or it is
// run again. It returns without an error only when the change is on the disk. [DB.View]
// reads one snapshot.
//
// It refuses to make a database in passing ([Open] wants one that is there, [Create]
// wants none), a schema newer than the program, a password in a data source name, and
// a line to another machine that is not verified TLS.
//
// Trust sentence. Who writes the file or bears the role in the server can change
// everything here, unseen by this package; what must be believed against its own keeper
// stands in a ledger, and is checked there.
package store
