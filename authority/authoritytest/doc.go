// Package authoritytest gives tests and measurements a desk in the invented country of
// package warranttest: rules behind its profiles, a log with witnesses, a store, a clock
// that they move, and everybody's papers, signed. It is law nowhere and never reaches
// the product.
package authoritytest
