// Package store holds the verb store, of whoever keeps a service's database: backup,
// restore, check, and rebuild of what the log has and the database lacks.
//
// It refuses to write a backup that can be read by everybody unless it is told to, to
// restore into anything but an empty database, and to call a database whole that its log
// does not bear out. The log is the truth; it is never written here.
package store
