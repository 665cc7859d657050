// Package warranttest makes up a country for tests: bodies, keys, a trust root, two
// instruments, warrants, liveness and uses that are all right, for tests to spoil. All
// keys come from a seed that everybody knows; it must never reach the product.
package warranttest
