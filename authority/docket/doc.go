// Package docket is what the desk keeps of applications: one record each, the papers
// about them at their places in the log, and the decisions by instrument and condition.
//
// It refuses to judge: what may follow what is for packages stage and authority, and a
// record is worth what its entries in the log are.
package docket
