// Package moved measures whether a command server that moved is found again from
// its habit: new address, name and certificate, the same bots. It refuses to let a
// server keep anything that a habit may not hold.
package moved
