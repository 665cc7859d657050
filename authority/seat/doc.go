// Package seat says who may speak on an application, and who may not for what else they
// are: a key of the trust root counts with the register of people together, who asks
// does not decide, and nobody signs for two locks.
//
// It refuses to give anybody a right: the trust root and the rules do. Without a register
// it holds people against the trust root alone. One human being under two ids in root and
// register it cannot find.
package seat
