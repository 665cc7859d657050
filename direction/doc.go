// Package direction decides whether an address is domestic or foreign, and so
// the direction class (通信区分) of an exchange, naming the table row that made
// the decision. It refuses to guess: an address without a row stays unknown, and
// unknown counts as domestic wherever something could leave.
package direction
