// Package ledgertest gives tests and measurements a ledger with witnesses in the same
// process, reached over loopback: honest, slow, absent and lying ones. It refuses to be
// more than a test's witness: it keeps its state in memory.
package ledgertest
