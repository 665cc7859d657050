// Package backup is the form in which a database is carried: gzip of lines of JSON, the
// same for every engine, and the lock that keeps it from others' eyes.
// docs/spec/store.md describes it.
//
// It opens no database. A [Reader] refuses every line that is not of the form, and every
// backup that ends early, goes on after its end, or whose rows are not those that it
// says it holds; its memory is bounded by one row.
package backup
