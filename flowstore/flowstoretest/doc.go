// Package flowstoretest gives tests and measurements what a flow store needs around it: a
// made-up country whose law permits queries, with a log, and made-up records; and the
// contract that every engine has to keep, as a suite of tests.
// It refuses to be used by the product: its keys are known to everybody.
package flowstoretest
