// Package laws measures what it costs to hold a request against the law: forty conditions
// with their predicates, all that a request can lack. It refuses to leave out a rule: the
// instrument has every member that there is.
package laws
