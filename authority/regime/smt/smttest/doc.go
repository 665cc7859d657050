// Package smttest asks a solver, z3 from Debian, the questions of package smt, for
// tests. Without the solver a test is skipped, or fails where shared things must be
// there. It refuses "unknown" and a solver that errs: neither is an answer.
package smttest
