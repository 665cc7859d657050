// Package smttest asks a solver, z3 from Debian, the questions of package smt, for
// tests. Without the solver a test is skipped, or fails where shared things must be there.
package smttest
