// Package ja4test reads what the authors of the JA4 fingerprint expect of their
// captures and compares it with what a reader found. It is for tests and measurements
// only and refuses to compute a fingerprint itself.
package ja4test
