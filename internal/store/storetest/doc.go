// Package storetest gives tests real databases: SQLite in a folder of the test, and
// PostgreSQL in a cluster of its own, which the first test of a package starts from
// Debian's package and which ends with the test's process, however that ends.
//
// It refuses to stand in for an engine: where PostgreSQL is not installed, the tests on
// it are skipped, and with NOROSHI_REQUIRE_SHARED=1 they fail. It refuses to be part of
// the product, and never uses a server that it has not started.
package storetest
